"""A question about a text, answered by a passage of it."""

# ruff: noqa: N803, N806, N815 - capital suffixes name the axes of a tensor: B batch, T token, C channel, E start and end, N token of any row, W window

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch.nn import functional
from transformers import AutoModelForQuestionAnswering

from workers.contract.reasons import JobError
from workers.contract.results import Golden, PassageRules
from workers.trainer.bodies import open_network
from workers.trainer.data import values
from workers.trainer.data.answers import Passage, answer_columns, with_answers
from workers.trainer.data.doubts import doubtful_examples
from workers.trainer.data.encoded import ASKED, IGNORED, Cuts, Encoded, Ragged, evenly
from workers.trainer.data.read import Column, read_splits
from workers.trainer.data.splits import divide
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.evaluate.passages import Scoring, exact_match, f1, scoring_of
from workers.trainer.evaluate.question_answering import evaluate_answers
from workers.trainer.golden import golden_rows
from workers.trainer.headed import HeadedDeliverable
from workers.trainer.losses import choice_losses
from workers.trainer.model import HeadedModel, headed
from workers.trainer.probe import PENALTIES, Head, Probing, solve_linear
from workers.trainer.taught import Lesson, Part, Taught
from workers.trainer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tokenizers import Encoding

    from workers.contract.events import Warned
    from workers.contract.results import Evaluation
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray
    from workers.trainer.parts import Run

AUTO_CLASS = "AutoModelForQuestionAnswering"
# Tokens that the output layer is solved on before fine-tuning: more cost memory and change little.
_MOST_PROBED_TOKENS = 40_000
# Rows whose texts tell what is counted: the language of a data set shows in fewer.
_ROWS_READ_FOR_LANGUAGE = 1000
# The first token of a window stands for "there is no answer here" (Devlin et al. 2019, section 4.3).
_NULL = 0
# What a token of a window may be asked to be, by the number that a lesson has for it.
_SIDES = ("", "start", "end", "start and end", "no answer")


@dataclass(frozen=True)
class Said:
    """An answer: `context[start:end]` of its question, nothing when both are equal. `margin` is log-odds against no answer; `window` is the
    place, among all windows, of that which says it.
    """

    start: int
    end: int
    margin: float
    confidence: float
    window: int


@dataclass(frozen=True)
class Answers:
    """What the model says to questions, by their number, and the loss over their windows."""

    said: dict[int, Said]
    loss: float


@dataclass(frozen=True)
class Question:
    """One row, as scores and answers need it."""

    context: str
    answers: tuple[Passage, ...]

    @property
    def expected(self) -> tuple[str, ...]:
        return tuple(answer.text for answer in self.answers)


