"""Why a job is where it is: a closed list of `area:cause` codes with whose fault it is and what follows.

The words that a customer reads live elsewhere, in two languages; a test proves that none is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Fault(StrEnum):
    """Who has to act: the customer, the platform, or a vendor."""

    NOBODY = "nobody"
    USER = "user"
    PLATFORM = "platform"
    PROVIDER = "provider"


class Follow(StrEnum):
    """What the platform does by itself."""

    NOTHING = "nothing"
    RETRY = "retry"  # costs one of the job's retries; the count starts anew when committed progress was made
    REQUEUE = "requeue"  # free: nothing went wrong with the job
    PAUSE = "pause"  # waits for somebody to make room, then resumes


@dataclass(frozen=True)
class Reason:
    """One entry of the list."""

    code: str
    fault: Fault
    follow: Follow


def _table(*reasons: Reason) -> dict[str, Reason]:
    return {reason.code: reason for reason in reasons}


REASONS = _table(
    Reason("user:launched", Fault.NOBODY, Follow.NOTHING),
    Reason("user:paused", Fault.NOBODY, Follow.NOTHING),
    Reason("user:resumed", Fault.NOBODY, Follow.NOTHING),
    Reason("user:cancelled", Fault.NOBODY, Follow.NOTHING),
    Reason("worker:claimed", Fault.NOBODY, Follow.NOTHING),
    Reason("worker:shutdown", Fault.NOBODY, Follow.REQUEUE),
    Reason("worker:lost", Fault.PLATFORM, Follow.RETRY),
    Reason("worker:crashed", Fault.PLATFORM, Follow.RETRY),
    Reason("worker:stalled", Fault.PLATFORM, Follow.RETRY),
    Reason("worker:poison", Fault.PLATFORM, Follow.NOTHING),
    Reason("worker:retry", Fault.NOBODY, Follow.NOTHING),
    Reason("platform:internal", Fault.PLATFORM, Follow.RETRY),
    Reason("platform:storage", Fault.PLATFORM, Follow.RETRY),
    Reason("platform:base_model_damaged", Fault.PLATFORM, Follow.NOTHING),
    Reason("platform:checkpoint_damaged", Fault.PLATFORM, Follow.RETRY),  # from an earlier one
    Reason("disk:full", Fault.PLATFORM, Follow.PAUSE),
    Reason("memory:exhausted", Fault.USER, Follow.NOTHING),
    Reason("limit:time", Fault.USER, Follow.NOTHING),
    Reason("preview:too_long", Fault.PLATFORM, Follow.NOTHING),
    Reason("spec:invalid", Fault.USER, Follow.NOTHING),
    Reason("spec:unsupported", Fault.USER, Follow.NOTHING),
    Reason("spec:unknown_base_model", Fault.USER, Follow.NOTHING),
    Reason("spec:task_not_supported", Fault.USER, Follow.NOTHING),
    Reason("spec:rank_too_large", Fault.USER, Follow.NOTHING),
    Reason("spec:max_length_too_large", Fault.USER, Follow.NOTHING),
    Reason("data:missing_file", Fault.USER, Follow.NOTHING),
    Reason("data:damaged", Fault.PLATFORM, Follow.RETRY),
    Reason("data:empty", Fault.USER, Follow.NOTHING),
    Reason("data:missing_column", Fault.USER, Follow.NOTHING),
    Reason("data:missing_label", Fault.USER, Follow.NOTHING),
    Reason("data:missing_target", Fault.USER, Follow.NOTHING),
    Reason("data:invalid_conversation", Fault.USER, Follow.NOTHING),
    Reason("data:no_trained_tokens", Fault.USER, Follow.NOTHING),
    Reason("data:no_sentence_pairs", Fault.USER, Follow.NOTHING),
    Reason("data:single_class", Fault.USER, Follow.NOTHING),
    Reason("data:unseen_label", Fault.USER, Follow.NOTHING),
    Reason("data:answer_not_found", Fault.USER, Follow.NOTHING),
    Reason("data:unknown_positive", Fault.USER, Follow.NOTHING),
    Reason("search:trials_begun", Fault.NOBODY, Follow.NOTHING),
    Reason("search:trials_over", Fault.NOBODY, Follow.NOTHING),
    Reason("search:no_result", Fault.USER, Follow.NOTHING),
    Reason("training:diverged", Fault.USER, Follow.NOTHING),
    Reason("training:parity", Fault.PLATFORM, Follow.NOTHING),
    Reason("training:completed", Fault.NOBODY, Follow.NOTHING),
)


_BLAMED_ON_SETTINGS = frozenset({"training:diverged", "memory:exhausted"})


def is_blamed_on_settings(code: str, params: Mapping[str, Any], settings: Collection[str]) -> bool:
    """Whether a trial may end so without ending its search: what its `settings` say was bad, and not the data or the rest of the spec,
    which are those of every other trial. `params` are the error's.
    """
    return code in _BLAMED_ON_SETTINGS or params.get("field") in settings


class JobError(Exception):
    """An error of a run that has a code of the closed list; `params` fill the text shown to the customer."""

    def __init__(self, code: str, message: str, **params: str | float | list[str] | None) -> None:
        super().__init__(message)
        self.reason = REASONS[code]
        self.message = message
        self.params = params
