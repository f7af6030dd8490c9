"""Translation: a text in one language becomes the same in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.trainer.evaluate.rewriting import translation_scores
from workers.trainer.tasks._rewriting import Kind, build_rewriting

if TYPE_CHECKING:
    from workers.contract.spec import JobSpec
    from workers.trainer.tasks._rewriting import DecoderRewriting, EncoderDecoderRewriting

KIND = Kind(
    title="Translation model",
    pipeline_tag="translation",
    instruction="Translate this text:\n",
    scores=translation_scores,
    has_first_sentence=False,
)


def build_translation(spec: JobSpec) -> EncoderDecoderRewriting | DecoderRewriting:
    return build_rewriting(spec, KIND)
