import { Button, Textarea } from "@mantine/core";
import { type KeyboardEvent, type SyntheticEvent, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { usePredict } from "@/features/models/model-queries.ts";
import classes from "@/features/models/model.module.css";
import { PredictionView } from "@/features/models/prediction-view.tsx";
import type { DataRole } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle, questionFields } from "@/lib/tasks.ts";

const MAX_CHARACTERS = 20_000;
const ROWS_OF_ONE = 5;
const ROWS_OF_TWO = 3;

export type Sample = Readonly<Partial<Record<DataRole, string>>>;

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
  const canSubmit = fields.every((field) => text(field).trim() !== "" && text(field).length <= MAX_CHARACTERS);
  const run = () => {
    if (canSubmit && !predict.isPending) predict.mutate(Object.fromEntries(fields.map((field) => [field, text(field)])));
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) run();
  };
  const answer = predict.data?.predictions[0];
  const asked = predict.variables?.["text"];
  return (
    <div className={classes["tryIt"]}>
      <form className="stack" style={{ gap: 12 }} onSubmit={submit}>
        {fields.map((field) => (
          <Textarea
            key={field}
            label={partTitle(field, t)}
            placeholder={t("try.placeholder")}
            rows={fields.length === 1 ? ROWS_OF_ONE : ROWS_OF_TWO}
            value={text(field)}
            error={text(field).length > MAX_CHARACTERS ? t("try.too_long", { max: MAX_CHARACTERS }) : null}
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
            <PredictionView prediction={answer} text={typeof asked === "string" ? asked : ""} />
            {answer.is_truncated && <Notice tone="warning">{t("try.truncated", { count: answer.num_tokens })}</Notice>}
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
