"""HTML in texts: what becomes of it, what is left alone, and how an example shows the place that changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workers.doctor.version import Row, Version, applied, examined, numbered, well
from workers.doctor.cells import rewritten
from workers.doctor.checks.markup import markup_edits
from workers.doctor.report import changed_parts


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("<div><p>Hello <b>World</b>,</p>\n<p>my order&nbsp;is late.</p></div>", "Hello World,\nmy order is late."),
        ("First line<br>second<br/>third", "First line\nsecond\nthird"),
        ("Fish &amp; chips &#8364; 5 &#x27;now&#x27;", "Fish & chips € 5 'now'"),
        ('<a href="https://example.org">link</a> and <span class="x">more</span>', "link and more"),
        ("<style>p { color: red }</style><p>Red</p>", "Red"),
        ("A<!-- hidden --> word</p>", "A word"),
    ],
)
def test_what_only_a_browser_reads_is_taken_out(text: str, stripped: str) -> None:
    assert rewritten("text", text, markup_edits) == stripped


@pytest.mark.parametrize(
    "text",
    [
        "I <3 this",
        "a < b and b > c",
        "How do I centre a <div>?",
        "<order><item>3</item></order>",
        "List<String> names = new List<>();",
        "AT&T; R&D",
        "<s> words </s>",
        "```html\n<p>code</p>\n```",
        "<pre><code>x &lt; y</code></pre>",
    ],
)
def test_what_may_be_meant_is_left_alone(text: str) -> None:
    assert markup_edits(text) == []


def test_two_rows_are_no_trouble_and_one_that_says_nothing_else_stays(tmp_path: Path) -> None:
    version = well("classification")
    for row in version["train"][:2]:
        row["text"] = "<p>Hello</p>"
    assert examined("markup", version, "classification", tmp_path) is None
    version["train"][2]["text"] = "<p></p>"
    found = examined("markup", version, "classification", tmp_path / "more")
    assert found is not None
    assert (len(found.suspects), len(found.fixes["strip"]), found.params["left"]) == (3, 2, 1)


def _html(text: str) -> str:
    return f"<p>Hello,</p><p>{text}</p>"


def _spoilt(task: str, row: Row) -> None:
    """All that people wrote in a row, as a web page holds it."""
    if task == "chat":
        for message in row["messages"]:
            message["content"] = _html(message["content"])
    elif task == "ranking":
        row.update(
            query=_html(row["query"]), candidates=list(map(_html, row["candidates"])), positive=_html(row["positive"])
        )
    elif task == "question_answering":
        ((answer,), (start,)) = row["answers"].values()
        row["context"] = _html(row["context"])
        row["answers"] = {"text": [answer], "answer_start": [start + len("<p>Hello,</p><p>")]}
    else:
        row.update({role: _html(text) for role, text in row.items() if role != "id"})


@pytest.mark.parametrize(
    "task", ["chat", "preference", "translation", "summarisation", "question_answering", "ranking"]
)
def test_every_text_of_a_row_loses_its_markup(task: str, tmp_path: Path) -> None:
    version = well(task)
    rows = version["train"][:3]
    for row in rows:
        _spoilt(task, row)
    found = examined("markup", version, task, tmp_path)
    assert found is not None
    assert [numbered(version)[suspect.row]["id"] for suspect in found.suspects] == [row["id"] for row in rows]
    after = applied(version, found.fixes["strip"])["train"][:3]
    for row in after:
        assert "<p>" not in str(row)
        assert str(row).count("Hello,") == str(_first_of(version, row)).count("Hello,")
        if task == "question_answering":
            ((answer,), (start,)) = json.loads(row["answers"]).values()
            assert row["context"].startswith(answer, start)
            assert answer == _first_of(version, row)["answers"]["text"][0]


def _first_of(version: Version, row: Row) -> Row:
    return next(one for one in version["train"] if one["id"] == row["id"])


@pytest.mark.parametrize(
    "turns",
    [
        [("user", "Write a page in HTML."), ("assistant", "<p>Hello</p>")],
        [("user", "Why is this not bold? <b>a</b>"), ("assistant", "```<b>a</b>```")],
        [("user", "Read the page."), ("assistant", "Wait."), ("tool", "<p>Hello</p>"), ("assistant", "It says Hello.")],
    ],
)
def test_conversations_about_markup_are_left_alone(turns: list[tuple[str, str]], tmp_path: Path) -> None:
    version = well("chat")
    for row in version["train"][:3]:
        row["messages"] = [{"role": role, "content": text} for role, text in turns]
    assert examined("markup", version, "chat", tmp_path) is None


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        (
            "call 555 0199 now",
            "call [PHONE] now",
            [("same", "call "), ("gone", "555 0199"), ("new", "[PHONE]"), ("same", " now")],
        ),
        ("<p>Hi</p>", "Hi", [("gone", "<p>Hi</p>"), ("new", "Hi")]),
        ("one two three", "one two", [("same", "one two"), ("gone", " three")]),
    ],
)
def test_an_example_shows_what_goes_and_what_comes(before: str, after: str, parts: list[tuple[str, str]]) -> None:
    assert changed_parts(before, after) == parts


def test_a_change_far_inside_of_a_long_text_is_shown_with_what_is_around_it() -> None:
    before = f"{'first words ' * 60}anna@example.org{' last words' * 60}"
    parts = changed_parts(before, before.replace("anna@example.org", "[EMAIL]"))
    assert [kind for kind, _ in parts] == ["same", "same", "gone", "new", "same", "same"]
    assert parts[2:4] == [("gone", "anna@example.org"), ("new", "[EMAIL]")]
    assert (parts[0][1], parts[-1][1]) == ("…", "…")
    assert sum(len(text) for _, text in parts) < 300
