"""Where sentences end in several scripts."""

from __future__ import annotations

import pytest

from workers.trainer.data.sentences import sentence_starts, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is 3.5 km. Really? Yes!", ["It is 3.5 km.", "Really?", "Yes!"]),
        ("今天下雨。我们不去了！好吗？", ["今天下雨。", "我们不去了！", "好吗？"]),
        ("A title\n\nand a text\n", ["A title", "and a text"]),
        ("one", ["one"]),
        (" \n ", []),
    ],
)
def test_sentences_end_where_readers_see_it(text: str, found: list[str]) -> None:
    assert sentences(text) == found


def test_starts_point_at_the_first_letter() -> None:
    text = "One.  Two。Three"
    assert [text[start] for start in sentence_starts(text)] == ["O", "T", "T"]
