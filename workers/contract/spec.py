"""`JobSpec`: everything that decides the outcome of a fine-tuning run, and nothing else.

A spec is composed of a *task* (columns, model class, loss, metrics), a *method* (which weights learn) and a *search*
(how many runs are made of it). Each is a tagged union: a new kind is a new class and one entry in its union.
Where data and weights lie on disk is not part of the spec; it belongs to the place where the job runs.

``auto`` values are resolved by `workers.trainer.auto` with documented rules; what they became is recorded in the job.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from workers.contract.base import Value, refused_at

if TYPE_CHECKING:
    from collections.abc import Mapping

SPEC_VERSION: Literal[1] = 1

Auto = Literal["auto"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
# A file inside the data folder: never absolute, never climbing out of it.
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class DataSource(Value):
    """The files of one dataset version, relative to the data folder of the run (Parquet, JSONL, CSV or TSV)."""

    train: FileName
    validation: FileName | None = None
    test: FileName | None = None
    version_sha256: Sha256 | None = Field(
        None,
        description="Names the dataset version that the files are of: a digest of them and of their columns. It is recorded; a trainer, "
        "which has the files alone, cannot check it, and says the digest of the rows that it reads.",
    )


class _Reading(Value):
    """What every task has: a limit of length."""

    max_length: Annotated[int, Field(ge=8, le=131_072)] | Auto = Field(
        "auto", description="Longest input in tokens; longer texts are cut off and counted."
    )


class _WholeText(_Reading):
    """What every task has that says one thing about a whole text, or about a pair of texts."""

    truncation_side: Literal["right", "left"] | Auto = Field(
        "auto",
        description="Where a text that is too long is cut: right keeps its beginning, left its end, auto what says more.",
    )


class ClassificationTask(_WholeText):
    """Single-label text classification: one text, one of at least two labels."""

    type: Literal["classification"] = "classification"
    text_column: ColumnName = "text"
    label_column: ColumnName = "label"


class PairClassificationTask(_WholeText):
    """Two texts, one label for the pair: paraphrase, entailment, whether an answer fits a question."""

    type: Literal["pair_classification"] = "pair_classification"
    text_a_column: ColumnName = "text_a"
    text_b_column: ColumnName = "text_b"
    label_column: ColumnName = "label"


class MultiLabelTask(_WholeText):
    """One text, any number of labels out of a closed set, none included. The column holds a list (in CSV as JSON)."""

    type: Literal["multi_label"] = "multi_label"
    text_column: ColumnName = "text"
    labels_column: ColumnName = "labels"


class RegressionTask(_WholeText):
    """One text, one number."""

    type: Literal["regression"] = "regression"
    text_column: ColumnName = "text"
    score_column: ColumnName = "score"


class PairRegressionTask(_WholeText):
    """Two texts, one number: how alike they are, how good one is for the other."""

    type: Literal["pair_regression"] = "pair_regression"
    text_a_column: ColumnName = "text_a"
    text_b_column: ColumnName = "text_b"
    score_column: ColumnName = "score"


class AutoMethod(Value):
    """What suits the size of the base model: every weight learns, or low-rank updates of one that is too large for that."""

    type: Literal["auto"] = "auto"


class FullMethod(Value):
    """Every weight of the base model learns."""

    type: Literal["full"] = "full"


class LoraMethod(Value):
    """Low-rank adaptation: frozen base, trained rank-r updates (Hu et al. 2021, arXiv:2106.09685).

    With `layers` below the base model's number only the uppermost layers are adapted; those below then run without dropout, and on a
    CPU their activations are computed once.
    """

    type: Literal["lora"] = "lora"
    rank: Annotated[int, Field(ge=1, le=512)] = 16
    alpha: Annotated[float, Field(gt=0, le=4096)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    target_modules: tuple[ColumnName, ...] | Auto = "auto"
    layers: Annotated[int, Field(ge=1, le=1000)] | Literal["all"] = Field(
        "all", description="How many layers are adapted, counted from the output."
    )
    use_rslora: bool = Field(
        False,
        description="Scale updates by alpha / sqrt(rank), so that a high rank learns as fast as a low one "
        "(Kalajdzievski 2023, arXiv:2312.03732).",
    )
    use_dora: bool = Field(
        False,
        description="Learn the length of each column apart from its direction (Liu et al. 2024, arXiv:2402.09353).",
    )
    quantise: Literal["none", "4bit"] = Field(
        "none",
        description="Hold the frozen matrices in 4-bit NormalFloat (QLoRA; Dettmers et al. 2023, arXiv:2305.14314). "
        "Needs a GPU and the library bitsandbytes.",
    )

    @model_validator(mode="after")
    def _one_change_of_the_base(self) -> Self:
        if self.use_dora and self.quantise != "none":
            raise refused_at("use_dora", "dora_quantised")
        return self


class AdaLoraMethod(Value):
    """Low-rank updates whose ranks move to where they matter while training (Zhang et al. 2023, arXiv:2303.10512).

    Every matrix starts with `initial_rank`; between the first and the last share of the steps the least important singular values
    are pruned, all matrices together, until `target_rank` is left on average.
    """

    type: Literal["adalora"] = "adalora"
    initial_rank: Annotated[int, Field(ge=2, le=512)] = 12
    target_rank: Annotated[int, Field(ge=1, le=511)] = 8
    alpha: Annotated[float, Field(gt=0, le=4096)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    target_modules: tuple[ColumnName, ...] | Auto = "auto"
    warmup_share: Annotated[float, Field(ge=0, le=0.5)] = Field(0.1, description="Share of the steps before pruning.")
    final_share: Annotated[float, Field(ge=0, le=0.5)] = Field(0.3, description="Share of the steps after pruning.")
    allocate_every: Annotated[int, Field(ge=1, le=1000)] = Field(10, description="Steps between two allocations.")
    orthogonality: Annotated[float, Field(ge=0, le=10)] = Field(
        0.1, description="Weight of the penalty that keeps singular vectors orthogonal."
    )

    @model_validator(mode="after")
    def _ranks_fall(self) -> Self:
        if self.target_rank >= self.initial_rank:
            told = {"target_rank": self.target_rank, "initial_rank": self.initial_rank}
            raise refused_at("target_rank", "rank_not_falling", **told)
        return self


class AdapterMethod(Value):
    """Bottleneck adapters: small networks with a shortcut, which start as the identity.

    `houlsby` puts one behind every attention and every feed-forward block (Houlsby et al. 2019, arXiv:1902.00751), `pfeiffer` behind
    the feed-forward blocks alone (Pfeiffer et al. 2021, arXiv:2005.00247).
    """

    type: Literal["adapter"] = "adapter"
    placement: Literal["houlsby", "pfeiffer"] = "pfeiffer"
    reduction: Annotated[int, Field(ge=1, le=1024)] = Field(
        16, description="Width of the model divided by the width of the bottleneck."
    )
    size: Annotated[int, Field(ge=1, le=16_384)] | None = Field(
        None, description="Width of the bottleneck; wins over `reduction`."
    )
    non_linearity: Literal["gelu", "relu", "silu", "tanh"] = "gelu"


class PrefixMethod(Value):
    """Learnt keys and values in front of those of every layer, of an encoder-decoder of its decoder's (Li & Liang 2021,
    arXiv:2101.00190).

    With `projection` they are computed by a small network while training, as in the paper; without, they start as the keys and
    values of words of the data set.
    """

    type: Literal["prefix"] = "prefix"
    tokens: Annotated[int, Field(ge=1, le=1024)] = 20
    projection: bool = False
    projection_size: Annotated[int, Field(ge=1, le=16_384)] | Auto = Field(
        "auto", description="Width of the projection's hidden layer; `auto` is the width of the model."
    )


class PromptMethod(Value):
    """Learnt embeddings in front of the text (Lester et al. 2021, arXiv:2104.08691)."""

    type: Literal["prompt"] = "prompt"
    tokens: Annotated[int, Field(ge=1, le=1024)] = 20
    start: Literal["words", "random"] = Field(
        "words", description="Begin with embeddings of words of the data set, or with random ones of the same size."
    )


class PTuningMethod(Value):
    """Embeddings in front of the text that a small network computes while training (Liu et al. 2021, arXiv:2103.10385)."""

    type: Literal["p_tuning"] = "p_tuning"
    tokens: Annotated[int, Field(ge=1, le=1024)] = 20
    encoder: Literal["mlp", "lstm"] = "mlp"
    encoder_size: Annotated[int, Field(ge=1, le=16_384)] | Auto = Field(
        "auto", description="Width of the network's hidden layers; `auto` is the width of the model."
    )


class Ia3Method(Value):
    """Learnt factors for keys, values and feed-forward activations (Liu et al. 2022, arXiv:2205.05638)."""

    type: Literal["ia3"] = "ia3"


class BitfitMethod(Value):
    """Biases and the weights of norms, nothing else (Ben Zaken et al. 2022, arXiv:2106.10199)."""

    type: Literal["bitfit"] = "bitfit"


class LastLayersMethod(Value):
    """The uppermost layers and the output layer; with 0 the output layer alone (Lee et al. 2019, arXiv:1911.03090).

    The layers below run without dropout, as part of the method: what they compute is then the same in every epoch, and on a CPU
    it is computed once.
    """

    type: Literal["last_layers"] = "last_layers"
    layers: Annotated[int, Field(ge=0, le=1000)] = 1


class NoSearch(Value):
    """One run, no search."""

    type: Literal["none"] = "none"


class Choices(Value):
    """A setting that takes one of these values."""

    type: Literal["choices"] = "choices"
    values: Annotated[tuple[str | int | float | bool, ...], Field(min_length=1, max_length=100)]


class Range(Value):
    """A setting that takes a number between `low` and `high`, both included."""

    type: Literal["range"] = "range"
    low: float
    high: float
    is_log: bool = Field(False, description="Spread it evenly over orders of magnitude.")
    is_integer: bool = Field(False, description="Whole numbers alone, which settings such as epochs need.")

    @model_validator(mode="after")
    def _check(self) -> Range:
        if self.low >= self.high:
            raise refused_at("low", "range_inverted", low=f"{self.low:g}", high=f"{self.high:g}")
        if self.is_log and self.low <= 0:
            raise refused_at("low", "log_range_from_zero")
        if self.is_integer and self.first > self.last:
            raise refused_at("low", "range_without_integer", low=f"{self.low:g}", high=f"{self.high:g}")
        return self

    @property
    def first(self) -> int:
        """The least whole number inside."""
        return math.ceil(self.low)

    @property
    def last(self) -> int:
        """The greatest whole number inside."""
        return math.floor(self.high)

    @property
    def samples(self) -> tuple[float, ...]:
        """Numbers that a setting must take if it is to take all of the range: the ends, and where fractions are drawn, one of those."""
        if self.is_integer:
            return self.first, self.last
        return self.low, self.high, self.low + (self.high - self.low) / math.e


# Settings that a search may vary, by their path in the spec.
SettingPath = Annotated[
    str,
    StringConstraints(
        pattern=r"^((optimisation|method|task|augmentation)\.[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?|seed)$",
        max_length=90,
    ),
]
Space = Annotated[
    dict[SettingPath, Annotated[Choices | Range, Field(discriminator="type")]], Field(min_length=1, max_length=20)
]
MOST_TRIALS = 1000


class _Search(Value):
    """What every search has: what is varied, and when it ends."""

    space: Space
    max_seconds: Annotated[float, Field(gt=0, le=30 * 86_400)] | None = Field(
        None,
        description="After this much time no trial begins, and those under way end with their best weights so far; the best one is "
        "delivered.",
    )
    max_cost: Annotated[float, Field(gt=0, le=1e9)] | None = Field(
        None,
        description="The same when this much is spent, in the currency of the price that an hour of training has where the job runs "
        "(`price_currency` of the session).",
    )
    side_by_side: Annotated[int, Field(ge=1, le=16)] = Field(
        1,
        description="How many trials may run at once, each as a job of its own on whatever worker is free. Time then counts for each of "
        "these places, money for all of them. A trainer that runs alone makes its trials in turn.",
    )


class GridSearch(_Search):
    """Every combination of the choices."""

    type: Literal["grid"] = "grid"

    @model_validator(mode="after")
    def _check(self) -> GridSearch:
        open_ended = [path for path, part in self.space.items() if not isinstance(part, Choices)]
        if open_ended:
            raise refused_at(f"space.{open_ended[0]}", "grid_of_range", path=open_ended[0])
        if self.num_trials > MOST_TRIALS:
            raise refused_at("space", "grid_too_large", count=self.num_trials, limit=MOST_TRIALS)
        return self

    @property
    def num_trials(self) -> int:
        return math.prod(len(part.values) for part in self.space.values() if isinstance(part, Choices))


class RandomSearch(_Search):
    """Points drawn at random: better than a grid when few of the settings matter (Bergstra & Bengio 2012)."""

    type: Literal["random"] = "random"
    num_trials: Annotated[int, Field(ge=1, le=MOST_TRIALS)] = 20


class OptunaSearch(_Search):
    """Points proposed by a tree-structured Parzen estimator (Bergstra et al. 2011); weak trials end early when pruned.

    `asha` is asynchronous successive halving (Li et al. 2020, arXiv:1810.05934), `hyperband` runs several brackets of it
    (Li et al. 2018, arXiv:1603.06560). A trial is judged after each epoch.
    """

    type: Literal["optuna"] = "optuna"
    num_trials: Annotated[int, Field(ge=1, le=MOST_TRIALS)] = 30
    pruner: Literal["none", "asha", "hyperband"] = "asha"


class TokenClassificationTask(_Reading):
    """A tag for every token, in the IOB2 scheme: named entities, slots. Columns hold lists of equal length (in CSV as JSON).

    Or a row has a text and a list of spans of it, `[start, end, label]` or `{"start", "end", "label"}`, in characters; or a file has the
    lines of CoNLL.
    """

    type: Literal["token_classification"] = "token_classification"
    tokens_column: ColumnName = "tokens"
    tags_column: ColumnName = "tags"
    text_column: ColumnName = "text"
    spans_column: ColumnName = "spans"


class QuestionAnsweringTask(_Reading):
    """A question about a text; the answer is a passage of the text, or there is none. `max_length` is the length of a window.

    `answers` holds {"text": [...], "answer_start": [...]} as in SQuAD, offsets in characters (in CSV as JSON); or a row has one
    answer in two plain columns. A row without an answer cannot be answered from its text.
    """

    type: Literal["question_answering"] = "question_answering"
    id_column: ColumnName = "id"
    question_column: ColumnName = "question"
    context_column: ColumnName = "context"
    answers_column: ColumnName = "answers"
    answer_text_column: ColumnName = "answer_text"
    answer_start_column: ColumnName = "answer_start"
    doc_stride: Annotated[int, Field(ge=0, le=8192)] = Field(
        128, description="Tokens that neighbouring windows of a long text share; at most half of a window's room."
    )
    max_answer_length: Annotated[int, Field(ge=1, le=4096)] = Field(
        30, description="Longest answer that the model may give, in tokens."
    )
    scoring: Literal["auto", "words", "characters"] = Field(
        "auto",
        description="What F1 counts: words without articles and punctuation (SQuAD), or characters (CMRC 2018); `auto` takes "
        "characters when more than half of the letters of the training texts are Chinese or Japanese.",
    )


class EmbeddingTask(_Reading):
    """Pairs of texts that belong together, such as a question and the passage that answers it: vectors for retrieval.

    `negative` may name a text that looks right for the anchor and is not.
    """

    type: Literal["embedding"] = "embedding"
    anchor_column: ColumnName = "anchor"
    positive_column: ColumnName = "positive"
    negative_column: ColumnName = "negative"
    scale: Annotated[float, Field(ge=1, le=1000)] = Field(
        20.0, description="What cosines are multiplied by in the loss."
    )
    is_symmetric: bool = Field(False, description="Whether positives must find their anchors as well.")


class SimilarityTask(_Reading):
    """Two texts and how alike they are: vectors whose cosine rises with the score, of which only the order counts."""

    type: Literal["similarity"] = "similarity"
    text_a_column: ColumnName = "text_a"
    text_b_column: ColumnName = "text_b"
    score_column: ColumnName = "score"
    scale: Annotated[float, Field(ge=1, le=1000)] = Field(
        20.0, description="What cosines are multiplied by in the loss."
    )


class RankingTask(_Reading):
    """Which of some candidates belongs to a query: search, recommendation, choice of an answer.

    Either a row is a query with all its candidates: `query` (a text) or `history` (a list of texts, the oldest first),
    `candidates` (texts, or objects with `text` and perhaps `item_id`) and `positive` (the item id, the text or the position, from
    0, of the right one). Or a row is one pair: `text_a`, `text_b` and `label` or `score` between 0 and 1.
    """

    type: Literal["ranking"] = "ranking"
    query_column: ColumnName = "query"
    history_column: ColumnName = "history"
    candidates_column: ColumnName = "candidates"
    positive_column: ColumnName = "positive"
    text_a_column: ColumnName = "text_a"
    text_b_column: ColumnName = "text_b"
    label_column: ColumnName = "label"
    score_column: ColumnName = "score"
    architecture: Literal["auto", "cross_encoder", "bi_encoder"] = Field(
        "auto",
        description="`cross_encoder` reads query and candidate together; `bi_encoder` compares their vectors, so that candidates "
        "are read once for all queries. `auto` takes the first for pairs and the second for lists.",
    )


class CausalLmTask(_Reading):
    """Continued pre-training of a decoder: every token of plain texts is predicted from those before it.

    Texts are joined, a separator between them, and cut into blocks of `max_length` tokens; nothing is left out.
    """

    type: Literal["causal_lm"] = "causal_lm"
    text_column: ColumnName = "text"
    separate_documents: bool = Field(
        False, description="Whether a token sees its own text only, though a block may hold several."
    )


class MaskedLmTask(_Reading):
    """Continued pre-training of an encoder: words of plain texts are hidden and found again.

    Texts longer than `max_length` become several rows; nothing is cut off.
    """

    type: Literal["masked_lm"] = "masked_lm"
    text_column: ColumnName = "text"
    masking: Literal["whole_words", "tokens"] = Field(
        "whole_words", description="Whether all pieces of a word are hidden together, or each token for itself."
    )
    mask_share: Annotated[float, Field(gt=0, le=0.5)] = 0.15
    sentence_order: Literal["none", "next", "order"] = Field(
        "none",
        description="What is asked of two stretches of a text besides: `next`, whether the second goes on with the first (Devlin et al. "
        "2019, arXiv:1810.04805); `order`, whether they stand in their order (Lan et al. 2020, arXiv:1909.11942).",
    )


class ChatTask(_Reading):
    """Supervised tuning of a decoder on conversations: it learns what the assistant says.

    A row holds `messages` (objects with `role` and `content`, of the assistant also `weight` and `tool_calls`) and perhaps `tools`; or
    a `prompt` with its `completion`. In CSV, lists are JSON.
    """

    type: Literal["chat"] = "chat"
    messages_column: ColumnName = "messages"
    tools_column: ColumnName = "tools"
    prompt_column: ColumnName = "prompt"
    completion_column: ColumnName = "completion"


class PreferenceTask(_Reading):
    """Tuning of a decoder on what people prefer.

    `dpo` (Rafailov et al. 2023, arXiv:2305.18290) and `orpo` (Hong et al. 2024, arXiv:2403.07691) learn from pairs: a `prompt` (a text
    or messages) with a `chosen` and a `rejected` answer. `kto` (Ethayarajh et al. 2024, arXiv:2402.01306) learns from single answers
    with a `label`: `prompt` and `completion`, or `messages` that end with the answer.
    """

    type: Literal["preference"] = "preference"
    loss: Literal["dpo", "orpo", "kto"] = "dpo"
    beta: Annotated[float, Field(gt=0, le=10)] = Field(
        0.1, description="How strongly the model is held to the base model; in `orpo`, the weight of the odds ratio."
    )
    prompt_column: ColumnName = "prompt"
    chosen_column: ColumnName = "chosen"
    rejected_column: ColumnName = "rejected"
    messages_column: ColumnName = "messages"
    completion_column: ColumnName = "completion"
    label_column: ColumnName = "label"
    tools_column: ColumnName = "tools"


class _RewritingTask(_Reading):
    """A source, and the text that is made of it. `max_length` holds for each of the two; where a decoder reads both in a row, for both.

    Encoder-decoders read the source with their encoder. Decoders are asked by their chat template to follow the instruction. An encoder
    becomes an encoder-decoder: its layers serve as a decoder as well, whose view of the source is new (Rothe et al. 2020,
    arXiv:1907.12461).
    """

    source_column: ColumnName = "source"
    target_column: ColumnName = "target"
    instruction: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        None,
        description="Put in front of every source as it is, such as `translate English to German: ` for a T5. Without one, decoders "
        "get the task's own, other models none.",
    )
    num_beams: Annotated[int, Field(ge=1, le=16)] = Field(
        1, description="Beams when texts are written: in the evaluation, and by the delivered model. 1 is greedy."
    )


class TranslationTask(_RewritingTask):
    """A text in one language, and the same in another."""

    type: Literal["translation"] = "translation"


class SummarisationTask(_RewritingTask):
    """A text, and what matters of it in fewer words: a summary, a headline, a title."""

    type: Literal["summarisation"] = "summarisation"


def _classification_unless_said(value: Any) -> Any:
    """The first task there was needed no `type`; specs and requests of that time stay valid."""
    return {"type": "classification", **value} if isinstance(value, dict) and "type" not in value else value


Task = Annotated[
    ClassificationTask
    | PairClassificationTask
    | MultiLabelTask
    | RegressionTask
    | PairRegressionTask
    | TokenClassificationTask
    | QuestionAnsweringTask
    | EmbeddingTask
    | SimilarityTask
    | RankingTask
    | CausalLmTask
    | MaskedLmTask
    | ChatTask
    | PreferenceTask
    | TranslationTask
    | SummarisationTask,
    Field(discriminator="type"),
    BeforeValidator(_classification_unless_said),
]
Method = Annotated[
    AutoMethod
    | FullMethod
    | LoraMethod
    | AdaLoraMethod
    | AdapterMethod
    | PrefixMethod
    | PromptMethod
    | PTuningMethod
    | Ia3Method
    | BitfitMethod
    | LastLayersMethod,
    Field(discriminator="type"),
]
LARGE = 1_000_000_000
"""Parameters from which copies of all weights and their moments ask for more memory than most machines have."""
Search = Annotated[NoSearch | GridSearch | RandomSearch | OptunaSearch, Field(discriminator="type")]


class EarlyStopping(Value):
    """Stop when the watched validation metric has not improved for `patience` evaluations."""

    metric: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        "auto", description="One of the task's validation figures, or `loss`; `auto` is the task's own choice."
    )
    patience: Annotated[int, Field(ge=1, le=100)] | Auto = "auto"
    min_delta: Annotated[float, Field(ge=0, le=1)] = 0.0


class ExponentialAveraging(Value):
    """The average of the weights moves towards them by 1 - `decay` at every step."""

    type: Literal["ema"] = "ema"
    decay: Annotated[float, Field(gt=0, lt=1)] = 0.99


class StochasticAveraging(Value):
    """The mean of the weights over the last `share` of the steps (SWA; Izmailov et al. 2018, arXiv:1803.05407)."""

    type: Literal["swa"] = "swa"
    share: Annotated[float, Field(gt=0, le=1)] = 0.25


Averaging = Annotated[ExponentialAveraging | StochasticAveraging, Field(discriminator="type")]

TASKS_WITH_CLASSES = frozenset({"classification", "pair_classification", "multi_label", "token_classification"})
"""Whose answers are out of a closed set, so that a rare one can be given more weight."""
TASKS_WITH_R_DROP = TASKS_WITH_CLASSES | {"regression", "pair_regression"}
"""Whose answers can be compared between two passes over the same row."""
TASKS_OF_PAIRS = frozenset({"pair_classification", "pair_regression"})
"""Which read two texts at once."""
TASKS_WITH_SMOOTHING = TASKS_WITH_CLASSES | {
    "question_answering",
    "embedding",
    "ranking",
    "translation",
    "summarisation",
    "causal_lm",
    "masked_lm",
    "chat",
    "preference (dpo)",
}
"""Whose loss is about a choice, of which a share can be given to what was not chosen; a number has none."""

TASKS_WITH_AUGMENTATION = TASKS_WITH_R_DROP
"""Whose rows are words with an answer that stays right, or moves along, when words change."""
TASKS_WITH_MIXUP = TASKS_WITH_AUGMENTATION - {"token_classification"}
"""Which answer from one vector for a whole row, so that two rows can be mixed."""
TASKS_WITH_BACK_TRANSLATION = TASKS_WITH_AUGMENTATION - {"token_classification"}
"""Whose answer is about a whole text, whichever words it has."""

EditKind = Literal["replace", "insert", "swap", "delete"]


class WordEdits(Value):
    """Words of a training text are changed, in another way in every pass (EDA; Wei & Zou 2019, arXiv:1901.11196).

    A row takes one of the `kinds`: words are replaced by near ones, near words are inserted, two words change places, or words are left
    out. Near words are neighbours in the base model's table of input embeddings. Words of one span (token classification) stay together
    and are never replaced or left out.
    """

    kinds: Annotated[tuple[EditKind, ...], Field(min_length=1, max_length=4)] = ("replace", "insert", "swap", "delete")
    share: Annotated[float, Field(gt=0, le=0.5)] = Field(0.1, description="Share of the words of a row that change.")
    rows: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="Share of the rows that change in a pass.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.kinds)) < len(self.kinds):
            raise refused_at("kinds", "edit_kind_twice")
        return self


class TokenCutoff(Value):
    """A run of tokens of a training text is hidden, another one in every pass (span cutoff; Shen et al. 2020, arXiv:2009.13818)."""

    hide: Literal["mask", "attention"] = Field(
        "mask",
        description="What hides them: the mask token in their place, or no attention to them, nor a share in the mean over tokens.",
    )
    share: Annotated[float, Field(gt=0, le=0.5)] = Field(
        0.1, description="Share of the tokens of a row that are hidden."
    )
    rows: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="Share of the rows that are changed in a pass.")


class Mixup(Value):
    """Rows of a batch are mixed in pairs, and so are their answers (senMixup; Guo et al. 2019, arXiv:1905.08941).

    The vectors that stand for two texts are mixed by a share from Beta(`alpha`, `alpha`).
    """

    alpha: Annotated[float, Field(gt=0, le=10)] = 1.0


class BackTranslation(Value):
    """Training texts in other words: translated by the base model `there` and back by `back`, once before training (Sennrich et al. 2016,
    arXiv:1511.06709). Both are base models of the catalogue with an encoder and a decoder that translate as they are.
    """

    there: Slug = Field(description="Translates the texts to another language.")
    back: Slug = Field(description="Translates that back.")
    num_beams: Annotated[int, Field(ge=1, le=16)] = Field(
        1, description="Beams when texts are translated. 1 is greedy."
    )
    rows: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="Share of the rows that are read in other words in a pass."
    )


class Augmentation(Value):
    """How training rows differ from pass to pass. Validation and test rows never change.

    The job then trains a second time without it, and delivers the better of the two on the validation rows.
    """

    words: WordEdits | None = None
    cutoff: TokenCutoff | None = None
    mixup: Mixup | None = None
    back_translation: BackTranslation | None = None

    @model_validator(mode="after")
    def _not_nothing(self) -> Self:
        if all(part is None for part in (self.words, self.cutoff, self.mixup, self.back_translation)):
            raise refused_at("words", "augmentation_empty")
        return self


class Optimisation(Value):
    """How the weights are moved. Learning rates are peaks; weight decay is decoupled (AdamW)."""

    epochs: Annotated[int, Field(ge=1, le=1000)] | Auto = "auto"
    batch_size: Annotated[int, Field(ge=1, le=4096)] | Auto = "auto"
    gradient_accumulation: Annotated[int, Field(ge=1, le=1024)] = 1
    learning_rate: Annotated[float, Field(gt=0, le=1)] | Auto = "auto"
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    warmup_ratio: Annotated[float, Field(ge=0, le=0.5)] | Auto = Field(
        "auto", description="The share of all steps in which the rate rises to its peak."
    )
    max_grad_norm: Annotated[float, Field(gt=0, le=1000)] = 1.0
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    class_weights: Literal["none", "balanced", "sqrt"] = Field(
        "none",
        description="How much rows of rare labels count: all the same, by the inverse of their share, or by its square root.",
    )
    focal_gamma: Annotated[float, Field(ge=0, le=10)] = Field(
        0.0,
        description="Rows that are answered rightly already count less by (1 - probability)^gamma (focal loss; Lin et al. 2017, "
        "arXiv:1708.02002).",
    )
    r_drop: Annotated[float, Field(ge=0, le=20)] | Auto = Field(
        "auto",
        description="Weight of the divergence between two passes with different dropout (R-Drop; Liang et al. 2021, "
        "arXiv:2106.14448). Above 0 a step costs twice the time.",
    )
    similarity_epochs: Annotated[int, Field(ge=0, le=100)] | Auto = Field(
        "auto",
        description="Passes over pairs of texts before those that learn their answers: the model, reading both at once, learns how alike "
        "the base model finds them, which reads each alone.",
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        None, description="Of the whole network; without it, what the base model was made with."
    )
    layer_decay: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0,
        description="Every layer learns at this share of the rate of the layer above it (Clark et al. 2020, arXiv:2003.10555).",
    )
    averaging: Averaging | None = Field(None, description="Judge and deliver an average of the weights over steps.")
    gradient_checkpointing: bool = Field(
        False, description="Compute activations twice instead of keeping them: less memory, the same result, slower."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Of products; `auto` is bfloat16 on a GPU that has it, and on a processor with matrix units for it (AMX) for "
        "networks of at least 256 channels. Weights and their updates are float32.",
    )
    head: Literal["auto", "probe", "random"] = Field(
        "auto",
        description="How the new output layer starts: solved on the base model's features (linear probing, then "
        "fine-tuning; Kumar et al. 2022, arXiv:2202.10054) or from random values.",
    )
    early_stopping: EarlyStopping | None = EarlyStopping()


class Checkpointing(Value):
    """When progress is made durable. A checkpoint is also written at every epoch's end, pause and stop."""

    every_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    every_steps: Annotated[int, Field(ge=1)] | None = None
    keep_last: Annotated[int, Field(ge=1, le=20)] = 2
    deliver_step: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="Train no further: evaluate and deliver the weights of the checkpoint of this step, which the output folder of a run "
        "of the same spec holds. Not for searches.",
    )


