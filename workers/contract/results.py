"""The evaluation document and the manifest of an artifact: what a finished run leaves behind, as values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from workers.contract.base import Value
from workers.contract.budget import EndedBy, TrainingBudget

ContenderName = Literal[
    "tuned",
    "base",
    "base_probe",
    "tfidf_linear",
    "nearest_centroid",
    "majority",
    "mean",
    "most_frequent_tag",
    "word_linear",
    "popularity",
    "random",
    "tfidf_cosine",
    "matching_sentence",
    "first_sentence",
    "copy_source",
    "typical_target",
    "nearest_example",
]


CONTENDER_NAMES: tuple[str, ...] = get_args(ContenderName)


class Interval(Value):
    """A figure with its 95 % bootstrap interval over the evaluated rows."""

    value: float
    low: float
    high: float


class Contender(Value):
    """One way to answer the same rows: the tuned model or something simpler.

    Of labels, `roc_auc` and `average_precision` are of each label against the rest, a mean over the labels that some rows have and some
    have not; contenders that give no scores have none, nor has anybody where there are more than 200 labels.
    """

    name: ContenderName
    metrics: dict[str, Interval]
    seconds: float


class Verdict(Value):
    """Tuned against the best of the others on the same rows. `difference` is in the primary metric, positive when tuned is better.

    The test is McNemar's where rows are right or wrong, else it turns the signs of what rows differ by, or counts resamples of them where
    they are many.
    """

    outcome: Literal["better", "no_difference", "worse"]
    against: ContenderName
    difference: Interval
    p_value: float
    test: Literal["mcnemar", "paired_permutation", "paired_bootstrap"]


class ClassScore(Value):
    label: str
    precision: float
    recall: float
    f1: float
    support: int


class WordWeight(Value):
    """Letters `start` to `end` (code points) of a text, and how much of the answer would be gone without them.

    In a share of 1 where the answer is a label, a span or a passage, else in the unit of the answer; negative where they spoke against it.
    """

    part: Literal["text", "text_b"] = "text"
    start: int
    end: int
    weight: float


class Mistake(Value):
    """A held-out row that the tuned model got wrong, the most confident or the furthest off first. Texts are cut for display.

    Of spans, `confidence` is that of the surest wrong one, said or overlooked: the mean probability of the tags that its tokens got.
    Beside a query whose first candidate is wrong, `text_b` is that candidate. `words` are those that did most to the answer that was given
    (to the tags of that span, to the passage, to the score of that candidate); there are none where there was no time to find them.
    """

    row: int
    text: str
    text_b: str | None = None
    label: str
    predicted: str
    confidence: float | None = None
    words: tuple[WordWeight, ...] = ()


class CalibrationBin(Value):
    """Held-out rows whose answers were about equally sure: how sure on average, and how many of them were right."""

    count: int
    confidence: float
    accuracy: float


class ThresholdCurve(Value):
    """What giving a label from a probability on would come to: precision is `hits` / `given`, recall `hits` / `num_true`.

    Without a `label` the counts are those of all labels together. All three lists have one entry for each threshold.
    """

    label: str | None
    num_true: int
    thresholds: tuple[float, ...]
    given: tuple[int, ...]
    hits: tuple[int, ...]


class ConfusionCell(Value):
    """How many held-out rows of one label got one answer; both are places in `labels`, from 0."""

    true: int
    predicted: int
    count: int


class ConfidenceScale(Value):
    """What makes probabilities mean what they say: one `factor` of the outputs, found on validation rows and delivered with the model."""

    factor: float
    error_without: float = Field(description="The expected calibration error of the same answers without it.")


class ClassificationDetails(Value):
    """One of several labels. Rows of `confusion` are true labels, columns are predictions, both in the order of `labels`.

    Of more than 200 labels `confusion` is empty, and `confusion_cells` holds those of its cells that are not zero, up to 5,000: wrong
    answers before right ones, the most frequent first. `support` in `per_class` says of how many rows each label is.
    `examples` are a few rows of each of its cells, the most frequent cells and the surest answers first.
    """

    kind: Literal["classification"] = "classification"
    labels: tuple[str, ...]
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    confusion_cells: tuple[ConfusionCell, ...] = Field(
        (), description="In place of `confusion`, where labels are many."
    )
    expected_calibration_error: float
    calibration: tuple[CalibrationBin, ...] = Field((), description="The bins of that error, by rising confidence.")
    confidence_scale: ConfidenceScale | None = None
    thresholds: tuple[ThresholdCurve, ...] = Field((), description="Of each label, where there are two.")
    examples: tuple[Mistake, ...] = ()


class MultiLabelDetails(Value):
    """Any number of labels; a label is given when its probability reaches `threshold`, which validation chose."""

    kind: Literal["multi_label"] = "multi_label"
    labels: tuple[str, ...]
    per_class: tuple[ClassScore, ...]
    threshold: float
    expected_calibration_error: float | None = Field(
        None,
        description="How far the probability of a label is on average from the share of rows that have it, over all rows and labels.",
    )
    calibration: tuple[CalibrationBin, ...] = Field(
        (),
        description="The bins of that error, by rising probability: `count` probabilities that are `confidence` on average, of labels that "
        "the share `accuracy` of the rows has.",
    )
    confidence_scale: ConfidenceScale | None = None
    thresholds: tuple[ThresholdCurve, ...] = Field(
        (), description="Of all labels together; of each as well, where there are few."
    )


class ScorePoint(Value):
    """One held-out row: what it should be, and what the model says."""

    true: float
    predicted: float


class RegressionDetails(Value):
    """`points` are up to 500 rows, evenly taken."""

    kind: Literal["regression"] = "regression"
    points: tuple[ScorePoint, ...]


class TaggedExample(Value):
    """A held-out row with its true and its predicted tags (IOB2), one for each token."""

    row: int
    tokens: tuple[str, ...]
    true: tuple[str, ...]
    predicted: tuple[str, ...]


class SpanDetails(Value):
    """Spans of a type, found exactly or not at all. `examples` are the rows with the most wrong spans first."""

    kind: Literal["spans"] = "spans"
    labels: tuple[str, ...]
    per_type: tuple[ClassScore, ...]
    examples: tuple[TaggedExample, ...]


class AnsweredQuestion(Value):
    """A held-out question with what is expected and what the model says. `context` is cut around the answer; no answer is ""."""

    row: int
    id: str | None
    question: str
    context: str
    expected: tuple[str, ...]
    predicted: str
    f1: float
    confidence: float


class QuestionAnsweringDetails(Value):
    """`scoring` is what F1 counts. Figures of a kind of question are None where no row is of that kind. `examples`: worst first."""

    kind: Literal["question_answering"] = "question_answering"
    scoring: Literal["words", "characters"]
    num_answerable: int
    num_unanswerable: int
    answerable_f1: float | None
    unanswerable_accuracy: float | None
    examples: tuple[AnsweredQuestion, ...]


class RankedText(Value):
    """A candidate with its score, and whether it is a right one."""

    text: str
    score: float
    is_right: bool


class RankedExample(Value):
    """A held-out query: the rank of (the best of) what is right, and the first candidates in the model's order."""

    row: int
    query: str
    right: str
    rank: float
    first: tuple[RankedText, ...]


