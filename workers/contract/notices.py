"""What a run tells its owner besides failing: closed lists of the codes of warnings and of the rules that resolve `auto`.

The words that a customer reads live elsewhere, in two languages; a test proves that none is missing. The trainer's own sentences
are for those who run it alone.
"""

from __future__ import annotations

WARNINGS = frozenset(
    {
        "checkpoint:damaged",
        "data:answers_moved",
        "data:empty_text",
        "data:truncated",
        "data:validation_split_off",
        "environment:changed",
        "memory:batch_halved",
    }
)

RULES = frozenset(
    {
        "max_length.longest_text",
        "head.probe",
        "head.none",
        "batch_size.by_examples",
        "batch_size.by_tokens",
        "epochs.by_examples",
        "learning_rate.after_probe",
        "learning_rate.after_weak_probe",
        "learning_rate.from_random",
    }
)
