import type { ReactNode } from "react";

import { Section } from "@/components/section.tsx";
import { ComparisonSection } from "@/features/jobs/comparison-section.tsx";
import { EvaluationDetails } from "@/features/jobs/evaluation-details.tsx";
import { AugmentationSection } from "@/features/jobs/augmentation-section.tsx";
import { ForgettingSection } from "@/features/jobs/forgetting-section.tsx";
import { LearningCurveSection, NoLearningCurveSection } from "@/features/jobs/learning-curve-section.tsx";
import { MistakesList } from "@/features/jobs/mistakes-list.tsx";
import { VerdictLine } from "@/features/jobs/verdict-line.tsx";
import type { DetailsKind, Evaluation, Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

/** Kinds that are not right or wrong row by row, and one whose own view has the wrong rows already. */
const WITHOUT_MISTAKES: ReadonlySet<DetailsKind> = new Set(["language", "hidden_words", "writing", "preference", "question_answering"]);

interface Props {
  evaluation: Evaluation;
  /** What explains the verdict, under it. */
  diagnoses?: ReactNode;
  /** The model itself, between the verdict and its reasons. */
  children: ReactNode;
}

/** What every task has: a verdict, a comparison and mistakes. What is the task's own stands between them. */
export function EvaluationView({ evaluation, diagnoses, children }: Props) {
  const { t } = useI18n();
  const areSure = evaluation.mistakes.some((mistake) => mistake.confidence !== null);
  const areSpans = evaluation.details.kind === "spans";
  return (
    <>
      <Section title={t("verdict.title")}>
        <VerdictLine evaluation={evaluation} />
        {diagnoses}
      </Section>
      {children}
      <ComparisonSection evaluation={evaluation} />
      {evaluation.forgetting && <ForgettingSection forgetting={evaluation.forgetting} />}
      <EvaluationDetails evaluation={evaluation} />
      {hasMistakes(evaluation) && (
        <Section title={t("mistakes.title")} hint={t(areSure ? "mistakes.hint" : "mistakes.hint_furthest")}>
          <MistakesList mistakes={mistakesInWords(evaluation, t)} hasLabels={areSure && !areSpans} hasSpans={areSpans} />
        </Section>
      )}
      {evaluation.augmentation_effect && <AugmentationSection effect={evaluation.augmentation_effect} />}
      {evaluation.learning_curve && <LearningCurveSection curve={evaluation.learning_curve} />}
      {evaluation.no_learning_curve && <NoLearningCurveSection reason={evaluation.no_learning_curve} />}
    </>
  );
}

/** Queries that are ranked badly stand in their own view; pairs that are told wrongly do not. */
function hasMistakes({ details, mistakes }: Evaluation): boolean {
  // Beside a query stands the candidate that was put first, which is the answer; beside the first text of a pair the second.
  if (details.kind === "ranking") return mistakes.some((mistake) => mistake.text_b !== null && mistake.text_b !== mistake.predicted);
  return !WITHOUT_MISTAKES.has(details.kind);
}

/** Of pairs the server says "right" and "wrong", which are no labels of the customer's. */
function mistakesInWords({ details, mistakes }: Evaluation, t: Translate): readonly Mistake[] {
  if (details.kind !== "ranking") return mistakes;
  const named = (label: string) => t(label === "right" ? "ranking.belongs" : "ranking.belongs_not");
  return mistakes.map((mistake) => ({ ...mistake, label: named(mistake.label), predicted: named(mistake.predicted) }));
}
