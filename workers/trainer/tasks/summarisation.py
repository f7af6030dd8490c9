"""Summarisation: what matters of a text, in fewer words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.trainer.evaluate.rewriting import summary_scores
from workers.trainer.tasks._rewriting import Kind, build_rewriting

if TYPE_CHECKING:
    from workers.contract.spec import JobSpec
    from workers.trainer.tasks._rewriting import DecoderRewriting, EncoderDecoderRewriting

KIND = Kind(
    title="Summarisation model",
    pipeline_tag="summarization",
    instruction="Summarise this text:\n",
    scores=summary_scores,
    has_first_sentence=True,
)


def build_summarisation(spec: JobSpec) -> EncoderDecoderRewriting | DecoderRewriting:
    return build_rewriting(spec, KIND)
