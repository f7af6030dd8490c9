import { FoldText } from "@/components/fold-text.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { ExampleList } from "@/features/jobs/example-list.tsx";
import classes from "@/features/jobs/example.module.css";
import { HardestTexts } from "@/features/jobs/hardest-texts.tsx";
import marked from "@/features/jobs/marked-text.module.css";
import { RowLink } from "@/features/jobs/row-link.tsx";
import type { HiddenWord, HiddenWordsExample } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const MARKS = ["right", "wrong"] as const;
const BLANK = "␣";

/** A piece as it is written; white space as a sign of its own. */
function piece(text: string): string {
  return text.trim() || BLANK;
}

/** Words hidden in texts, in their place. */
export function HiddenWordsDetails({ details }: DetailsProps<"hidden_words">) {
  const { t } = useI18n();
  return (
    <>
      <Section title={t("hidden.title")} hint={t("hidden.hint")}>
        {details.examples.length > 0 && (
          <p className={marked["legend"]} aria-hidden>
            {MARKS.map((mark) => (
              <span key={mark} className={marked["span"]} data-mark={mark}>
                {t(`hidden.${mark}`)}
              </span>
            ))}
          </p>
        )}
        <ExampleList label={t("hidden.title")} none={t("hidden.none")} examples={details.examples}>
          {(example) => <Example example={example} />}
        </ExampleList>
      </Section>
      <HardestTexts texts={details.hardest} numTokens={details.num_tokens} />
    </>
  );
}

function Example({ example: { row, parts, words } }: { example: HiddenWordsExample }) {
  const { t } = useI18n();
  const found = words.filter((word) => word.tuned === word.true).length;
  return (
    <>
      <FoldText text={parts.map((part, index) => `${part}${words[index]?.true ?? ""}`).join("")}>
        <span className={marked["sentence"]}>
          {parts[0]}
          {words.map((word, index) => {
            const mark = word.tuned === word.true ? "right" : "wrong";
            return (
              <span key={index}>
                {word.true.startsWith(" ") && " "}
                <mark className={marked["span"]} data-mark={mark}>
                  {piece(word.true)}
                  {mark === "wrong" && <span className={marked["type"]}>{piece(word.tuned)}</span>}
                  <span className="visually-hidden"> ({t(`hidden.${mark}`)})</span>
                </mark>
                {parts[index + 1]}
              </span>
            );
          })}
        </span>
      </FoldText>
      <details className={classes["fold"]}>
        <summary>{t("hidden.summary", { found, count: words.length })}</summary>
        <Guesses words={words} />
      </details>
      <p className="small"><RowLink row={row} /></p>
    </>
  );
}

function Guesses({ words }: { words: readonly HiddenWord[] }) {
  const { t, format } = useI18n();
  return (
    <TableScroll label={t("hidden.guesses")}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("hidden.word")}</th>
            <th scope="col">{t("hidden.seen")}</th>
            <th scope="col">{t("contender.tuned")}</th>
            <th scope="col" className="num">
              {t("hidden.probability")}
            </th>
            <th scope="col">{t("contender.base")}</th>
            <th scope="col" className="num">
              {t("hidden.probability")}
            </th>
          </tr>
        </thead>
        <tbody>
          {words.map((word, index) => (
            <tr key={index}>
              <th scope="row">{piece(word.true)}</th>
              <td className="muted">{word.seen === null ? t("hidden.seen_mask") : word.seen === word.true ? t("hidden.seen_itself") : piece(word.seen)}</td>
              <td>{piece(word.tuned)}</td>
              <td className="num">{format.percent(word.tuned_probability)}</td>
              <td>{piece(word.base)}</td>
              <td className="num">{format.percent(word.base_probability)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
