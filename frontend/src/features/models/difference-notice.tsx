import { Notice } from "@/components/notice.tsx";
import { answerDifference } from "@/features/models/answer-difference.ts";
import type { Prediction } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const TONES = { same: "good", other: "warning", unknown: "info" } as const;

interface Props {
  one: Prediction;
  two: Prediction;
  names: readonly [string, string];
  candidates: readonly string[];
}

/** Whether two models agree, before anybody has to compare their answers by eye. */
export function DifferenceNotice({ one, two, names, candidates }: Props) {
  const { t, format } = useI18n();
  const { isSame, lines } = answerDifference(one, two, { t, format, names, candidates });
  const outcome = isSame === null ? "unknown" : isSame ? "same" : "other";
  return (
    <Notice tone={TONES[outcome]} title={t(`two.${outcome}`)}>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </Notice>
  );
}
