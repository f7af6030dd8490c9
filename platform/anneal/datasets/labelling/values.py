"""What people may say about a row, by task, and what their answers become in its cells.

    classification, pair_classification     {"label": "refund"}
    multi_label                             {"labels": ["refund", "urgent"]}        none of them: []
    token_classification                    {"spans": [{"type": "ORG", "start": 0, "end": 2}]}    in tokens, the end not among them
    regression, pair_regression, similarity {"score": 3.5}
    preference                              {"preferred": "left"}                  of single answers: {"label": "true"}
    translation, summarisation              {"target": "Where is my parcel?"}      written, or the present text corrected
    question_answering                      {"answers": [{"text": "Paris", "start": 24}]}         none: [] (see `passages`)
    chat                                    {"review": {"verdict": "accept", "turns": []}}        see `reviews`

Two answers of a preference are shown left and right; which is which depends on session and row alone, so that everybody sees the same and
nobody sees which of them was chosen before.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from anneal.common.errors import AnnealError
from anneal.datasets.labelling.passages import passages_cell, passages_checked, passages_of
from anneal.datasets.labelling.reviews import messages_of, review_checked, reviewed
from workers.contract.columns import is_judged
from workers.contract.tags import OUTSIDE, spans_of

if TYPE_CHECKING:
    from anneal.datasets.models import DatasetVersion

Form = Literal["label", "labels", "spans", "score", "preferred", "target", "answers", "review"]

FORMS: dict[str, Form] = {
    "classification": "label",
    "pair_classification": "label",
    "multi_label": "labels",
    "token_classification": "spans",
    "regression": "score",
    "pair_regression": "score",
    "similarity": "score",
    "preference": "preferred",
    "translation": "target",
    "summarisation": "target",
    "question_answering": "answers",
    "chat": "review",
}
"""The tasks whose rows can be labelled, and the form of an answer; see `form_of`."""

VERDICTS = ("true", "false")
"""What is said of single answers of a preference."""

ANSWERED: dict[Form, tuple[str, ...]] = {
    "label": ("label",),
    "labels": ("labels",),
    "spans": ("tags",),
    "score": ("score",),
    "preferred": ("chosen", "rejected"),
    "target": ("target",),
    "answers": ("answers",),
    "review": (),
}
"""The roles that an answer sets; they are not shown while it is sought. A conversation is read to be reviewed, and so it is shown."""

AGAINST_ROWS: frozenset[Form] = frozenset({"answers", "review"})
"""Forms whose answers are checked against what the row says."""

SIDES = ("left", "right")
MAX_TARGET = 20_000
"""Characters of a text that somebody writes."""

Measure = Literal["least_confidence", "margin", "entropy"]
MEASURES: tuple[Measure, ...] = ("least_confidence", "margin", "entropy")
"""Of how unsure a model is of a row; whoever asks models says what they mean."""


@dataclass(frozen=True)
class Question:
    """What can be answered about one row of a session."""

    form: Form
    labels: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    num_tokens: int = 0
    cells: Mapping[str, Any] = field(default_factory=dict)
    """Of the row, for the forms of `AGAINST_ROWS`."""

    def checked(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The answer in its one way of being written. Raises AnnealError (400) that names the field."""
        if set(value) != {self.form}:
            told = {"field": self.form, "given": ", ".join(sorted(map(str, value))) or "-"}
            raise AnnealError("labelling.wrong_field", param="value", params=told)
        checks: dict[Form, Callable[[object], Any]] = {
            "label": self._label,
            "labels": self._labels,
            "spans": self._spans,
            "score": self._score,
            "preferred": _side,
            "target": self._target,
            "answers": lambda given: passages_checked(given, self.cells["context"]),
            "review": lambda given: review_checked(given, messages_of(self.cells["messages"])),
        }
        return {self.form: checks[self.form](value[self.form])}

    def _label(self, given: object) -> object:
        self._known(given, "value.label")
        return given

    def _known(self, label: object, param: str) -> None:
        if label not in self.labels:
            shown = ", ".join(self.labels[:20])
            raise AnnealError(
                "labelling.unknown_label", param=param, params={"label": str(label)[:100], "known": shown}
            )

    def _labels(self, given: object) -> list[str]:
        if not isinstance(given, list):
            raise AnnealError("labelling.bad_labels", param="value.labels")
        for position, label in enumerate(given):
            self._known(label, f"value.labels[{position}]")
        return [label for label in self.labels if label in given]

    def _score(self, given: object) -> float:
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        if not is_number or not self.low <= float(given) <= self.high:  # type: ignore[arg-type]  # a number, as just looked at
            raise AnnealError("labelling.bad_score", param="value.score", params={"low": self.low, "high": self.high})
        return float(given)  # type: ignore[arg-type]  # the same

    def _target(self, given: object) -> str:
        text = given.strip() if isinstance(given, str) else ""
        if not text or len(text) > MAX_TARGET or "\0" in text:
            raise AnnealError("labelling.bad_target", param="value.target", params={"limit": MAX_TARGET})
        return text

    def _spans(self, given: object) -> list[dict[str, Any]]:
        if not isinstance(given, list):
            raise AnnealError("labelling.bad_span", param="value.spans", params={"count": self.num_tokens})
        for position, span in enumerate(given):
            param = f"value.spans[{position}]"
            if not self._is_span(span):
                raise AnnealError("labelling.bad_span", param=param, params={"count": self.num_tokens})
            self._known(span["type"], f"{param}.type")
        found = sorted(given, key=lambda span: int(span["start"]))
        for before, after in pairwise(found):
            if after["start"] < before["end"]:
                raise AnnealError("labelling.overlapping_spans", param="value.spans", params={"token": after["start"]})
        return [{"type": span["type"], "start": span["start"], "end": span["end"]} for span in found]

    def _is_span(self, span: object) -> bool:
        if not isinstance(span, dict) or set(span) != {"type", "start", "end"}:
            return False
        ends = (span["start"], span["end"])
        are_whole = all(isinstance(end, int) and not isinstance(end, bool) for end in ends)
        return are_whole and 0 <= ends[0] < ends[1] <= self.num_tokens


