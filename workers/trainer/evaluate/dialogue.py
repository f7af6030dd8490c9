"""What is asked of a dialogue beside its words: are answers near the wanted ones in meaning, is the next turn told from others, is the tone
right. What each figure measures and what it does not is said in docs/trainer.md.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.data.packing import rows_of_ids
from workers.trainer.evaluate.sentiment import are_english, polarities
from workers.trainer.fingerprint import derived_seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.trainer.data.encoded import Batch
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.language_model import Decoder
    from workers.trainer.tasks._decoder import DecoderTask

MOST_OTHERS = 4
_LONGEST_EMBEDDED = 256


@dataclass(frozen=True)
class NextTurns:
    """Of every conversation its true next turn and, behind it, `num_others` that are the answers of other rows."""

    rows: Encoded
    """Conversation by conversation, each with every turn that it might go on with."""
    texts: list[list[str]]
    num_others: int

    @property
    def chance(self) -> float:
        return 1 / (1 + self.num_others)

    def is_true_one_likeliest(self, task: DecoderTask, engine: Engine) -> FloatArray:
        """1 for a conversation whose true turn has a higher log-likelihood per token than every other."""
        scores = engine.rows(self.rows, task.score_rows)
        means = np.array([-row.loss / row.weight for row in scores]).reshape(-1, 1 + self.num_others)
        found: FloatArray = (means[:, 0] > means[:, 1:].max(1)).astype(np.float64)
        return found


def next_turns(
    prompts: Sequence[Sequence[int]], true: Sequence[str], pool: dict[str, list[int]], *, max_length: int
) -> NextTurns | None:
    """`pool` are the different answers of the split with their token ids; None where all are alike.

    Drawn with a seed of their own, so that every job on the same rows is asked the same. A drawn turn that would make a row longer than
    `max_length` is cut there, and judged by what is left.
    """
    num_others = min(MOST_OTHERS, len(pool) - 1)
    if num_others < 1:
        return None
    random = np.random.Generator(np.random.Philox(derived_seed("next turns")))
    texts, place_of = list(pool), {text: place for place, text in enumerate(pool)}
    asked, rows, starts = [], [], []
    for prompt, answer in zip(prompts, true, strict=True):
        drawn = random.choice(len(texts) - 1, size=num_others, replace=False)
        others = [texts[place + (place >= place_of[answer])] for place in drawn.tolist()]
        asked.append([answer, *others])
        rows += [[*prompt, *pool[text]][:max_length] for text in asked[-1]]
        starts += [len(prompt)] * len(asked[-1])
    return NextTurns(rows_of_ids(rows, first=starts), asked, num_others)


class Meanings:
    """Vectors of texts: the mean over the states that the untouched base model has at their tokens, 0 for a text without any.

    Texts are read behind a beginning token that is left out of the mean: decoders keep at the first token what has no meaning (Xiao et
    al. 2023, arXiv:2309.17453).
    """

    def __init__(self, base: Engine, tokenizer: Any, texts: Sequence[str]) -> None:
        begins = (tokenizer.bos_token_id, tokenizer.eos_token_id, base.pad_id)
        begin = next(number for number in begins if number is not None)
        different = list(dict.fromkeys(texts))
        ids = [tokenizer(text, add_special_tokens=False)["input_ids"][:_LONGEST_EMBEDDED] for text in different]
        vectors = base.tensor(Encoded(ids=Ragged.of([[begin, *found] for found in ids])), _mean_states)
        self._vectors = dict(zip(different, functional.normalize(vectors.double(), dim=1), strict=True))

    def of(self, texts: Sequence[str]) -> torch.Tensor:
        """(texts, channels), of length 1; of texts that it was made with."""
        return torch.stack([self._vectors[text] for text in texts])

    def similarities(self, written: Sequence[str], references: Sequence[str]) -> FloatArray:
        """Cosines, pair by pair."""
        return np.asarray((self.of(written) * self.of(references)).sum(1).numpy(), dtype=np.float64)

    def is_true_one_nearest(self, written: Sequence[str], turns: NextTurns) -> FloatArray:
        """1 for a text that is nearer to its conversation's true turn than to every other."""
        near = [self.of(texts) @ self.of([said])[0] for said, texts in zip(written, turns.texts, strict=True)]
        return np.array([float(cosines[0] > cosines[1:].max()) for cosines in near])


@dataclass(frozen=True)
class Tone:
    """Whether the wanted texts are positive, negative or neither: 1, -1, 0."""

    wanted: IntArray

    @classmethod
    def of(cls, references: Sequence[str]) -> Tone | None:
        """None where the texts are not English, the only language of the lexicon."""
        return cls(polarities(references)) if are_english(references) else None

    @property
    def commonest(self) -> float:
        """The share of the commonest of the three, which is what always taking that one gets."""
        return float(np.bincount(self.wanted + 1).max() / len(self.wanted))

    def agreement(self, written: Sequence[str]) -> FloatArray:
        """1 for a written text whose tone is the wanted one."""
        found: FloatArray = (self.wanted == polarities(written)).astype(np.float64)
        return found


def _mean_states(model: Decoder, batch: Batch) -> torch.Tensor:
    """(batch, channels)"""
    states_BTC, mask_BT1 = model.of(batch)[:, 1:].float(), batch.mask()[:, 1:].unsqueeze(-1)
    return (states_BTC * mask_BT1).sum(1) / mask_BT1.sum(1).clamp(min=1)