class QuestionAnswering:
    """Rows become windows: the whole question and as much of the context as fits. A row's answer is the best of its windows."""

    watched = "f1"
    shares: ClassVar[frozenset[str]] = frozenset({"f1", "exact_match"})
    lower_is_better: ClassVar[frozenset[str]] = frozenset({"loss"})
    has_head_start = True
    may_split = True
    fewest_rows = 1
    needs_vocabulary = False

    def __init__(self, spec: JobSpec) -> None:
        self.spec: Any = spec.task
        self.optimisation = spec.optimisation
        self.scoring: Scoring = "words"
        self._may_be_unanswerable = False
        self._numbers: dict[tuple[str, int], int] = {}
        self._questions: list[Question] = []

    # --- data

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        columns = [
            Column("id", self.spec.id_column, values.text, is_optional=True),
            Column("question", self.spec.question_column, values.text),
            Column("context", self.spec.context_column, values.text),
            *answer_columns(self.spec),
        ]
        splits: dict[str, Rows] = {}
        moved: list[Warned] = []
        for split, rows in read_splits(spec.data, data_dir, columns=columns, is_empty=_has_no_question):
            splits[split], warnings = with_answers(rows, self.spec)
            moved += warnings
        if not any(splits["train"]["answers"]):
            raise JobError(
                "data:single_class",
                f"No row of {splits['train'].file} has an answer; there is nothing to learn.",
                file=splits["train"].file,
                label="",
            )
        data, warnings = divide(splits, seed=spec.seed, groups=lambda rows: rows["context"])
        warnings += doubtful_examples(data, inputs=("question", "context"))
        self._learn(data)
        return data, [*warnings, *moved]

    def _learn(self, data: TaskData) -> None:
        """Number the questions of all splits, so that a window knows whose it is."""
        self._may_be_unanswerable = not all(data.train["answers"])
        read = data.train["context"][:_ROWS_READ_FOR_LANGUAGE]
        self.scoring = scoring_of(read) if self.spec.scoring == "auto" else self.spec.scoring
        for rows in (data.train, data.validation, data.held_out):
            for row, context, answers in zip(rows.rows, rows["context"], rows["answers"], strict=True):
                self._numbers.setdefault((rows.split, row), len(self._questions))
                self._questions.append(Question(context, answers))

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data
        if max_length is None:
            return Encoded(ids=tokeniser.texts(rows["question"], rows["context"]).ids)
        room = _Room.of(max_length, tokeniser)
        windows, num_cut = self._windows(rows["question"], rows["context"], tokeniser, max_length=max_length)
        found = [
            _Window.of(encoding, answers, self._numbers[rows.split, row])
            for row, answers, encodings in zip(rows.rows, rows["answers"], windows, strict=True)
            for encoding in encodings
        ]
        ids = Ragged.of([window.ids for window in found])
        beside = {
            "begins": Ragged.of([window.begins for window in found]),
            "ends": Ragged.of([window.ends for window in found]),
        }
        if base.has_types:
            beside["types"] = Ragged.of([window.types for window in found])
        targets = {
            "question": torch.tensor([window.question for window in found]),
            "places": torch.tensor([window.place for window in found]),
        }
        whole = tokeniser.encodings(rows["question"], special=False)
        lost = {
            self._numbers[rows.split, row]: max(0, len(one) - room.question)
            for row, one in zip(rows.rows, whole, strict=True)
        }
        cuts = Cuts.of(
            [lost[window.question] for window in found],
            [
                room.question + tokeniser.num_before_text if lost[window.question] else len(window.ids)
                for window in found
            ],
        )
        return Encoded(ids=ids, beside=beside, targets=targets, num_truncated=num_cut, cuts=cuts)

    def _windows(
        self, questions: Sequence[str], contexts: Sequence[str], tokeniser: Tokeniser, *, max_length: int
    ) -> tuple[list[list[Encoding]], int]:
        """Those of each question, and how many questions were cut."""
        room = _Room.of(max_length, tokeniser)
        shortened, num_cut = tokeniser.shortened(questions, most_tokens=room.question)
        overlap = min(self.spec.doc_stride, room.context // 2)
        return tokeniser.windows(shortened, contexts, max_length=max_length, overlap=overlap), num_cut

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        """Start and end count one half each; a window without the whole answer points at its first token."""
        del data
        places = encoded.targets["places"].numpy()
        weights = np.zeros(len(encoded.ids.values), dtype=np.float32)
        sides = np.zeros(len(encoded.ids.values), dtype=np.int64)
        for side in (0, 1):
            token = encoded.ids.offsets[:-1] + places[:, side]
            weights[token] += 0.5
            sides[token] += side + 1
        sides[encoded.ids.offsets[:-1][places[:, 0] == _NULL]] = len(_SIDES) - 1
        lesson = Lesson(weights, np.where(weights > 0, sides, IGNORED), _SIDES)
        _, origin = np.unique(encoded.targets["question"].numpy(), return_inverse=True)
        return Taught((Part("window", encoded, lesson),), origin, loss_over="rows")

    # --- learning

    def open_model(self, base: Base, data: TaskData) -> HeadedModel:
        del data
        return HeadedModel(open_network(base, AutoModelForQuestionAnswering))

    def loss(self, model: HeadedModel, batch: Batch) -> torch.Tensor:
        logits_BTE = _logits(model, batch)
        return _losses(logits_BTE, batch, smoothing=self.optimisation.label_smoothing).sum()

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        del encoded
        return len(rows)

    def start(self, run: Run) -> dict[str, float]:
        self.load_head(run.engine, self.solve_head(run, run.engine))
        encoded = run.encoded["validation"]
        return self.metrics(self.answer(run.engine, encoded), encoded)

    @staticmethod
    def load_head(engine: Engine, head: Head) -> None:
        head.put_into(headed(engine.model).output_layer)

    def solve_head(self, run: Run, engine: Engine) -> Head:
        """The best linear layer on token features of the untouched base model, which `engine` holds: a softmax over each window."""
        train = _WindowFeatures.of(engine, run.encoded["train"].some(_MOST_PROBED_TOKENS))
        return _solved(run, train, _judged(run, engine), PENALTIES)

    def probing(self, run: Run) -> Probing:
        """Questions are learnt with all of their windows, and the held-out windows are read once for all layers."""
        questions, windows = _some_questions(run.encoded["train"])
        held_out, rows = run.encoded["held_out"], run.data.held_out

        @cache
        def features() -> tuple[_WindowFeatures, _WindowFeatures]:
            with run.untouched() as untouched:
                return _WindowFeatures.of(untouched(), windows), _judged(run, untouched())

        def solve(places: IntArray, penalties: Sequence[float]) -> Head:
            train, judged = features()
            chosen = np.isin(windows.targets["question"].numpy(), questions[places])
            return _solved(run, train.select(torch.from_numpy(np.flatnonzero(chosen))), judged, penalties)

        def scores(heads: Sequence[Head]) -> list[Callable[[IntArray], float]]:
            longest = int(self.spec.max_answer_length)

            def passages(model: HeadedModel, batch: Batch) -> list[tuple[Said, ...]]:
                hidden_BTC = _states(model, batch)
                found = [_best_passages(head.logits(hidden_BTC), batch, longest) for head in heads]
                return list(zip(*found, strict=True))

            with run.untouched() as untouched:
                found = untouched().rows(held_out, passages)
            figure = {"f1": f1, "exact_match": exact_match}[run.watched_name]
            return [
                _mean_of(
                    [
                        figure(context[said.start : said.end], [answer.text for answer in answers], self.scoring)
                        for said, context, answers in zip(
                            self.in_order_of(rows, self._best(held_out, of_head)),
                            rows["context"],
                            rows["answers"],
                            strict=True,
                        )
                    ]
                )
                for of_head in zip(*found, strict=True)
            ]

        return Probing(num_rows=len(questions), num_outputs=2, num_held_out=len(rows), solve=solve, scores=scores)

    # --- answers

    def answer(self, engine: Engine, encoded: Encoded) -> Answers:
        """Of all windows of a question the passage that beats "no answer here" by most; none at all only where training had such."""
        longest = int(self.spec.max_answer_length)

        def passages(model: HeadedModel, batch: Batch) -> list[tuple[Said, float]]:
            logits_BTE = _logits(model, batch)
            return list(
                zip(_best_passages(logits_BTE, batch, longest), _losses(logits_BTE, batch).tolist(), strict=True)
            )

        found = engine.rows(encoded, passages)
        said = self._best(encoded, [answer for answer, _ in found])
        return Answers(said=said, loss=float(np.mean([loss for _, loss in found])))

    def _best(self, encoded: Encoded, of_windows: Sequence[Said]) -> dict[int, Said]:
        """By question."""
        said: dict[int, Said] = {}
        for number, answer in zip(encoded.targets["question"].tolist(), of_windows, strict=True):
            if number not in said or answer.margin > said[number].margin:
                said[number] = answer
        if self._may_be_unanswerable:
            said = {number: answer if answer.margin > 0 else _nothing(answer) for number, answer in said.items()}
        return said

    def text_of(self, number: int, said: Said) -> str:
        return self._questions[number].context[said.start : said.end]

    def in_order_of(self, rows: Rows, said: Mapping[int, Said]) -> list[Said]:
        """One answer for every row."""
        return [said[self._numbers[rows.split, row]] for row in rows.rows]

    def asking(self, run: Run, said: Mapping[int, Said]) -> tuple[Encoded, list[Encoding]]:
        """The windows that say the answers of held-out rows, by their positions, and what the tokenizer says of them: question and context.

        `ASKED` is one at the tokens of the passage.
        """
        rows, encoded = run.data.held_out, run.encoded["held_out"]
        windows = np.array([answer.window for answer in said.values()], dtype=np.int64)
        found = encoded.select(windows)
        asked = [
            (found.beside["begins"].row(place) < answer.end) & (found.beside["ends"].row(place) > answer.start)
            for place, answer in enumerate(said.values())
        ]
        of_questions, _ = self._windows(
            [rows["question"][i] for i in said],
            [rows["context"][i] for i in said],
            Tokeniser(run.tokenizer),
            max_length=run.plan.max_length,
        )
        numbers, firsts = np.unique(encoded.targets["question"].numpy(), return_index=True)
        places = windows - firsts[np.searchsorted(numbers, found.targets["question"].numpy())]
        return replace(found, beside={**found.beside, ASKED: Ragged.of(asked)}), [
            of_question[place] for of_question, place in zip(of_questions, places.tolist(), strict=True)
        ]

    def sureness(self, engine: Engine, encoded: Encoded) -> FloatArray:
        """(rows,): how likely the model finds the passage that is asked about, or that there is none."""
        longest = int(self.spec.max_answer_length)
        return np.array(engine.rows(encoded, lambda model, batch: _sureness(model, batch, longest)))

    def metrics(self, answers: Answers, encoded: Encoded) -> dict[str, float]:
        del encoded
        told = [(self.text_of(number, said), self._questions[number].expected) for number, said in answers.said.items()]
        return {
            "loss": answers.loss,
            "exact_match": float(np.mean([exact_match(said, expected, self.scoring) for said, expected in told])),
            "f1": float(np.mean([f1(said, expected, self.scoring) for said, expected in told])),
        }

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_answers(run, self)

    # --- what is delivered

    def threshold(self, run: Run) -> float | None:
        del run
        return None

    def deliverable(self, run: Run) -> HeadedDeliverable:
        model = headed(run.engine.model)
        return HeadedDeliverable.of(model, run.base, auto_class=AUTO_CLASS, new_modules=model.new_modules)

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Of the first window of a question: the probability of every token to begin the answer, then of every token to end it."""
        encoded, rows = run.encoded["held_out"], run.data.held_out
        numbers = encoded.targets["question"].numpy()
        _, firsts = np.unique(numbers, return_index=True)
        chosen = firsts[golden_rows(encoded.lengths[firsts])]
        expected = run.engine.rows(encoded.select(chosen), _probabilities, is_exact=True)
        position = {self._numbers[rows.split, row]: i for i, row in enumerate(rows.rows)}
        tokeniser = Tokeniser(run.tokenizer)
        most_tokens = _Room.of(run.plan.max_length, tokeniser).question
        questions, _ = tokeniser.shortened(rows["question"], most_tokens=most_tokens)
        return tuple(
            Golden(
                inputs={
                    "question": questions[position[int(numbers[window])]],
                    "context": rows["context"][position[int(numbers[window])]],
                },
                expected=tuple(found),
            )
            for window, found in zip(chosen, expected, strict=True)
        )

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        inputs = tokenizer(
            [item.inputs["question"] for item in golden],
            [item.inputs["context"] for item in golden],
            padding=True,
            truncation="only_second",
            return_tensors="pt",
        )
        found = model(**inputs)
        logits_BTE = torch.stack([found.start_logits, found.end_logits], dim=-1)
        return _masked_probabilities(logits_BTE, inputs["attention_mask"].bool())

    @property
    def passage_rules(self) -> PassageRules:
        return PassageRules(
            doc_stride=self.spec.doc_stride,
            max_answer_length=self.spec.max_answer_length,
            may_have_none=self._may_be_unanswerable,
        )

    def usage(self, run: Run) -> Usage:
        rules = self.passage_rules
        room = _Room.of(run.plan.max_length, Tokeniser(run.tokenizer))
        return Usage(
            title=f"Answers to questions about a text, on {run.base.info.name}",
            pipeline_tag="question-answering",
            code=_CODE.format(
                stride=min(rules.doc_stride, room.context // 2),
                longest=rules.max_answer_length,
                least="0.0  # of a passage as likely as that there is none" if rules.may_have_none else "-math.inf",
            ),
            note=f"The network is a standard one of its family. A text that is longer than {run.plan.max_length} tokens with its "
            "question\nis cut into windows that overlap; of all their passages of at most "
            f"{rules.max_answer_length} tokens the one that beats the first token\nby most is the answer. "
            + (
                "It is empty where none does: the text does not answer. "
                if rules.may_have_none
                else "There always is one, since all questions of the training rows had an answer. "
            )
            + f"Of a question that has more than\n{room.question} tokens training read the first {room.question}.",
        )


_CODE = """import math
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

folder = "path/to/this/folder"
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForQuestionAnswering.from_pretrained(folder)
question, context = "your question", "a text that holds the answer"
windows = tokenizer(
    question,
    context,
    truncation="only_second",
    stride={stride},
    return_overflowing_tokens=True,
    return_offsets_mapping=True,
    padding=True,
    return_tensors="pt",
)
places = windows.pop("offset_mapping")
del windows["overflow_to_sample_mapping"]
with torch.inference_mode():
    found = model(**windows)
answer, best = "", {least}
for i, (place, start, end) in enumerate(zip(places, found.start_logits, found.end_logits)):
    is_context = torch.tensor([part == 1 for part in windows.sequence_ids(i)]) & (place[:, 1] > 0)
    is_passage = (is_context[:, None] & is_context).triu().tril({longest} - 1)
    scores = (start[:, None] + end - start[0] - end[0]).masked_fill(~is_passage, -math.inf)
    if scores.max() > best:
        best = float(scores.max())
        first, last = divmod(int(scores.argmax()), len(place))
        answer = context[place[first, 0] : place[last, 1]]
print(answer)"""


@dataclass(frozen=True)
class _Room:
    """How many tokens of a window are for the question at most, and how many are left for the context at least."""

    question: int
    context: int

    @classmethod
    def of(cls, max_length: int, tokeniser: Tokeniser) -> _Room:
        question = (max_length - tokeniser.num_special_of_pair) // 2
        return cls(question=question, context=max_length - tokeniser.num_special_of_pair - question)


@dataclass(frozen=True)
class _Window:
    """A question with a part of its context. `begins` and `ends` are offsets into the context, zero for all other tokens."""

    question: int
    ids: list[int]
    types: list[int]
    begins: list[int]
    ends: list[int]
    place: tuple[int, int]
    """First and last token of the first answer; twice `_NULL` when it is not wholly in here."""

    @classmethod
    def of(cls, encoding: Encoding, answers: Sequence[Passage], question: int) -> _Window:
        of_context = [sequence == 1 for sequence in encoding.sequence_ids]
        offsets = [offset if mine else (0, 0) for offset, mine in zip(encoding.offsets, of_context, strict=True)]
        begins, ends = [begin for begin, _ in offsets], [end for _, end in offsets]
        return cls(
            question=question,
            ids=encoding.ids,
            types=encoding.type_ids,
            begins=begins,
            ends=ends,
            place=_place(begins, ends, answers[0]) if answers else (_NULL, _NULL),
        )


def _place(begins: Sequence[int], ends: Sequence[int], answer: Passage) -> tuple[int, int]:
    """The tokens that hold the answer's first and last character."""
    first = [i for i, (begin, end) in enumerate(zip(begins, ends, strict=True)) if begin <= answer.start < end]
    last = [i for i, (begin, end) in enumerate(zip(begins, ends, strict=True)) if begin < answer.end <= end]
    return (first[0], last[-1]) if first and last else (_NULL, _NULL)


def _has_no_question(raw: Mapping[str, Any]) -> bool:
    return values.is_blank(raw["question"]) or values.is_blank(raw["context"])


def _logits(model: HeadedModel, batch: Batch) -> torch.Tensor:
    found = model.of(batch)
    return torch.stack([found.start_logits, found.end_logits], dim=-1).float()


def _log_probabilities(logits_BTE: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
    """Over the tokens of a window; padding has no share."""
    return _only(logits_BTE, mask_BT).log_softmax(1)


def _only(scores_BTE: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
    return scores_BTE.masked_fill(~mask_BT.bool().unsqueeze(-1), torch.finfo(scores_BTE.dtype).min)


def _losses(logits_BTE: torch.Tensor, batch: Batch, *, smoothing: float = 0.0) -> torch.Tensor:
    """Mean of the cross-entropies of start and end, for each window; padding has no share, so that neighbours do not matter."""
    mask_BT, places_BE = batch.mask(), batch.targets["places"]
    start_B, end_B = (
        choice_losses(logits_BTE[:, :, side], mask_BT, places_BE[:, side], smoothing=smoothing) for side in (0, 1)
    )
    return (start_B + end_B) / 2


def _best_passages(logits_BTE: torch.Tensor, batch: Batch, longest: int) -> list[Said]:
    """Of each window."""
    log_BTE = _log_probabilities(logits_BTE, batch.mask())
    null_B = log_BTE[:, _NULL].sum(-1)
    ends_BT = batch.beside["ends"]
    start_BT, end_BT = _only(log_BTE, ends_BT > 0).unbind(-1)
    width = start_BT.shape[1]
    # A passage does not end before it starts, and is not longer than allowed.
    is_passage_TT = torch.ones(width, width, dtype=torch.bool, device=start_BT.device).triu().tril(longest - 1)
    scores_BTT = (start_BT.unsqueeze(2) + end_BT.unsqueeze(1)).masked_fill(~is_passage_TT, -torch.inf)
    best_B, flat_B = scores_BTT.flatten(1).max(1)
    rows = torch.arange(len(batch), device=flat_B.device)
    begins = batch.beside["begins"][rows, flat_B // width].tolist()
    ends = ends_BT[rows, flat_B % width].tolist()
    margins, confidences = (best_B - null_B).tolist(), best_B.exp().tolist()
    return [Said(*parts) for parts in zip(begins, ends, margins, confidences, batch.rows.tolist(), strict=True)]


def _nothing(answer: Said) -> Said:
    """No answer; as sure as the passage that it beats was unlikely."""
    return replace(answer, start=0, end=0, confidence=_sureness_of_none(answer.margin))


def _sureness_of_none(margin: float) -> float:
    return float(1 / (1 + np.exp(margin)))


def _sureness(model: HeadedModel, batch: Batch, longest: int) -> list[float]:
    """Of each window: how likely the passage is that is asked about, or that there is none where nothing is."""
    logits_BTE = _logits(model, batch)
    log_BTE, asked_BT = _log_probabilities(logits_BTE, batch.mask()), batch.beside[ASKED]
    rows = torch.arange(len(batch), device=asked_BT.device)
    last_B = asked_BT.shape[1] - 1 - asked_BT.flip(1).argmax(1)
    of_passages = (log_BTE[rows, asked_BT.argmax(1), 0] + log_BTE[rows, last_B, 1]).exp().tolist()
    margins = [said.margin for said in _best_passages(logits_BTE, batch, longest)]
    return [
        found if is_passage else _sureness_of_none(margin)
        for found, is_passage, margin in zip(of_passages, asked_BT.any(1).tolist(), margins, strict=True)
    ]


def _probabilities(model: HeadedModel, batch: Batch) -> list[list[float]]:
    return _masked_probabilities(_logits(model, batch), batch.mask().bool())


def _masked_probabilities(logits_BTE: torch.Tensor, mask_BT: torch.Tensor) -> list[list[float]]:
    """For each row the probabilities of all its tokens to be the start, then to be the end."""
    found_BTE = _log_probabilities(logits_BTE, mask_BT).exp()
    return [found_BTE[row][mask_BT[row]].T.flatten().tolist() for row in range(len(found_BTE))]


@dataclass(frozen=True)
class _WindowFeatures:
    """States of the body for all tokens of some windows, end to end, and where in them the windows and their answers are."""

    features_NC: torch.Tensor
    index_WT: torch.Tensor
    """Position in `features_NC` of every token of every window; padded with zero."""
    mask_WT: torch.Tensor
    places_WE: torch.Tensor

    @classmethod
    def of(cls, engine: Engine, encoded: Encoded) -> _WindowFeatures:
        def states(model: HeadedModel, batch: Batch) -> list[torch.Tensor]:
            hidden_BTC = _states(model, batch).cpu()
            lengths = batch.mask().sum(1).tolist()
            return [hidden_BTC[row, :length] for row, length in enumerate(lengths)]

        lengths = torch.from_numpy(encoded.ids.lengths)
        columns = torch.arange(int(lengths.max()))
        mask_WT = columns < lengths.unsqueeze(1)
        starts = torch.from_numpy(encoded.ids.offsets[:-1])
        return cls(
            features_NC=torch.cat(engine.rows(encoded, states)),
            index_WT=(starts.unsqueeze(1) + columns) * mask_WT,
            mask_WT=mask_WT,
            places_WE=encoded.targets["places"],
        )

    def select(self, windows_W: torch.Tensor) -> _WindowFeatures:
        mask_WT = self.mask_WT[windows_W]
        lengths_W = mask_WT.sum(1)
        starts_W = lengths_W.cumsum(0) - lengths_W
        return _WindowFeatures(
            features_NC=self.features_NC[self.index_WT[windows_W][mask_WT]],
            index_WT=(starts_W.unsqueeze(1) + torch.arange(mask_WT.shape[1])) * mask_WT,
            mask_WT=mask_WT,
            places_WE=self.places_WE[windows_W],
        )

    def loss(self, logits_NE: torch.Tensor, places_WE: torch.Tensor) -> torch.Tensor:
        logits_WTE = _only(logits_NE[self.index_WT], self.mask_WT)
        return functional.cross_entropy(logits_WTE, places_WE)


def _states(model: HeadedModel, batch: Batch) -> torch.Tensor:
    """(batch, tokens, channels)."""
    return model.states(batch.ids_BT, batch.mask_BT, batch.beside.get("types"))


def _judged(run: Run, engine: Engine) -> _WindowFeatures:
    """What chooses among solutions."""
    return _WindowFeatures.of(engine, run.encoded["validation"].some(_MOST_PROBED_TOKENS // 4))


def _solved(run: Run, train: _WindowFeatures, judged: _WindowFeatures, penalties: Sequence[float]) -> Head:
    with run.engine.all_threads():
        return solve_linear(
            train.features_NC,
            train.places_WE,
            num_outputs=2,
            criterion=train.loss,
            judge=lambda head: -float(judged.loss(head.logits(judged.features_NC), judged.places_WE)),
            between_solutions=run.control.check,
            penalties=penalties,
        )


def _some_questions(encoded: Encoded) -> tuple[IntArray, Encoded]:
    """Numbers of questions, evenly taken so that about as many tokens come together as a layer is solved on, and all of their windows."""
    numbers = encoded.targets["question"].numpy()
    questions = np.unique(numbers)
    count = max(1, min(len(questions), len(questions) * _MOST_PROBED_TOKENS // int(encoded.lengths.sum())))
    chosen = questions[evenly(len(questions), count)]
    return chosen, encoded.select(np.flatnonzero(np.isin(numbers, chosen)))


def _mean_of(scores: Sequence[float]) -> Callable[[IntArray], float]:
    values = np.array(scores)
    return lambda rows: float(values[rows].mean())
