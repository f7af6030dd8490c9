"""What a model will read: the first training rows as tokens, token by token with what each of them teaches, and counts of the whole split.

`python -m workers.trainer.preview spec.json --data DIR` prints one of these, or a `Failed` event, as one line of JSON. All of it
comes from the code that trains: it says what the loop would get, not what it should get.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workers.contract.base import Value
from workers.contract.events import Resolved, Warned
from workers.contract.spec import Checkpointing, JobSpec, Limits, NoSearch

SequenceRole = Literal[
    "text",
    "pair",
    "text_a",
    "text_b",
    "tokens",
    "window",
    "anchor",
    "positive",
    "negative",
    "query",
    "candidate",
    "block",
    "conversation",
    "chosen",
    "rejected",
    "answer",
    "unrelated",
    "source",
    "target",
]
MOST_ROWS = 100
MOST_TOKENS = 20_000
"""Rows are shown until they have so many tokens together; the first is always shown."""


class PreviewSequence(Value):
    """One sequence that the model reads, token by token; the tuples that run along with `ids` are as long as it."""

    role: SequenceRole
    number: int | None = Field(
        None, description="From 1, where a row has several of this kind: candidates, windows, conversations."
    )
    ids: tuple[int, ...]
    pieces: tuple[str, ...] = Field(
        description="What each token says, as the tokenizer writes it; together they are the text that the model reads. Empty "
        "where a character is spread over several tokens, up to the last of them."
    )
    is_special: tuple[bool, ...]
    weights: tuple[float, ...] = Field(
        description="What each token counts in the loss; 0 is context, read and not learnt."
    )
    targets: tuple[str | None, ...] = Field(
        description="What is to be said there: the token itself for models that write, a tag, the hidden token, a side of an answer."
    )
    num_lost: int = Field(0, description="Tokens of this text that the limit of length leaves out.")
    cut_at: int | None = Field(None, description="The place in `ids` before which the first lost token stood.")
    begins: tuple[int, ...] = Field(
        (), description="Where in a block that is packed of several texts each of them begins."
    )


class PreviewRow(Value):
    """`row` is the position in the file, from 1; None where a block is made of several. `target` is what the row as a whole teaches."""

    row: int | None
    sequences: tuple[PreviewSequence, ...]
    target: tuple[str, ...] | None = None


class PreviewTotals(Value):
    """`num_trained_tokens` and `trained_share` are None where the loss is over rows and not over tokens."""

    num_rows: int
    num_sequences: int
    num_tokens: int
    num_trained_tokens: int | None
    trained_share: float | None
    num_cut_rows: int
    num_lost_tokens: int
    longest: int


class TokenisedPreview(Value):
    """`sample` counts what `rows` show, `split` the whole training split, both in the first pass over the data."""

    type: Literal["preview"] = "preview"
    task: str
    base_model: str
    method: str
    file: str
    loss_over: Literal["tokens", "rows"]
    max_length: int
    virtual_tokens: int = Field(description="Vectors that the method puts in front of every text, beside the tokens.")
    epochs: int
    batch_size: int
    num_rows_left_out: int = Field(description="Training rows from which nothing could be learnt.")
    rows: tuple[PreviewRow, ...]
    sample: PreviewTotals
    split: PreviewTotals
    resolved: tuple[Resolved, ...]
    warnings: tuple[Warned, ...]


def reading_of(spec: JobSpec) -> JobSpec:
    """The spec without the parts that change nothing of what is read: specs with equal readings have one preview."""
    return spec.model_copy(update={"search": NoSearch(), "checkpointing": Checkpointing(), "limits": Limits()})
