"""Which of some candidates belongs to a query: search, recommendation, choice of an answer."""

# ruff: noqa: N803, N806, N815 - capital suffixes name the axes of a tensor: B and R row, N place of a candidate, S candidate of any row, C channel

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from workers.contract.reasons import JobError
from workers.contract.results import Golden
from workers.trainer.data.candidates import RIGHT, Form, candidate_columns, form_of, has_no_query, with_candidates
from workers.trainer.data.doubts import doubtful_examples
from workers.trainer.data.encoded import Encoded
from workers.trainer.data.lists import counts
from workers.trainer.data.read import read_splits
from workers.trainer.data.splits import divide
from workers.trainer.evaluate.ranking import pair_threshold
from workers.trainer.golden import golden_rows
from workers.trainer.probe import solve_linear
from workers.trainer.rankers import BiEncoder, CrossEncoder, Ranker
from workers.trainer.tasks._ranking_forms import TARGET, Lists, Pairs, RankingForm
from workers.trainer.taught import Part, Taught

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workers.contract.events import Warned
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray
    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel
    from workers.trainer.parts import Run
    from workers.trainer.probe import Head
    from workers.trainer.usage import Usage

# Tokens that the output layer is solved on before fine-tuning where a row has many candidates: more cost time and change little.
_MOST_PROBED_TOKENS = 200_000


