"""Models of every task, made by the trainer: they repeat what training recorded, and answer in the way of their task."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from tests.workers.trainer.conftest import ForkingTrainer
from tests.workers.trainer.tiny import ROWS_OF_TASK, build_tiny, spec_dict, write_task
from workers.contract.columns import TASKS
from workers.contract.results import ModelManifest
from workers.contract.serving import QUESTIONS, Prediction, PredictRequest, PredictResponse
from workers.contract.spec import JobSpec
from workers.inference.answers import ANSWERS, Encoded, LabelSet
from workers.inference.cache import ModelError
from workers.inference.model import MANIFEST, LoadedModel, model_load
from workers.trainer.tasks import build_task

pytestmark = pytest.mark.slow
SERVED = [task for task in TASKS if task in ANSWERS]
KIND = {
    "classification": "labels",
    "pair_classification": "labels",
    "multi_label": "label_set",
    "regression": "number",
    "pair_regression": "number",
    "token_classification": "spans",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny model of every task that is served, as the trainer exports it."""
    folder = tmp_path_factory.mktemp("trained")
    trainer = ForkingTrainer(build_tiny(folder / "tiny"))
    made = {}
    for task in SERVED:
        data = write_task(folder / "data" / task, task)
        outcome = trainer.run(folder / task / "out", spec_dict(task={"type": task}), data_dir=data)
        assert outcome.status == 0, outcome.log
        made[task] = outcome.out_dir / "model"
    trainer.close()
    return made


@pytest.fixture
def copied(trained, tmp_path):
    """A copy of a model that a test may change."""

    def copy(task: str) -> Path:
        return Path(shutil.copytree(trained[task], tmp_path / task))

    return copy


def questions(task: str, count: int = 12) -> list[dict[str, Any]]:
    """Rows of the task as questions, in its last form."""
    return [{field: row[field] for field in QUESTIONS[task][-1]} for row in ROWS_OF_TASK[task](count, seed=9)]


def predictions(model: LoadedModel, asked: list[dict[str, Any]], *, top_k: int = 5) -> list[Prediction]:
    encoded = model.encode(asked)
    return [model.prediction(row, item, top_k=top_k) for row, item in zip(model.numbers(encoded), encoded, strict=True)]


def plain_numbers(folder: Path, task: str, asked: list[dict[str, Any]]) -> list[list[float]]:
    """What the trainer's own replay comes to, with plain transformers."""
    from workers.contract.results import Golden

    golden = [
        Golden(inputs={{"text_a": "text"}.get(name, name): value for name, value in one.items()}, expected=())
        for one in asked
    ]
    spec = JobSpec.model_validate(spec_dict(task={"type": task}))
    network = ANSWERS[task].auto_class.from_pretrained(folder).eval()
    with torch.inference_mode():
        return build_task(spec).plain_answers(network, AutoTokenizer.from_pretrained(folder), golden)


def test_every_served_task_has_questions_and_a_case():
    assert set(ANSWERS) == set(QUESTIONS) == set(KIND)


@pytest.mark.parametrize("task", SERVED)
def test_numbers_are_those_of_the_trainer(trained, task):
    manifest = ModelManifest.model_validate_json((trained[task] / MANIFEST).read_bytes())
    assert manifest.task == task
    assert manifest.golden
    model = model_load(trained[task])
    asked = questions(task)
    found = model.numbers(model.encode(asked))
    for row, wanted in zip(found, plain_numbers(trained[task], task, asked), strict=True):
        assert row == pytest.approx(wanted, abs=1e-4)
    apart = [model.numbers(model.encode([one]))[0] for one in asked]
    for row, wanted in zip(found, apart, strict=True):
        assert row == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("task", SERVED)
def test_model_that_forgot_its_golden_answers_is_refused(copied, task):
    folder = copied(task)
    document = json.loads((folder / MANIFEST).read_text())
    document["golden"][-1]["expected"][-1] += 0.01
    (folder / MANIFEST).write_text(json.dumps(document))
    with pytest.raises(ModelError) as refused:
        model_load(folder)
    assert refused.value.code == "model.parity"
    document["golden"][-1]["expected"].append(0.0)
    (folder / MANIFEST).write_text(json.dumps(document))
    with pytest.raises(ModelError, match="recorded"):
        model_load(folder)


def test_task_that_is_not_served_is_refused(copied):
    folder = copied("classification")
    document = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**document, "task": "telepathy"}))
    with pytest.raises(ModelError) as refused:
        model_load(folder)
    assert refused.value.code == "model.unsupported_task"


def test_model_of_another_task_is_refused(copied):
    folder = copied("regression")
    document = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**document, "task": "classification"}))
    with pytest.raises(ModelError) as refused:
        model_load(folder)
    assert refused.value.code == "model.unreadable"


@pytest.mark.parametrize("task", SERVED)
def test_wrong_fields_are_refused(trained, task):
    model = model_load(trained[task])
    for wrong in ({}, {"text": "a", "text_b": "b"}, {"question": "a"}, {"text_a": "a"}):
        with pytest.raises(ModelError) as refused:
            model.encode([*questions(task, 2), wrong])
        assert refused.value.code == "input.invalid"


@pytest.mark.parametrize("task", SERVED)
def test_answers_have_the_kind_of_their_task(trained, task):
    model = model_load(trained[task])
    found = predictions(model, questions(task))
    assert {prediction.kind for prediction in found} == {KIND[task]}
    assert not any(prediction.is_truncated for prediction in found)