class Limits(Value):
    """Hard caps that end a run with a reason instead of a surprise."""

    max_seconds: Annotated[float, Field(gt=0, le=30 * 86_400)] | None = None
    max_steps: Annotated[int, Field(ge=1)] | None = None
    budget_seconds: Annotated[float, Field(gt=0, le=30 * 86_400)] | None = Field(
        None,
        description="After so many seconds of work training ends as if its last pass were over, and the best weights so far are "
        "evaluated and delivered, which takes a time of its own. For single runs: a search has a budget of its own.",
    )
    budget_cost: Annotated[float, Field(gt=0, le=1e9)] | None = Field(
        None,
        description="The same by money: training ends when so much is spent, in the currency of the price that an hour of training has "
        "where the job runs (`price_currency` of the session).",
    )


class JobSpec(Value):
    """One fine-tuning run, complete and immutable."""

    spec_version: Literal[1] = SPEC_VERSION
    base_model: Slug
    data: DataSource
    task: Task = ClassificationTask()
    method: Method = FullMethod()
    search: Search = NoSearch()
    optimisation: Optimisation = Optimisation()
    augmentation: Augmentation | None = Field(
        None, description="Of training rows; without it they are read as they are."
    )
    checkpointing: Checkpointing = Checkpointing()
    limits: Limits = Limits()
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0

    @model_validator(mode="after")
    def _check_losses(self) -> JobSpec:
        """A change of the loss must be one that the task's loss knows."""
        asked = {
            "class_weights": (self.optimisation.class_weights != "none", TASKS_WITH_CLASSES),
            "focal_gamma": (self.optimisation.focal_gamma > 0, TASKS_WITH_CLASSES),
            "r_drop": (self.optimisation.r_drop not in ("auto", 0), TASKS_WITH_R_DROP),
            "similarity_epochs": (self.optimisation.similarity_epochs not in ("auto", 0), TASKS_OF_PAIRS),
            "label_smoothing": (self.optimisation.label_smoothing > 0, TASKS_WITH_SMOOTHING),
        }
        loss = getattr(self.task, "loss", None)
        kind = f"{self.task.type} ({loss})" if loss else self.task.type
        for name, (is_asked, tasks) in asked.items():
            if is_asked and kind not in tasks:
                told = ", ".join(sorted(tasks))
                raise refused_at(f"optimisation.{name}", "loss_of_other_tasks", tasks=told, task=kind)
        return self

    @model_validator(mode="after")
    def _check_recomputing(self) -> JobSpec:
        """A layer that is computed again is given its input and nothing that was kept from before."""
        if self.method.type == "prefix" and self.optimisation.gradient_checkpointing:
            raise refused_at("optimisation.gradient_checkpointing", "prefix_recomputed")
        return self

    @model_validator(mode="after")
    def _check_augmentation(self) -> JobSpec:
        """Rows must keep their answers whatever is done to them."""
        if self.augmentation is None:
            return self
        kind = self.task.type
        for part, tasks in (
            ("", TASKS_WITH_AUGMENTATION),
            ("mixup", TASKS_WITH_MIXUP),
            ("back_translation", TASKS_WITH_BACK_TRANSLATION),
        ):
            if kind not in tasks and (not part or getattr(self.augmentation, part) is not None):
                field = f"augmentation.{part}" if part else "augmentation"
                told = {"part": part or "augmentation", "tasks": ", ".join(sorted(tasks)), "task": kind}
                raise refused_at(field, "augmentation_of_other_tasks", **told)
        return self

    @model_validator(mode="after")
    def _check_budget(self) -> JobSpec:
        """A budget ends one training; a search, and the comparison of an augmentation, make several."""
        for name, of_search in (("budget_seconds", "max_seconds"), ("budget_cost", "max_cost")):
            is_given = getattr(self.limits, name) is not None
            if is_given and (self.search.type != "none" or self.augmentation is not None):
                raise refused_at(f"limits.{name}", "budget_of_several", of_search=of_search)
        return self

    @model_validator(mode="after")
    def _check_search(self) -> JobSpec:
        """Every setting that a search varies must exist and take the values that it is given."""
        for path, part in getattr(self.search, "space", {}).items():
            for value in part.values if isinstance(part, Choices) else part.samples:
                try:
                    self.with_settings({path: value})
                except PydanticCustomError as error:
                    because = (error.context or {}).get("because", {})
                    if isinstance(part, Range) and because.get("type") == "int_from_float":
                        raise refused_at(f"search.space.{path}", "range_of_fractions", path=path) from error
                    raise
        return self

    @model_validator(mode="after")
    def _check_delivered(self) -> JobSpec:
        """A step names a checkpoint of one run."""
        if self.checkpointing.deliver_step is not None and self.search.type != "none":
            raise refused_at("checkpointing.deliver_step", "search_delivers")
        return self

    @property
    def trained(self) -> JobSpec:
        """The spec of the training alone, whichever of its checkpoints is delivered."""
        return self.delivering(None)

    def delivering(self, step: int | None) -> JobSpec:
        """The same training, of which the checkpoint of this step is delivered as it is; None: its best weights."""
        return self.model_copy(update={"checkpointing": self.checkpointing.model_copy(update={"deliver_step": step})})

    def with_method_for(self, num_parameters: int) -> JobSpec:
        """This spec with what `auto` is for a base model of so many parameters, where it leaves the method open."""
        if self.method.type != "auto":
            return self
        method = LoraMethod() if num_parameters >= LARGE else FullMethod()
        return self.model_copy(update={"method": method})

    @property
    def budgets_of_money(self) -> dict[str, float | None]:
        """What may be spent, by the field that says so. Each needs a price of an hour where the job runs."""
        return {
            "search.max_cost": getattr(self.search, "max_cost", None),
            "limits.budget_cost": self.limits.budget_cost,
        }

    def with_settings(self, settings: Mapping[str, Any]) -> JobSpec:
        """This spec without its search, with some settings replaced by their paths. Raises what `refused_at` makes, a ValueError."""
        changed: dict[str, Any] = self.model_dump(exclude={"search"})
        for path, value in settings.items():
            *folders, name = path.split(".")
            place = changed
            for folder in folders:
                place = place.get(folder) or {}
            if not isinstance(place, dict) or name not in place:
                raise refused_at(f"search.space.{path}", "setting_unknown", path=path)
            place[name] = value
        try:
            return JobSpec.model_validate(changed)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            told = ", ".join(f"{path} = {value!r}" for path, value in settings.items())
            field = ".".join(["search.space", *(settings if len(settings) == 1 else ())])
            raise refused_at(field, "setting_refused", settings=told, reason=first["msg"], because=first) from error

    def changes(self) -> dict[str, Any]:
        """What was chosen, as short as it can be said: whole parts that are the default are left out, kinds (`type`) are not."""
        found: dict[str, Any] = _chosen(self, with_default_parts=False)
        return found

    def canonical_json(self) -> str:
        """The one spelling of this spec: every default written out, keys in the order of the classes."""
        return self.model_dump_json()

    def sha256(self) -> str:
        """Hex digest of what differs from the defaults; two specs are the same run when their digests are equal.

        Defaults are left out so that a field that a later version adds does not make another run of a job under way.
        """
        return hashlib.sha256(json.dumps(_chosen(self), sort_keys=True).encode()).hexdigest()


def _chosen(value: Any, *, with_default_parts: bool = True) -> Any:
    """What of a value is not its default, kinds always included; of parts that are the default, what is left of them or nothing."""
    match value:
        case Value():
            fields = type(value).model_fields
            found = {name: getattr(value, name) for name in fields}
            return {
                name: _chosen(part, with_default_parts=with_default_parts)
                for name, part in found.items()
                if name == "type" or (with_default_parts and isinstance(part, Value)) or part != fields[name].default
            }
        case dict():
            return {name: _chosen(part, with_default_parts=with_default_parts) for name, part in value.items()}
        case tuple() | list():
            return [_chosen(part, with_default_parts=with_default_parts) for part in value]
        case _:
            return value
