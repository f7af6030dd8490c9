"""Tone of texts: signs that nobody doubts, negation among them, and which texts are English."""

from __future__ import annotations

import pytest

from workers.trainer.evaluate.sentiment import are_english, polarities


def test_polarity_hears_negation_and_leaves_plain_statements_neutral() -> None:
    texts = ["I love it!", "This is not good.", "It is about your card.", "Sorry, it is broken :(", ""]
    assert polarities(texts).tolist() == [1, -1, 0, -1, 0]


@pytest.mark.parametrize(
    ("text", "is_english"),
    [
        ("I already called your service twice last week to solve the problem.", True),
        ("Sure! Here is a list of three ideas.", True),
        ("Ik heb vorige week al twee keer met uw service gebeld om het op te lossen.", False),
        ("Je vous ai déjà appelé deux fois, on me dit que tout est en ordre.", False),
        ("No he podido resolver el problema, me dice que se ha perdido a las tres.", False),
        ("Was ist mit der Karte, die im Hotel war? Er will in die Stadt.", False),
        ("Hvor kan man få det at se i dag, er det for sent?", False),
        ("您的包裹周一到达。", False),
        ("", False),
    ],
)
def test_english_is_told_from_its_neighbours(text: str, is_english: bool) -> None:
    assert are_english([text]) is is_english
