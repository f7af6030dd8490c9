"""What the data doctor says about a dataset version: findings, each with its rows and, where there is one, the change that mends it.

The doctor is a child process (`python -m workers.doctor.run PLAN --out DIR`). It prints one `DoctorEvent` per line while it goes on, and
leaves in DIR, for a finding with the code `doctor:x`, `x.rows.parquet` (columns `id` int64 and `score` float64, the most suspicious row
first), `x.<fix>.jsonl` for every fix (`workers.contract.changes`), and `x.<fix>.<role>+<role>.jsonl` for one in some columns alone. A
finding is said once its files are whole. Only a `done` event says that the doctor has finished; a run that cannot go on says `failed`,
and one that was killed says neither.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from workers.contract.base import Value
from workers.contract.changes import Split

CODES = frozenset(
    {
        "doctor:exact_duplicates",
        "doctor:near_duplicates",
        "doctor:conflicting_labels",
        "doctor:leakage",
        "doctor:boilerplate",
        "doctor:label_errors",
        "doctor:outliers",
        "doctor:rare_classes",
        "doctor:confusable_classes",
        "doctor:imbalance",
        "doctor:label_variants",
        "doctor:personal_data",
        "doctor:mixed_languages",
        "doctor:mojibake",
        "doctor:markup",
        "doctor:empty_texts",
        "doctor:cut_texts",
        "doctor:over_length",
        "doctor:unreadable",
        "doctor:broken_spans",
        "doctor:answer_missing",
        "doctor:swapped_sides",
        "doctor:identical_sides",
        "doctor:turn_order",
        "doctor:identical_preferences",
        "doctor:bad_tool_calls",
    }
)
"""Everything that the doctor can find. The words, in two languages, live in the platform; a test proves that none is missing."""

FIXES = frozenset(
    {"drop", "keep_one", "relabel", "merge_labels", "mask", "repair", "move_to_train", "strip", "swap", "truncate"}
)

SkipReason = Literal[
    "defect",
    "names_model_damaged",
    "names_model_gone",
    "no_base_model",
    "no_labels",
    "no_max_tokens",
    "no_tokenizer",
    "no_tools",
    "one_class",
    "probe_too_weak",
    "sides_alike",
    "too_few_rows",
    "too_many_classes",
]
"""Why a check could not be made. The page has words for each; its types come from this list, so that none is missing."""

SKIP_REASONS: tuple[str, ...] = get_args(SkipReason)

Severity = Literal["info", "warning", "error"]


class NamesModel(Value):
    """A model for token classification that tells names of people in texts."""

    folder: str | None
    """As it was exported, with safetensors and tokenizer; None: it was chosen, and cannot be had any more."""
    types: tuple[str, ...] = Field(min_length=1)
    """Of its types of spans, those that are names."""


class DoctorPlan(Value):
    """What to look at. Paths are on the doctor's machine."""

    task: str
    files: dict[Split, str]
    """The version's Parquet file of every split that it has: `id`, `row`, and a column for each role."""
    base_model: str | None = None
    """Folder of an encoder whose embeddings are used; None: character n-grams stand in for them."""
    base_model_name: str | None = None
    """What customers know it by; without one it is called as its folder."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Tokens that the base model reads at most, for what would be cut off."""
    limits: tuple[int, ...] = ()
    """Tokens that any base model for the task reads at most, in ascending order."""
    cache: str | None = None
    """Folder for embeddings by content, kept from run to run."""
    names: NamesModel | None = None
    """What names of people are told by; None: they are not looked for."""
    seed: int = 0


class FoundRow(Value):
    """One row among the examples of a finding."""

    id: int
    split: Split
    row: int
    """Line of the uploaded file."""
    cells: dict[str, str]
    """What to show of it, by role; long texts are cut around the place in question."""
    note: dict[str, Any] = Field(default_factory=dict)
    """What is particular about this row, such as `{"suggested": "refund", "confidence": 0.93}`, `{"same_as": 17}` or `{"kind": "card"}`.

    `{"at": {"role": "tokens", "start": 12, "end": 17}}` says which signs of a cell, as it is shown, are in question. `{"changes": {"mask":
    {"role": "text", "parts": [["same", "call "], ["gone", "555 0199"], ["new", "[PHONE]"]]}}}` shows what a fix changes in a text, from a
    little before the first change on."""


