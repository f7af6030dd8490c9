"""What checks share, each computed when a check first asks for it and then kept: texts, hashes, copies, vectors, probabilities."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workers.contract.columns import Kind
from workers.contract.doctor import DoctorPlan, NamesModel
from workers.contract.reasons import JobError
from workers.doctor.cells import TEXT_KINDS, texts_in, told_to_tools
from workers.doctor.copies import Copies, Copy
from workers.doctor.found import NotPossibleError
from workers.doctor.normal import HashArray, first_of_equal, hashes, normalised
from workers.doctor.rows import IntArray, Rows, value_of
from workers.doctor.shingles import LEAST_SIMILARITY, jaccard, near_pairs, shingle_set
from workers.doctor.token_lengths import Counted, tokens_count

if TYPE_CHECKING:
    from workers.doctor.judged import Judged
    from workers.doctor.names import Names

ASKED: dict[str, tuple[str, ...]] = {
    "classification": ("text",),
    "pair_classification": ("text_a", "text_b"),
    "multi_label": ("text",),
    "regression": ("text",),
    "pair_regression": ("text_a", "text_b"),
    "token_classification": ("tokens",),
    "question_answering": ("question", "context"),
    "embedding": ("anchor", "positive"),
    "similarity": ("text_a", "text_b"),
    "ranking": ("query",),
    "causal_lm": ("text",),
    "masked_lm": ("text",),
    "chat": ("messages",),
    "translation": ("source",),
    "summarisation": ("source",),
    "preference": ("prompt",),
}
"""The roles that say what a model is asked: rows that are alike in these are copies of each other."""

TARGETS: dict[str, str] = {
    "classification": "label",
    "pair_classification": "label",
    "multi_label": "labels",
    "token_classification": "tags",
    "regression": "score",
    "pair_regression": "score",
    "similarity": "score",
}
"""The role of the answer, for tasks in which one question has one."""

Progress = Callable[[str, int, int], None]
_SEPARATOR = "\x1f"
# Scores that are closer than this share of their range are one judgement.
_SAME_SCORE = 0.1


class Materials:
    """Of the rows of one plan. `progress` hears how long steps are going."""

    def __init__(self, rows: Rows, plan: DoctorPlan, progress: Progress) -> None:
        self.rows = rows
        self.plan = plan
        self.progress = progress
        self.names: Names | None = None
        """Where names of people stand; None where they are not looked for, or not yet."""
        self._texts: dict[str, Sequence[str]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def text_roles(self) -> tuple[str, ...]:
        """Roles of this version that hold texts."""
        return tuple(column.role for column in self.rows.columns if column.kind in TEXT_KINDS)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        return {column.role: column.kind for column in self.rows.columns}

    @cached_property
    def told_roles(self) -> tuple[str, ...]:
        """Roles that hold texts, or what is told to tools."""
        return tuple(role for role, kind in self.kinds.items() if kind in TEXT_KINDS or kind == "json")

    def texts(self, role: str) -> Sequence[str]:
        """One text for each row; several texts of a cell (messages, candidates) follow each other on lines of their own."""
        if role not in self._texts:
            kind = self.kinds[role]
            cells = self.rows.cells[role]
            if kind == "text":
                self._texts[role] = ["" if cell is None else cell for cell in cells]
            else:
                self._texts[role] = ["\n".join(texts_in(kind, cell)) for cell in cells]
        return self._texts[role]

    def read_names(self, model: NamesModel) -> None:
        """Look for names of people in every text, also in what is told to tools. Raises NotPossibleError."""
        from workers.doctor.names import names_read  # noqa: PLC0415 - cheap checks should not wait for torch

        texts = (
            text
            for role in self.told_roles
            for cell in self.rows.cells[role]
            for text in _said_in(self.kinds[role], cell)
        )
        progress = partial(self.progress, "names")
        self.names = names_read(texts, model, seed=self.plan.seed, progress=progress)

    @cached_property
    def asked_roles(self) -> tuple[str, ...]:
        return ASKED[self.rows.task]

    @cached_property
    def asked(self) -> list[str]:
        """What each row asks, normalised, its parts separated."""
        parts = [[normalised(text) for text in self.texts(role)] for role in self.asked_roles]
        return parts[0] if len(parts) == 1 else [_SEPARATOR.join(row) for row in zip(*parts, strict=True)]

    @cached_property
    def asked_hashes(self) -> HashArray:
        return hashes(self.asked)

    @cached_property
    def whole_hashes(self) -> HashArray:
        """Of everything in a row: what it asks and what it answers."""
        others = [column.role for column in self.rows.columns if column.role not in self.asked_roles]
        columns = [[_written(cell) for cell in self.rows.cells[role]] for role in others]
        return hashes(_SEPARATOR.join(row) for row in zip(self.asked, *columns, strict=True))

    @cached_property
    def target_role(self) -> str:
        """Raises NotPossibleError for tasks without one right answer."""
        role = TARGETS.get(self.rows.task)
        if role is None:
            raise NotPossibleError("no_labels")
        return role

    @cached_property
    def targets(self) -> list[str]:
        """The answer of each row in a form that can be compared; label sets in alphabetical order."""
        cells = self.rows.cells[self.target_role]
        if self.target_role == "labels":
            return [_written(sorted(cell or ())) for cell in cells]
        return [_written(cell) for cell in cells]

    def contradict(self, one: int, other: int) -> bool:
        """Whether two rows that ask the same differ in their answers; scores have to differ by a tenth of their range."""
        if self.target_role != "score":
            return self.targets[one] != self.targets[other]
        cells = self.rows.cells["score"]
        return abs(float(cells[one]) - float(cells[other])) > _SAME_SCORE * self._score_range

    def answer_alike(self, one: int, other: int) -> bool:
        """Whether two rows that ask nearly the same answer the same; for tasks without one right answer, nearly the same."""
        if self.rows.task in TARGETS:
            return not self.contradict(one, other)
        return all(self._say_alike(role, one, other) for role in self._answer_roles)

    @cached_property
    def _answer_roles(self) -> tuple[str, ...]:
        """Of tasks without one right answer; what tools there are is none."""
        return tuple(role for role, kind in self.kinds.items() if role not in self.asked_roles and kind != "json")

    def _say_alike(self, role: str, one: int, other: int) -> bool:
        if self.kinds[role] == "answers":
            first, second = (self._answers(self.rows.cells[role][row]) for row in (one, other))
            return first == second or not first.isdisjoint(second)
        texts = [normalised(self.texts(role)[row]) for row in (one, other)]
        return texts[0] == texts[1] or jaccard(*map(shingle_set, texts)) >= LEAST_SIMILARITY

    @staticmethod
    def _answers(cell: Any) -> set[str]:
        """Of a question, each of which is right."""
        return {normalised(str(text)) for text in (value_of(cell) or {}).get("text", ())}

    @cached_property
    def _score_range(self) -> float:
        scores = [float(cell) for cell in self.rows.cells["score"]]
        return max(scores) - min(scores)

    @cached_property
    def classes(self) -> list[str]:
        """The labels of a classification, in alphabetical order."""
        return sorted(set(self.labels))

    @cached_property
    def labels(self) -> list[str]:
        """The label of each row. Raises NotPossibleError for tasks without one label a row."""
        if "label" not in self.rows.cells:
            raise NotPossibleError("no_labels")
        return [str(cell) for cell in self.rows.cells["label"]]

    @cached_property
    def label_sets(self) -> list[list[str]]:
        """The labels of each row. Raises NotPossibleError for tasks without label sets."""
        if "labels" not in self.rows.cells:
            raise NotPossibleError("no_labels")
        return [[str(label) for label in cell or ()] for cell in self.rows.cells["labels"]]

    @cached_property
    def set_names(self) -> list[str]:
        """The labels of all sets, in alphabetical order."""
        return sorted({label for labels in self.label_sets for label in labels})

    @cached_property
    def label_numbers(self) -> IntArray:
        """The label of each row as its position in `classes`."""
        numbers = {name: number for number, name in enumerate(self.classes)}
        return np.array([numbers[label] for label in self.labels], dtype=np.int64)

    @cached_property
    def first_alike(self) -> IntArray:
        """For each row the first that asks the same."""
        return first_of_equal(self.asked_hashes)

    @cached_property
    def copies(self) -> Copies:
        """By shingles alone: what vectors add lies in `judged`."""
        groups: dict[int, list[int]] = defaultdict(list)
        for row, first in enumerate(self.first_alike.tolist()):
            groups[first].append(row)
        firsts = [row for row in groups if self.asked[row].strip(f"{_SEPARATOR} ")]
        self.progress("copies", 0, len(firsts))
        pairs = near_pairs([self.asked[row] for row in firsts], seed=self.plan.seed)
        links = [Copy(firsts[second], firsts[first], similarity) for first, second, similarity in pairs]
        return Copies(self.rows, groups, [link for link in links if self._is_near_in_every_part(link)])

    def _is_near_in_every_part(self, link: Copy) -> bool:
        """A question about the same text is not a copy of another one."""
        if len(self.asked_roles) == 1:
            return True
        parts = zip(self.asked[link.row].split(_SEPARATOR), self.asked[link.other].split(_SEPARATOR), strict=True)
        return all(jaccard(shingle_set(one), shingle_set(other)) >= LEAST_SIMILARITY for one, other in parts)

    @cached_property
    def judged(self) -> Judged:
        """The rows that vectors were made of, and all that follows from vectors. Imports what is slow to import."""
        from workers.doctor.judged import Judged  # noqa: PLC0415 - cheap checks should not wait for torch

        return Judged(self)

    @cached_property
    def counted(self) -> Counted:
        """Tokens of the rows. Raises NotPossibleError where there is nothing to count them with."""
        return tokens_count(self)

    @cached_property
    def tokenizer(self) -> Any:
        """Of the base model. Raises NotPossibleError where there is none."""
        if self.plan.base_model is None:
            raise NotPossibleError("no_base_model")
        from tokenizers import Tokenizer  # noqa: PLC0415

        path = Path(self.plan.base_model) / "tokenizer.json"
        if not path.is_file():
            raise NotPossibleError("no_tokenizer")
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing narrower
            message = (
                f"The tokenizer of the base model in {path.parent.name} cannot be opened ({error}); install it anew."
            )
            raise JobError("platform:base_model_damaged", message, base_model=path.parent.name) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer


def _said_in(kind: Kind, cell: Any) -> list[str]:
    return [*(texts_in(kind, cell) if kind in TEXT_KINDS else ()), *told_to_tools(kind, cell)]


def _written(cell: Any) -> str:
    """A cell as text, equal for equal values: JSON with sorted keys."""
    if isinstance(cell, str):
        value = value_of(cell) if cell[:1] in "[{" else None
        return cell.strip() if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return json.dumps(cell, sort_keys=True, ensure_ascii=False, default=str)
