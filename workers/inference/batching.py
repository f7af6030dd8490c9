"""Which waiting texts are computed together: the oldest, and those of its model that are nearest to it in length.

Nothing waits for a batch to fill up: what has arrived while the last batch was computed makes the next one. Starting from the
oldest text keeps the order fair; taking the nearest lengths keeps padding small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

MAX_TEXTS: Final = 32
MAX_TOKENS: Final = 8192

Payload = TypeVar("Payload")


@dataclass(frozen=True)
class Waiting(Generic[Payload]):
    """A text in the queue; `model_key` and `num_tokens` decide with what it is computed."""

    model_key: str
    num_tokens: int
    payload: Payload


def take_batch(queue: list[Waiting[Payload]], *, most_tokens: int = MAX_TOKENS) -> list[Waiting[Payload]]:
    """Remove the next batch from a queue that is ordered by arrival. The queue must not be empty.

    A batch of several texts has at most `most_tokens`, padding included.
    """
    oldest = queue[0]
    alike = sorted(
        (item for item in queue if item.model_key == oldest.model_key),
        key=lambda item: abs(item.num_tokens - oldest.num_tokens),
    )
    batch: list[Waiting[Payload]] = []
    longest = 0
    for item in alike:
        longest = max(longest, item.num_tokens)
        if batch and (len(batch) == MAX_TEXTS or longest * (len(batch) + 1) > most_tokens):
            break
        batch.append(item)
    taken = {id(item) for item in batch}
    queue[:] = [item for item in queue if id(item) not in taken]
    return batch
