"""What is made of vectors: those of the base model are what plain transformers gives, and n-grams stand in where it cannot read."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from tests.workers.doctor.version import chinese, examined, materials_of, sentence, well
from workers.doctor.embedding import EmbeddingCache, embeddings, word_embeddings
from workers.doctor.found import NotPossibleError
from workers.doctor.ngrams import ngram_vectors
from workers.vector_maths import settle_vector_maths


def test_embeddings_are_those_of_plain_transformers_at_any_length(minilm: Path, tmp_path: Path) -> None:
    version = well("classification", train=8, others=1)
    texts = [row["text"] for row in version["train"]] + ["hi", "word " * 300]
    materials = materials_of(version, "classification", tmp_path, base_model=str(minilm))
    settle_vector_maths.cache_clear()
    found = embeddings(
        texts, folder=minilm, tokenizer=materials.tokenizer, cache=None, progress=lambda _done, _total: None
    )
    assert settle_vector_maths.cache_info().currsize == 1
    model, tokenizer = AutoModel.from_pretrained(minilm).eval(), AutoTokenizer.from_pretrained(minilm)
    with torch.inference_mode():
        for text, vector in zip(texts, found.astype(np.float32), strict=True):
            plain = model(**tokenizer(text, return_tensors="pt", truncation=True, max_length=128))[0].mean(1)[0].numpy()
            assert float(plain @ vector) / np.linalg.norm(plain) > 0.9999


def test_words_are_read_in_their_sentences_and_once(minilm: Path, tmp_path: Path) -> None:
    sentences = [["Unbelievably", "Paris", "\u200b", "won"], ["I", "like", "Paris"], ["word"] * 200]
    version = well("token_classification", train=8, others=1)
    tokenizer = materials_of(version, "token_classification", tmp_path, base_model=str(minilm)).tokenizer

    def read() -> list[np.ndarray]:
        return word_embeddings(
            sentences, folder=minilm, tokenizer=tokenizer, cache=tmp_path / "cache", progress=lambda _done, _total: None
        )

    first = read()
    assert [len(vectors) for vectors in first] == [4, 3, 126]  # What the model puts around a text counts as well.
    model, plain = AutoModel.from_pretrained(minilm).eval(), AutoTokenizer.from_pretrained(minilm)
    encoded = plain(sentences[:2], is_split_into_words=True, return_tensors="pt", padding=True)
    with torch.inference_mode():
        hidden = model(**encoded)[0].numpy()
    for row, word in ((0, 0), (0, 1), (0, 3), (1, 2)):
        place = encoded.word_ids(row).index(word)
        cosine = float(hidden[row, place] @ first[row][word].astype(np.float32)) / np.linalg.norm(hidden[row, place])
        assert cosine > 0.9999
    written = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "cache").iterdir())
    for one, other in zip(first, read(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "cache").iterdir()) == written


def test_a_damaged_shard_of_the_cache_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, "model")
    cache.add([7, 9], np.ones((2, 4), dtype=np.float16))
    assert 7 in EmbeddingCache(tmp_path, "model")
    assert 7 not in EmbeddingCache(tmp_path, "another")
    (shard,) = tmp_path.iterdir()
    shard.write_bytes(shard.read_bytes()[:-3])
    assert 7 not in EmbeddingCache(tmp_path, "model")


def test_a_base_model_judges_only_scripts_that_it_knows(minilm: Path, tmp_path: Path) -> None:
    version = well("classification")
    assert materials_of(version, "classification", tmp_path, base_model=str(minilm)).judged.uses_base_model
    draw = random.Random(4)  # noqa: S311 - test data
    for rows in version.values():
        for row in rows:
            row["text"] = chinese(draw)
    judged = materials_of(version, "classification", tmp_path, base_model=str(minilm)).judged
    assert not judged.uses_base_model
    assert judged.map.vectors == "ngrams"


def test_texts_that_share_letters_are_near_and_others_are_not() -> None:
    draw = random.Random(6)  # noqa: S311 - test data
    texts = [sentence(draw) for _ in range(60)]
    texts += [f"{texts[0]} Again.", "qqq xxx zzz jjj qqq"]
    vectors = ngram_vectors(texts, channels=32, seed=0)
    cosines = vectors @ vectors[0]
    assert int(np.argsort(-cosines)[1]) == 60
    np.testing.assert_array_equal(vectors, ngram_vectors(texts, channels=32, seed=0))


def test_a_probe_that_cannot_tell_the_classes_apart_doubts_nobody(tmp_path: Path) -> None:
    version = well("classification")
    draw = random.Random(8)  # noqa: S311 - test data
    for row in version["train"]:
        row["label"] = draw.choice(["card", "rate", "pin"])
    with pytest.raises(NotPossibleError, match="probe_too_weak"):
        examined("label_errors", version, "classification", tmp_path)


@pytest.mark.parametrize(
    ("rows", "label", "reason"), [(20, None, "too_few_rows"), (150, "card", "one_class")], ids=["few", "one_class"]
)
def test_what_cannot_be_judged_says_why(rows: int, label: str | None, reason: str, tmp_path: Path) -> None:
    version = well("classification", train=rows, others=5)
    for row in [row for split in version.values() for row in split]:
        row["label"] = label or row["label"]
    with pytest.raises(NotPossibleError, match=reason):
        examined("label_errors", version, "classification", tmp_path)


def test_labels_to_judge_by_do_not_get_into_suggestions(tmp_path: Path) -> None:
    version = well("classification")
    before = materials_of(version, "classification", tmp_path / "before").judged.probabilities
    for row in version["validation"] + version["test"]:
        row["label"] = "card"
    after = materials_of(version, "classification", tmp_path / "after").judged.probabilities
    np.testing.assert_array_equal(before, after)


def test_a_row_to_judge_by_is_judged_by_a_probe_that_has_not_seen_its_copy(tmp_path: Path) -> None:
    version = well("classification")
    row = version["train"][0]
    version["test"][0].update(text=row["text"], label="rate")
    row["label"] = "rate"
    judged = materials_of(version, "classification", tmp_path).judged
    assert judged.probabilities[0].argmax() == judged.probabilities[180].argmax() != 2
    np.testing.assert_allclose(judged.probabilities[0], judged.probabilities[180], atol=1e-3)


def test_one_text_many_times_is_too_little_to_learn_from(tmp_path: Path) -> None:
    version = well("classification")
    for rows in version.values():
        for row in rows:
            row["text"] = version["train"][0]["text"]
    with pytest.raises(NotPossibleError, match="too_few_rows"):
        examined("label_errors", version, "classification", tmp_path)
