import { Button, Textarea } from "@mantine/core";
import { type KeyboardEvent, type SyntheticEvent, useState } from "react";

import { linesOf, MAX_CANDIDATES, maxCharacters } from "@/features/models/question-limits.ts";
import type { DataRole, Question } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { partTitle, questionFields } from "@/lib/tasks.ts";

const ROWS_OF_ONE = 5;
const ROWS_OF_TWO = 3;
const ROWS_OF: Readonly<Partial<Record<DataRole, number>>> = { question: 2, query: 2, context: 7, candidates: 6 };

export type Sample = Readonly<Partial<Record<DataRole, string>>>;

interface Props {
  task: string;
  sample: Sample | null;
  isPending: boolean;
  onAsk: (question: Question) => void;
}

/** The fields that a model of the task is asked with. */
export function QuestionForm({ task, sample, isPending, onAsk }: Props) {
  const { t } = useI18n();
  const [texts, setTexts] = useState<Sample>({});
  const fields = questionFields(task);
  const text = (field: DataRole) => texts[field] ?? "";
  const problem = (field: DataRole) => {
    const max = maxCharacters(field);
    if (text(field).length > max) return t("try.too_long", { max });
    const isTooMany = field === "candidates" && linesOf(text(field)).length > MAX_CANDIDATES;
    return isTooMany ? t("try.too_many_candidates", { max: MAX_CANDIDATES }) : null;
  };
  const canSubmit = fields.every((field) => text(field).trim() !== "" && problem(field) === null);
  const run = () => {
    if (canSubmit && !isPending) onAsk(Object.fromEntries(fields.map((field) => [field, valueOf(field, text(field))])));
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) run();
  };
  return (
    <form className="stack" style={{ gap: 12 }} onSubmit={submit}>
      {fields.map((field) => (
        <Textarea
          key={field}
          label={partTitle(field, t)}
          description={hintOf(task, field, t)}
          placeholder={t(field === "candidates" ? "try.placeholder_lines" : "try.placeholder")}
          rows={ROWS_OF[field] ?? (fields.length === 1 ? ROWS_OF_ONE : ROWS_OF_TWO)}
          value={text(field)}
          error={problem(field)}
          onChange={(event) => setTexts({ ...texts, [field]: event.currentTarget.value })}
          onKeyDown={onKeyDown}
        />
      ))}
      <div className="row">
        <Button type="submit" loading={isPending} disabled={!canSubmit}>
          {t("try.run")}
        </Button>
        {sample !== null && (
          <Button variant="subtle" onClick={() => setTexts(sample)}>
            {t("try.sample")}
          </Button>
        )}
      </div>
    </form>
  );
}

/** The text of a field as the server takes it: candidates stand on lines of their own. */
function valueOf(field: DataRole, text: string): string | string[] {
  return field === "candidates" ? linesOf(text) : text;
}

function hintOf(task: string, field: DataRole, t: Translate): string | null {
  if (field === "candidates") return t("try.candidates_hint");
  return task === "masked_lm" ? t("try.mask_hint") : null;
}
