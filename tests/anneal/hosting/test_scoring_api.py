"""A real model says how unsure it is of rows, and a labelling session hands them out in that order."""

from __future__ import annotations

import pytest

from anneal.hosting.uncertainty import uncertainty
from tests.anneal.datasets.steps import csv_of, dataset_of, mapped, rows_of, versioned
from tests.anneal.hosting.test_predict_api import _publish_tiny, asking
from tests.workers.inference.conftest import running_server

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def model_server():
    from tests.conftest import _DATA

    with running_server(_DATA) as made:
        yield made


@pytest.fixture
def served(model_server):
    with asking(f"http://127.0.0.1:{model_server.port}"):
        yield model_server


@pytest.mark.usefixtures("served")
def test_session_begins_with_the_rows_of_which_the_model_is_least_sure(owner, viewer, tmp_path):
    _, model = _publish_tiny(owner, tmp_path)
    dataset = versioned(owner)
    version = dataset["latest_version"]
    path = f"/model-versions/{model.id}/row-scores"
    body = {"dataset_version_id": version["id"], "measure": "margin"}
    assert viewer.api.post(path, body).status_code == 403
    made = owner.api.post(path, body)
    assert made.status_code == 201, made.content
    assert (made.json()["num_rows"], made.json()["measure"], made.json()["version_id"]) == (40, "margin", version["id"])
    texts = {row["id"]: row["cells"]["text"] for row in rows_of(owner.api, version["id"])}
    asked = owner.api.post(f"/model-versions/{model.id}/predict", {"texts": list(texts.values()), "top_k": 1000}).json()
    expected = {
        row: uncertainty("margin", [label["score"] for label in prediction["labels"]])
        for row, prediction in zip(texts, asked["predictions"], strict=True)
    }
    sessions = f"/datasets/{dataset['id']}/label-sessions"
    values = {"name": "n", "order": "uncertainty", "scores_id": made.json()["id"], "num_rows": 10}
    session = owner.api.post(sessions, values).json()
    assert session["scored_by"]["model_version_id"] == str(model.id)
    handed = owner.api.get(f"/label-sessions/{session['id']}/next").json()["data"]
    scores = [entry["score"] for entry in handed]
    assert scores == sorted(scores, reverse=True)
    assert scores == pytest.approx([expected[entry["row"]["id"]] for entry in handed], abs=1e-4)
    assert scores == pytest.approx(sorted(expected.values(), reverse=True)[:10], abs=1e-4)
    other = owner.api.post(sessions, {**values, "order": "given"})
    assert (other.status_code, other.json()["error"]["code"]) == (400, "labelling.scores_unused")
    elsewhere = versioned(owner)
    foreign = owner.api.post(f"/datasets/{elsewhere['id']}/label-sessions", values)
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (400, "labelling.no_scores")


def test_model_for_another_task_and_a_sample_of_nothing_are_refused(owner, tmp_path):
    _, model = _publish_tiny(owner, tmp_path)
    content = csv_of([(f"text {index}", str(index % 5)) for index in range(40)], ("text", "score"))
    dataset = mapped(owner, dataset_of(owner, (content, "stars.csv", "auto"), task="regression"))
    path = f"/model-versions/{model.id}/row-scores"
    answer = owner.api.post(path, {"dataset_version_id": dataset["latest_version"]["id"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "scoring.other_task")
    too_many = owner.api.post(path, {"dataset_version_id": dataset["latest_version"]["id"], "num_rows": 1001})
    assert (too_many.status_code, too_many.json()["error"]["param"]) == (400, "num_rows")
