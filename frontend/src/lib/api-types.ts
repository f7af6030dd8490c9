/** Short names for the schema's components. The only file that spells out how the server names them. */
import type { components, paths } from "@/generated/api.ts";

type Schemas = components["schemas"];

export type AnsweredQuestion = Schemas["AnsweredQuestion"];
export type ApiKey = Schemas["ApiKey"];
export type Artifact = Schemas["Artifact"];
export type BaseModel = Schemas["BaseModel"];
export type Checkpoint = Schemas["Checkpoint"];
export type ClassScore = Schemas["ClassScore"];
export type ColumnKind = Schemas["ColumnKind"];
export type ColumnStatistics = Schemas["ColumnStatistics"];
export type Contender = Schemas["Contender"];
export type DataRole = Schemas["DataRole"];
export type Dataset = Schemas["Dataset"];
export type DatasetColumn = Schemas["DatasetColumn"];
export type DatasetVersion = Schemas["DatasetVersion"];
export type ErrorBody = Schemas["Error"];
export type ErrorDetail = Schemas["ErrorDetail"];
export type Estimate = Schemas["Estimate"];
export type Evaluation = Schemas["Evaluation"];
export type EvaluationDetails = Evaluation["details"];
export type DetailsKind = EvaluationDetails["kind"];
export type DetailsOf<K extends DetailsKind> = Extract<EvaluationDetails, { kind: K }>;
export type AugmentationEffect = Schemas["AugmentationEffect"];
export type Forgetting = Schemas["Forgetting"];
export type HiddenWord = Schemas["HiddenWord"];
export type HiddenWordsExample = Schemas["HiddenWordsExample"];
export type Interval = Schemas["Interval"];
export type Invitation = Schemas["Invitation"];
export type Job = Schemas["Job"];
export type JobCreate = Schemas["JobCreateRequest"];
export type JobEvent = Schemas["JobEvent"];
export type JobListItem = Schemas["JobListItem"];
export type JobSpec = Schemas["JobSpec"];
export type JobState = Schemas["JobState"];
export type LabelCount = Schemas["LabelCount"];
export type LearningCurve = Schemas["LearningCurve"];
export type Mapping = Schemas["Mapping"];
export type MappingChoice = Schemas["MappingInputRequest"];
export type Member = Schemas["Member"];
export type Metrics = Schemas["Metrics"];
export type MetricSeries = Schemas["MetricSeries"];
export type Mistake = Schemas["Mistake"];
export type Model = Schemas["Model"];
export type ModelVersion = Schemas["ModelVersion"];
export type Optimisation = Schemas["OptimisationRequest"];
export type PreferenceExample = Schemas["PreferenceExample"];
export type PredictResponse = Schemas["PredictOutput"];
export type Prediction = PredictResponse["predictions"][number];
export type PredictionOf<K extends Prediction["kind"]> = Extract<Prediction, { kind: K }>;
export type Question = NonNullable<Schemas["PredictInputRequest"]["inputs"]>[number];
export type Preview = Schemas["Preview"];
export type Problem = Schemas["Problem"];
export type ModelReading = Schemas["TokenisedPreview"];
export type ReadSequence = ModelReading["rows"][number]["sequences"][number];
export type TokenPreview = Schemas["TokenPreview"];
export type RankedExample = Schemas["RankedExample"];
export type Reason = Schemas["Reason"];
export type ResolvedValue = Schemas["ResolvedValue"];
export type Role = Schemas["Role"];
export type ScoredText = Schemas["ScoredText"];
export type Session = Schemas["Session"];
export type Summary = Schemas["Summary"];
export type TaskName = Schemas["TaskName"];
export type TaskRole = Schemas["TaskRole"];
export type TaskType = Job["spec"]["task"]["type"];
export type Tenant = Schemas["Tenant"];
export type Trial = Schemas["Trial"];
export type Verdict = Schemas["Verdict"];
export type WrittenExample = Schemas["WrittenExample"];
export type { paths };

export type Split = "train" | "validation" | "test";
export type SplitChoice = Split | "auto";
export type MethodType = NonNullable<JobCreate["method"]>["type"];
export type ApiKeyRole = ApiKey["role"];

/** One point of a curve as the stream sends it. */
export interface MetricPoint {
  name: string;
  step: number;
  epoch: number;
  value: number;
}
