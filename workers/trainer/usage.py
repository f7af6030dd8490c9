"""What a model card says about opening and asking a model; each task has its own words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """`code` runs with transformers alone, once the path is set."""

    title: str
    pipeline_tag: str
    code: str
    note: str


def classifier_usage(title: str, *, call: str, note: str) -> Usage:
    return Usage(
        title=title,
        pipeline_tag="text-classification",
        code="from transformers import pipeline\n\n"
        'classify = pipeline("text-classification", model="path/to/this/folder", top_k=None)\n'
        f"print(classify({call}, truncation=True))",
        note=note,
    )
