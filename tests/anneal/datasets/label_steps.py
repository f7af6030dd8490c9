"""What people do in a labelling session, in steps: begin it, be handed rows, answer, finish."""

from __future__ import annotations

from typing import Any

from tests.support.people import Person


def begun(person: Person, dataset: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A new session on the latest version."""
    answer = person.api.post(f"/datasets/{dataset['id']}/label-sessions", {"name": "Second look", **values})
    assert answer.status_code == 201, answer.content
    return answer.json()


def handed_rows(person: Person, session: dict[str, Any], count: int = 20) -> dict[str, Any]:
    """The next rows as they are handed out."""
    answer = person.api.get(f"/label-sessions/{session['id']}/next?count={count}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def handed(person: Person, session: dict[str, Any], count: int = 20) -> list[int]:
    """Their ids."""
    return [entry["row"]["id"] for entry in handed_rows(person, session, count)["data"]]


def say(person: Person, session: dict[str, Any], row: int, value: Any, seconds: float = 2.0) -> Any:
    """The reply to an answer."""
    path = f"/label-sessions/{session['id']}/annotations/{row}"
    return person.api.put(path, {"value": value, "seconds": seconds})


def progress(person: Person, session: dict[str, Any]) -> dict[str, Any]:
    """How far a session is."""
    answer = person.api.get(f"/label-sessions/{session['id']}/progress")
    assert answer.status_code == 200, answer.content
    return answer.json()


def finish(person: Person, session: dict[str, Any], resolve: str) -> Any:
    """The reply to the wish for a version."""
    return person.api.post(f"/label-sessions/{session['id']}/finish", {"resolve": resolve})


def refused(answer: Any) -> tuple[int, str, str | None]:
    """Status, code and field of a refusal."""
    return answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["param"]
