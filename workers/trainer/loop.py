"""THE loop. Every task, method and search is trained by these lines; read it from top to bottom.

A step is one update of the weights. The state is replaced after every step, so that a checkpoint at any step boundary is
enough to continue as if nothing had happened: the order of the data, the dropout masks and the learning rate are functions of
(seed, position), and everything else is in the checkpoint.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import torch

from workers.contract.events import Metrics, PhaseChanged, Progress, Warned
from workers.contract.reasons import JobError
from workers.trainer.control import StopRequestedError
from workers.trainer.engine import halved
from workers.trainer.lower_layers import keep_activations
from workers.trainer.tasks import Calibrated

if TYPE_CHECKING:
    from workers.trainer.data.encoded import IntArray
    from workers.trainer.parts import Run

_POINTS_PER_CURVE = 200
_SECONDS_BETWEEN_PROGRESS = 0.5


def train(run: Run) -> None:
    """From the untouched base model, or from the checkpoint that `run` was built on, to the best weights."""
    if run.spec.checkpointing.deliver_step is not None:
        take_as_it_is(run)
        return
    if not run.state.is_done:
        splits = ["train", "validation"] if run.has_same_tokens else ["validation"]
        run.encoded |= keep_activations(run.engine, {split: run.encoded[split] for split in splits})
    if run.plan.head != "random" and run.state.best_step is None:
        start_from_base(run)
    run.events.emit(PhaseChanged(phase="comparing" if run.is_comparing else "training"))
    clock = _Clock(run)
    while not run.state.is_done:
        for batches in run.steps_of_epoch(run.state.epoch)[run.state.step_in_epoch :]:
            learning_rate = run.learning_rate_at(run.state.step)
            loss = accumulate(run, batches)
            norm = update(run, learning_rate)
            advance(run, loss)
            report_step(run, learning_rate=learning_rate, gradient_norm=norm)
            clock.tick(sum(len(rows) for rows in batches))
            if run.is_end_of_epoch or run.is_budget_spent:
                break
            if run.is_to_stop:
                stop(run)
            if is_checkpoint_due(run, clock):
                checkpoint(run)
                clock.checkpoint_saved()
        finish_epoch(run)
        checkpoint(run)
        clock.checkpoint_saved()
        if run.is_to_stop:
            stop(run)
    run.store.wait()
    load_best(run)


def take_as_it_is(run: Run) -> None:
    """No step more: the weights that the checkpoint stands on, judged like those of a pass, whatever was better before."""
    run.best = None
    run.state = run.state.model_copy(
        update={
            "best_step": None,
            "best_value": None,
            "best_loss": None,
            "peak_value": None,
            "judged": (),
            "is_done": True,
        }
    )
    validate(run, step=run.state.step)
    load_best(run)


def load_best(run: Run) -> None:
    """The weights that are delivered: a classifier's as sure as validation rows say that it should be."""
    run.engine.load_weights(run.best_weights())
    if isinstance(run.task, Calibrated):
        run.calibration_factor = run.task.calibrate(run)


def start_from_base(run: Run) -> None:
    """Step 0: the base model with its own output layer, or with one solved on its features, judged like any later state."""
    run.events.emit(PhaseChanged(phase="probing"))
    run.judge_weights(run.task.start(run), step=0)
    checkpoint(run)


def accumulate(run: Run, batches: list[IntArray]) -> float:
    """Gradients of the mean loss over the batches of one step; smaller pieces when memory does not suffice."""
    encoded = run.training_rows
    units = sum(run.task.units(encoded, rows) for rows in batches)
    fewest = run.task.fewest_rows
    while True:
        pieces = halved(batches, run.state.halvings, fewest_rows=fewest)
        try:
            loss = run.engine.accumulate(
                encoded,
                pieces,
                loss=run.loss,
                units=units,
                position=(run.spec.seed, run.state.step),
            )
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            if run.ranks.size > 1:  # The others are on their way to the sum of gradients.
                raise JobError(
                    "memory:exhausted",
                    "A step does not fit into the memory of one of the processes; use a smaller optimisation.batch_size.",
                    max_length=run.plan.max_length,
                ) from error
            run.optimiser.discard_gradients()
            if max(len(rows) for rows in pieces) < 2 * fewest:
                what = "A single row does" if fewest == 1 else f"{fewest} rows, which this task compares, do"
                raise JobError(
                    "memory:exhausted",
                    f"{what} not fit into memory; use a smaller max_length or a smaller base model.",
                    max_length=run.plan.max_length,
                ) from error
            run.halve_batches()
            continue
        if not np.isfinite(loss):
            raise JobError(
                "training:diverged",
                f"The loss became {loss} at step {run.state.step + 1}; use a smaller learning rate. "
                "The last good checkpoint is kept.",
                step=run.state.step + 1,
            )
        return loss


def update(run: Run, learning_rate: float) -> float:
    """Move the weights along the gradients, with what the method does before and after; returns the gradients' norm."""
    body, step = run.engine.model.body, run.state.step
    norm = run.optimiser.update(
        learning_rate=learning_rate,
        max_grad_norm=run.spec.optimisation.max_grad_norm,
        before=lambda: run.method.before_update(body, step),
    )
    run.method.after_update(body, step)
    run.average.add(run.engine, step)
    return norm


def is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "allocate memory" in str(error) or "bad_alloc" in str(error)