def form_of(version: DatasetVersion) -> Form:
    """The form of answers about its rows. Raises AnnealError (400) where they cannot be labelled."""
    if is_judged(version.task, version.mapping):
        return "label"
    if version.task not in FORMS:
        raise AnnealError("labelling.no_task", params={"task": version.task, "known": ", ".join(FORMS)})
    return FORMS[version.task]


def _side(given: object) -> object:
    if given not in SIDES:
        raise AnnealError("labelling.bad_side", param="value.preferred")
    return given


def chosen_side(session_id: object, row_id: int) -> str:
    """Where the answer is shown that is the chosen one in the version."""
    return SIDES[hashlib.sha256(f"{session_id}:{row_id}".encode()).digest()[0] % 2]


def value_of(form: Form, cells: Mapping[str, Any], *, chosen: str) -> dict[str, Any]:
    """What the cells of a row say, in the form of an answer."""
    match form:
        case "label" | "score" | "target":
            return {form: cells[form]}
        case "labels":
            return {"labels": list(cells["labels"])}
        case "spans":
            spans = spans_of(cells["tags"])
            return {"spans": [{"type": span.type, "start": span.start, "end": span.end} for span in spans]}
        case "preferred":
            return {"preferred": chosen}
        case "answers":
            return {"answers": passages_of(cells["answers"])}
        case "review":
            return {"review": {"verdict": "accept", "turns": []}}


def cells_of(form: Form, value: Mapping[str, Any], cells: Mapping[str, Any], *, chosen: str) -> dict[str, Any]:
    """The cells that an answer sets: none where they say so already, and none where the row is to go (see `drops`)."""
    if value == value_of(form, cells, chosen=chosen) or (
        form == "labels" and set(value["labels"]) == set(cells["labels"])
    ):
        return {}
    match form:
        case "label" | "labels" | "score" | "target":
            return {form: value[form]}
        case "spans":
            return {"tags": _tags(value["spans"], len(cells["tokens"]))}
        case "preferred":
            return {"chosen": cells["rejected"], "rejected": cells["chosen"]}
        case "answers":
            return {"answers": passages_cell(value["answers"])}
        case "review":
            turns = value["review"]["turns"]
            return {"messages": reviewed(messages_of(cells["messages"]), turns)} if turns else {}


def drops(form: Form, value: Mapping[str, Any]) -> bool:
    """Whether an answer says that the row is no example."""
    return form == "review" and bool(value["review"]["verdict"] == "drop")


def _tags(spans: Sequence[Mapping[str, Any]], count: int) -> list[str]:
    tags = [OUTSIDE] * count
    for span in spans:
        inside = [f"I-{span['type']}"] * (span["end"] - span["start"] - 1)
        tags[span["start"] : span["end"]] = [f"B-{span['type']}", *inside]
    return tags
