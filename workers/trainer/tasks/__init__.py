"""What is learnt. A new task is one file here and one line in the table; files that begin with `_` are shared by several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from workers.trainer.tasks.causal_lm import CausalLm
from workers.trainer.tasks.chat import Chat
from workers.trainer.tasks.classification import Classification
from workers.trainer.tasks.embedding import Embedding
from workers.trainer.tasks.masked_lm import MaskedLm
from workers.trainer.tasks.multi_label import MultiLabel
from workers.trainer.tasks.pair_classification import PairClassification
from workers.trainer.tasks.pair_regression import PairRegression
from workers.trainer.tasks.preference import Preference
from workers.trainer.tasks.question_answering import QuestionAnswering
from workers.trainer.tasks.ranking import Ranking
from workers.trainer.tasks.regression import Regression
from workers.trainer.tasks.similarity import Similarity
from workers.trainer.tasks.summarisation import build_summarisation
from workers.trainer.tasks.token_classification import TokenClassification
from workers.trainer.tasks.translation import build_translation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch

    from workers.contract.events import Warned
    from workers.contract.results import Evaluation, Golden, PassageRules
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.calibration import Calibration
    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.effect import Primary
    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel
    from workers.trainer.parts import Run
    from workers.trainer.probe import Probing
    from workers.trainer.taught import Taught
    from workers.trainer.usage import Usage


class Task(Protocol):
    """From columns to a loss, to figures and to answers; everything else is the loop's."""

    spec: Any
    watched: str
    """The validation figure that chooses the best weights when the spec leaves it to the task."""
    shares: frozenset[str]
    """Figures that are shares of rows, whose standard error the number of rows gives."""
    lower_is_better: frozenset[str]
    has_head_start: bool
    """Whether `start` can solve the output layer on the untouched base model."""
    may_split: bool
    """Whether the loss of a batch is the sum over its rows, so that replicas may share it."""
    fewest_rows: int
    """With fewer rows a batch teaches nothing; known once the rows are read."""
    needs_vocabulary: bool
    """Whether the model's outputs are over the vocabulary, which then cannot be cut down to what the data use."""

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        """Read and check the splits. Raises JobError `data:*`."""

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        """Rows as the model sees them, cut to `max_length` tokens; whole without one."""

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        """What the loss asks of training rows, under the base model's ids, as one pass sees them: for a preview."""

    def open_model(self, base: Base, data: TaskData) -> TaskModel:
        """The untouched base model with a new output layer."""

    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        """Sum over the units of the batch."""

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        """What the loss of these rows is divided by: rows, or tokens that carry loss."""

    def start(self, run: Run) -> dict[str, float]:
        """Solve the output layer on features of the untouched base model; validation figures of the result."""

    def answer(self, engine: Engine, encoded: Encoded) -> Any:
        """What the model says about rows, in the form that `metrics` takes."""

    def metrics(self, answers: Any, encoded: Encoded) -> dict[str, float]:
        """What is watched on validation rows; `loss` is always among them."""

    def evaluate(self, run: Run) -> Evaluation:
        """The tuned model and its rivals on the held-out rows. `run.engine` holds the best weights."""

    def threshold(self, run: Run) -> float | None:
        """Of tasks that give every label whose probability reaches it."""

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Inputs with what the trained model says to them, in full precision: every copy must repeat it."""

    def usage(self, run: Run) -> Usage:
        """What the model card says about asking the model."""

    def deliverable(self, run: Run) -> Deliverable:
        """How the trained model becomes a network of plain transformers."""

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        """What a network of plain transformers says to golden inputs in one batch, in the form of `Golden.expected`."""


@runtime_checkable
class VariesByEpoch(Protocol):
    """A task whose training rows are not the same in every pass over the data."""

    def rows_of_epoch(self, encoded: Encoded, *, seed: int, epoch: int) -> Encoded:
        """The rows of this pass: a pure function of the rows, the seed and the pass."""


@runtime_checkable
class AsksTheBase(Protocol):
    """A task that measures the model by what the untouched base model says about the same rows."""

    def with_base_answers(self, run: Run) -> dict[str, Encoded]:
        """The rows of every split with that added; called before the first step, also of a run that continues."""


@runtime_checkable
class Comparing(Protocol):
    """A task of two texts, which may first learn how alike the untouched base model finds them."""

    def similarity_loss(self, model: Any, batch: Batch) -> torch.Tensor:
        """Sum over the rows of the batch. No answer of theirs is in it."""


@runtime_checkable
class FindsPassages(Protocol):
    """A task whose answers are passages of a text."""

    @property
    def passage_rules(self) -> PassageRules:
        """How answers are found, which is how the model that is delivered must find them."""


@runtime_checkable
class MayBeFlat(Protocol):
    """A task with figures that are the same for any answers to rows that are all of one kind: a correlation with equal scores."""

    def flat(self, rows: Rows, figure: str) -> Warned | None:
        """What is to be said of these rows where they are, and this figure or one beside it is such a one."""


@runtime_checkable
class Agreeing(Protocol):
    """A task whose answers to a row can be compared between two passes with different dropout."""

    r_drop: float
    """How much their divergence counts in the loss; at 0 there is one pass."""


@runtime_checkable
class Calibrated(Protocol):
    """A task whose answers are probabilities that one factor of the outputs makes more or less sure."""

    def calibration(self, answers: Any, encoded: Encoded) -> Calibration:
        """The factor that suits these rows."""

    def calibrate(self, run: Run) -> float:
        """Put that of the validation rows into the output layer, and return it. `run.engine` holds the best weights."""


@runtime_checkable
class Augmentable(Protocol):
    """A task whose training rows may be augmented, with what that brought."""

    def primary(self, run: Run) -> Primary:
        """The figure that the verdict is about, of the weights that `run.engine` holds, on the held-out rows."""


@runtime_checkable
class Probed(Protocol):
    """A task that is learnt, as far as the base model's features go, by its output layer alone."""

    def probing(self, run: Run) -> Probing:
        """That layer, solved on parts of the training rows. Nothing is computed before it is asked for."""


TASKS: dict[str, Any] = {
    "classification": Classification,
    "pair_classification": PairClassification,
    "multi_label": MultiLabel,
    "regression": Regression,
    "pair_regression": PairRegression,
    "token_classification": TokenClassification,
    "question_answering": QuestionAnswering,
    "embedding": Embedding,
    "similarity": Similarity,
    "ranking": Ranking,
    "causal_lm": CausalLm,
    "masked_lm": MaskedLm,
    "chat": Chat,
    "preference": Preference,
    "translation": build_translation,
    "summarisation": build_summarisation,
}


def build_task(spec: JobSpec) -> Task:
    task: Task = TASKS[spec.task.type](spec)
    return task
