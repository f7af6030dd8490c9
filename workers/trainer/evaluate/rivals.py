"""What rivals of the tuned model stand on: texts, and features of the untouched base model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from workers.trainer.bodies import load_encoder
from workers.trainer.data.encoded import Encoded
from workers.trainer.data.splits import SPLITS
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import Engine, opened_when_asked
from workers.trainer.environment import num_threads
from workers.trainer.model import PooledModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workers.trainer.model import TaskModel
    from workers.trainer.parts import Run


def learnable_texts(run: Run, split: str) -> tuple[str, ...]:
    """One string a row; of a pair both texts, told apart by a word that occurs in neither."""
    rows = run.data.split(split)
    second = rows.fields.get("text_b")
    if second is None:
        return rows["text"]
    return tuple(f"{a} ␟ {b}" for a, b in zip(rows["text"], second, strict=True))


def base_features(run: Run) -> dict[str, torch.Tensor]:
    """By split, (rows, features): of a text its vector; of a pair, what its two vectors have in common and what not.

    Training has moved the run's own body, so the base is opened anew where they are not cached.
    """
    if "text_b" in run.data.train.fields:
        return _features_of_pairs(run)
    with run.untouched() as untouched:
        return {split: run.features(split, untouched) for split in SPLITS}


def _features_of_pairs(run: Run) -> dict[str, torch.Tensor]:
    """|u - v| and u * v (Conneau et al. 2017, arXiv:1705.02364): the base model has read texts one by one, and says most of two when
    it is asked for each.
    """
    vectors = text_vectors(run, SPLITS)
    return {
        split: torch.cat([(first_NC - second_NC).abs(), first_NC * second_NC], dim=1)
        for split, (first_NC, second_NC) in vectors.items()
    }


def text_vectors(run: Run, splits: Iterable[str]) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Of pairs by split, twice (rows, channels): what the untouched base model makes of the first text and of the second, read alone."""
    tokeniser = Tokeniser(run.tokenizer)
    with opened_when_asked(lambda: whole_base(run, PooledModel(load_encoder(run.base), 1))) as engine:

        def vectors(split: str, role: str) -> torch.Tensor:
            return run.feature_cache.get(
                f"{split}-{role}",
                Encoded(ids=tokeniser.texts(run.data.split(split)[role], max_length=run.plan.max_length).ids),
                lambda encoded: engine().tensor(encoded, lambda model, batch: model.pooled_of(batch)),
            )

        return {split: (vectors(split, "text"), vectors(split, "text_b")) for split in splits}


def whole_base(run: Run, model: TaskModel) -> Engine:
    """An engine around an untouched model with its whole vocabulary: texts read one by one show what a pair had to cut off."""
    return Engine(
        model,
        pad_id=run.tokenizer.pad_token_id,
        device=run.engine.device,
        threads=num_threads(),
        batch_size=run.plan.batch_size,
        between_batches=run.control.check,
    )