class RankCount(Value):
    """How many queries have their right candidate at this rank; `rank` None: beyond the last that is listed."""

    rank: int | None
    count: int


class RankingDetails(Value):
    """Queries and where their right candidates come. `num_candidates` is the mean size of what is searched. `examples`: worst first."""

    kind: Literal["ranking"] = "ranking"
    num_queries: int
    num_candidates: float
    ranks: tuple[RankCount, ...]
    examples: tuple[RankedExample, ...]


class WrittenExample(Value):
    """A held-out row with what should be written, and what the tuned and the untouched model write. Texts are cut for display."""

    row: int
    prompt: str
    reference: str
    tuned: str
    base: str


class ScoredText(Value):
    """A held-out text with its loss per token."""

    row: int
    text: str
    tuned_loss: float
    base_loss: float


class LanguageDetails(Value):
    """Plain text, token by token. `hardest` are the texts with the highest loss; `examples` go on from the beginning of a text."""

    kind: Literal["language"] = "language"
    num_tokens: int
    hardest: tuple[ScoredText, ...]
    examples: tuple[WrittenExample, ...]


class HiddenWord(Value):
    """A piece of a word that was hidden, what each model thinks it is, and how likely each finds the true one.

    `seen` stands in its place where the mask does not: another piece, or itself. What begins a word has a space before it.
    """

    seen: str | None
    true: str
    tuned: str
    base: str
    tuned_probability: float
    base_probability: float


