"""What a run tells its owner besides failing: closed lists of the codes of warnings and of the rules that resolve `auto`.

The words that a customer reads live elsewhere, in two languages; a test proves that none is missing. The trainer's own sentences
are for those who run it alone.
"""

from __future__ import annotations

WARNINGS = frozenset(
    {
        "augmentation:no_near_words",
        "augmentation:no_other_words",
        "checkpoint:damaged",
        "data:answers_moved",
        "data:empty_text",
        "data:conflicting_targets",
        "data:consecutive_turns",
        "data:control_tokens",
        "data:empty_message",
        "data:identical_pairs",
        "data:leakage",
        "data:longer_than_source",
        "data:missing_values",
        "data:no_trained_tokens",
        "data:similar_labels",
        "data:special_tokens",
        "data:tags_without_beginning",
        "data:targets_truncated",
        "data:truncated",
        "data:truncated_left",
        "data:unknown_tokens",
        "data:validation_alike",
        "data:validation_one_kind",
        "data:validation_split_off",
        "environment:changed",
        "export:bends_alone",
        "export:keys_alone",
        "export:words_alone",
        "limit:budget_spent",
        "limit:money_spent",
        "memory:batch_halved",
        "search:money_spent",
        "search:time_over",
        "search:trial_cut_short",
    }
)

RULES = frozenset(
    {
        "method.by_size",
        "max_length.longest_text",
        "max_length.block",
        "truncation_side.few_are_cut",
        "truncation_side.beginnings",
        "truncation_side.endings",
        "head.after_similarity",
        "head.probe",
        "head.own",
        "head.warm_start",
        "batch_size.by_examples",
        "batch_size.by_tokens",
        "epochs.by_examples",
        "learning_rate.after_probe",
        "learning_rate.after_weak_probe",
        "learning_rate.from_base",
        "learning_rate.from_random",
        "learning_rate.by_size",
        "learning_rate.of_preference",
        "learning_rate.warm_start",
        "patience.by_steps",
        "r_drop.large_base",
        "r_drop.long_run",
        "r_drop.no_dropout",
        "r_drop.short_run",
        "similarity_epochs.long_run",
        "similarity_epochs.not_tried",
        "similarity_epochs.short_run",
        "warmup.by_steps",
    }
)
