from __future__ import annotations

import pytest

from workers.trainer.evaluate.passages import exact_match, f1, scoring_of
from workers.trainer.evaluate.question_answering import excerpt, matching_sentence


@pytest.mark.parametrize(
    ("said", "expected", "exact", "overlap"),
    [
        ("The Eiffel Tower!", ["eiffel  tower"], 1, 1),
        ("the tower in Paris", ["Eiffel Tower"], 0, 2 / 5),
        ("1,066", ["1066"], 1, 1),  # As the script of SQuAD has it: punctuation goes, even inside numbers.
        ("Paris", ["Rome", "in Paris"], 0, 2 / 3),
        ("to to", ["to be"], 0, 1 / 2),
        ("", [], 1, 1),
        ("Paris", [], 0, 0),
        ("", ["Paris"], 0, 0),
        ("the", ["a"], 1, 1),  # Nothing is left of either.
    ],
)
def test_words_are_scored_as_squad_does(said: str, expected: list[str], exact: int, overlap: float) -> None:
    assert exact_match(said, expected, "words") == exact
    assert f1(said, expected, "words") == pytest.approx(overlap)


@pytest.mark.parametrize(
    ("said", "expected", "exact", "overlap"),
    [
        ("北京大学。", ["北京大学"], 1, 1),
        ("北京", ["北京大学"], 0, 2 / 3),
        ("京北大学", ["北京大学"], 0, 1 / 2),  # The longest stretch in common is two characters.
        ("在1998年", ["1998年"], 0, 4 / 5),  # A number is one unit.
        ("iPhone手机", ["iphone手机"], 1, 1),
        ("", ["北京"], 0, 0),
        ("", [], 1, 1),
    ],
)
def test_characters_are_scored_as_cmrc_does(said: str, expected: list[str], exact: int, overlap: float) -> None:
    assert exact_match(said, expected, "characters") == exact
    assert f1(said, expected, "characters") == pytest.approx(overlap)


def test_language_shows_in_the_letters() -> None:
    assert scoring_of(["The capital of China is Beijing (北京)."]) == "words"
    assert scoring_of(["中国的首都是北京（Beijing）。1949年以来如此。"]) == "characters"
    assert scoring_of(["日本の首都は東京です。"]) == "characters"
    assert scoring_of(["12:30"]) == "words"


def test_matching_sentence_shares_most_words_with_the_question() -> None:
    context = "Berlin is large. Who lost the card? The card was found in Bonn.\nNothing else"
    assert matching_sentence("where was the card found", context) == "The card was found in Bonn."
    assert matching_sentence("什么时候建成", "大学很大。一九零二年建成。很美。") == "一九零二年建成。"
    assert matching_sentence("unrelated", context) == "Berlin is large."
    said = matching_sentence("l'été à Rome", "Télé à Rome. Il a été à Rome.")
    assert said == "Il a été à Rome.", "letters with accents are parts of words"


def test_excerpt_shows_the_answer() -> None:
    from workers.trainer.data.answers import Passage

    context = f"{'before ' * 100}here it is{' after' * 100}"
    found = excerpt(context, [Passage("here it is", 700)], "something")
    assert "here it is" in found
    assert found.startswith("…")
    assert found.endswith("…")
    assert len(found) <= 242
    assert excerpt("short", [], "") == "short"
