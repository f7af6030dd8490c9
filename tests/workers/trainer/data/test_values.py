"""Single cells as a trainer reads them."""

import pytest

from workers.contract.columns import FLAGS
from workers.contract.reasons import JobError
from workers.trainer.data import values
from workers.trainer.data.read import Place

_PLACE = Place("train.jsonl", 3, "label")


def test_verdict_is_any_word_of_the_contract() -> None:
    for word, meant in FLAGS.items():
        for written in (word, f" {word.upper()} "):
            assert values.flag(written, _PLACE) is meant
    for written, meant in ((True, True), (0, False), (1.0, True), ("0.0", False)):
        assert values.flag(written, _PLACE) is meant


@pytest.mark.parametrize(
    ("written", "code"), [("perhaps", "data:damaged"), (2, "data:damaged"), (" ", "data:missing_label")]
)
def test_what_is_no_verdict_is_named_with_its_row(written: object, code: str) -> None:
    with pytest.raises(JobError) as caught:
        values.flag(written, _PLACE)
    assert (caught.value.reason.code, caught.value.params["row"]) == (code, 3)
