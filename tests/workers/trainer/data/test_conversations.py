"""What a message may be, in the ways that files write it; every complaint names the row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workers.contract.reasons import JobError
from workers.trainer.data.conversations import messages, oddities, refuse_unlearnable, tools, turns
from workers.trainer.data.read import Place, Rows

PLACE = Place("train.jsonl", 7, "messages")
ASKED, TOLD = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}


def test_reads_messages_as_lists_and_as_json() -> None:
    expected = ({"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"})
    assert messages([ASKED, TOLD], PLACE) == expected
    assert messages(json.dumps([ASKED, TOLD]), PLACE) == expected
    # As Parquet gives them: every key that any message has.
    assert messages([{**ASKED, "weight": None, "tool_calls": None}, TOLD], PLACE) == expected


def test_understands_other_formats() -> None:
    call = {"id": "1", "function": {"name": "find", "arguments": '{"card": 1}'}}
    found = messages(
        [
            {"role": "developer", "content": "be kind"},
            {"role": "user", "content": [{"type": "text", "text": "hi "}, {"type": "text", "text": "there"}]},
            {"role": "assistant", "content": None, "tool_calls": [call], "weight": 0, "unknown": 3},
            {"role": "function", "name": "find", "content": "lost"},
        ],
        PLACE,
    )
    assert [message["role"] for message in found] == ["system", "user", "assistant", "tool"]
    assert found[1]["content"] == "hi there"
    assert found[2] == {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "1", "function": {"name": "find", "arguments": {"card": 1}}}],
        "weight": 0.0,
    }
    assert found[3]["name"] == "find"


def test_a_call_of_the_older_form_is_learnt_as_the_one_call_that_it_is() -> None:
    called = {"name": "find", "arguments": '{"card": 1}'}
    (found,) = messages([{"role": "assistant", "content": None, "function_call": called}], PLACE)
    wanted = {"type": "function", "function": {"name": "find", "arguments": {"card": 1}}}
    assert found == {"role": "assistant", "content": "", "tool_calls": [wanted]}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "without messages"),
        (["hi"], "has a str as message 1"),
        ([ASKED, {"role": "bot", "content": "x"}], "has the role 'bot' in message 2"),
        ([ASKED, {"content": "x"}], "has the role None in message 2"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "something other than text in message 1"),
        ([{**TOLD, "weight": -1}], "has the weight -1 in message 1"),
        ([{**TOLD, "weight": True}], "has the weight True"),
        ([{**TOLD, "tool_calls": ["find"]}], "has a str among the tool_calls of message 1"),
        ([{**TOLD, "function_call": "find"}], "has a str as the function_call of message 1"),
        ("hello", "has no list"),
        ([{"role": "user", "content": "half \ud83d"}], "half a character"),
    ],
)
def test_refuses_what_is_no_conversation(value: Any, said: str) -> None:
    with pytest.raises(JobError, match=said) as caught:
        messages(value, PLACE)
    assert "Row 7 of train.jsonl" in caught.value.message


def test_refuses_conversations_without_an_answer() -> None:
    with pytest.raises(JobError, match="no message of the assistant") as caught:
        refuse_unlearnable(messages([ASKED], PLACE), PLACE)
    assert caught.value.reason.code == "data:invalid_conversation"


def test_nobody_learns_to_say_nothing() -> None:
    (_, silent) = messages([ASKED, {**TOLD, "content": " "}], PLACE)
    assert silent["weight"] == 0
    (calling,) = messages([{**TOLD, "content": "", "tool_calls": [{"function": {}}]}], PLACE)
    assert "weight" not in calling


def test_a_text_is_one_message() -> None:
    assert turns("user")("hi", PLACE) == (ASKED,)
    assert turns("user")("[1, 2] is a list", PLACE)[0]["content"] == "[1, 2] is a list"
    assert turns("user")([ASKED], PLACE) == turns("user")(json.dumps([ASKED]), PLACE) == (ASKED,)


def test_tools_may_be_missing() -> None:
    assert tools(None, PLACE) is None
    assert tools(" ", PLACE) is None
    assert tools("[]", PLACE) is None
    assert tools('[{"name": "find"}]', PLACE) == ({"name": "find"},)


def test_warns_of_what_is_odd_with_its_first_row() -> None:
    conversations = (
        (ASKED, TOLD),
        (ASKED, ASKED, TOLD),
        (ASKED, TOLD, {**ASKED, "content": " "}, TOLD),
        (ASKED, ASKED, TOLD),
    )
    rows = Rows("train", "train.jsonl", {"messages": conversations}, (1, 3, 4, 6))
    found = {warning.code: warning.params for warning in oddities(rows, conversations)}
    assert found == {
        "data:consecutive_turns": {"file": "train.jsonl", "count": 2, "row": 3},
        "data:empty_message": {"file": "train.jsonl", "count": 1, "row": 4},
    }


@pytest.mark.parametrize("answer", ["[]", "[1, 2]", '["a"]', '[{"price": 3}]', "[not json"])
def test_an_answer_that_looks_like_a_list_is_a_text(answer: str) -> None:
    assert turns("assistant")(answer, PLACE) == ({"role": "assistant", "content": answer},)