class HiddenWordsExample(Value):
    """A held-out text with what was hidden in it. `parts` stand before, between and after the `words`: there is one more of them."""

    row: int
    parts: tuple[str, ...]
    words: tuple[HiddenWord, ...]


class HiddenWordsDetails(Value):
    """Words hidden in plain texts. `hardest` are the texts with the highest loss."""

    kind: Literal["hidden_words"] = "hidden_words"
    num_tokens: int
    hardest: tuple[ScoredText, ...]
    examples: tuple[HiddenWordsExample, ...]


class NextTurn(Value):
    """Whether the true next turn of a conversation is told from `num_others` answers of other rows; guessing is right in `chance` of them.

    `verdict` is about the tuned model against the base model in `next_turn_accuracy`.
    """

    num_others: int
    chance: float
    verdict: Verdict


class WritingDetails(Value):
    """Texts that are written from held-out rows, up to `max_new_tokens` each; figures about them are over `num_written` rows.

    `signatures` say of a figure exactly how it was computed, where there is more than one way. Without a base model that can write,
    what it would say is "" in the examples.
    """

    kind: Literal["writing"] = "writing"
    num_tokens: int
    num_written: int
    max_new_tokens: int
    signatures: dict[str, str] = Field(default_factory=dict)
    examples: tuple[WrittenExample, ...]
    examples_by: str | None = Field(
        None, description="The figure in which the examples are the worst of those that were written, the worst first."
    )
    next_turn: NextTurn | None = Field(None, description="Of conversations whose answers are not all alike.")
    commonest_tone: float | None = Field(
        None,
        description="Of conversations in English: the share of the wanted answers that have the commonest tone, beside which "
        "`tone_agreement` is to be read.",
    )
    no_tone: Literal["language"] | None = Field(
        None, description="Why there is no `tone_agreement`: it is measured in English, and the wanted answers are not."
    )


class PreferenceExample(Value):
    """A held-out row with its answers, and what the tuned and the untouched model write. `reward` is the margin of the chosen answer,
    or the reward of the single one, which stands under `chosen` or `rejected` by its label.
    """

    row: int
    prompt: str
    chosen: str | None
    rejected: str | None
    reward: float
    tuned: str
    base: str


class PreferenceDetails(Value):
    """What is preferred. `examples` are the held-out rows with the lowest reward first, evenly taken after those."""

    kind: Literal["preference"] = "preference"
    loss: Literal["dpo", "orpo", "kto"]
    beta: float
    num_tokens: int
    max_new_tokens: int
    examples: tuple[PreferenceExample, ...]


Details = Annotated[
    ClassificationDetails
    | MultiLabelDetails
    | RegressionDetails
    | SpanDetails
    | QuestionAnsweringDetails
    | RankingDetails
    | LanguageDetails
    | HiddenWordsDetails
    | WritingDetails
    | PreferenceDetails,
    Field(discriminator="kind"),
]


class CurvePoint(Value):
    """The score of what was learnt from so many training rows: the mean over draws of them, and the lowest and highest."""

    num_rows: int
    value: float
    low: float
    high: float


class Forecast(Value):
    """What so many training rows more would probably add to the score, with a 95 % interval."""

    num_more: int
    gain: float
    low: float
    high: float


class LearningCurve(Value):
    """Scores on the held-out rows of the base model with an output layer solved on growing parts of the training rows."""

    metric: str
    points: tuple[CurvePoint, ...]
    forecasts: tuple[Forecast, ...]
    reached: Forecast | None = Field(
        None,
        description="What the job's other training rows add to the last point, where that is of a part of them; `forecasts` go on from "
        "there.",
    )


