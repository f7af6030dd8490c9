"""Rows change, answers stay right: spans whole and under their tags, texts of a pair apart, the same for the same seed, pass and row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.contract.reasons import JobError
from workers.contract.spec import Augmentation
from workers.contract.tags import spans_of
from workers.trainer.augment import Augmenter, build_augmenter
from workers.trainer.augment.near import LEAST_COSINE, MOST_NEAR, near_words
from workers.trainer.augment.pieces import Pieces
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.data.encoded import HIDDEN, IGNORED, Encoded, Ragged, collate
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.vocabulary import CompactVocabulary

if TYPE_CHECKING:
    from tests.workers.trainer.tiny import Tiny

LABELS = ("O", "B-card", "I-card", "B-pin", "I-pin")
MARKS, PIECE, CONTINUED = (0, 1), 2, 40
MASK = 60
SIZE = 64
TABLE = torch.randn(SIZE, 4, generator=torch.Generator().manual_seed(1))


class FakeTokenizer:
    """Ids below 2 are marks, those from 40 on continue a word, 60 hides; every other token is a word."""

    all_special_ids = (0, 1, MASK)
    unk_token_id = None
    mask_token_id = MASK

    def __len__(self) -> int:
        return SIZE

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return ["[x]" if i in self.all_special_ids else f"##{'ab'[i % 2]}" if i >= CONTINUED else "word" for i in ids]

    @property
    def backend_tokenizer(self) -> Any:
        return self

    def to_str(self) -> str:
        return '{"model": {"continuing_subword_prefix": "##"}}'


@pytest.fixture(autouse=True)
def every_word_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake vocabulary is smaller than what real ones begin with."""
    monkeypatch.setattr("workers.trainer.augment._GRAMMAR", 0)
    monkeypatch.setattr("workers.trainer.augment._COMMON", 1.0)


def augmenter(encoded: Encoded, spec: dict[str, Any], *, max_length: int = 50) -> Augmenter:
    found = build_augmenter(
        Augmentation.model_validate(spec),
        encoded,
        tokenizer=FakeTokenizer(),
        table=TABLE,
        labels=LABELS if "labels" in encoded.beside else (),
        max_length=max_length,
    )
    assert found is not None
    return found


Word = tuple[list[int], int]
words = st.lists(
    st.tuples(
        st.tuples(st.integers(2, CONTINUED - 1), st.lists(st.integers(CONTINUED, MASK - 1), max_size=2)).map(
            lambda pieces: [pieces[0], *pieces[1]]
        ),
        st.integers(0, len(LABELS) - 1),
    ),
    min_size=1,
    max_size=14,
)


def tagged(rows: list[list[Word]]) -> Encoded:
    """Each row between two marks; the first piece of a word carries its tag."""
    ids = [[0, *(piece for pieces, _ in row for piece in pieces), 1] for row in rows]
    labels = [
        [IGNORED, *(number for pieces, tag in row for number in (tag, *[IGNORED] * (len(pieces) - 1))), IGNORED]
        for row in rows
    ]
    return Encoded(ids=Ragged.of(ids), beside={"labels": Ragged.of(labels)})


def read(encoded: Encoded, row: int) -> list[tuple[tuple[int, ...], str]]:
    """Words with their tags, as the model is asked for them."""
    ids, labels = encoded.ids.row(row).tolist(), encoded.beside["labels"].row(row).tolist()
    assert (ids[0], ids[-1]) == MARKS
    assert (labels[0], labels[-1]) == (IGNORED, IGNORED)
    found: list[tuple[list[int], str]] = []
    for number, label in zip(ids[1:-1], labels[1:-1], strict=True):
        if label != IGNORED:
            found.append(([number], LABELS[label]))
        else:
            found[-1][0].append(number)
    return [(tuple(pieces), tag) for pieces, tag in found]


