import classes from "@/features/jobs/job.module.css";
import { strongestWeight, strongestWords, weighedParts } from "@/features/jobs/weighed-parts.ts";
import { WeighedText } from "@/features/jobs/weighed-text.tsx";
import type { Mistake, WordWeight } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** As many words are named to whoever cannot see the colours. */
const NAMED_WORDS = 3;

/** The text or both texts of a row, with what its words did where that was found out. */
export function WeighedTexts({ mistake: { text, text_b: second, words, confidence } }: { mistake: Mistake }) {
  const { t, format } = useI18n();
  const strongest = strongestWeight(words);
  // A label is so and so sure; a number has a unit of its own.
  const amount = (weight: number) => (confidence === null ? format.decimal(Math.abs(weight), 2) : t("contribution.points", { count: Math.round(Math.abs(weight) * 100) }));
  const told = (weight: number) => t(weight > 0 ? "contribution.for" : "contribution.against", { amount: amount(weight) });
  const parts = (part: WordWeight["part"], whole: string) =>
    weighedParts(whole, words.filter((word) => word.part === part), strongest);
  const most = strongestWords({ text, text_b: second ?? "" }, words, NAMED_WORDS);
  return (
    <>
      <p className={classes["mistakeText"]} title={text}>
        <WeighedText parts={parts("text", text)} told={told} />
      </p>
      {second !== null && (
        <p className={`${classes["mistakeText"] ?? ""} ${classes["mistakeSecond"] ?? ""}`} title={second}>
          <WeighedText parts={parts("text_b", second)} told={told} />
        </p>
      )}
      {most.length > 0 && (
        <p className="visually-hidden">{t("contribution.most", { words: format.list(most.map((word) => `${word.text} (${amount(word.weight)})`)) })}</p>
      )}
    </>
  );
}
