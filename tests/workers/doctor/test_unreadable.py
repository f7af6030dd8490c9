"""Texts that the base model has no tokens for: told by their share, and never where a tokenizer reads bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from tests.workers.doctor.version import Version, examined, numbered, well
from workers.doctor.found import NotPossibleError

_CHINESE = "这个电饭煲煮饭很香，保温效果也不错，推荐购买。"


def _with_chinese(count: int) -> Version:
    version = well("classification")
    for row in version["train"][:count]:
        row["text"] = _CHINESE
    return version


@pytest.mark.parametrize(("count", "severity"), [(150, "error"), (30, "warning"), (6, "info")])
def test_rows_that_are_mostly_unknown_are_named_by_the_share_of_all(
    count: int, severity: str, tmp_path: Path, minilm: Path
) -> None:
    version = _with_chinese(count)
    read = {"base_model": str(minilm), "base_model_name": "MiniLM"}
    found = examined("unreadable", version, "classification", tmp_path, **read)
    assert found is not None
    assert found.severity == severity
    rows = numbered(version)
    assert {rows[suspect.row]["text"] for suspect in found.suspects} == {_CHINESE}
    assert len(found.suspects) == count
    assert found.params["base_model"] == "MiniLM"
    assert found.suspects[0].note["unknown"] > 0.4


@pytest.mark.parametrize("count", [0, 2])
def test_texts_of_which_hardly_one_is_unknown_are_well(count: int, tmp_path: Path, minilm: Path) -> None:
    assert examined("unreadable", _with_chinese(count), "classification", tmp_path, base_model=str(minilm)) is None


def test_a_tokenizer_of_bytes_knows_everything(tmp_path: Path) -> None:
    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({sign: number for number, sign in enumerate(["<unk>", *signs])}, []))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert examined("unreadable", _with_chinese(150), "classification", tmp_path, base_model=str(tmp_path)) is None


def test_without_a_base_model_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotPossibleError) as raised:
        examined("unreadable", _with_chinese(150), "classification", tmp_path)
    assert raised.value.reason == "no_base_model"
