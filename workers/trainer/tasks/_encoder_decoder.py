"""What the tasks share in which an encoder-decoder says a target: `others[TARGET]` of a row are the tokens that it learns to say."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, S source token, T target token, V vocabulary

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModelForSeq2SeqLM

from workers.contract.reasons import JobError
from workers.trainer.bodies import open_as_encoder_decoder, open_language_network
from workers.trainer.data.encoded import IGNORED, TARGET
from workers.trainer.headed import HeadedDeliverable, WarmStartedDeliverable
from workers.trainer.language_model import EncoderDecoder, speaking
from workers.trainer.tasks._language import Asked, LanguageTask
from workers.trainer.taught import Part, Taught, asked_lesson
from workers.trainer.token_loss import positions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.data.splits import TaskData
    from workers.trainer.parts import Run

AUTO_CLASS = "AutoModelForSeq2SeqLM"


class EncoderDecoderTask(LanguageTask):
    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self._method = spec.method.type

    def open_model(self, base: Base, data: TaskData) -> EncoderDecoder:
        """Raises JobError `spec:unsupported` for methods that leave alone what a warm start has made new."""
        del data
        if base.info.architecture != "encoder":
            return EncoderDecoder(*open_language_network(base, AutoModelForSeq2SeqLM))
        if self._method != "full":
            raise JobError(
                "spec:unsupported",
                f"{base.info.name} only reads. To write it gets a decoder whose view of the source is new and has to learn as a whole, "
                f"which the method {self._method} does not do; choose the method full, or a base_model that writes.",
                field="method",
                family=base.info.family,
            )
        return EncoderDecoder(*open_as_encoder_decoder(base))

    def asked(self, batch: Batch) -> Asked:
        """Every token of the target, and no padding."""
        return self._asked_of_target(batch.others[TARGET])

    @staticmethod
    def _asked_of_target(target: Batch) -> Asked:
        places_N = positions(target.mask() > 0)
        return Asked(
            places_N,
            words_N=target.ids_BT.flatten()[places_N],
            weights_N=torch.ones_like(places_N, dtype=torch.float32),
            width=target.ids_BT.shape[1],
        )

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        del data
        target = encoded.others[TARGET]
        said = asked_lesson(target, self._asked_of_target, ahead=0)
        parts = (Part("source", encoded), Part("target", target, said))
        return Taught(parts, origin=np.arange(len(encoded)), loss_over="tokens")

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        return float(encoded.others[TARGET].ids.lengths[rows].sum())

    def deliverable(self, run: Run) -> HeadedDeliverable:
        kind = WarmStartedDeliverable if run.base.info.architecture == "encoder" else HeadedDeliverable
        return kind.of(
            speaking(run.engine.model),
            run.base,
            auto_class=AUTO_CLASS,
            new_modules=[],
            tokenizer_settings=self.tokenizer_settings(),
        )

    def tokenizer_settings(self) -> Mapping[str, Any]:
        """Both halves read one text, so nothing tells a first text from a second."""
        return {"model_input_names": ["input_ids", "attention_mask"]}


def as_labels(ids: Sequence[int], *, start: int | None, end: int | None, max_length: int | None) -> list[int]:
    """A tokenised target as the decoder learns to say it: without the token that it is started with, and up to the one that ends it."""
    found = list(ids[1:] if ids and ids[0] == start else ids)
    if end is not None and found[-1:] != [end]:
        found = [*found, end] if max_length is None else [*found[: max_length - 1], end]
    return found


def plain_likelihoods(
    model: Any, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]], *, pad_id: int
) -> list[list[float]]:
    """Log-likelihoods of all tokens of every target, by a network of plain transformers in one batch."""
    ids_BS, labels_BT = _padded(sources, pad_id), _padded(targets, IGNORED)
    lengths = torch.tensor([len(source) for source in sources])
    spread_BTV = (
        model(
            input_ids=ids_BS,
            attention_mask=(torch.arange(ids_BS.shape[1]) < lengths[:, None]).long(),
            decoder_input_ids=model.prepare_decoder_input_ids_from_labels(labels_BT),
        )
        .logits.float()
        .log_softmax(-1)
    )
    found_BT = spread_BTV.gather(-1, labels_BT.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return [found_BT[row, : len(target)].tolist() for row, target in enumerate(targets)]


def _padded(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    padded: torch.Tensor = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(list(row)) for row in rows], batch_first=True, padding_value=value
    )
    return padded
