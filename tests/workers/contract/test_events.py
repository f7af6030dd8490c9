from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.contract.strategies import values_of
from workers.contract.events import Event, Failed, Metrics, Start, Warned, event_from_json

CLASSES = get_args(get_args(Event)[0])


@settings(max_examples=100, deadline=None)
@given(event=st.one_of([values_of(kind) for kind in CLASSES]))
def test_every_event_round_trips_through_one_line(event: Event) -> None:
    line = event.model_dump_json()
    assert "\n" not in line
    assert event_from_json(line) == event


def test_kinds_are_distinct() -> None:
    kinds = [kind.model_fields["type"].default for kind in CLASSES]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("line", ["", "{}", "null", '{"type":"unknown"}', '{"type":"ready","more":1}', b"\xff"])
def test_refuses_what_is_not_an_event(line: str | bytes) -> None:
    with pytest.raises(ValidationError):
        event_from_json(line)


def test_texts_that_nothing_could_store_are_mended_and_no_others() -> None:
    said = r'"message":"a\u0000b \uD800 \ud83d\ude00 \\u0000"'
    event = event_from_json('{"type":"warning","code":"x",' + said + r',"params":{"k\u0000":"\udfff"}}')
    assert isinstance(event, Warned)
    assert event.message == "a\ufffdb \ufffd \U0001f600 \\u0000"
    assert event.params == {"k\ufffd": "\ufffd"}


def test_refuses_figures_that_json_cannot_carry() -> None:
    with pytest.raises(ValidationError):
        Metrics(step=1, epoch=0.1, values={"train/loss": float("nan")})


def test_start_and_failure_round_trip() -> None:
    start = Start(spec_path="/a", out_dir="/b", data_dir="/c")
    assert Start.model_validate_json(start.model_dump_json()) == start
    failed = Failed(code="data:empty", message="m", params={"columns": ["a", "b"], "row": 3})
    assert event_from_json(failed.model_dump_json()) == failed
