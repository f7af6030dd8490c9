"""A run: its parts, made by `workers.trainer.build`, and where it stands."""

from __future__ import annotations

import contextlib
import hashlib
import math
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from safetensors.torch import save

from workers.contract.events import Metrics, Warned
from workers.contract.reasons import JobError
from workers.trainer.averaging import WeightAverage
from workers.trainer.calibration import REFINED_LOSS
from workers.trainer.checkpoint import Snapshot
from workers.trainer.data.batches import epoch_batches, num_batches
from workers.trainer.engine import Engine, opened_when_asked
from workers.trainer.environment import num_threads
from workers.trainer.prepare import rows_of_pass
from workers.trainer.schedule import learning_rate_at
from workers.trainer.tasks import Calibrated, Comparing, MayBeFlat, VariesByEpoch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import torch

    from workers.contract.results import RowFigures
    from workers.contract.spec import JobSpec
    from workers.trainer.augment import Augmenter
    from workers.trainer.auto import Plan
    from workers.trainer.bases import Base
    from workers.trainer.checkpoint import CheckpointStore
    from workers.trainer.control import Control
    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.data.splits import TaskData
    from workers.trainer.events import EventStream
    from workers.trainer.methods._method import Method
    from workers.trainer.optimiser import ShardedAdamW
    from workers.trainer.probe import FeatureCache
    from workers.trainer.ranks import Ranks
    from workers.trainer.state import RunState
    from workers.trainer.tasks import Task
    from workers.trainer.vocabulary import CompactVocabulary


