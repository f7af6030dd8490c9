"""`python -m workers.trainer.preview spec.json --data DIR`: what the model will read and what it learns from it, without training.

Reading, template, tokenizer, limits, augmentation and what each token counts are those of `workers.trainer.prepare` and the tasks, which
training uses as well. No weights are loaded, but for an augmentation that asks which words are near each other.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # Before anything imports torch.

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import sys
import tempfile
import traceback
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from tokenizers.decoders import DecodeStream

from workers.contract.events import EXIT_FAILED, EXIT_FINISHED, Failed
from workers.contract.preview import (
    MOST_ROWS,
    MOST_TOKENS,
    PreviewRow,
    PreviewSequence,
    PreviewTotals,
    TokenisedPreview,
)
from workers.contract.reasons import JobError
from workers.trainer.control import Control
from workers.trainer.data.encoded import IGNORED, SEQUENCE
from workers.trainer.data.packing import DOCUMENTS
from workers.trainer.prepare import nothing_trained, open_parts, prepare_augmenter, prepare_rows, rows_of_pass
from workers.trainer.run import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workers.contract.spec import JobSpec
    from workers.trainer.data.encoded import Encoded, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.prepare import Opened, Prepared
    from workers.trainer.taught import Part, Taught

BoolArray = npt.NDArray[np.bool_]
# The pass that is shown: the first.
_EPOCH = 0


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        spec = read_spec(options.spec)
        with tempfile.TemporaryDirectory() as cache:
            found = preview(
                spec,
                data_dir=(options.data or options.spec.parent).absolute(),
                cache=Path(cache),
                num_rows=options.rows,
            )
    except JobError as error:
        _say(Failed(code=error.reason.code, message=error.message, params=error.params))
        print(f"{error.reason.code}: {error.message}", file=sys.stderr)  # noqa: T201 - this is the command's answer
        return EXIT_FAILED
    except Exception as error:  # noqa: BLE001 - the last door, as that of a run
        _say(Failed(code="platform:internal", message=f"{type(error).__name__}: {error}"))
        traceback.print_exc()
        return EXIT_FAILED
    _say(found)
    return EXIT_FINISHED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.trainer.preview", description=__doc__)
    parser.add_argument("spec", type=Path, help="the job spec, a JSON file")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the data files are; default: beside the spec")
    parser.add_argument(
        "--rows",
        type=_num_rows,
        default=20,
        metavar="N",
        help=f"how many training rows are shown, 1 to {MOST_ROWS}; fewer where they have more than {MOST_TOKENS} tokens together",
    )
    return parser


def _num_rows(given: str) -> int:
    if not given.isdecimal() or not 1 <= int(given) <= MOST_ROWS:
        message = f"{given!r} is no whole number from 1 to {MOST_ROWS}"
        raise argparse.ArgumentTypeError(message)
    return int(given)


def _say(value: TokenisedPreview | Failed) -> None:
    print(value.model_dump_json(), flush=True)  # noqa: T201 - this is the command's answer


def preview(spec: JobSpec, *, data_dir: Path, cache: Path, num_rows: int) -> TokenisedPreview:
    """Raises JobError as a run would before its first step; `data:no_trained_tokens` when nothing in the training rows carries loss."""
    opened = open_parts(spec)
    spec = opened.spec
    prepared = prepare_rows(spec, opened, data_dir=data_dir, cache=cache)
    train, plan = prepared.data.train, prepared.plan
    encoded = _rows_of_first_pass(spec, opened, prepared, cache)
    taught = opened.task.taught(encoded, prepared.data)
    origin = np.arange(len(encoded)) if taught.origin is None else taught.origin
    positions = list(dict.fromkeys(origin.tolist()))
    split = _totals(taught, origin, positions)
    if split.num_trained_tokens == 0:
        raise nothing_trained(train.file, plan.max_length)
    shown = _shown(taught, origin, positions[:num_rows])
    view = _View(taught, prepared)
    return TokenisedPreview(
        task=spec.task.type,
        base_model=spec.base_model,
        method=spec.method.type,
        file=train.file,
        loss_over=taught.loss_over,
        max_length=plan.max_length,
        virtual_tokens=opened.method.num_virtual_tokens,
        epochs=plan.epochs,
        batch_size=plan.batch_size,
        num_rows_left_out=len(train.left_out) + (0 if taught.origin is None else len(train) - len(positions)),
        rows=tuple(view.row(position, np.flatnonzero(origin == position)) for position in shown),
        sample=_totals(taught, origin, shown),
        split=split,
        resolved=plan.resolved,
        warnings=tuple(prepared.warnings),
    )


def _rows_of_first_pass(spec: JobSpec, opened: Opened, prepared: Prepared, cache: Path) -> Encoded:
    augmenter = None
    if spec.augmentation is not None:
        model = opened.task.open_model(opened.base, prepared.data)
        table = model.body.get_input_embeddings().weight
        control = Control(max_seconds=spec.limits.max_seconds)
        augmenter = prepare_augmenter(spec, opened, prepared, table=table, cache=cache, control=control)
        prepared.warnings.extend([] if augmenter is None else augmenter.notes)
    return rows_of_pass(prepared.encoded["train"], opened.task, augmenter, seed=spec.seed, epoch=_EPOCH)


# --- counting


def _totals(taught: Taught, origin: IntArray, positions: Sequence[int]) -> PreviewTotals:
    """Of the rows that come from these positions of the data."""
    is_counted = np.isin(origin, positions)
    lengths = np.concatenate([_lengths(part, is_counted) for part in taught.parts])
    lost = np.sum([_lost(part) for part in taught.parts], axis=0) * is_counted
    num_tokens = int(lengths.sum())
    num_trained = sum(
        int((part.lesson.weights[np.repeat(is_counted, part.encoded.ids.lengths)] > 0).sum())
        for part in taught.parts
        if part.lesson is not None
    )
    is_over_tokens = taught.loss_over == "tokens"
    return PreviewTotals(
        num_rows=len(positions),
        num_sequences=len(lengths),
        num_tokens=num_tokens,
        num_trained_tokens=num_trained if is_over_tokens else None,
        trained_share=num_trained / max(1, num_tokens) if is_over_tokens else None,
        num_cut_rows=len(np.unique(origin[lost > 0])),
        num_lost_tokens=int(lost.sum()),
        longest=int(lengths.max(initial=0)),
    )


def _lengths(part: Part, is_counted: BoolArray) -> IntArray:
    """Of all sequences of these rows."""
    if SEQUENCE not in part.encoded.beside:
        return part.encoded.ids.lengths[is_counted]
    rows = np.flatnonzero(is_counted).tolist()
    return np.array([end - start for row in rows for start, end in _bounds(part, row)], dtype=np.int64)


def _lost(part: Part) -> IntArray:
    """Tokens that each encoded row has lost."""
    if part.encoded.cuts is None:
        return np.zeros(len(part.encoded), dtype=np.int64)
    found = part.encoded.cuts.lost
    return np.add.reduceat(np.append(found.values, 0), found.offsets[:-1])


def _shown(taught: Taught, origin: IntArray, positions: Sequence[int]) -> list[int]:
    """As many of the positions, in their order, as have at most so many tokens together; at least one."""
    lengths = np.sum([part.encoded.ids.lengths for part in taught.parts], axis=0)
    sizes = np.array([int(lengths[origin == position].sum()) for position in positions])
    fitting = int((np.cumsum(sizes) <= MOST_TOKENS).sum())
    return list(positions[: max(1, fitting)])


# --- showing


@dataclass(frozen=True)
class _View:
    taught: Taught
    prepared: Prepared

    def row(self, position: int, encoded_rows: IntArray) -> PreviewRow:
        """One row of the data with all that was made of it, or one block."""
        sequences = [
            sequence
            for part in self.taught.parts
            for sequence in _numbered([one for row in encoded_rows.tolist() for one in self._sequences(part, row)])
        ]
        train: Rows = self.prepared.data.train
        return PreviewRow(
            row=None if self.taught.origin is None else train.rows[position],
            sequences=tuple(sequences),
            target=self.taught.target(int(encoded_rows[0])),
        )

    def _sequences(self, part: Part, row: int) -> Iterator[PreviewSequence]:
        cuts = part.encoded.cuts
        for number, (start, end) in enumerate(_bounds(part, row)):
            ids = part.encoded.ids.values[start:end].tolist()
            num_lost = 0 if cuts is None else int(cuts.lost.row(row)[number])
            yield PreviewSequence(
                role=part.role,
                ids=tuple(ids),
                pieces=tuple(pieces(self.tokenizer, ids)),
                is_special=tuple(number in self._special for number in ids),
                weights=(0.0,) * len(ids) if part.lesson is None else tuple(part.lesson.weights[start:end].tolist()),
                targets=self._targets(part, start, end),
                num_lost=num_lost,
                cut_at=min(int(cuts.at.row(row)[number]), len(ids)) if cuts is not None and num_lost else None,
                begins=_begins(part.encoded.beside, start, end),
            )

    def _targets(self, part: Part, start: int, end: int) -> tuple[str | None, ...]:
        if part.lesson is None:
            return (None,) * (end - start)
        answers, names = part.lesson.answers[start:end].tolist(), part.lesson.names
        return tuple(
            None if answer == IGNORED else self._word(answer) if names is None else names[answer] for answer in answers
        )

    def _word(self, number: int) -> str:
        found: str = self.tokenizer.backend_tokenizer.decode([number], skip_special_tokens=False)
        return found

    @property
    def tokenizer(self) -> Any:
        return self.prepared.tokeniser.tokenizer

    @cached_property
    def _special(self) -> set[int]:
        added = self.tokenizer.added_tokens_decoder.items()
        return {*self.tokenizer.all_special_ids, *(number for number, token in added if token.special)}


def pieces(tokenizer: Any, ids: Sequence[int]) -> list[str]:
    """What each token adds to the text; a character of several tokens is said by the last of them."""
    stream = DecodeStream(skip_special_tokens=False)
    return [stream.step(tokenizer.backend_tokenizer, number) or "" for number in ids]


def _bounds(part: Part, row: int) -> list[tuple[int, int]]:
    """Where in the flat ids the sequences of a row are."""
    start, end = (int(place) for place in part.encoded.ids.offsets[row : row + 2])
    if SEQUENCE not in part.encoded.beside:
        return [(start, end)]
    inner = np.flatnonzero(np.diff(part.encoded.beside[SEQUENCE].row(row))) + 1
    places = [start, *(start + inner).tolist(), end]
    return list(pairwise(places))


def _begins(beside: Mapping[str, Any], start: int, end: int) -> tuple[int, ...]:
    if DOCUMENTS not in beside:
        return ()
    documents = beside[DOCUMENTS].values[start:end]
    return (0, *(np.flatnonzero(np.diff(documents)) + 1).tolist())


def _numbered(sequences: list[PreviewSequence]) -> list[PreviewSequence]:
    if len(sequences) == 1:
        return sequences
    return [sequence.model_copy(update={"number": number}) for number, sequence in enumerate(sequences, start=1)]


if __name__ == "__main__":
    sys.exit(main())
