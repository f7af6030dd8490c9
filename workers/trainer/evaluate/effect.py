"""What augmentation brought: the same job with and without it, on the same held-out rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workers.bootstrap import SIGNIFICANT, Bootstrap
from workers.contract.results import AugmentationEffect

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.trainer.evaluate.metrics import IntArray


@dataclass(frozen=True)
class Primary:
    """The figure that a task's verdict is about; `of_rows(rows)` computes it on these held-out rows, which may repeat."""

    metric: str
    of_rows: Callable[[IntArray], float]
    num_rows: int
    is_lower_better: bool = False


@dataclass(frozen=True)
class Trained:
    """What is kept of a run that is over: its figure, and what validation said of its best weights."""

    primary: Primary
    watched: str
    value: float
    """Of the watched validation figure, turned so that higher is better."""
    loss: float
    is_lower_better: bool
    """Of the watched figure."""

    @property
    def rank(self) -> tuple[float, float]:
        return self.value, -self.loss

    @property
    def told(self) -> float:
        """The watched figure as people know it."""
        return -self.value if self.is_lower_better else self.value


def effect_of(augmented: Trained, plain: Trained) -> AugmentationEffect:
    """Held-out rows say what it brought, validation rows alone what is delivered."""
    with_it, without = augmented.primary, plain.primary
    sign = -1.0 if with_it.is_lower_better else 1.0
    bootstrap = Bootstrap(with_it.num_rows)
    difference, p_value = bootstrap.difference(
        lambda rows: sign * with_it.of_rows(rows), lambda rows: sign * without.of_rows(rows)
    )
    is_sure = p_value < SIGNIFICANT
    return AugmentationEffect(
        metric=with_it.metric,
        with_augmentation=bootstrap.of(with_it.of_rows),
        without_augmentation=bootstrap.of(without.of_rows),
        difference=difference,
        outcome="no_difference" if not is_sure else "better" if difference.value > 0 else "worse",
        p_value=p_value,
        delivered="with_augmentation" if augmented.rank > plain.rank else "without_augmentation",
        validation_metric=augmented.watched,
        validation_with=augmented.told,
        validation_without=plain.told,
    )
