import { Button } from "@mantine/core";
import { useState } from "react";

import { Section } from "@/components/section.tsx";
import { ClassTable } from "@/features/jobs/class-table.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import classes from "@/features/jobs/marked-text.module.css";
import { RowLink } from "@/features/jobs/row-link.tsx";
import { coveredSpans, segmentsOf, type SpanMark } from "@/features/jobs/tag-spans.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useIsPrinted } from "@/lib/use-is-printed.ts";

const FIRST = 8;
const MARKS: readonly SpanMark[] = ["right", "wrong", "missed"];

/** Spans in their place: what was found, what was said wrongly, what was overlooked. */
export function SpanDetails({ details }: DetailsProps<"spans">) {
  const { t } = useI18n();
  const [isAll, setIsAll] = useState(false);
  const isPrinted = useIsPrinted();
  const shown = isAll || isPrinted ? details.examples : details.examples.slice(0, FIRST);
  return (
    <>
      <Section title={t("spans.types_title")} hint={t("spans.types_hint")}>
        <ClassTable of="types" scores={details.per_type} />
      </Section>
      <Section title={t("spans.title")} hint={t("spans.hint")}>
        <p className={classes["legend"]} aria-hidden>
          {MARKS.map((mark) => (
            <span key={mark} className={classes["span"]} data-mark={mark}>
              {t(`spans.${mark}`)}
            </span>
          ))}
        </p>
        <ol className={classes["list"]} aria-label={t("spans.title")}>
          {shown.map((example) => {
            const covered = coveredSpans(example.true, example.predicted);
            return (
              <li key={example.row}>
                <p className={classes["sentence"]} dir="auto">
                  {segmentsOf(example.tokens, example.true, example.predicted).map((segment, index) =>
                    segment.span === null ? (
                      <span key={index}>{`${segment.text} `}</span>
                    ) : (
                      <span key={index}>
                        <mark className={classes["span"]} data-mark={segment.span.mark}>
                          {segment.text}
                          <span className={classes["type"]}>{segment.span.type}</span>
                          <span className="visually-hidden"> ({t(`spans.${segment.span.mark}`)})</span>
                        </mark>{" "}
                      </span>
                    ),
                  )}
                </p>
                <p className="small faint">
                  <RowLink row={example.row} />
                  {covered.length > 0 && (
                    <span className="wrap">
                      {" · "}
                      {t("spans.should_be", {
                        spans: covered.map((span) => `${span.type} “${example.tokens.slice(span.start, span.end).join(" ")}”`).join(", "),
                      })}
                    </span>
                  )}
                </p>
              </li>
            );
          })}
        </ol>
        {details.examples.length > FIRST && (
          <Button variant="default" size="sm" mt={16} onClick={() => setIsAll(!isAll)}>
            {isAll ? t("action.fewer") : t("spans.all", { count: details.examples.length })}
          </Button>
        )}
      </Section>
    </>
  );
}