class FixInColumns(Value):
    """A fix made in some of the columns alone that a finding is about."""

    columns: tuple[str, ...] = Field(min_length=1)
    """By role, in the order of the task."""
    file: str
    num_changes: int = Field(ge=1)
    num_dropped: int = Field(ge=0)
    """Of the changes, rows that go."""


class Fix(Value):
    """A change that mends a finding; the changes lie in `file`."""

    name: str
    file: str
    num_changes: int = Field(ge=1)
    by_columns: tuple[FixInColumns, ...] = ()
    """The same for every choice of columns that is not all of them; none where there is nothing to choose."""


class Finding(Value):
    """One kind of trouble in a version. `params` are values for the sentence that a customer reads."""

    code: str
    severity: Severity
    num_rows: int = Field(ge=0)
    params: dict[str, Any] = Field(default_factory=dict)
    examples: tuple[FoundRow, ...] = ()
    rows: str | None = None
    """File of all rows concerned, the most suspicious first; None when there is nothing to point at."""
    fixes: tuple[Fix, ...] = ()


class FindingEvent(Value):
    type: Literal["finding"] = "finding"
    finding: Finding


class ProgressEvent(Value):
    type: Literal["progress"] = "progress"
    stage: str
    done: int = Field(ge=0)
    total: int = Field(ge=0)


class MapEvent(Value):
    """The difficulty map is ready: Parquet with `id`, `x`, `y` (float32), `difficulty` (0 easy to 1 hard, null without labels)."""

    type: Literal["map"] = "map"
    file: str
    num_points: int = Field(ge=0)
    method: Literal["tsne", "discriminant", "pca"]
    """How vectors became points: t-SNE (few rows), the directions that tell the labels apart best, or those of largest spread."""
    vectors: Literal["base_model", "ngrams"]
    """What a text was read by."""


class LengthBin(Value):
    """Rows whose longest text has at least `low` and less than `high` tokens."""

    low: int = Field(ge=0)
    high: int = Field(ge=1)
    num_rows: int = Field(ge=0)


class LengthLimit(Value):
    """What a base model that reads so many tokens would not read."""

    max_tokens: int = Field(ge=1)
    num_rows: int = Field(ge=0)
    """Rows of which something would be cut off."""
    share_of_tokens: float = Field(ge=0, le=1)
    """Of all tokens, those that would be."""


class LengthsEvent(Value):
    """How many tokens texts have, by the tokenizer of the plan's base model; of many rows, a sample that is spread evenly."""

    type: Literal["lengths"] = "lengths"
    bins: tuple[LengthBin, ...]
    limits: tuple[LengthLimit, ...]
    num_counted: int = Field(ge=1)
    num_rows: int = Field(ge=1)


class DoneEvent(Value):
    """All checks ended; `skipped` names those that could not be made, with why: `{"doctor:label_errors": "too_few_rows"}`. Beside checks
    there are `map`, and `names`: personal data was looked for, but no names of people.

    `defect`: the check itself broke, through a fault of ours; the log of the child says where.
    """

    type: Literal["done"] = "done"
    seconds: float = Field(ge=0)
    skipped: dict[str, SkipReason] = Field(default_factory=dict)


class FailedEvent(Value):
    """The doctor could not go on; nothing follows. `code` is one of `workers.contract.reasons`, whose words exist."""

    type: Literal["failed"] = "failed"
    code: str
    message: str
    params: dict[str, Any] = Field(default_factory=dict)


DoctorEvent = Annotated[
    FindingEvent | ProgressEvent | MapEvent | LengthsEvent | DoneEvent | FailedEvent, Field(discriminator="type")
]
DOCTOR_EVENT: TypeAdapter[DoctorEvent] = TypeAdapter(DoctorEvent)
"""Reads one line of the doctor: `DOCTOR_EVENT.validate_json(line)`."""