def spans(row: list[tuple[tuple[int, ...], str]]) -> Counter[tuple[str, tuple[tuple[int, ...], ...]]]:
    return Counter(
        (span.type, tuple(pieces for pieces, _ in row[span.start : span.end]))
        for span in spans_of([tag for _, tag in row])
    )


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(words, min_size=1, max_size=4),
    kind=st.sampled_from(["replace", "insert", "swap", "delete"]),
    seed=st.integers(0, 99),
)
def test_spans_keep_their_words_and_types_whatever_is_done(rows: list[list[Word]], kind: str, seed: int) -> None:
    encoded = tagged(rows)
    found = augmenter(encoded, {"words": {"kinds": [kind], "share": 0.5, "rows": 1.0}})
    changed = found.rows_of_epoch(encoded, seed=seed, epoch=1)
    assert len(changed) == len(rows)
    for row in range(len(rows)):
        before, after = read(encoded, row), read(changed, row)
        assert spans(after) == spans(before)
        outside, now = (Counter(pieces for pieces, tag in words if tag == "O") for words in (before, after))
        assert after
        if kind == "swap":
            assert now == outside
        elif kind == "delete":
            assert now <= outside
        elif kind == "insert":
            assert now >= outside
            assert {pieces[0] for pieces in now - outside} <= set(found.new_ids.tolist())
        else:
            assert now.total() == outside.total()
            assert all(len(pieces) == 1 and pieces[0] in found.new_ids for pieces in now - outside)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(words, min_size=1, max_size=4), hide=st.sampled_from(["mask", "attention"]), seed=st.integers(0, 99)
)
def test_hidden_tokens_are_asked_for_no_tag_and_the_others_for_theirs(
    rows: list[list[Word]], hide: str, seed: int
) -> None:
    encoded = tagged(rows)
    cut = augmenter(encoded, {"cutoff": {"hide": hide, "share": 0.4, "rows": 1.0}}).rows_of_epoch(
        encoded, seed=seed, epoch=0
    )
    for row in range(len(rows)):
        ids, labels, true = cut.ids.row(row), cut.beside["labels"].row(row), encoded.beside["labels"].row(row)
        is_hidden = cut.beside[HIDDEN].row(row) if hide == "attention" else ids == MASK
        assert (labels[is_hidden] == IGNORED).all()
        assert labels[~is_hidden].tolist() == true[~is_hidden].tolist()
        assert (labels != IGNORED).any()
        assert ids[~is_hidden].tolist() == encoded.ids.row(row)[~is_hidden].tolist()
        assert len(set(np.diff(np.flatnonzero(is_hidden)).tolist())) <= 1, "one run"
        assert is_hidden.sum() <= max(1, round(0.4 * (len(ids) - 2)))
    if hide == "attention":
        batch = collate(cut, np.arange(len(rows)), pad_id=0, device=torch.device("cpu"))
        seen = batch.mask().bool().sum()
        assert int(seen) == len(cut.ids.values) - int(cut.beside[HIDDEN].values.sum())


EVERYTHING = {"words": {"share": 0.3}, "cutoff": {"share": 0.2}}
ROWS: list[list[Word]] = [[([2 + (7 * i + j) % 38], (i + j) % 5) for j in range(9)] for i in range(20)]


def test_a_row_depends_on_seed_pass_and_its_number_alone() -> None:
    encoded = tagged(ROWS)
    found = augmenter(encoded, EVERYTHING)

    def rows(seed: int, epoch: int) -> list[list[int]]:
        changed = found.rows_of_epoch(encoded, seed=seed, epoch=epoch)
        return [changed.ids.row(i).tolist() for i in range(len(changed))]

    assert rows(1, 2) == rows(1, 2)
    original = [encoded.ids.row(i).tolist() for i in range(len(encoded))]
    same = sum(one == other for one, other in zip(rows(1, 2), original, strict=True))
    assert 0 < same < len(ROWS), "some rows change, some do not"
    assert rows(1, 2) != rows(1, 3)
    assert rows(1, 2) != rows(2, 2)
    assert original == [encoded.ids.row(i).tolist() for i in range(len(encoded))], "the rows themselves stay"


