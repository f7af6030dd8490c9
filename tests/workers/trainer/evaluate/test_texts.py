"""Scores of written texts against their libraries, and in scripts without spaces."""

from __future__ import annotations

import numpy as np
import pytest
import sacrebleu

from workers.trainer.evaluate.texts import CorpusScore, exact_matches, word_f1, words

WANTED = ["the cat sat on the mat", "it is lost", "where is my card"]
SAID = ["the cat is on the mat", "it is lost", "no idea"]


def test_words_are_characters_where_there_are_no_spaces() -> None:
    assert words("It is lost, 7 times!") == ["it", "is", "lost", "7", "times"]
    assert words("睡觉时间到了。OK") == ["睡", "觉", "时", "间", "到", "了", "ok"]


def test_exact_match_and_word_f1() -> None:
    assert exact_matches(["a  b", "a", ""], ["a b ", "A", ""]).tolist() == [1, 0, 1]
    assert word_f1(
        ["the cat sat", "他住在哪里", "", "a"], ["The cat!", "他住在这里", "", ""]
    ).tolist() == pytest.approx([0.8, 0.8, 1, 0])


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_corpus_scores_equal_the_library_on_any_rows(metric: str) -> None:
    score = CorpusScore(metric, WANTED, SAID)
    whole = getattr(sacrebleu, f"corpus_{metric}")
    assert score(np.arange(3)) == pytest.approx(whole(SAID, [WANTED]).score)
    rows = np.array([1, 0, 0, 2])
    assert score(rows) == pytest.approx(whole([SAID[i] for i in rows], [[WANTED[i] for i in rows]]).score)


def test_bleu_of_chinese_is_over_characters() -> None:
    score = CorpusScore("bleu", ["你知道他住在哪里吗"], ["你知道他住在这里吗"], tokenize="zh")
    assert 20 < score(np.array([0])) < 100
