import { Button, Textarea } from "@mantine/core";
import { type KeyboardEvent, type SyntheticEvent, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { ScoreBars } from "@/components/score-bars.tsx";
import { usePredict } from "@/features/models/model-queries.ts";
import classes from "@/features/models/model.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const MAX_CHARACTERS = 20_000;

interface Props {
  versionId: string;
  sample: string | null;
}

/** A text in, probabilities out. */
export function TryIt({ versionId, sample }: Props) {
  const { t, format } = useI18n();
  const predict = usePredict(versionId);
  const [text, setText] = useState("");
  const canSubmit = text.trim() !== "" && text.length <= MAX_CHARACTERS;
  const run = () => {
    if (canSubmit && !predict.isPending) predict.mutate(text);
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
        <Textarea
          label={t("try.text")}
          placeholder={t("try.placeholder")}
          rows={5}
          value={text}
          error={text.length > MAX_CHARACTERS ? t("try.too_long", { max: MAX_CHARACTERS }) : null}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div className="row">
          <Button type="submit" loading={predict.isPending} disabled={!canSubmit}>
            {t("try.run")}
          </Button>
          {sample !== null && (
            <Button variant="subtle" onClick={() => setText(sample)}>
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
            <ScoreBars label={t("try.answer")} scores={answer.labels} />
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
