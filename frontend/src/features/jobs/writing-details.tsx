import { useMemo } from "react";

import { FoldText } from "@/components/fold-text.tsx";
import { Section } from "@/components/section.tsx";
import { DialogueSection } from "@/features/jobs/dialogue-section.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { ExampleList } from "@/features/jobs/example-list.tsx";
import classes from "@/features/jobs/example.module.css";
import { MarkedWords } from "@/features/jobs/marked-words.tsx";
import marked from "@/features/jobs/marked-text.module.css";
import { RowLink } from "@/features/jobs/row-link.tsx";
import { TextColumns } from "@/features/jobs/text-columns.tsx";
import type { WrittenExample } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";
import { diffWords } from "@/lib/word-diff.ts";

/** With less than this in common, two texts differ everywhere, and marks would only be noise. */
const FEWEST_SHARED = 0.3;

/** Texts of its own, beside those that were wanted. */
export function WritingDetails({ evaluation, details }: DetailsProps<"writing">) {
  const i18n = useI18n();
  const { t } = i18n;
  const { examples, examples_by: by } = details;
  const worst = by === null ? null : describeMetric(by, i18n);
  // Of a base model that cannot write yet there is nothing to show.
  const hasBase = examples.some(({ base }) => base !== "");
  return (
    <>
      <DialogueSection evaluation={evaluation} details={details} />
      <Section title={t("writing.title")} hint={t("writing.hint", { count: details.num_written, tokens: details.max_new_tokens })}>
        {worst && examples.length > 0 && (
          <p className="small muted" style={{ marginBottom: 8 }}>
            {t(worst.isLowerBetter ? "writing.highest_first" : "writing.lowest_first", { metric: worst.label })}
          </p>
        )}
        {examples.length > 0 && (
          <p className={`${marked["legend"] ?? ""} ${marked["words"] ?? ""}`} aria-hidden>
            <ins>{t("writing.added")}</ins>
            <del>{t("writing.left_out")}</del>
          </p>
        )}
        <ExampleList label={t("writing.title")} none={t("writing.none")} examples={examples} first={3}>
          {(example) => <Written example={example} hasBase={hasBase} />}
        </ExampleList>
      </Section>
    </>
  );
}

function Written({ example: { row, prompt, reference, tuned, base }, hasBase }: { example: WrittenExample; hasBase: boolean }) {
  const { t, format } = useI18n();
  const mine = useMemo(() => diffWords(reference, tuned), [reference, tuned]);
  const theirs = useMemo(() => diffWords(reference, base), [reference, base]);
  const note = (share: number) => t("writing.shared", { share: format.percent(share, 0) });
  const isNear = ({ share }: { share: number }) => share >= FEWEST_SHARED;
  return (
    <>
      {prompt !== "" && (
        <div className={classes["prompt"]}>
          <FoldText text={prompt} />
        </div>
      )}
      <TextColumns
        columns={[
          {
            key: "reference",
            name: t("writing.reference"),
            text: reference,
            ...(isNear(mine) && { marked: <MarkedWords parts={mine.wanted} as="del" /> }),
          },
          {
            key: "tuned",
            name: t("contender.tuned"),
            text: tuned,
            note: note(mine.share),
            ...(isNear(mine) && { marked: <MarkedWords parts={mine.written} as="ins" /> }),
          },
          ...(hasBase
            ? [
                {
                  key: "base",
                  name: t("contender.base"),
                  text: base,
                  note: note(theirs.share),
                  ...(isNear(theirs) && { marked: <MarkedWords parts={theirs.written} as="ins" /> }),
                },
              ]
            : []),
        ]}
      />
      <p className="small"><RowLink row={row} /></p>
    </>
  );
}
