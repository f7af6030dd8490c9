import { SegmentedControl } from "@mantine/core";

import { Facts } from "@/components/facts.tsx";
import { Section } from "@/components/section.tsx";
import { answerParts } from "@/features/jobs/answer-places.ts";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { ExampleList } from "@/features/jobs/example-list.tsx";
import example from "@/features/jobs/example.module.css";
import marked from "@/features/jobs/marked-text.module.css";
import { RowLink } from "@/features/jobs/row-link.tsx";
import type { SpanMark } from "@/features/jobs/tag-spans.ts";
import { WeighedFold } from "@/features/jobs/weighed-fold.tsx";
import type { AnsweredQuestion, Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useAddressChoice } from "@/lib/use-address-choice.ts";

const MARKS: readonly SpanMark[] = ["right", "wrong", "missed"];
const SHOWN = ["all", "wrong"] as const;

/** Answers in the texts that they were looked for in. */
export function QuestionAnsweringDetails({ evaluation, details }: DetailsProps<"question_answering">) {
  const { t, format } = useI18n();
  const [kept, keep] = useAddressChoice("answers");
  const shown = SHOWN.find((one) => one === kept) ?? "all";
  const { examples } = details;
  const wrong = examples.filter(({ f1 }) => f1 < 1);
  const canChoose = wrong.length > 0 && wrong.length < examples.length;
  const share = (figure: number | null) => (figure === null ? "–" : format.percent(figure));
  return (
    <>
      <Section title={t("answers.kinds")} hint={t(`answers.scoring_${details.scoring}`)}>
        <Facts
          facts={[
            { label: t("answers.answerable"), value: format.integer(details.num_answerable) },
            { label: t("answers.answerable_f1"), value: share(details.answerable_f1) },
            { label: t("answers.unanswerable"), value: format.integer(details.num_unanswerable) },
            { label: t("answers.unanswerable_accuracy"), value: share(details.unanswerable_accuracy) },
          ]}
        />
      </Section>
      <Section
        title={t("answers.title")}
        hint={t("answers.hint", { count: examples.length, rows: evaluation.num_rows })}
        actions={
          canChoose && (
            <SegmentedControl
              aria-label={t("answers.shown")}
              value={shown}
              onChange={(value) => keep(value === "all" ? null : value)}
              data={SHOWN.map((value) => ({ value, label: t(`answers.shown_${value}`) }))}
            />
          )
        }
      >
        {examples.length > 0 && (
          <p className={marked["legend"]} aria-hidden>
            {MARKS.map((mark) => (
              <span key={mark} className={marked["span"]} data-mark={mark}>
                {t(`answers.${mark}`)}
              </span>
            ))}
          </p>
        )}
        <ExampleList key={shown} label={t("answers.title")} none={t("answers.none")} examples={canChoose && shown === "wrong" ? wrong : examples}>
          {(question) => <Answer question={question} mistake={evaluation.mistakes.find(({ row }) => row === question.row)} />}
        </ExampleList>
      </Section>
    </>
  );
}

interface AnswerProps {
  question: AnsweredQuestion;
  mistake: Mistake | undefined;
}

function Answer({ question, mistake }: AnswerProps) {
  const { t, format } = useI18n();
  const { expected, predicted, f1, confidence, row } = question;
  const outcome = f1 >= 1 ? "right" : f1 > 0 ? "partly" : "wrong";
  const isElsewhere = predicted !== "" && !question.context.includes(predicted);
  const quoted = (answer: string) => t("answers.quoted", { answer });
  return (
    <>
      <p className={example["question"]} dir="auto">
        {question.question}
      </p>
      <p className={marked["sentence"]} dir="auto">
        {answerParts(question).map(({ text, mark }, index) =>
          mark === null ? (
            <span key={index}>{text}</span>
          ) : (
            <mark key={index} className={marked["span"]} data-mark={mark}>
              {text}
              <span className="visually-hidden"> ({t(`answers.${mark}`)})</span>
            </mark>
          ),
        )}
      </p>
      <p className={example["meta"]}>
        <span>
          {t("answers.expected")} <b className="wrap">{expected.length === 0 ? t("answers.no_answer") : [...new Set(expected)].map(quoted).join(" / ")}</b>
        </span>
        <span>
          {t("answers.predicted")} <b className="wrap">{predicted === "" ? t("answers.no_answer") : quoted(predicted)}</b>
          <span className="num"> ({format.percent(confidence, 0)})</span>
          {isElsewhere && ` ${t("answers.elsewhere")}`}
        </span>
        <span>{t(`answers.outcome_${outcome}`, { f1: format.percent(f1, 0) })}</span>
        <RowLink row={row} />
      </p>
      <WeighedFold mistake={mistake} hint={t("contribution.hint_passage")} />
    </>
  );
}
