"""`JobSpec`: everything that decides the outcome of a fine-tuning run, and nothing else.

A spec is composed of a *task* (columns, model class, loss, metrics), a *method* (which weights learn) and a *search*
(how many runs are made of it). Each is a tagged union: a new kind is a new class and one entry in its union.
Where data and weights lie on disk is not part of the spec; it belongs to the place where the job runs.

``auto`` values are resolved by `workers.trainer.auto` with documented rules; what they became is recorded in the job.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from workers.contract.base import Value

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
    version_sha256: Sha256 | None = Field(None, description="Digest of the dataset version; checked when given.")


class _Reading(Value):
    """What every task has: a limit of length."""

    max_length: Annotated[int, Field(ge=8, le=131_072)] | Auto = Field(
        "auto", description="Longest input in tokens; longer texts are cut off and counted."
    )


class ClassificationTask(_Reading):
    """Single-label text classification: one text, one of at least two labels."""

    type: Literal["classification"] = "classification"
    text_column: ColumnName = "text"
    label_column: ColumnName = "label"


class PairClassificationTask(_Reading):
    """Two texts, one label for the pair: paraphrase, entailment, whether an answer fits a question."""

    type: Literal["pair_classification"] = "pair_classification"
    text_a_column: ColumnName = "text_a"
    text_b_column: ColumnName = "text_b"
    label_column: ColumnName = "label"


class MultiLabelTask(_Reading):
    """One text, any number of labels out of a closed set, none included. The column holds a list (in CSV as JSON)."""

    type: Literal["multi_label"] = "multi_label"
    text_column: ColumnName = "text"
    labels_column: ColumnName = "labels"


class RegressionTask(_Reading):
    """One text, one number."""

    type: Literal["regression"] = "regression"
    text_column: ColumnName = "text"
    score_column: ColumnName = "score"


class PairRegressionTask(_Reading):
    """Two texts, one number: how alike they are, how good one is for the other."""

    type: Literal["pair_regression"] = "pair_regression"
    text_a_column: ColumnName = "text_a"
    text_b_column: ColumnName = "text_b"
    score_column: ColumnName = "score"


class FullMethod(Value):
    """Every weight of the base model learns."""

    type: Literal["full"] = "full"


class LoraMethod(Value):
    """Low-rank adaptation: frozen base, trained rank-r updates (Hu et al. 2021, arXiv:2106.09685)."""

    type: Literal["lora"] = "lora"
    rank: Annotated[int, Field(ge=1, le=512)] = 16
    alpha: Annotated[float, Field(gt=0, le=4096)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    target_modules: tuple[ColumnName, ...] | Auto = "auto"


class NoSearch(Value):
    """One run, no search."""

    type: Literal["none"] = "none"


class TokenClassificationTask(_Reading):
    """A tag for every token, in the IOB2 scheme: named entities, slots. Columns hold lists of equal length (in CSV as JSON)."""

    type: Literal["token_classification"] = "token_classification"
    tokens_column: ColumnName = "tokens"
    tags_column: ColumnName = "tags"


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
    | CausalLmTask
    | MaskedLmTask
    | ChatTask
    | PreferenceTask,
    Field(discriminator="type"),
    BeforeValidator(_classification_unless_said),
]
Method = Annotated[FullMethod | LoraMethod, Field(discriminator="type")]
Search = NoSearch


class EarlyStopping(Value):
    """Stop when the watched validation metric has not improved for `patience` evaluations."""

    metric: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        "auto", description="One of the task's validation figures, or `loss`; `auto` is the task's own choice."
    )
    patience: Annotated[int, Field(ge=1, le=100)] = 2
    min_delta: Annotated[float, Field(ge=0, le=1)] = 0.0


class Optimisation(Value):
    """How the weights are moved. Learning rates are peaks; weight decay is decoupled (AdamW)."""

    epochs: Annotated[int, Field(ge=1, le=1000)] | Auto = "auto"
    batch_size: Annotated[int, Field(ge=1, le=4096)] | Auto = "auto"
    gradient_accumulation: Annotated[int, Field(ge=1, le=1024)] = 1
    learning_rate: Annotated[float, Field(gt=0, le=1)] | Auto = "auto"
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    warmup_ratio: Annotated[float, Field(ge=0, le=0.5)] = 0.06
    max_grad_norm: Annotated[float, Field(gt=0, le=1000)] = 1.0
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
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


class Limits(Value):
    """Hard caps that end a run with a reason instead of a surprise."""

    max_seconds: Annotated[float, Field(gt=0, le=30 * 86_400)] | None = None
    max_steps: Annotated[int, Field(ge=1)] | None = None


class JobSpec(Value):
    """One fine-tuning run, complete and immutable."""

    spec_version: Literal[1] = SPEC_VERSION
    base_model: Slug
    data: DataSource
    task: Task = ClassificationTask()
    method: Method = FullMethod()
    search: Search = NoSearch()
    optimisation: Optimisation = Optimisation()
    checkpointing: Checkpointing = Checkpointing()
    limits: Limits = Limits()
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0

    def canonical_json(self) -> str:
        """The one spelling of this spec: every default written out, keys in the order of the classes."""
        return self.model_dump_json()

    def sha256(self) -> str:
        """Hex digest of what differs from the defaults; two specs are the same run when their digests are equal.

        Defaults are left out so that a field that a later version adds does not make another run of a job under way.
        """
        return hashlib.sha256(json.dumps(_chosen(self), sort_keys=True).encode()).hexdigest()


def _chosen(value: Any) -> Any:
    """What of a value is not its default, kinds always included."""
    if not isinstance(value, Value):
        return list(value) if isinstance(value, tuple) else value
    fields = type(value).model_fields
    found = {name: getattr(value, name) for name in fields}
    return {
        name: _chosen(part)
        for name, part in found.items()
        if name == "type" or isinstance(part, Value) or part != fields[name].default
    }


def spec_json_schema() -> dict[str, Any]:
    """JSON Schema of a spec, for editors and for clients."""
    return JobSpec.model_json_schema()