NoLearningCurve = Literal["few_rows", "figure_falls", "needs_training"]
"""Why there is none: three sizes cannot be made of so few training rows; the watched figure falls as a model gets better, and the law is
about figures that rise to 1; what is learnt does not lie in an output layer alone, so that every part would have to be trained like a job.
"""


class Forgetting(Value):
    """Loss per token on general texts that have nothing to do with the training data, before and after."""

    num_tokens: int
    base_loss: float
    tuned_loss: float


class AugmentationEffect(Value):
    """The same job with augmented training rows and without, on the same held-out rows, in the metric of the verdict.

    `difference` is turned so that positive means that augmentation helped. `delivered` is the better of the two in the watched figure on
    the validation rows; where they are equal there, the lower validation loss decides, and then the run without.
    """

    metric: str
    with_augmentation: Interval
    without_augmentation: Interval
    difference: Interval
    outcome: Literal["better", "no_difference", "worse"]
    p_value: float
    delivered: Literal["with_augmentation", "without_augmentation"]
    validation_metric: str
    validation_with: float
    validation_without: float


class Evaluation(Value):
    """Everything that the result page of a job shows. `primary` names the metric that the verdict is about."""

    task: str
    split: Literal["validation", "test"]
    num_rows: int
    primary: str
    contenders: tuple[Contender, ...]
    verdict: Verdict
    mistakes: tuple[Mistake, ...]
    details: Details
    learning_curve: LearningCurve | None = Field(None, description="Of tasks whose output layer can be solved alone.")
    no_learning_curve: NoLearningCurve | None = Field(None, description="Why there is no learning curve.")
    forgetting: Forgetting | None = Field(None, description="Of models that write.")
    augmentation_effect: AugmentationEffect | None = Field(
        None, description="Of jobs whose training rows were augmented."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_the_first_format(cls, document: Any) -> Any:
        """Documents that were written when classification was the only task are read as if they were written today."""
        return _upgraded(document) if isinstance(document, dict) and "details" not in document else document

    @property
    def labels(self) -> tuple[str, ...]:
        """Of tasks that choose among names."""
        found: tuple[str, ...] = getattr(self.details, "labels", ())
        return found

    @property
    def tuned(self) -> Contender:
        """The model that the job is about."""
        return next(contender for contender in self.contenders if contender.name == "tuned")

    def summary(self) -> dict[str, Any]:
        """The outcome in a few figures, for lists."""
        return {
            "primary": self.primary,
            "value": self.tuned.metrics[self.primary].value,
            "metrics": {name: interval.value for name, interval in self.tuned.metrics.items()},
            "verdict": self.verdict.outcome,
        }


def _upgraded(old: dict[str, Any]) -> dict[str, Any]:
    moved = {
        name: old[name] for name in ("labels", "per_class", "confusion", "expected_calibration_error") if name in old
    }
    names = {"tfidf_logreg": "tfidf_linear"}
    verdict = old.get("verdict", {})
    return {
        **{name: value for name, value in old.items() if name not in moved},
        "primary": "accuracy",
        "contenders": [
            {
                "name": names.get(contender["name"], contender["name"]),
                "metrics": {name: contender[name] for name in ("accuracy", "macro_f1")},
                "seconds": contender["seconds"],
            }
            for contender in old.get("contenders", [])
        ],
        "verdict": {**verdict, "against": names.get(verdict.get("against"), verdict.get("against")), "test": "mcnemar"},
        "details": {"kind": "classification", **moved},
    }


class RowFigures(Value):
    """What a figure is made of, row by row: that of any held-out rows is the sum of their `parts` over the sum of their `weights`.

    Accuracy has a part of 1 for a row that is right and weights of 1; F1 twice the hits over what is said and what is there. With it
    two jobs can be compared on rows that both were judged on. `rows` are positions in `file`, from 1.
    """

    metric: str
    is_lower_better: bool = False
    file: str
    rows: tuple[int, ...]
    parts: tuple[float, ...]
    weights: tuple[float, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> RowFigures:
        if not len(self.rows) == len(self.parts) == len(self.weights):
            raise ValueError("every row has one part and one weight")
        return self


UNMEASURED_TASKS = frozenset({"embedding"})
"""Tasks whose figures of a row depend on which other rows are searched with it, so that two sets of held-out rows cannot be compared."""


class TrialRecord(Value):
    """One trial of a search, as search.json keeps it."""

    number: int
    settings: dict[str, str | int | float | bool]
    state: Literal["complete", "pruned", "failed"]
    value: float | None
    """Best watched figure, turned so that higher is better."""
    intermediate: tuple[float, ...] = ()
    """The watched figure after each judgement, turned likewise."""
    steps: int
    seconds: float
    reason: str | None = None


class RunningTrial(Value):
    """A trial that is under way."""

    number: int
    settings: dict[str, str | int | float | bool]


class SearchPart(Value):
    """What one process does of a search whose trials run side by side: one trial, or the delivery of the best.

    What a trial tries and when it is pruned depends on this value and the spec alone, so that a trial that is continued elsewhere is
    the same trial.
    """

    trial: int | None
    """Number of the trial to make; None when all are over and the best is to be delivered."""
    history: tuple[TrialRecord, ...]
    """Trials that are over, in order of their numbers."""
    running: tuple[RunningTrial, ...] = ()
    metric: str = ""
    is_lower_better: bool = False
    budget: TrainingBudget | None = None
    """Of a trial: how long it may work before it ends with what it has, as that was when it first began."""
    ended_by: EndedBy = "trials"
    """Of a delivery: what of the budget was used up."""


SEARCH_REPORT = "search.json"


class SearchReport(Value):
    """`search.json` of a finished search. `importance` are shares of the variance of the value (fANOVA), by setting."""

    metric: str
    is_lower_better: bool
    trials: tuple[TrialRecord, ...]
    best: int
    importance: dict[str, float]
    ended_by: EndedBy = "trials"
    """What of its budget was used up."""


class Golden(Value):
    """An input recorded at the end of training with what every export and deployment must repeat.

    `inputs` are what the task reads, by name: `text`; `text` and `text_b`; `tokens`; `question` and `context` … `expected` are
    the numbers that the model comes to, in an order that the task defines: probabilities of labels, scores, log-probabilities of tokens.
    """

    inputs: dict[str, str | tuple[str, ...]]
    expected: tuple[float, ...]

    @model_validator(mode="before")
    @classmethod
    def _of_the_first_format(cls, golden: Any) -> Any:
        """Manifests that were written when classification was the only task stay valid."""
        if isinstance(golden, dict) and "probabilities" in golden:
            return {"inputs": {"text": golden.get("text")}, "expected": golden["probabilities"]}
        return golden

    def difference(self, found: Sequence[float]) -> float:
        """The largest gap between what is expected and what a copy comes to, relative to numbers above one."""
        if len(found) != len(self.expected):
            return math.inf
        gaps = [abs(a - b) / max(1.0, abs(b)) for a, b in zip(found, self.expected, strict=True)]
        return math.inf if any(map(math.isnan, gaps)) else max(gaps, default=0.0)


class PassageRules(Value):
    """How answers are found in a text, beside what the network says. The defaults are how those models answered that do not say it."""

    doc_stride: int = 128
    """Tokens that neighbouring windows share; at most half of what a window has for the text."""
    max_answer_length: int = 30
    may_have_none: bool = True
    """Whether training had questions that the text does not answer: who never saw one always answers."""


MODEL_MANIFEST = "anneal.json"


class ModelManifest(Value):
    """`anneal.json` in a model directory: what it is, what made it, and how to check that it still answers alike."""

    format_version: Literal[1] = 1
    task: str = "classification"
    base_model: str
    spec_sha256: str
    labels: tuple[str, ...]
    max_length: int
    threshold: float | None = None
    """Of tasks that give every label whose probability reaches it."""
    passages: PassageRules = PassageRules()
    """Of question answering."""
    golden: tuple[Golden, ...]
    tolerance: float = 1e-3