@dataclass
class Run:
    """The parts of one run and where it stands. The loop changes `state` and `best`; everything else stays."""

    spec: JobSpec
    out_dir: Path
    """Where checkpoints and caches are."""
    deliver_to: Path
    """Where the evaluation and the models go."""
    events: EventStream
    control: Control
    ranks: Ranks
    base: Base
    tokenizer: Any
    task: Task
    method: Method
    data: TaskData
    plan: Plan
    vocabulary: CompactVocabulary
    encoded: dict[str, Encoded]
    """By split, in compact ids."""
    engine: Engine
    optimiser: ShardedAdamW
    store: CheckpointStore
    feature_cache: FeatureCache
    state: RunState
    best: dict[str, torch.Tensor] | None = None
    augmenter: Augmenter | None = None
    """Where training rows are augmented."""
    row_figures: RowFigures | None = None
    """What the evaluation found of single rows, for tasks whose rows can be judged one by one."""
    average: WeightAverage = field(default_factory=lambda: WeightAverage(None, total_steps=0))
    on_judged: Callable[[float], None] = lambda _: None
    """Hears the watched value, turned so that higher is better, after each pass; a search may end the run there."""
    calibration_factor: float | None = None
    """Of the weights that are delivered, for tasks whose answers are probabilities."""
    _rows_of_epoch: tuple[int, Encoded] | None = None
    _opened_at: float = field(default_factory=time.monotonic)
    _seconds_before: float = 0.0

    # --- where the run is

    @property
    def steps_per_epoch(self) -> int:
        found = num_batches(
            len(self.encoded["train"]), batch_size=self.plan.batch_size, fewest_rows=self.task.fewest_rows
        )
        return math.ceil(found / self.spec.optimisation.gradient_accumulation)

    @property
    def total_steps(self) -> int:
        whole = self.steps_of_comparing + self.plan.epochs * self.steps_per_epoch
        return min(whole, self.spec.limits.max_steps or whole)

    @property
    def steps_of_comparing(self) -> int:
        """Those that come first, in which the model learns how alike the base model finds two texts."""
        return self.state.similarity_epochs * self.steps_per_epoch

    @property
    def is_comparing(self) -> bool:
        """Whether the present pass is one of those."""
        return self.state.epoch < self.state.similarity_epochs

    @property
    def epoch(self) -> float:
        """Position in passes over the data, those that learn to compare counted in."""
        return self.state.step / self.steps_per_epoch

    @property
    def is_to_stop(self) -> bool:
        """Whether a signal, or the clock while there is work left, asks any of the processes to end the run here."""
        is_late = self.control.is_over_time and not self.state.is_done
        return self.ranks.any(self.control.is_stopping or is_late, self.engine.device)

    @property
    def is_budget_spent(self) -> bool:
        """Whether training has had the time or the money that the spec gives it, in any of the processes; then it has for good."""
        budget = self.control.budget
        return budget is not None and self.ranks.any(self.control.seconds > budget.seconds, self.engine.device)

    @property
    def is_end_of_epoch(self) -> bool:
        """Of an epoch, or of the whole run where `max_steps` ends it in the middle of one."""
        return self.state.step_in_epoch >= self.steps_per_epoch or self.state.step >= self.total_steps

    @property
    def loss(self) -> Callable[[Any, Batch], torch.Tensor]:
        """What this pass learns from, summed over the units of a batch."""
        if self.is_comparing and isinstance(self.task, Comparing):
            return self.task.similarity_loss
        return self.task.loss

    @property
    def training_rows(self) -> Encoded:
        """As this pass over the data sees them."""
        encoded, epoch = self.encoded["train"], self.state.epoch
        if self.is_comparing or (self.augmenter is None and not isinstance(self.task, VariesByEpoch)):
            return encoded  # Not kept: activations of lower layers are added to it before the first step.
        if self._rows_of_epoch is None or self._rows_of_epoch[0] != epoch:
            rows = rows_of_pass(encoded, self.task, self.augmenter, seed=self.spec.seed, epoch=epoch)
            self._rows_of_epoch = (epoch, rows)
        return self._rows_of_epoch[1]

    @property
    def has_same_tokens(self) -> bool:
        """Whether every pass reads the same tokens."""
        if self.augmenter is not None:
            return not self.augmenter.changes_tokens
        return not isinstance(self.task, VariesByEpoch)

    @property
    def is_split_alike(self) -> bool:
        """Whether a batch teaches the same when it is computed in parts."""
        return self.task.may_split and not (self.augmenter is not None and self.augmenter.mixes)

    def steps_of_epoch(self, epoch: int) -> list[list[IntArray]]:
        """For every step of the epoch the batches whose gradients it sums."""
        batches = epoch_batches(
            self.encoded["train"].lengths,
            batch_size=self.plan.batch_size,
            seed=self.spec.seed,
            epoch=epoch,
            is_padding_free=self.state.is_padding_free,
            fewest_rows=self.task.fewest_rows,
        )
        size = self.spec.optimisation.gradient_accumulation
        return [batches[i : i + size] for i in range(0, len(batches), size)]

    def learning_rate_at(self, step: int) -> float:
        """It rises and falls while the model learns to compare, and once more in the passes after that."""
        optimisation = self.spec.optimisation
        before = self.steps_of_comparing if step >= self.steps_of_comparing else 0
        end = self.total_steps if step >= self.steps_of_comparing else self.steps_of_comparing
        return learning_rate_at(
            step - before,
            peak=self.plan.learning_rate,
            total_steps=end - before,
            warmup_ratio=self.plan.warmup_ratio,
            schedule=optimisation.schedule,
        )

    # --- what it learns from

    def features(self, split: str, untouched: Callable[[], Engine] | None = None) -> torch.Tensor:
        """Features of the untouched base model, which `untouched` opens where they are not cached; without it, of this run's own model
        before its first step.

        The two are the same but for methods that put something in front of the text.
        """
        opened = untouched or (lambda: self.engine)
        return self.kept_features(
            split,
            self.encoded[split],
            lambda encoded: opened().tensor(encoded, lambda model, batch: model.pooled_of(batch)),
            is_base=untouched is not None,
        )

    def kept_features(
        self, split: str, encoded: Encoded, compute: Callable[[Encoded], torch.Tensor], *, is_base: bool
    ) -> torch.Tensor:
        """What `compute` makes of rows of a split with the untouched base model, or else with this run's own before its first step.

        Kept under a name that holds all that they depend on, since the trials of a search share what is kept. What a method puts in front
        of a text is drawn: it depends on the settings, on the seed and on which words there are.
        """
        name = split
        if not is_base and not self.method.starts_as_base:
            name = f"{split}-{hashlib.sha256(save(self.engine.weights())).hexdigest()[:32]}"
        return self.feature_cache.get(name, encoded, compute)

    def untouched(self) -> AbstractContextManager[Callable[[], Engine]]:
        """Gives an engine around the untouched base model, once training has moved the run's own: opened when first asked for, closed at
        the end.
        """
        return opened_when_asked(self._open_base)

    @contextlib.contextmanager
    def engine_of_base(self) -> Iterator[Callable[[], Engine]]:
        """The same before the first step: this run's own engine will do where the method has put nothing into the model."""
        with self.untouched() as untouched:
            yield (lambda: self.engine) if self.spec.method.type == "full" else untouched

    def _open_base(self) -> Engine:
        model = self.task.open_model(self.base, self.data)
        self.vocabulary.shrink(model.body)
        return Engine(
            model,
            pad_id=self.vocabulary.pad_id,
            device=self.engine.device,
            threads=num_threads(),
            batch_size=self.plan.batch_size,
            may_split=self.task.may_split,
            precision=self.spec.optimisation.precision,
            between_batches=self.control.check,
        )

    @property
    def watched_name(self) -> str:
        """The validation figure that decides which weights are best: the loss where the wanted one cannot."""
        return "loss" if self.flat is not None else self.wanted_name

    @property
    def wanted_name(self) -> str:
        stopping = self.spec.optimisation.early_stopping
        return self.task.watched if stopping is None or stopping.metric == "auto" else stopping.metric

    @cached_property
    def flat(self) -> Warned | None:
        """What is to be said where all validation rows are of one kind, so that a figure that may be wanted is the same for any weights."""
        return self.task.flat(self.data.validation, self.wanted_name) if isinstance(self.task, MayBeFlat) else None

    def watched(self, metrics: dict[str, float]) -> float:
        """Its value, turned so that higher is better. Raises JobError for a figure that the task does not have."""
        name = self.watched_name
        if name not in metrics:
            raise JobError(
                "spec:invalid",
                f"The task {self.spec.task.type} has no validation figure {name!r}; it has: {', '.join(sorted(metrics))}.",
                field="optimisation.early_stopping.metric",
            )
        return -metrics[name] if name in self.task.lower_is_better else metrics[name]

    def validation_figures(self, answers: Any) -> dict[str, float]:
        """What is watched, of the model's answers to the validation rows."""
        encoded = self.encoded["validation"]
        figures = self.task.metrics(answers, encoded)
        if isinstance(self.task, Calibrated):
            figures[REFINED_LOSS] = self.task.calibration(answers, encoded).loss
        return figures

    def watched_of(self, answers: Any) -> float:
        """The watched one of them, turned so that higher is better; the others are not asked for."""
        if self.watched_name == REFINED_LOSS:
            return self.watched(self.validation_figures(answers))
        return self.watched(self.task.metrics(answers, self.encoded["validation"]))

    def judge_weights(self, metrics: dict[str, float], *, step: int) -> None:
        """Report validation figures of the present weights, and keep them if they are the best so far.

        Raises JobError `training:diverged` where a figure is no number.
        """
        lost = next((name for name, value in metrics.items() if not math.isfinite(value)), None)
        if lost is not None:
            raise JobError(
                "training:diverged",
                f"The validation figure {lost} became {metrics[lost]} at step {step}; use a smaller learning rate. "
                "The last good checkpoint is kept.",
                step=step,
            )
        values = {f"validation/{name}": value for name, value in metrics.items()}
        self.events.emit(Metrics(step=step, epoch=self.epoch, values=values))
        value = self.watched(metrics)
        peak = self.state.peak_value
        is_best, is_peak = self._is_best(value, metrics), peak is None or value > peak + self._min_delta
        update: dict[str, Any] = {
            "peak_value": value if peak is None else max(value, peak),
            "judged": (*self.state.judged, value) if step else (),
            # What still climbs is not given up, though its weights are not kept yet.
            "evaluations_without_gain": 0 if is_best or is_peak else self.state.evaluations_without_gain + 1,
        }
        if is_best:
            self.best = self.engine.weights()
            update |= {"best_step": step, "best_value": value, "best_loss": _loss_to_compare(metrics)}
        self.state = self.state.model_copy(update=update)
        if step:
            self.on_judged(value)

    @property
    def _min_delta(self) -> float:
        stopping = self.spec.optimisation.early_stopping
        return 0.0 if stopping is None else stopping.min_delta

    def _is_best(self, value: float, metrics: dict[str, float]) -> bool:
        """Whether these figures are better than those of the weights that are kept.

        A share of a small validation set is a coarse measure: 13 rows per label move macro F1 by points. Values within one
        standard error of the peak are therefore told apart by the loss, which every row moves: that at the best confidence,
        where the task has one, since confidence is set right in the end. A `min_delta` that is asked for, and the loss itself
        as the watched metric, are taken as they are.
        """
        state = self.state
        if state.best_value is None or state.best_loss is None or state.peak_value is None:
            return True
        if self.flat is not None and self.wanted_name != "loss":
            return value >= state.best_value  # Where the loss is as flat (`Similarity`), what has learnt longest.
        is_coarse = self.watched_name in self.task.shares
        if self._min_delta > 0 or not is_coarse:
            return value > state.best_value + self._min_delta
        share = metrics.get("accuracy", value)
        error = math.sqrt(share * (1 - share) / len(self.data.validation))
        lowest = max(value, state.peak_value) - error
        if value < lowest or state.best_value < lowest:
            return value >= lowest
        return _loss_to_compare(metrics) < state.best_loss

    # --- what does not fit

    def halve_batches(self, *, times: int = 1) -> None:
        """Work batches in more parts from now on, and say so."""
        rows = max(1, self.plan.batch_size >> (self.state.halvings + times - 1))
        self.state = self.state.model_copy(update={"halvings": self.state.halvings + times})
        self.events.emit(
            Warned(
                code="memory:batch_halved",
                message=f"A batch of {rows} rows does not fit into memory, so it is worked in halves; "
                + (
                    "the result stays the same, the speed does not."
                    if self.is_split_alike
                    else "every row is told apart from fewer others then, which changes the result a little."
                ),
                params={"rows": rows},
            )
        )

    # --- what is kept

    def snapshot(self) -> Snapshot:
        seconds = self._seconds_before + time.monotonic() - self._opened_at
        self.state = self.state.model_copy(update={"seconds": seconds, "job_seconds": self.control.seconds})
        return Snapshot(
            state=self.state,
            epoch=self.epoch,
            weights=self.engine.weights(),
            optimizer=self.optimiser.state(),
            num_updates=self.optimiser.num_updates,
            best=None if self.state.best_step == self.state.step and not self.average.is_there else self.best,
            method=self.method.state(),
            average=self.average.state(),
        )

    def restore(self, snapshot: Snapshot) -> None:
        self.state = snapshot.state
        self.engine.load_weights(snapshot.weights)
        self.optimiser.load_state(snapshot.optimizer, num_updates=snapshot.num_updates)
        self.method.load_state(snapshot.method)
        self.average.load_state(snapshot.average, self.engine)
        is_best = snapshot.best is None and snapshot.state.best_step == snapshot.state.step
        self.best = snapshot.weights if is_best else snapshot.best
        self._seconds_before = snapshot.state.seconds
        self.control.count_from(snapshot.state.job_seconds)

    def best_weights(self) -> dict[str, torch.Tensor]:
        return self.best if self.best is not None else self.engine.weights()

    def close(self) -> None:
        self.store.close()
        self.engine.close()


def _loss_to_compare(metrics: dict[str, float]) -> float:
    return metrics.get(REFINED_LOSS, metrics["loss"])