def test_what_may_come_in_is_in_the_compact_vocabulary() -> None:
    encoded = tagged(ROWS)
    found = augmenter(encoded, EVERYTHING)
    assert MASK in found.new_ids
    vocabulary = CompactVocabulary.of([encoded], pad_id=0, more=found.new_ids)
    compact, compacted = vocabulary.compact(encoded), found.compacted(vocabulary)
    for epoch in range(10):
        plain = found.rows_of_epoch(encoded, seed=0, epoch=epoch)
        small = compacted.rows_of_epoch(compact, seed=0, epoch=epoch)
        assert vocabulary.used[small.ids.values].tolist() == plain.ids.values.tolist()


@settings(max_examples=60, deadline=None)
@given(first=words, second=words, seed=st.integers(0, 99))
def test_words_stay_in_their_own_text_of_a_pair(first: list[Word], second: list[Word], seed: int) -> None:
    texts = [[piece for pieces, _ in part for piece in pieces] for part in (first, second)]
    row = [0, *texts[0], 1, *texts[1], 1]
    types = [*[0] * (len(texts[0]) + 2), *[1] * (len(texts[1]) + 1)]
    encoded = Encoded(ids=Ragged.of([row]), beside={"types": Ragged.of([types])})
    found = augmenter(encoded, {"words": {"kinds": ["swap", "delete"], "share": 0.3, "rows": 1.0}})
    changed = found.rows_of_epoch(encoded, seed=seed, epoch=0)
    ids, kinds = changed.ids.row(0).tolist(), changed.beside["types"].row(0).tolist()
    middle = ids.index(1)
    assert kinds == [*[0] * (middle + 1), *[1] * (len(ids) - middle - 1)]
    for mine, was in ((ids[1:middle], texts[0]), (ids[middle + 1 : -1], texts[1])):
        assert mine
        assert Counter(mine) <= Counter(was)


def test_nothing_is_inserted_beyond_the_longest_row() -> None:
    encoded = tagged(ROWS)
    found = augmenter(encoded, {"words": {"kinds": ["insert"], "share": 0.5, "rows": 1.0}}, max_length=12)
    assert found.rows_of_epoch(encoded, seed=0, epoch=0).ids.lengths.max() == 12


def test_near_words_are_the_nearest_above_the_least_cosine() -> None:
    table = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [-1.0, 0.0], [2.0, 0.1]])
    near = near_words(table, np.array([0, 3]), np.arange(5))
    assert {word: ids.tolist() for word, ids in near.items()} == {0: [4, 1]}
    many = near_words(np.ones((20, 3)), np.array([2]), np.arange(20))
    assert len(many[2]) == MOST_NEAR
    assert 2 not in many[2]
    assert near_words(np.eye(3), np.arange(3), np.arange(3)) == {}
    assert 0.5 < LEAST_COSINE < 1


def test_hiding_needs_a_token_for_it() -> None:
    class Without(FakeTokenizer):
        mask_token_id = None

    with pytest.raises(JobError, match=r"cutoff\.hide to attention"):
        build_augmenter(
            Augmentation.model_validate({"cutoff": {}}),
            tagged(ROWS),
            tokenizer=Without(),
            table=TABLE,
            labels=LABELS,
            max_length=20,
        )


def test_words_of_english_and_characters_of_chinese(tiny_base: Tiny) -> None:
    tokenizer = load_tokenizer(find_base(tiny_base.info.slug).folder)
    pieces = Pieces.of(tokenizer)
    tokens = Tokeniser(tokenizer).texts(["rewrote movies, 中国!", "a"])
    names = tokenizer.convert_ids_to_tokens(tokens.ids.values[: tokens.ids.offsets[1]])
    ids = tokens.ids.row(0)
    begun = [name for name, begins in zip(names, pieces.begins[ids] & ~pieces.is_mark[ids], strict=True) if begins]
    assert [name for name in begun if name.isalpha()] == ["re", "movie", "中", "国"]
    assert [name for name, is_word in zip(names, pieces.is_word[ids], strict=True) if is_word] == [
        "re",
        "movie",
        "中",
        "国",
    ]
    assert pieces.is_mark[ids].tolist() == [True, *[False] * (len(ids) - 2), True]