class Ranking:
    """A row is a query with its candidates, one or many; `form` says what is learnt from it and `ranker` how it is scored."""

    lower_is_better: ClassVar[frozenset[str]] = frozenset({"loss"})
    may_split = True
    fewest_rows = 1
    needs_vocabulary = False

    def __init__(self, spec: JobSpec) -> None:
        self.spec: Any = spec.task
        self.optimisation = spec.optimisation
        self._become("lists")

    def _become(self, form: Form) -> None:
        """What the task is depends on what the files hold."""
        is_pairs = form == "pairs"
        architecture = self.spec.architecture
        if architecture == "auto":
            architecture = "cross_encoder" if is_pairs else "bi_encoder"
        self.form: RankingForm = Pairs() if is_pairs else Lists()
        self.ranker: Ranker = CrossEncoder() if architecture == "cross_encoder" else BiEncoder(is_line_learnt=is_pairs)
        self.is_pairs = is_pairs
        self.watched = self.form.watched
        self.shares = self.form.shares
        self.has_head_start = self.ranker.has_head

    # --- data

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        columns = candidate_columns(self.spec)
        found = dict(read_splits(spec.data, data_dir, columns=columns, is_empty=has_no_query))
        form = form_of(found["train"])
        self._become(form)
        splits = {split: with_candidates(rows, self.spec, form) for split, rows in found.items()}
        data, warnings = divide(splits, seed=spec.seed, groups=lambda rows: rows["query"])
        relevance = {value >= RIGHT for row in data.train["relevance"] for value in row}
        if len(relevance) < 2:  # noqa: PLR2004 - right and wrong
            raise JobError(
                "data:single_class",
                f"Every pair of {data.train.file} is {'right' if True in relevance else 'wrong'}; ranking needs both.",
                file=data.train.file,
                label="1" if True in relevance else "0",
            )
        return data, [*warnings, *doubtful_examples(data, inputs=("query", "candidates"))]

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data
        encoded = self.ranker.encode(rows["query"], rows["candidates"], tokeniser, base, max_length=max_length)
        return replace(encoded, targets={TARGET: self.form.targets(rows)})

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        """A row's target is the number of its right candidate; of single pairs, how right they are."""
        del data
        targets = encoded.targets[TARGET]
        offered = encoded.others.get("candidates")
        return Taught(
            parts=(Part("candidate", encoded),)
            if offered is None
            else (Part("query", encoded), Part("candidate", offered)),
            origin=np.arange(len(encoded)),
            loss_over="rows",
            target=lambda row: (f"{float(targets[row]):g}" if self.is_pairs else str(int(targets[row]) + 1),),
        )

    # --- learning

    def open_model(self, base: Base, data: TaskData) -> TaskModel:
        del data
        return self.ranker.open_model(base)

    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        scores_BN, is_there_BN = self.ranker.scores(model, batch)
        smoothing = self.optimisation.label_smoothing
        return self.form.losses(scores_BN, is_there_BN, batch.targets[TARGET], smoothing=smoothing).sum()

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        del encoded
        return len(rows)

    def start(self, run: Run) -> dict[str, float]:
        """Where there is no output layer to solve, the base model as it is."""
        if self.ranker.has_head:
            self.ranker.load_head(run.engine.model, self.solve_head(run, run.engine))
        encoded = run.encoded["validation"]
        return self.metrics(self.answer(run.engine, encoded), encoded)

    def solve_head(self, run: Run, engine: Engine) -> Head:
        """The best linear layer on features of what `engine` holds: the untouched base, or the run's own model before its first step."""
        train, judged = (self._features(run, engine, split) for split in ("train", "validation"))
        with run.engine.all_threads():
            return solve_linear(
                train.features_SC,
                train.targets_R,
                num_outputs=1,
                criterion=lambda scores_S1, _: train.loss(self.form, scores_S1),
                judge=lambda head: -float(judged.loss(self.form, head.logits(judged.features_SC))),
                between_solutions=run.control.check,
            )

    def _features(self, run: Run, engine: Engine, split: str) -> _Features:
        encoded = run.encoded[split]
        # All rows where each is a single pair.
        some = encoded if counts(encoded).max() == 1 else encoded.some(_MOST_PROBED_TOKENS)
        features_SC = run.kept_features(
            split,
            some,
            lambda encoded: torch.cat(engine.rows(encoded, self.ranker.features)).float(),
            is_base=engine is not run.engine,
        )
        return _Features.of(features_SC, torch.from_numpy(counts(some)), some.targets[TARGET])

    # --- answers

    def answer(self, engine: Engine, encoded: Encoded) -> list[FloatArray]:
        def scores(model: Any, batch: Batch) -> list[FloatArray]:
            scores_BN, is_there_BN = self.ranker.scores(model, batch)
            return [row[there].double().cpu().numpy() for row, there in zip(scores_BN, is_there_BN, strict=True)]

        return engine.rows(encoded, scores)

    def metrics(self, answers: Sequence[FloatArray], encoded: Encoded) -> dict[str, float]:
        return self.form.metrics(answers, encoded)

    def evaluate(self, run: Run) -> Evaluation:
        return self.form.evaluate(run, self)

    # --- what is delivered

    def threshold(self, run: Run) -> float | None:
        """Of pairs: from which number on, as the exported network says it, two texts belong together."""
        if not self.is_pairs:
            return None
        told = np.concatenate([row.numpy() for row in self._told(run, run.encoded["validation"])])
        return pair_threshold(told, np.array([row[0] for row in run.data.validation["relevance"]]))

    def deliverable(self, run: Run) -> Deliverable:
        return self.ranker.deliverable(run, is_probability=self.is_pairs)

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Of a query and its first candidate what the exported network says."""
        rows, encoded = run.data.held_out, run.encoded["held_out"]
        chosen = golden_rows(encoded.lengths)
        told = self._told(run, encoded.select(chosen), is_exact=True)
        return tuple(
            Golden(
                inputs={"text": rows["query"][row], "text_b": rows["candidates"][row][0].text},
                expected=(float(numbers[0]),),
            )
            for row, numbers in zip(chosen.tolist(), told, strict=True)
        )

    def _told(self, run: Run, encoded: Encoded, *, is_exact: bool = False) -> list[torch.Tensor]:
        def told(model: Any, batch: Batch) -> list[torch.Tensor]:
            return list(self._as_said(self.ranker.told(model, batch).float()).cpu())

        return run.engine.rows(encoded, told, is_exact=is_exact)

    def _as_said(self, scores: torch.Tensor) -> torch.Tensor:
        return scores.sigmoid() if self.is_pairs and self.ranker.tells_logits else scores

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        numbers = self._as_said(self.ranker.plain_scores(model, tokenizer, golden))
        return [[number] for number in numbers.tolist()]

    def usage(self, run: Run) -> Usage:
        return self.ranker.usage(run)


@dataclass(frozen=True)
class _Features:
    """Features of all candidates of some rows, and where in them the rows are."""

    features_SC: torch.Tensor
    index_RN: torch.Tensor
    is_there_RN: torch.Tensor
    targets_R: torch.Tensor

    @classmethod
    def of(cls, features_SC: torch.Tensor, sizes_R: torch.Tensor, targets_R: torch.Tensor) -> _Features:
        place_N = torch.arange(int(sizes_R.max()))
        is_there_RN = place_N < sizes_R.unsqueeze(1)
        starts_R = sizes_R.cumsum(0) - sizes_R
        return cls(features_SC, (starts_R.unsqueeze(1) + place_N) * is_there_RN, is_there_RN, targets_R)

    def loss(self, form: RankingForm, scores_S1: torch.Tensor) -> torch.Tensor:
        return form.losses(scores_S1[self.index_RN, 0], self.is_there_RN, self.targets_R).mean()