def test_labels_come_by_falling_probability(trained):
    for prediction in predictions(model_load(trained["pair_classification"]), questions("pair_classification")):
        scores = [entry.score for entry in prediction.labels]
        assert scores == sorted(scores, reverse=True)
        assert sum(scores) == pytest.approx(1, abs=1e-5)
    (one,) = predictions(model_load(trained["classification"]), questions("classification", 1), top_k=1)
    assert len(one.labels) == 1


def test_labels_are_given_that_reach_the_threshold(copied):
    folder = copied("multi_label")
    document = json.loads((folder / MANIFEST).read_text())
    for threshold in (document["threshold"], 0.0, 1.0):
        (folder / MANIFEST).write_text(json.dumps({**document, "threshold": threshold}))
        for prediction in predictions(model_load(folder), questions("multi_label"), top_k=1):
            assert {entry.label for entry in prediction.labels} == set(document["labels"]), "every label is said"
            assert prediction.threshold == threshold
            assert all(entry.is_given == (entry.score >= threshold) for entry in prediction.labels)


def test_long_lists_of_labels_are_cut_behind_those_that_are_given():
    labels = tuple(f"label {i}" for i in range(3000))
    manifest = ModelManifest(
        task="multi_label", base_model="x", spec_sha256="0" * 64, labels=labels, max_length=8, golden=(), threshold=0.5
    )
    scores = [0.9] * 1200 + [0.1] * 1800
    found = LabelSet(manifest).prediction(scores, Encoded([1], [0], 1), top_k=5)
    assert len(found.labels) == 1200
    assert len(LabelSet(manifest).prediction([0.1] * 3000, Encoded([1], [0], 1), top_k=5).labels) == 1000


def test_numbers_are_in_the_unit_of_the_data(trained):
    for prediction in predictions(model_load(trained["regression"]), questions("regression")):
        assert 2 < prediction.value < 4.5


def test_spans_stand_where_they_are_said_to(trained):
    model = model_load(trained["token_classification"])
    tokens = [row["tokens"] for row in questions("token_classification")]
    found = predictions(model, [{"tokens": one} for one in tokens])
    spans = [span for prediction in found for span in prediction.spans]
    assert len(spans) > 10
    for prediction, one in zip(found, tokens, strict=True):
        text = " ".join(one)
        ends = {0, len(text)} | {i for i, character in enumerate(text) if character == " "}
        for span in prediction.spans:
            assert span.text == text[span.start : span.end]
            assert span.type in {"card", "pin", "rate"}
            assert {span.start - 1, span.start} & (ends | {-1}), "a span begins at a token"
            assert span.end in ends, "and ends at one"
            assert 0 < span.score <= 1
    same = predictions(model, [{"text": " ".join(one)} for one in tokens])
    assert [one.spans for one in same] == [one.spans for one in found]


def test_places_count_characters_of_any_script(trained):
    model = model_load(trained["token_classification"])
    said = [" ".join(one["tokens"]) for one in questions("token_classification")]
    odd = [f"😀  我的 café\u0301, {text.replace(' ', '  ')}! " for text in said]
    found = predictions(model, [{"text": text} for text in odd])
    assert sum(len(prediction.spans) for prediction in found) > 10
    for prediction, text in zip(found, odd, strict=True):
        for span in prediction.spans:
            assert span.text == text[span.start : span.end]
            assert span.text.strip() == span.text
    empty = predictions(model, [{"text": ""}, {"text": "card"}, {"tokens": ["\u200b"]}, {"text": "   "}])
    assert [len(one.spans) for one in empty][::3] == [0, 0]


def test_what_is_cut_off_is_counted(trained):
    model = model_load(trained["pair_regression"])
    tokenizer = AutoTokenizer.from_pretrained(trained["pair_regression"])
    asked = [{"text_a": "lost card " * 60, "text_b": "my pin " * 90}, {"text_a": "a", "text_b": "b"}]
    found = predictions(model, asked)
    whole = tokenizer(asked[0]["text_a"], asked[0]["text_b"], truncation=False, verbose=False)
    assert [one.is_truncated for one in found] == [True, False]
    assert found[0].num_tokens == len(whole["input_ids"])
    tagger = model_load(trained["token_classification"])
    cut = predictions(tagger, [{"tokens": ["card"] * 200}, {"text": "card " * 200}])
    assert [(one.num_tokens, one.is_truncated) for one in cut] == [(202, True)] * 2
    assert all(span.end <= 5 * 64 for one in cut for span in one.spans)


def test_server_answers_every_task(server, trained):
    for task in SERVED:
        folder = server.data / "objects" / task
        shutil.copytree(trained[task], folder)
        asked = questions(task, 40)
        status, body, _ = server.predict(folder, None, inputs=asked)
        assert status == 200, body
        wanted = predictions(model_load(folder), asked)
        found = PredictResponse.model_validate(body).predictions
        assert [one.kind for one in found] == [KIND[task]] * 40
        assert [one.num_tokens for one in found] == [one.num_tokens for one in wanted]
        if "text" in QUESTIONS[task][0]:
            assert server.predict(folder, ["my card"])[0] == 200
        else:
            status, body, _ = server.predict(folder, ["my card"])
            assert (status, body["code"]) == (422, "input.invalid")
    status, body, _ = server.predict(folder, ["a"], inputs=[{"text": "a"}])
    assert (status, body["code"]) == (400, "request.invalid")
    assert server.predict(folder, None)[0] == 400


def test_answer_of_an_older_server_is_read():
    old = {"labels": [{"label": "a", "score": 1.0}], "num_tokens": 3, "is_truncated": False}
    found = PredictResponse.model_validate({"predictions": [old], "is_cold": False, "milliseconds": 1})
    assert found.predictions[0].kind == "labels"
    request = PredictRequest.model_validate({"model_key": "0" * 64, "files": [], "texts": ["a"]})
    assert request.questions == ({"text": "a"},)
