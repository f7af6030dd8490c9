"""What the tasks share that say one thing about a whole text, or about a pair of texts."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, C channel, L label, N row

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from workers.contract.results import Golden
from workers.trainer.augment.mixing import Mixing
from workers.trainer.bodies import load_encoder
from workers.trainer.calibration import REFINED_LOSS, calibration_of
from workers.trainer.data import values
from workers.trainer.data.doubts import doubtful_examples, similar_labels
from workers.trainer.data.encoded import Encoded
from workers.trainer.data.read import Column, read_splits
from workers.trainer.data.splits import divide
from workers.trainer.evaluate.rivals import base_features
from workers.trainer.golden import golden_rows
from workers.trainer.losses import consistent_loss
from workers.trainer.model import PooledModel, pooled
from workers.trainer.pooling_layer import PooledDeliverable, pooling_note
from workers.trainer.probe import PENALTIES, Head, Probing, solve_linear
from workers.trainer.taught import Part, Taught
from workers.trainer.usage import Usage, classifier_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.calibration import Calibration
    from workers.trainer.data.encoded import Batch, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.engine import Engine
    from workers.trainer.parts import Run

TARGET = "target"


class SequenceTask:
    """Pools the tokens of a text into one vector and puts a linear layer on it. Subclasses say what the outputs mean."""

    is_pair: ClassVar[bool] = False
    problem_type: ClassVar[str]
    lower_is_better: ClassVar[frozenset[str]] = frozenset({"loss"})
    has_head_start = True
    may_split = True
    fewest_rows = 1
    needs_vocabulary = False

    def __init__(self, spec: JobSpec) -> None:
        self.spec: Any = spec.task
        self.r_drop = 0.0
        self.watched = "loss"
        self.shares: frozenset[str] = frozenset()

    # --- what a subclass says

    def target_column(self) -> Column:
        raise NotImplementedError

    def learn_labels(self, data: TaskData) -> TaskData:
        """Check the targets of all splits, and add the labels where the task has some."""
        raise NotImplementedError

    def strata(self, rows: Rows) -> Sequence[Any]:
        """Values whose shares a validation split keeps."""
        return [None] * len(rows)

    def kinds(self, rows: Rows) -> Sequence[Iterable[Any]]:
        """Names of which training keeps a row each, whatever is split off."""
        return [(stratum,) for stratum in self.strata(rows)]

    def title(self, data: TaskData) -> str:
        """What the model is, for its card."""
        raise NotImplementedError

    def num_outputs(self, data: TaskData) -> int:
        raise NotImplementedError

    def targets(self, rows: Rows, data: TaskData) -> torch.Tensor:
        raise NotImplementedError

    def named(self, target: torch.Tensor, data: TaskData) -> tuple[str, ...]:
        """The target of one row as people write it."""
        raise NotImplementedError

    def criterion(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The training loss, summed over rows."""
        raise NotImplementedError

    def divergence(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """How much two answers to the same rows differ, summed over rows."""
        raise NotImplementedError

    def probe_criterion(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The loss of the solved head, averaged over rows: that of training without its refinements."""
        raise NotImplementedError

    def mixable(self, targets: torch.Tensor, model: PooledModel) -> torch.Tensor:
        """Targets in a form of which weighted means make sense, and which `criterion` takes as well."""
        del model
        return targets

    def outputs(self, logits: torch.Tensor, data: TaskData) -> torch.Tensor:
        """Logits as the numbers that people are told, (rows, outputs)."""
        raise NotImplementedError

    def plain_outputs(self, logits: torch.Tensor) -> torch.Tensor:
        """The same for the exported network, whose head is scaled back already."""
        raise NotImplementedError

    def metrics(self, answers: torch.Tensor, encoded: Encoded) -> dict[str, float]:
        raise NotImplementedError

    # --- what follows from it

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        columns = [*self._text_columns(), self.target_column()]
        splits = dict(read_splits(spec.data, data_dir, columns=columns, is_empty=self._is_empty))
        data, warnings = divide(splits, seed=spec.seed, strata=self.strata, kinds=self.kinds)
        data = self.learn_labels(data)
        doubts = doubtful_examples(data, inputs=self.text_roles, target=self.target_column().role)
        return data, [*warnings, *doubts, *similar_labels(data.train, data.labels)]

    @property
    def text_roles(self) -> tuple[str, ...]:
        return ("text", "text_b") if self.is_pair else ("text",)

    def _text_columns(self) -> list[Column]:
        if self.is_pair:
            return [
                Column("text", self.spec.text_a_column, values.text),
                Column("text_b", self.spec.text_b_column, values.text),
            ]
        return [Column("text", self.spec.text_column, values.text)]

    def _is_empty(self, raw: Mapping[str, Any]) -> bool:
        return any(values.is_blank(raw[role]) for role in self.text_roles)

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        second = rows["text_b"] if self.is_pair else None
        tokens = tokeniser.texts(rows["text"], second, max_length=max_length)
        has_types = self.is_pair and base.has_types
        return Encoded(
            ids=tokens.ids,
            beside={"types": tokens.types} if has_types else {},
            targets={TARGET: self.targets(rows, data)},
            num_truncated=tokens.num_truncated,
            cuts=tokens.cuts,
        )

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        targets = encoded.targets[TARGET]
        return Taught(
            parts=(Part("pair" if self.is_pair else "text", encoded),),
            origin=np.arange(len(encoded)),
            loss_over="rows",
            target=lambda row: self.named(targets[row], data),
        )

    def open_model(self, base: Base, data: TaskData) -> PooledModel:
        return PooledModel(load_encoder(base), self.num_outputs(data))

    def loss(self, model: PooledModel, batch: Batch) -> torch.Tensor:
        mixing = Mixing.of(batch)
        targets = (
            batch.targets[TARGET] if mixing is None else mixing.of_rows(self.mixable(batch.targets[TARGET], model))
        )
        return consistent_loss(
            lambda: _logits(model, batch, mixing),
            loss=lambda logits: self.criterion(logits, targets),
            divergence=self.divergence,
            weight=self.r_drop,
        )

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        del encoded
        return len(rows)

    def answer(self, engine: Engine, encoded: Encoded) -> torch.Tensor:
        return engine.tensor(encoded, lambda model, batch: model.of(batch))

    def start(self, run: Run) -> dict[str, float]:
        validation_NC = run.features("validation")
        head = self.solve_head(run, run.features("train"), validation_NC)
        head.put_into(pooled(run.engine.model).head)
        return run.validation_figures(head.logits(validation_NC))

    def solve_head(self, run: Run, train_NC: torch.Tensor, validation_NC: torch.Tensor) -> Head:
        """The best linear layer on features of the untouched base model."""
        return self._solved(run, train_NC, run.encoded["train"].targets[TARGET], validation_NC, PENALTIES)

    def _solved(
        self,
        run: Run,
        train_NC: torch.Tensor,
        targets: torch.Tensor,
        validation_NC: torch.Tensor,
        penalties: Sequence[float],
    ) -> Head:
        with run.engine.all_threads():
            return solve_linear(
                train_NC,
                targets,
                num_outputs=self.num_outputs(run.data),
                criterion=self.probe_criterion,
                judge=lambda head: run.watched_of(head.logits(validation_NC)),
                between_solutions=run.control.check,
                penalties=penalties,
            )

    def probing(self, run: Run) -> Probing:
        features = cache(lambda: base_features(run))
        targets, held_out = run.encoded["train"].targets[TARGET], run.encoded["held_out"]

        def solve(rows: IntArray, penalties: Sequence[float]) -> Head:
            return self._solved(run, features()["train"][rows], targets[rows], features()["validation"], penalties)

        def score_of(head: Head) -> Callable[[IntArray], float]:
            logits = head.logits(features()["held_out"])
            return lambda rows: self.metrics(logits[rows], held_out.select(rows))[run.watched_name]

        return Probing(
            num_rows=len(targets),
            num_outputs=self.num_outputs(run.data),
            num_held_out=len(held_out),
            solve=solve,
            scores=lambda heads: [score_of(head) for head in heads],
        )

    def usage(self, run: Run) -> Usage:
        call = '{"text": "one text", "text_pair": "another"}' if self.is_pair else '"your text"'
        title = f"{self.title(run.data)} on {run.base.info.name}"
        return classifier_usage(title, call=call, note=pooling_note(run.base))

    def threshold(self, run: Run) -> float | None:
        del run
        return None

    def deliverable(self, run: Run) -> PooledDeliverable:
        return PooledDeliverable.of(
            pooled(run.engine.model),
            run.base,
            labels=run.data.labels or ("score",),
            problem_type=self.problem_type,
            scale=run.data.scale,
        )

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        texts = [item.inputs["text"] for item in golden]
        second = [item.inputs["text_b"] for item in golden] if self.is_pair else None
        inputs = tokenizer(texts, second, padding=True, truncation=True, return_tensors="pt")
        numbers: list[list[float]] = self.plain_outputs(model(**inputs).logits).tolist()
        return numbers

    def golden(self, run: Run) -> tuple[Golden, ...]:
        rows = run.data.held_out
        chosen = golden_rows(run.encoded["held_out"].lengths)
        logits = run.engine.tensor(
            run.encoded["held_out"].select(chosen), lambda model, batch: model.of(batch), is_exact=True
        )
        return tuple(
            Golden(
                inputs={role: rows[role][row] for role in self.text_roles},
                expected=tuple(numbers),
            )
            for row, numbers in zip(chosen.tolist(), self.outputs(logits, run.data).tolist(), strict=True)
        )


class LabellingTask(SequenceTask):
    """Of which the outputs say how likely labels are."""

    lower_is_better = frozenset({"loss", REFINED_LOSS})

    def calibration(self, answers: torch.Tensor, encoded: Encoded) -> Calibration:
        targets = encoded.targets[TARGET]
        return calibration_of(answers, lambda logits: self.probe_criterion(logits, targets))

    def calibrate(self, run: Run) -> float:
        encoded = run.encoded["validation"]
        factor = self.calibration(self.answer(run.engine, encoded), encoded).factor
        head = pooled(run.engine.model).head
        with torch.no_grad():
            head.weight.mul_(factor)
            head.bias.mul_(factor)
        return factor


def _logits(model: PooledModel, batch: Batch, mixing: Mixing | None) -> torch.Tensor:
    if mixing is None:
        logits: torch.Tensor = model.of(batch).float()
        return logits
    return model.logits_of(mixing.of_rows(model.pooled_of(batch))).float()
