"""All checks, the cheap ones first: one file and one line each."""

from __future__ import annotations

from dataclasses import dataclass

from workers.doctor.checks import (
    answer_missing,
    bad_tool_calls,
    boilerplate,
    broken_spans,
    conflicting_labels,
    confusable_classes,
    cut_texts,
    empty_texts,
    exact_duplicates,
    identical_preferences,
    identical_sides,
    imbalance,
    label_errors,
    label_variants,
    leakage,
    markup,
    mixed_languages,
    mojibake,
    near_duplicates,
    outliers,
    over_length,
    personal_data,
    rare_classes,
    swapped_sides,
    turn_order,
    unreadable,
)
from workers.doctor.found import Examine
from workers.doctor.materials import ASKED

_LABELLED = frozenset({"classification", "pair_classification"})
_WITH_CLASSES = _LABELLED | {"multi_label", "token_classification"}
_ANSWERED = _WITH_CLASSES | {"regression", "pair_regression", "similarity"}
_TWO_SIDED = frozenset(
    {"pair_classification", "pair_regression", "similarity", "embedding", "translation", "summarisation"}
)
CUT = _ANSWERED | {"embedding", "ranking", "chat", "preference", "translation", "summarisation"}
"""Tasks of which a text that is too long loses its end: others pack texts into blocks, or read a long one in pieces."""
PERSONAL_DATA = "doctor:personal_data"


@dataclass(frozen=True)
class Check:
    """One kind of trouble; `tasks` are those in which it makes sense, None all of them."""

    code: str
    examine: Examine
    tasks: frozenset[str] | None = None

    def is_for(self, task: str) -> bool:
        return self.tasks is None or task in self.tasks


CHECKS: tuple[Check, ...] = (
    Check("doctor:exact_duplicates", exact_duplicates.examine),
    Check("doctor:empty_texts", empty_texts.examine),
    Check("doctor:imbalance", imbalance.examine, _LABELLED),
    Check("doctor:rare_classes", rare_classes.examine, _WITH_CLASSES),
    Check("doctor:label_variants", label_variants.examine, _WITH_CLASSES),
    Check("doctor:broken_spans", broken_spans.examine, frozenset({"token_classification"})),
    Check("doctor:answer_missing", answer_missing.examine, frozenset({"question_answering"})),
    Check("doctor:turn_order", turn_order.examine, frozenset({"chat"})),
    Check("doctor:bad_tool_calls", bad_tool_calls.examine, frozenset({"chat"})),
    Check("doctor:identical_preferences", identical_preferences.examine, frozenset({"preference"})),
    Check("doctor:identical_sides", identical_sides.examine, _TWO_SIDED),
    Check("doctor:swapped_sides", swapped_sides.examine, frozenset({"translation"})),
    Check("doctor:mojibake", mojibake.examine),
    Check("doctor:markup", markup.examine, frozenset(ASKED) - {"token_classification"}),
    Check("doctor:mixed_languages", mixed_languages.examine),
    Check("doctor:cut_texts", cut_texts.examine),
    Check("doctor:boilerplate", boilerplate.examine),
    Check("doctor:unreadable", unreadable.examine),
    Check("doctor:over_length", over_length.examine, CUT),
    Check("doctor:conflicting_labels", conflicting_labels.examine, _ANSWERED),
    Check(PERSONAL_DATA, personal_data.examine),
    Check("doctor:leakage", leakage.examine),
    Check("doctor:near_duplicates", near_duplicates.examine),
    Check("doctor:label_errors", label_errors.examine, _WITH_CLASSES),
    Check("doctor:confusable_classes", confusable_classes.examine, _LABELLED),
    Check("doctor:outliers", outliers.examine),
)
