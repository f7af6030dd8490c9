"""What a customer does with data, in steps: upload, make a dataset, map it."""

from __future__ import annotations

import base64
import csv
import io
import uuid
from collections.abc import Sequence
from typing import Any

from anneal.datasets.tasks import change, inspect, validate
from tests.support.people import Api, Person

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    """Tus's Upload-Metadata."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def begin(api: Api, size: int, filename: str = "data.csv", split: str = "") -> Any:
    """The answer to a tus creation."""
    headers = {"Upload-Length": str(size), "Upload-Metadata": metadata(filename=filename, split=split)}
    return api.request("POST", "/uploads", **TUS, **headers)


def append(api: Api, upload_id: str, offset: int, piece: bytes, **headers: str) -> Any:
    """The answer to a tus PATCH."""
    named = {**TUS, "Content-Type": PIECE, "Upload-Offset": str(offset), **headers}
    return api.request("PATCH", f"/uploads/{upload_id}", piece, content_type=PIECE, **named)


def uploaded(api: Api, content: bytes, filename: str = "data.csv") -> str:
    """The id of a finished upload."""
    named = {**TUS, "Content-Type": PIECE, "Upload-Length": str(len(content))}
    described = {"Upload-Metadata": metadata(filename=filename)}
    made = api.request("POST", "/uploads", content, content_type=PIECE, **named, **described)
    assert made.status_code == 201, made.content
    return made.headers["Location"].rsplit("/", 1)[1]


def dataset_of(
    person: Person, *files: tuple[bytes, str, str], name: str = "Reviews", task: str = "classification"
) -> dict[str, Any]:
    """A dataset of (content, filename, split), inspected."""
    parts = [
        {"upload_id": uploaded(person.api, content, filename), "split": split} for content, filename, split in files
    ]
    made = person.api.post("/datasets", {"name": name, "task": task, "files": parts})
    assert made.status_code == 201, made.content
    inspect(made.json()["id"])
    return shown(person.api, made.json()["id"])


def mapped(person: Person, dataset: dict[str, Any], **mapping: Any) -> dict[str, Any]:
    """The dataset after its mapping was confirmed and its files validated. Columns are called like their roles unless said."""
    roles = {part["role"]: part["role"] for part in dataset["roles"] if not part["is_optional"]}
    body = {**roles, **mapping}
    answer = person.api.put(f"/datasets/{dataset['id']}/mapping", body)
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "validating"
    validate(dataset["id"])
    return shown(person.api, dataset["id"])


def versioned(person: Person, *, count: int = 40) -> dict[str, Any]:
    """A dataset with a first version."""
    return mapped(person, dataset_of(person, (csv_of(good_rows(count)), "reviews.csv", "auto")))


def rows_of(api: Api, version_id: str, query: str = "") -> list[dict[str, Any]]:
    """Rows of a version, by id; at most a hundred."""
    answer = api.get(f"/dataset-versions/{version_id}/rows?limit=100&sort=id{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def done(api: Api, answer: Any) -> dict[str, Any]:
    """A change that was asked for, once the background has looked at it."""
    assert answer.status_code == 202, answer.content
    asked = answer.json()
    change(asked["id"])
    found = api.get(f"/datasets/{asked['dataset_id']}/changes/{asked['id']}")
    assert found.status_code == 200, found.content
    return found.json()


def edited(person: Person, dataset: dict[str, Any], *changes: dict[str, Any], kind: str = "edit") -> dict[str, Any]:
    """The change of a dataset's latest version, made or refused."""
    latest = shown(person.api, dataset["id"])["latest_version"]["id"]
    body = {"base_version_id": latest, "kind": kind, "changes": list(changes)}
    return done(person.api, person.api.post(f"/datasets/{dataset['id']}/changes", body))


def shown(api: Api, dataset_id: str | uuid.UUID, **headers: str) -> dict[str, Any]:
    """A dataset as the API shows it."""
    answer = api.get(f"/datasets/{dataset_id}", **headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


def codes(dataset: dict[str, Any], severity: str | None = None) -> list[str]:
    """Codes of a dataset's findings."""
    return [problem["code"] for problem in dataset["problems"] if severity in {None, problem["severity"]}]


def csv_of(rows: Sequence[Sequence[str]], header: Sequence[str] = ("text", "label")) -> bytes:
    """Rows as a CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def good_rows(count: int = 40, labels: Sequence[str] = ("praise", "complaint")) -> list[tuple[str, str]]:
    """Rows that nothing is wrong with."""
    return [(f"the parcel number {index} came as promised", labels[index % len(labels)]) for index in range(count)]
