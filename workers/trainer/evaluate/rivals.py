"""What rivals of the tuned model stand on: texts, and features of the untouched base model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.trainer.data.splits import SPLITS

if TYPE_CHECKING:
    import torch

    from workers.trainer.parts import Run


def learnable_texts(run: Run, split: str) -> tuple[str, ...]:
    """One string a row; of a pair both texts, told apart by a word that occurs in neither."""
    rows = run.data.split(split)
    second = rows.fields.get("text_b")
    if second is None:
        return rows["text"]
    return tuple(f"{a} ␟ {b}" for a, b in zip(rows["text"], second, strict=True))


def base_features(run: Run) -> dict[str, torch.Tensor]:
    """By split, (rows, channels): training has moved the run's own body, so the base is opened anew where they are not cached."""
    with run.untouched() as untouched:
        return {split: run.features(split, untouched) for split in SPLITS}
