"""What our own validators refuse, by code: the closed list, with the words that the command line says.

A code is the `type` of pydantic's finding, beside pydantic's own. The platform says the same in two languages, the English from here; a
test proves that none is missing.
"""

from __future__ import annotations

from typing import Final

REFUSALS: Final = {
    # --- specs
    "dora_quantised": "use_dora works on matrices in full precision; set quantise to none, or use_dora to false",
    "rank_not_falling": "target_rank ({target_rank}) must be below initial_rank ({initial_rank})",
    "range_inverted": "low ({low}) must be below high ({high})",
    "log_range_from_zero": "a logarithmic range must begin above 0",
    "range_without_integer": "there is no whole number between low ({low}) and high ({high})",
    "range_of_fractions": "{path} takes whole numbers only, and the range has fractions; set is_integer to true in it",
    "grid_of_range": "a grid takes choices only, and {path} is a range; use a random search",
    "grid_too_large": "the grid has {count} combinations, more than {limit}; use fewer choices or a random search",
    "edit_kind_twice": "a kind stands twice in kinds; give each once",
    "augmentation_empty": "an augmentation needs at least one of words, cutoff, mixup and back_translation; else leave it out",
    "loss_of_other_tasks": "it is for the tasks {tasks}, not for {task}; remove it",
    "augmentation_of_other_tasks": "{part} is for the tasks {tasks}, not for {task}; remove it",
    "budget_of_several": (
        "a budget is for a single training; remove it, or the search and the augmentation (a search has its own {of_search})"
    ),
    "setting_unknown": "there is no setting {path}",
    "setting_refused": "{settings}: {reason}",
    "prefix_recomputed": (
        "layers that are computed again lose the keys and values that the method prefix puts before them; remove one of the two"
    ),
    "search_delivers": "a search has no checkpoint of its own; remove one of the two",
    # --- changes of rows
    "change_id": "names the row to drop, set or move, and is absent for a row to add",
    "change_cells": "are given to set or add a row, and for nothing else",
    "change_split_missing": "says where the row moves",
    "change_split_unused": "is given to move or add a row, and for nothing else",
}
