"""What the tasks share in which a decoder learns to say words: `weights` beside the tokens say what predicting each of them counts."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, V vocabulary, N chosen position

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from workers.trainer.bodies import open_language_network
from workers.trainer.data.packing import WEIGHTS
from workers.trainer.headed import HeadedDeliverable
from workers.trainer.language_model import Decoder, speaking
from workers.trainer.tasks._language import Asked, LanguageTask
from workers.trainer.taught import asked_lesson
from workers.trainer.token_loss import positions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.data.splits import TaskData
    from workers.trainer.parts import Run
    from workers.trainer.taught import Lesson

AUTO_CLASS = "AutoModelForCausalLM"


class DecoderTask(LanguageTask):
    def open_model(self, base: Base, data: TaskData) -> Decoder:
        del data
        return Decoder(*open_language_network(base, AutoModelForCausalLM))

    def asked(self, batch: Batch) -> Asked:
        """A word is predicted at the token before it."""
        weights_BT = batch.beside[WEIGHTS]
        next_BT = torch.cat([weights_BT[:, 1:], weights_BT.new_zeros(len(batch), 1)], dim=1)
        places_N = positions(next_BT > 0)
        return Asked(
            places_N,
            words_N=batch.ids_BT.flatten()[places_N + 1],
            weights_N=weights_BT.flatten()[places_N + 1],
            width=batch.ids_BT.shape[1],
        )

    def lesson(self, encoded: Encoded) -> Lesson:
        """What of these tokens is to be said; a word is asked for at the token before it."""
        return asked_lesson(encoded, self.asked, ahead=1)

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        weights = encoded.beside[WEIGHTS]
        return float(sum(weights.row(int(row)).sum(dtype=np.float64) for row in rows))

    def deliverable(self, run: Run) -> HeadedDeliverable:
        return HeadedDeliverable.of(
            speaking(run.engine.model),
            run.base,
            auto_class=AUTO_CLASS,
            new_modules=[],
            tokenizer_settings=self.tokenizer_settings(run),
        )

    def tokenizer_settings(self, run: Run) -> Mapping[str, Any]:
        """Whoever writes with a decoder pads in front, so that all rows of a batch end where the writing begins."""
        del run
        return {"padding_side": "left"}


def plain_likelihoods(
    model: Any, rows: Sequence[Sequence[int]], first: Sequence[int], *, pad_id: int
) -> list[list[float]]:
    """Log-likelihoods of the tokens from `first[i]` on of every row, by a network of plain transformers in one batch."""
    ids_BT = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(list(row)) for row in rows], batch_first=True, padding_value=pad_id
    )
    lengths = torch.tensor([len(row) for row in rows])
    mask_BT = (torch.arange(ids_BT.shape[1]) < lengths[:, None]).long()
    spread_BTV = model(input_ids=ids_BT, attention_mask=mask_BT).logits.float().log_softmax(-1)
    found_BT = spread_BTV[:, :-1].gather(-1, ids_BT[:, 1:, None]).squeeze(-1)
    return [
        found_BT[row, max(1, start) - 1 : len(ids) - 1].tolist()
        for row, (ids, start) in enumerate(zip(rows, first, strict=True))
    ]
