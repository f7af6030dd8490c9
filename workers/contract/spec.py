"""`JobSpec`: everything that decides the outcome of a fine-tuning run, and nothing else.

A spec is composed of a *task* (columns, model class, loss, metrics), a *method* (which weights learn) and a *search*
(how many runs are made of it). Each is a tagged union: a new kind is a new class and one entry in its union.
Where data and weights lie on disk is not part of the spec; it belongs to the place where the job runs.

``auto`` values are resolved by `workers.trainer.auto` with documented rules; what they became is recorded in the job.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

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


class ClassificationTask(Value):
    """Single-label text classification: one text, one of at least two labels."""

    type: Literal["classification"] = "classification"
    text_column: ColumnName = "text"
    label_column: ColumnName = "label"
    max_length: Annotated[int, Field(ge=8, le=131_072)] | Auto = Field(
        "auto", description="Longest input in tokens; longer texts are cut off and counted."
    )


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


Task = ClassificationTask
Method = Annotated[FullMethod | LoraMethod, Field(discriminator="type")]
Search = NoSearch


class EarlyStopping(Value):
    """Stop when the watched validation metric has not improved for `patience` evaluations."""

    metric: Literal["accuracy", "macro_f1", "loss"] = "macro_f1"
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
        """Hex digest of the canonical spelling; two specs are the same run when their digests are equal."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


def spec_json_schema() -> dict[str, Any]:
    """JSON Schema of a spec, for editors and for clients."""
    return JobSpec.model_json_schema()
