import { Button, Textarea } from "@mantine/core";
import { type KeyboardEvent, type SyntheticEvent, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { usePredict } from "@/features/models/model-queries.ts";
import classes from "@/features/models/model.module.css";
import { PredictionView } from "@/features/models/prediction-view.tsx";
import type { DataRole, Prediction } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";
import { partTitle, questionFields } from "@/lib/tasks.ts";

const MAX_CHARACTERS = 20_000;
/** What is read in parts, or is many texts, may be longer. */
const MAX_CHARACTERS_OF: Readonly<Partial<Record<DataRole, number>>> = { context: 50_000, candidates: 100_000 };
const ROWS_OF_ONE = 5;
const ROWS_OF_TWO = 3;
const ROWS_OF: Readonly<Partial<Record<DataRole, number>>> = { question: 2, query: 2, context: 7, candidates: 6 };
const MAX_CANDIDATES = 100;

export type Sample = Readonly<Partial<Record<DataRole, string>>>;

/** What was not read, where it is not the end of the one text. */
const TRUNCATED: Readonly<Partial<Record<Prediction["kind"], MessageKey>>> = { answer: "try.truncated_question", ranking: "try.truncated_some" };

interface Props {
  versionId: string;
  task: string;
  sample: Sample | null;
}

/** A question in, an answer out, in the way of the model's task. */
export function TryIt({ versionId, task, sample }: Props) {
  const { t, format } = useI18n();
  const predict = usePredict(versionId);
  const [texts, setTexts] = useState<Sample>({});
  const fields = questionFields(task);
  const text = (field: DataRole) => texts[field] ?? "";
  const problem = (field: DataRole) => {
    const max = MAX_CHARACTERS_OF[field] ?? MAX_CHARACTERS;
    if (text(field).length > max) return t("try.too_long", { max });
    const isTooMany = field === "candidates" && linesOf(text(field)).length > MAX_CANDIDATES;
    return isTooMany ? t("try.too_many_candidates", { max: MAX_CANDIDATES }) : null;
  };
  const canSubmit = fields.every((field) => text(field).trim() !== "" && problem(field) === null);
  const run = () => {
    if (canSubmit && !predict.isPending) predict.mutate(Object.fromEntries(fields.map((field) => [field, valueOf(field, text(field))])));
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) run();
  };
  const answer = predict.data?.predictions[0];
  return (
    <div className={classes["tryIt"]}>
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
          <Button type="submit" loading={predict.isPending} disabled={!canSubmit}>
            {t("try.run")}
          </Button>
          {sample !== null && (
            <Button variant="subtle" onClick={() => setTexts(sample)}>
              {t("try.sample")}
            </Button>
          )}
        </div>
      </form>
      <div className={classes["answer"]} aria-live="polite">
        {predict.isError && <ErrorNotice error={predict.error} />}
        {!predict.isError && !answer && <p className="muted">{predict.isPending ? t("try.running") : t("try.hint")}</p>}
        {answer && (
          <div className="stack">
            <PredictionView prediction={answer} asked={predict.variables ?? {}} />
            {answer.is_truncated && <Notice tone="warning">{t(TRUNCATED[answer.kind] ?? "try.truncated", { count: answer.num_tokens })}</Notice>}
            <p className="small faint num">
              {t(predict.data?.is_cold === true ? "try.took_cold" : "try.took", {
                milliseconds: format.integer(predict.data?.milliseconds ?? 0),
                count: answer.num_tokens,
              })}
            </p>
          </div>
        )}
      </div>
    </div>
  );
}

/** The text of a field as the server takes it: candidates stand on lines of their own. */
function valueOf(field: DataRole, text: string): string | string[] {
  return field === "candidates" ? linesOf(text) : text;
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

function hintOf(task: string, field: DataRole, t: Translate): string | null {
  if (field === "candidates") return t("try.candidates_hint");
  return task === "masked_lm" ? t("try.mask_hint") : null;
}