def advance(run: Run, loss: float) -> None:
    state = run.state
    run.state = state.model_copy(
        update={
            "step": state.step + 1,
            "step_in_epoch": state.step_in_epoch + 1,
            "loss_sum": state.loss_sum + loss,
            "loss_count": state.loss_count + 1,
        }
    )


def report_step(run: Run, *, learning_rate: float, gradient_norm: float) -> None:
    """A point of the training curve, at most `_POINTS_PER_CURVE` of them; the loss is the mean since the last point."""
    state = run.state
    every = max(1, run.total_steps // _POINTS_PER_CURVE)
    if state.step % every and not run.is_end_of_epoch:
        return
    values = {
        "train/similarity_loss" if run.is_comparing else "train/loss": state.loss_sum / state.loss_count,
        "train/learning_rate": learning_rate,
        "train/gradient_norm": gradient_norm,
    }
    run.events.emit(Metrics(step=state.step, epoch=run.epoch, values=values))
    run.state = state.model_copy(update={"loss_sum": 0.0, "loss_count": 0})


def validate(run: Run, *, step: int) -> None:
    encoded = run.encoded["validation"]
    with run.average.in_place(run.engine):
        if run.average.is_there:
            run.method.restrict(run.engine.model.body)
        run.judge_weights(run.validation_figures(run.task.answer(run.engine, encoded)), step=step)


def finish_epoch(run: Run) -> None:
    """Judge the weights, unless they have only learnt to compare so far and go on; begin the next pass or end the run."""
    was_comparing, is_spent = run.is_comparing, run.is_budget_spent
    if not was_comparing or is_spent or run.state.step >= run.total_steps:
        validate(run, step=run.state.step)
        is_spent = run.is_budget_spent
    state, patience = run.state, run.plan.patience
    if is_spent and state.step < run.total_steps:
        report_spent(run)
    is_patience_over = patience is not None and state.evaluations_without_gain >= patience
    run.state = state.model_copy(
        update={
            "epoch": state.epoch + 1,
            "step_in_epoch": 0,
            "is_done": is_patience_over or is_spent or state.step >= run.total_steps,
        }
    )
    if was_comparing and not run.is_comparing:
        run.optimiser.restart()
        run.events.emit(PhaseChanged(phase="training"))


def report_spent(run: Run) -> None:
    limits, step, total = run.spec.limits, run.state.step, run.total_steps
    if run.control.budget is not None and run.control.budget.is_of_search:
        run.events.emit(
            Warned(
                code="search:trial_cut_short",
                message=f"What the search was given is used up: its trial ends after {step} of {total} steps, with its best weights.",
                params={"step": step, "total_steps": total},
            )
        )
        return
    is_money = run.control.budget is not None and run.control.budget.of == "money"
    name, given = ("budget_cost", limits.budget_cost) if is_money else ("budget_seconds", limits.budget_seconds)
    told = f"{given:g}" if is_money else f"{given:g} seconds"
    run.events.emit(
        Warned(
            code="limit:money_spent" if is_money else "limit:budget_spent",
            message=f"The budget of {told} is spent after {step} of {total} steps; the best weights so far are delivered.",
            params={name: given, "step": step, "total_steps": total},
        )
    )


def is_checkpoint_due(run: Run, clock: _Clock) -> bool:
    """Whether this process is to save its state now; where a snapshot needs all of them, all are told the same."""
    is_due = clock.is_checkpoint_due and not run.store.is_busy
    return run.ranks.any(is_due, run.engine.device) if run.ranks.is_sharding else is_due


def checkpoint(run: Run) -> None:
    if run.ranks.is_first or run.ranks.is_sharding:  # A snapshot is whole: each brings its part.
        run.store.save(run.snapshot())


def stop(run: Run) -> None:
    """Commit what there is, then end the run with the reason for stopping."""
    if run.store.last_step != run.state.step:
        checkpoint(run)
    run.store.wait()
    run.control.check()
    raise StopRequestedError


class _Clock:
    """When the next checkpoint is due, and how fast the run is."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._checkpoint_at = time.monotonic()
        self._checkpoint_step = run.state.step
        self._started_at = self._reported_at = time.monotonic()
        self._first_step = run.state.step
        self._num_examples = 0

    def tick(self, num_examples: int) -> None:
        self._num_examples += num_examples
        run, now = self._run, time.monotonic()
        run.store.check()
        if now - self._reported_at < _SECONDS_BETWEEN_PROGRESS and run.state.step != self._first_step + 1:
            return
        self._reported_at = now
        elapsed = now - self._started_at
        seconds_per_step = elapsed / (run.state.step - self._first_step)
        run.events.emit(
            Progress(
                step=run.state.step,
                total_steps=run.total_steps,
                epoch=run.epoch,
                examples_per_second=self._num_examples / elapsed,
                seconds_remaining=seconds_per_step * (run.total_steps - run.state.step),
            )
        )

    @property
    def is_checkpoint_due(self) -> bool:
        plan = self._run.spec.checkpointing
        if plan.every_steps is not None and self._run.state.step - self._checkpoint_step >= plan.every_steps:
            return True
        return time.monotonic() - self._checkpoint_at >= plan.every_seconds

    def checkpoint_saved(self) -> None:
        self._checkpoint_at = time.monotonic()
        self._checkpoint_step = self._run.state.step
