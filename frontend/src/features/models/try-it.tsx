import { type ReactNode, useEffect } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { MarkedWords } from "@/features/jobs/marked-words.tsx";
import { DifferenceNotice } from "@/features/models/difference-notice.tsx";
import { Answered } from "@/features/models/answered.tsx";
import { usePredict } from "@/features/models/model-queries.ts";
import classes from "@/features/models/model.module.css";
import { QuestionForm, type Sample } from "@/features/models/question-form.tsx";
import type { Question } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { diffWords } from "@/lib/word-diff.ts";

/** A version that is asked, and what it is called beside another one. */
export interface AskedVersion {
  id: string;
  name: string;
}

interface Props {
  version: AskedVersion;
  /** One that is asked the same, to look at both answers. */
  other?: AskedVersion | null;
  task: string;
  sample: Sample | null;
  /** The answer that the row of the sample has, shown once the model has given its own. */
  truth?: string | null;
}

/** A question in, an answer out, in the way of the model's task; or two answers, of two models. */
export function TryIt({ version, other = null, task, sample, truth = null }: Props) {
  const { t } = useI18n();
  const first = usePredict(version.id);
  const second = usePredict(other?.id ?? version.id);
  const question = first.variables;
  const { mutate: askSecond, reset: forgetSecond } = second;
  const otherId = other?.id ?? null;
  // Whoever chooses a model after the question wants its answer to that one.
  useEffect(() => {
    forgetSecond();
    if (otherId !== null && question !== undefined) askSecond(question);
    // A new question goes to the second one when the first has answered.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [otherId]);
  /** One after the other, so that neither takes the other's time. */
  const ask = async (asked: Question) => {
    forgetSecond();
    await first.mutateAsync(asked).catch(() => null);
    if (other !== null) askSecond(asked);
  };
  const isPending = first.isPending || second.isPending;
  const form = <QuestionForm task={task} sample={sample} isPending={isPending} onAsk={(asked) => void ask(asked)} />;
  if (other === null) {
    return (
      <div className={classes["tryIt"]}>
        {form}
        <div className={classes["answer"]} aria-live="polite">
          <Asked asked={first} />
          {truth !== null && first.isSuccess && isSample(question, sample) && (
            <p className="wrap" style={{ marginTop: 12 }}>
              {t("try.truth", { truth })}
            </p>
          )}
        </div>
      </div>
    );
  }
  const [one] = first.data?.predictions ?? [];
  const [two] = second.data?.predictions ?? [];
  const words = one?.kind === "text" && two?.kind === "text" ? diffWords(one.text, two.text) : null;
  return (
    <div className={classes["tryTwo"]}>
      {form}
      <div className={classes["answers"]} aria-live="polite">
        {first.isIdle && <p className="muted">{t("try.hint_two")}</p>}
        {one && two && <DifferenceNotice one={one} two={two} names={[version.name, other.name]} candidates={candidatesOf(question)} />}
        {!first.isIdle && (
          <div className={classes["columns"]}>
            <section className={classes["column"]} aria-label={version.name}>
              <p className={classes["head"]}>
                <bdi>{version.name}</bdi>
              </p>
              <Asked asked={first} marked={words && <MarkedWords parts={words.wanted} as="del" />} />
            </section>
            <section className={classes["column"]} aria-label={other.name} data-other>
              <p className={classes["head"]}>
                <bdi>{other.name}</bdi>
              </p>
              <Asked asked={second} marked={words && <MarkedWords parts={words.written} as="ins" />} />
            </section>
          </div>
        )}
      </div>
    </div>
  );
}

function isSample(question: Question | undefined, sample: Sample | null): boolean {
  return question !== undefined && sample !== null && Object.entries(sample).every(([field, text]) => question[field] === text);
}

function candidatesOf(question: Question | undefined): readonly string[] {
  const given = question?.["candidates"];
  return Array.isArray(given) ? given.filter((one) => typeof one === "string") : [];
}

interface AskedProps {
  asked: ReturnType<typeof usePredict>;
  marked?: ReactNode;
}

/** Where a question to a model stands. */
function Asked({ asked, marked }: AskedProps) {
  const { t } = useI18n();
  if (asked.isError) return <ErrorNotice error={asked.error} />;
  if (asked.data) return <Answered answer={asked.data} asked={asked.variables} marked={marked} />;
  return <p className="muted">{asked.isPending ? t("try.running") : t("try.hint")}</p>;
}
