from __future__ import annotations

import random

from workers.trainer.evaluate.word_tagger import features_of, linear_tags


def test_names_that_were_never_seen_are_known_by_what_stands_around_them() -> None:
    draw = random.Random(1)  # noqa: S311 - test data

    def rows(count: int) -> tuple[list[list[str]], list[list[str]]]:
        names = ["".join(draw.choices("abcdefgh", k=6)).title() for _ in range(count)]
        return [["yesterday", "Mr", name, "left"] for name in names], [["O", "O", "B-PER", "O"]] * count

    tokens, tags = rows(60)
    held_out, true = rows(20)
    found = linear_tags(tokens, tags, [*held_out, []], seed=0)
    assert [list(row) for row in found] == [*true, []]
    assert linear_tags(tokens, tags, held_out, seed=0) == found[:-1]


def test_the_only_tag_there_is_is_given_to_every_token() -> None:
    assert linear_tags([["Ada"], ["Bob", "Eve"]], [["B-PER"], ["B-PER", "B-PER"]], [["x", "y"], []], seed=0) == [
        ("B-PER", "B-PER"),
        (),
    ]


def test_a_token_is_told_by_itself_its_ends_its_shape_and_its_neighbours() -> None:
    first, _ = features_of(["McDonald's", "rose"])
    assert {"is=McDonald's", "begins=mc", "ends='s", "0~AaAa'a", "1=rose", "-1=", "0,1=mcdonald's rose"} <= set(first)
