import type { ComponentType } from "react";

import { ClassificationDetails } from "@/features/jobs/classification-details.tsx";
import { HiddenWordsDetails } from "@/features/jobs/hidden-words-details.tsx";
import { LanguageDetails } from "@/features/jobs/language-details.tsx";
import { MultiLabelDetails } from "@/features/jobs/multi-label-details.tsx";
import { PreferenceDetails } from "@/features/jobs/preference-details.tsx";
import { QuestionAnsweringDetails } from "@/features/jobs/question-answering-details.tsx";
import { RankingDetails } from "@/features/jobs/ranking-details.tsx";
import { RegressionDetails } from "@/features/jobs/regression-details.tsx";
import { SpanDetails } from "@/features/jobs/span-details.tsx";
import { WritingDetails } from "@/features/jobs/writing-details.tsx";
import type { DetailsKind, DetailsOf, Evaluation } from "@/lib/api-types.ts";

export interface DetailsProps<K extends DetailsKind> {
  evaluation: Evaluation;
  details: DetailsOf<K>;
}

/** A new kind of details is one component and one line here; the compiler asks for it. */
const VIEWS: { [K in DetailsKind]: ComponentType<DetailsProps<K>> } = {
  classification: ClassificationDetails,
  multi_label: MultiLabelDetails,
  regression: RegressionDetails,
  spans: SpanDetails,
  question_answering: QuestionAnsweringDetails,
  ranking: RankingDetails,
  language: LanguageDetails,
  hidden_words: HiddenWordsDetails,
  writing: WritingDetails,
  preference: PreferenceDetails,
};

export function EvaluationDetails({ evaluation }: { evaluation: Evaluation }) {
  const { details } = evaluation;
  // The table pairs each kind with its own view, which the compiler cannot follow through a lookup. A page that is older than
  // the server may meet a kind that it does not know, and leaves it out.
  const View = VIEWS[details.kind] as ComponentType<DetailsProps<DetailsKind>> | undefined;
  return View && <View evaluation={evaluation} details={details} />;
}
