"""Models of every task, made by the trainer: they repeat what training recorded, and answer in the way of their task."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    pipeline,
)

from tests.workers.trainer.conftest import ForkingTrainer
from tests.workers.trainer.tiny import (
    BASE_OF_TASK,
    ROWS_OF_TASK,
    SLUG,
    build_tiny,
    scored_pair_rows,
    spec_dict,
    write_rows,
    write_task,
)
from workers.contract.columns import TASKS
from workers.contract.results import MODEL_MANIFEST, Evaluation, ModelManifest
from workers.contract.serving import QUESTIONS, Prediction, PredictRequest, PredictResponse
from workers.contract.spec import JobSpec
from workers.inference.answering import QuestionError
from workers.inference.answers import ANSWERS, LabelSet
from workers.inference.cache import ModelError
from workers.inference.model import LoadedModel, model_load
from workers.inference.network import USUAL, Encoded, Options
from workers.inference.passages import Window
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
    "question_answering": "answer",
    "embedding": "vector",
    "similarity": "number",
    "ranking": "ranking",
    "causal_lm": "text",
    "masked_lm": "hidden_words",
    "chat": "text",
    "preference": "text",
}
WITH_OTHER_GOLDEN = ("question_answering", "similarity", "ranking", "causal_lm", "masked_lm", "chat", "preference")
"""Of which training records something else than the numbers that an answer is made of."""
PAIRS = "ranking of pairs"
"""A ranker that reads both texts together, and learns from single pairs."""


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkingTrainer]:
    made = ForkingTrainer(build_tiny(tmp_path_factory.mktemp("tiny")))
    yield made
    made.close()


@pytest.fixture(scope="module")
def trained(trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny model of every task that is served, as the trainer exports it."""
    folder = tmp_path_factory.mktemp("trained")
    made = {}
    for task in SERVED:
        data = write_task(folder / "data" / task, task)
        made[task] = _trained(trainer, folder / task, {"type": task}, data)
    pairs = folder / "data" / "pairs"
    pairs.mkdir()
    for split, count, seed in (("train", 96, 1), ("validation", 24, 2), ("test", 30, 3)):
        write_rows(pairs / f"{split}.jsonl", scored_pair_rows(count, seed=seed))
    made[PAIRS] = _trained(trainer, folder / "pairs", {"type": "ranking"}, pairs)
    return made


def _trained(trainer: ForkingTrainer, folder: Path, task: dict[str, str], data: Path) -> Path:
    base = BASE_OF_TASK.get(task["type"], SLUG)
    spec = spec_dict(base_model=base, task=task)
    if task["type"] == "token_classification":  # Spans are found by who has learnt a little longer.
        spec["optimisation"] = {"epochs": 10, "batch_size": 8, "learning_rate": 0.005, "early_stopping": None}
    outcome = trainer.run(folder / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    return outcome.out_dir / "model"


@pytest.fixture
def copied(trained, tmp_path):
    """A copy of a model that a test may change."""

    def copy(task: str) -> Path:
        return Path(shutil.copytree(trained[task], tmp_path / task))

    return copy


def questions(task: str, count: int = 12) -> list[dict[str, Any]]:
    """Rows of the task as questions, in its last form."""
    rows = ROWS_OF_TASK[task](max(count, 12), seed=9)[:count]
    match task:
        case "embedding":
            return [{"text": row["anchor"]} for row in rows]
        case "ranking":
            return [
                {"query": row["history"][0], "candidates": [found["text"] for found in row["candidates"]]}
                for row in rows
            ]
        case "masked_lm":
            return [{"text": f"[MASK] {row['text']} [MASK]"} for row in rows]
        case "causal_lm":
            return [{"prompt": row["text"]} for row in rows]
        case "chat" | "preference":
            asked = [row["messages"][0]["content"] if task == "chat" else row["prompt"] for row in rows]
            return [{"messages": [{"role": "user", "content": text}]} for text in asked]
    return [{field: row[field] for field in QUESTIONS[task][-1]} for row in rows]


def rows_of(model: LoadedModel, parts: Sequence[tuple[Encoded, ...]]) -> list[list[Any]]:
    """What a model says to questions, all in one batch."""
    rows = iter(model.rows([part for some in parts for part in some]))
    return [[next(rows) for _ in some] for some in parts]


def predictions(
    model: LoadedModel, asked: list[dict[str, Any]], *, top_k: int = 5, max_new_tokens: int = 8
) -> list[Prediction]:
    options = Options(top_k=top_k, max_new_tokens=max_new_tokens)
    request = PredictRequest.model_validate({"model_key": "0" * 64, "files": (), "inputs": asked})
    parts = model.encode(request.questions, options)
    found = rows_of(model, parts)
    return [model.prediction(rows, some, options) for rows, some in zip(found, parts, strict=True)]


def plain_numbers(folder: Path, task: str, asked: list[dict[str, Any]]) -> list[list[float]]:
    """What the trainer's own replay comes to, with plain transformers."""
    from workers.contract.results import Golden

    golden = [
        Golden(inputs={{"text_a": "text"}.get(name, name): value for name, value in one.items()}, expected=())
        for one in asked
    ]
    spec = JobSpec.model_validate(spec_dict(task={"type": task}))
    auto_class = {"embedding": AutoModel, "token_classification": AutoModelForTokenClassification}.get(
        task, AutoModelForSequenceClassification
    )
    network = auto_class.from_pretrained(folder).eval()
    with torch.inference_mode():
        return build_task(spec).plain_answers(network, AutoTokenizer.from_pretrained(folder), golden)


def test_every_served_task_has_questions_and_a_case():
    assert set(ANSWERS) == set(QUESTIONS) == set(KIND)


@pytest.mark.parametrize("task", sorted(set(SERVED) - set(WITH_OTHER_GOLDEN)))
def test_numbers_are_those_of_the_trainer(trained, task):
    manifest = ModelManifest.model_validate_json((trained[task] / MODEL_MANIFEST).read_bytes())
    assert manifest.task == task
    assert manifest.golden
    model = model_load(trained[task])
    asked = questions(task)
    found = [rows[0] for rows in rows_of(model, model.encode(asked))]
    for row, wanted in zip(found, plain_numbers(trained[task], task, asked), strict=True):
        assert row[: len(wanted)] == pytest.approx(wanted, abs=1e-4)
    apart = [rows_of(model, model.encode([one]))[0][0] for one in asked]
    for row, wanted in zip(found, apart, strict=True):
        assert row == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("task", [*SERVED, PAIRS])
def test_golden_answers_are_repeated_to_the_digit(trained, task):
    manifest = ModelManifest.model_validate_json((trained[task] / MODEL_MANIFEST).read_bytes())
    assert manifest.golden
    for row, golden in zip(model_load(trained[task]).replayed(manifest), manifest.golden, strict=True):
        assert row == pytest.approx(golden.expected, abs=1e-4)


@pytest.mark.parametrize("task", [*SERVED, PAIRS])
def test_model_that_forgot_its_golden_answers_is_refused(copied, task):
    folder = copied(task)
    document = json.loads((folder / MODEL_MANIFEST).read_text())
    document["golden"][-1]["expected"][-1] += 0.01
    (folder / MODEL_MANIFEST).write_text(json.dumps(document))
    with pytest.raises(ModelError) as refused:
        model_load(folder)
    assert refused.value.code == "model.parity"
    document["golden"][-1]["expected"].append(0.0)
    (folder / MODEL_MANIFEST).write_text(json.dumps(document))
    with pytest.raises(ModelError, match="recorded"):
        model_load(folder)


def test_task_that_is_not_served_is_refused(copied):
    folder = copied("classification")
    document = json.loads((folder / MODEL_MANIFEST).read_text())
    (folder / MODEL_MANIFEST).write_text(json.dumps({**document, "task": "telepathy"}))
    with pytest.raises(ModelError) as refused:
        model_load(folder)
    assert refused.value.code == "model.unsupported_task"


def test_model_of_another_task_is_refused(copied):
    folder = copied("regression")
    document = json.loads((folder / MODEL_MANIFEST).read_text())
    (folder / MODEL_MANIFEST).write_text(json.dumps({**document, "task": "classification"}))
    with pytest.raises(ModelError) as refused:
        model_load(folder)
    assert refused.value.code == "model.unreadable"


@pytest.mark.parametrize("task", SERVED)
def test_wrong_fields_are_refused(trained, task):
    model = model_load(trained[task])
    for wrong in ({}, {"text": "a", "text_b": "b"}, {"question": "a"}, {"text_a": "a"}, {"query": "a"}):
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
    document = json.loads((folder / MODEL_MANIFEST).read_text())
    for threshold in (document["threshold"], 0.0, 1.0):
        (folder / MODEL_MANIFEST).write_text(json.dumps({**document, "threshold": threshold}))
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
    one = [Encoded([1], [0], 1)]
    assert len(LabelSet(manifest).prediction([scores], one, USUAL).labels) == 1200
    assert len(LabelSet(manifest).prediction([[0.1] * 3000], one, USUAL).labels) == 1000


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


def test_texts_are_cut_where_training_cut_them(copied):
    folder = copied("classification")
    settings = folder / "tokenizer_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "truncation_side": "left"}))
    beginning, end = "lost card stolen " * 40, "the rate of the euro " * 3
    model = model_load(folder)
    long, short = predictions(model, [{"text": beginning + end}, {"text": end}])
    limit = AutoTokenizer.from_pretrained(folder).model_max_length
    words = f"{beginning}{end}".split()[-limit:]
    (kept,) = predictions(model, [{"text": " ".join(words)}])
    assert long.is_truncated
    assert long.num_tokens > limit
    told, expected, other = ({one.label: one.score for one in found.labels} for found in (long, kept, short))
    assert told == pytest.approx(expected, abs=1e-5)
    assert told != pytest.approx(other, abs=1e-3)


def test_server_answers_every_task(server, trained):
    for task in SERVED:
        folder = server.data / "objects" / task
        shutil.copytree(trained[task], folder)
        asked = questions(task, 40)
        status, body, _ = server.predict(folder, None, inputs=asked, max_new_tokens=8)
        assert status == 200, body
        wanted = predictions(model_load(folder), asked)
        found = PredictResponse.model_validate(body).predictions
        assert [one.kind for one in found] == [KIND[task]] * 40
        assert [one.num_tokens for one in found] == [one.num_tokens for one in wanted]
        if KIND[task] == "text":
            assert [one.text for one in found] == [one.text for one in wanted]
        if "text" in QUESTIONS[task][0]:
            assert server.predict(folder, ["my card [MASK]"])[0] == 200
        else:
            status, body, _ = server.predict(folder, ["my card"])
            assert (status, body["code"]) == (422, "input.invalid")
    status, body, _ = server.predict(folder, ["a"], inputs=[{"text": "a"}])
    assert (status, body["code"]) == (400, "request.invalid")
    assert server.predict(folder, None)[0] == 400


def test_passage_is_the_best_of_overlapping_windows(trained):
    model = model_load(trained["question_answering"])
    asked = questions("question_answering", 24)
    short = predictions(model, asked)
    assert {one.num_windows for one in short} == {1}
    for one, question in zip(short, asked, strict=True):
        assert one.passage.text == question["context"][one.passage.start : one.passage.end]
        assert one.passage.text
        assert 0 < one.passage.score <= 1
    filler = "😀 the a is how why what do again with today " * 40
    question = {**asked[0], "context": f"{filler}{asked[0]['context']} {filler}"}
    (long,) = predictions(model, [question])
    assert long.num_windows > 5
    assert not long.is_truncated
    assert long.passage.text == question["context"][long.passage.start : long.passage.end]
    (cut,) = predictions(model, [{**asked[0], "question": "what is said " * 60}])
    assert cut.is_truncated


def test_window_with_the_widest_margin_answers():
    """Of two windows, the one that is surer that it holds an answer, though its passage is the less likely one."""
    ids = [1, 2, 3]
    windows = [
        Window(ids, [0] * 3, 9, text="ab cd ef gh", begins=(0, 0, 3), ends=(0, 2, 5)),
        Window(ids, [0] * 3, 9, text="ab cd ef gh", begins=(0, 6, 9), ends=(0, 8, 11)),
    ]
    unsure = torch.tensor([[0.5, 0.5], [0.4, 0.1], [0.1, 0.4]]).log()
    sure = torch.tensor([[0.001, 0.001], [0.35, 0.4], [0.2, 0.3]]).log()
    answers = ANSWERS["question_answering"](
        ModelManifest(task="x", base_model="x", spec_sha256="0" * 64, labels=(), max_length=8, golden=())
    )
    for order in (1, -1):
        found = answers.prediction([unsure, sure][::order], windows[::order], USUAL)
        assert (found.passage.start, found.passage.end, found.passage.text) == (6, 8, "ef")
        assert found.passage.score == pytest.approx(0.35 * 0.4)
        assert found.is_answer
    nothing = answers.prediction([unsure], windows[:1], USUAL)
    assert nothing.passage.text == "ab cd"
    assert not nothing.is_answer


def test_passage_is_what_plain_transformers_point_at(trained):
    folder = trained["question_answering"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    for question, found in zip(
        questions("question_answering"),
        predictions(model_load(folder), questions("question_answering")),
        strict=True,
    ):
        inputs = tokenizer(question["question"], question["context"], return_offsets_mapping=True, return_tensors="pt")
        offsets = inputs.pop("offset_mapping")[0].tolist()
        with torch.inference_mode():
            said = network(**inputs)
        start, end = said.start_logits[0].log_softmax(-1), said.end_logits[0].log_softmax(-1)
        context = [i for i, sequence in enumerate(inputs.sequence_ids(0)) if sequence == 1]
        passages = {(i, j): float(start[i] + end[j]) for i in context for j in context if i <= j < i + 30}
        best = max(passages, key=lambda pair: passages[pair])
        assert (found.passage.start, found.passage.end) == (offsets[best[0]][0], offsets[best[1]][1])
        assert found.is_answer == (passages[best] > float(start[0] + end[0]))


@pytest.mark.parametrize("has_unanswerable", [True, False])
def test_passages_are_those_of_the_evaluation_whatever_the_job_asked_for(trainer, tmp_path, has_unanswerable):
    """Long answers, few tokens in two windows, and "no answer" only where training had such; as the model's card says, too."""
    data = tmp_path / "data"
    data.mkdir()
    for split, count, seed in (("train", 48, 1), ("validation", 12, 2), ("test", 20, 3)):
        write_rows(data / f"{split}.jsonl", long_answers(count, seed=seed, has_unanswerable=has_unanswerable))
    task = {"type": "question_answering", "max_length": 64, "doc_stride": 2, "max_answer_length": 50}
    outcome = trainer.run(tmp_path / "out", spec_dict(task=task), data_dir=data)
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    wanted = {example.row: example.predicted for example in document.details.examples}
    assert any(len(said.split()) > 30 for said in wanted.values())
    assert ("" in wanted.values()) == has_unanswerable
    rows = long_answers(20, seed=3, has_unanswerable=has_unanswerable)
    asked = [{name: row[name] for name in ("question", "context")} for row in rows]
    found = predictions(model_load(outcome.out_dir / "model"), asked)
    assert any(one.num_windows > 1 for one in found)
    said = [one.passage.text if one.is_answer else "" for one in found]
    assert said == [wanted[row] for row in range(1, 21)]
    assert [as_the_card_says(outcome.out_dir / "model", one) for one in asked] == said


def long_answers(count: int, *, seed: int, has_unanswerable: bool) -> list[dict[str, Any]]:
    """Texts of 70 words and more, of which 40 are the answer."""
    draw = random.Random(seed)  # noqa: S311 - texts, not secrets
    rows = []
    for i in range(count):
        before, answer, after = (
            " ".join(draw.choices(words.split(), k=length))
            for words, length in (("my the please a", draw.randrange(20)), ("card pin rate", 40), ("my the a", 30))
        )
        is_answered = not has_unanswerable or i % 3 > 0
        context = f"{before} {answer} {after}" if is_answered else f"{before} {after} {after}"
        rows.append(
            {
                "question": "what is it",
                "context": context,
                "answers": {"text": [answer], "answer_start": [len(before) + 1]}
                if is_answered
                else {"text": [], "answer_start": []},
            }
        )
    return rows


def as_the_card_says(folder: Path, asked: dict[str, str]) -> str:
    """What the code of a model card prints."""
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), flags=re.DOTALL)
    for blank, said in (
        ("path/to/this/folder", str(folder)),
        ("your question", asked["question"]),
        ("a text that holds the answer", asked["context"]),
    ):
        code = code.replace(blank, said)
    printed: list[str] = []
    exec(code, {"print": printed.append})  # noqa: S102 - it is what a reader would do
    return printed[0]


def test_context_without_a_token_has_no_passage(trained):
    (found,) = predictions(model_load(trained["question_answering"]), [{"question": "what", "context": "\u200b"}])
    assert found.passage is None
    assert not found.is_answer


def test_vectors_have_length_one_and_do_not_depend_on_neighbours(trained):
    model = model_load(trained["embedding"])
    together = predictions(model, [{"text": "my card"}, {"text": "the pin is wrong again " * 9}])
    (alone,) = predictions(model, [{"text": "my card"}])
    assert together[0].vector == pytest.approx(alone.vector, abs=1e-5)
    assert sum(value * value for value in alone.vector) == pytest.approx(1, abs=1e-5)
    assert [one.is_truncated for one in predictions(model, [{"text": "card " * 90}])] == [True]


@pytest.mark.parametrize("task", ["ranking", PAIRS])
def test_candidates_come_by_falling_score(trained, task):
    model = model_load(trained[task])
    asked = questions("ranking")
    for one, question in zip(predictions(model, asked), asked, strict=True):
        scores = [candidate.score for candidate in one.candidates]
        assert scores == sorted(scores, reverse=True)
        assert sorted(candidate.index for candidate in one.candidates) == list(range(len(question["candidates"])))
        assert (one.threshold is None) == (task == "ranking")
    turned = [{**question, "candidates": question["candidates"][::-1]} for question in asked]
    for one, other, question in zip(predictions(model, asked), predictions(model, turned), asked, strict=True):
        best, same = (found.candidates[0] for found in (one, other))
        assert question["candidates"][best.index] == question["candidates"][::-1][same.index]
    with pytest.raises(QuestionError) as refused:
        predictions(model, [{"query": "a", "candidates": []}])
    assert (refused.value.code, refused.value.field) == ("input.no_candidates", "candidates")


def test_rankers_of_pairs_say_probabilities(trained):
    model = model_load(trained[PAIRS])
    (found,) = predictions(model, [{"query": "my card", "candidates": ["card lost", "euro rate"]}])
    assert all(0 <= candidate.score <= 1 for candidate in found.candidates)
    plain = pipeline("text-classification", model=str(trained[PAIRS]))
    said = [plain({"text": "my card", "text_pair": text})["score"] for text in ("card lost", "euro rate")]
    assert {one.index: one.score for one in found.candidates} == pytest.approx(dict(enumerate(said)), abs=1e-4)


def test_hidden_words_are_those_of_the_fill_mask_pipeline(trained):
    folder = trained["masked_lm"]
    text = "please [MASK] my card"
    (found,) = predictions(model_load(folder), [{"text": text}], top_k=3)
    plain = pipeline(
        "fill-mask", model=AutoModelForMaskedLM.from_pretrained(folder), tokenizer=AutoTokenizer.from_pretrained(folder)
    )(text, top_k=3)
    assert [(one.word, one.score) for one in found.masks[0]] == [
        (one["token_str"], pytest.approx(one["score"], abs=1e-5)) for one in plain
    ]
    (two,) = predictions(model_load(folder), [{"text": "[MASK] my [MASK]"}], top_k=2)
    assert [len(words) for words in two.masks] == [2, 2]


@pytest.mark.parametrize(
    ("text", "code"),
    [("my card", "no_mask"), ("[MASK] " * 21, "too_many_masks"), ("card " * 90 + "[MASK]", "too_long")],
)
def test_text_with_no_mask_to_fill_is_refused(trained, text, code):
    with pytest.raises(QuestionError) as refused:
        predictions(model_load(trained["masked_lm"]), [{"text": "[MASK]"}, {"text": text}])
    assert (refused.value.code, refused.value.place, refused.value.field) == (f"input.{code}", 1, "text")


@pytest.mark.parametrize("task", ["causal_lm", "chat", "preference"])
def test_text_is_what_greedy_decoding_writes(trained, task):
    model, asked = model_load(trained[task]), questions(task)
    found = predictions(model, asked, max_new_tokens=12)
    tokenizer = AutoTokenizer.from_pretrained(trained[task])
    network = AutoModelForCausalLM.from_pretrained(trained[task]).eval()
    for one, question in zip(found, asked, strict=True):
        if task == "causal_lm":
            ids = tokenizer(question["prompt"], return_tensors="pt").input_ids
        else:
            ids = tokenizer.apply_chat_template(
                question["messages"], add_generation_prompt=True, return_tensors="pt", return_dict=True
            ).input_ids
        assert one.num_tokens == ids.shape[1]
        said = network.generate(ids, do_sample=False, max_new_tokens=12, pad_token_id=3)[0, ids.shape[1] :]
        assert one.text.strip() == tokenizer.decode(said, skip_special_tokens=True).strip()
        assert one.num_new_tokens <= 12
        assert one.finished_by == ("end" if one.num_new_tokens < 12 else "max_new_tokens")
        (alone,) = predictions(model, [question], max_new_tokens=12)
        assert alone == one


def test_prompt_is_the_first_turn_of_the_user(trained):
    model, text = model_load(trained["chat"]), "my card is lost"
    (one,), (other,) = (
        predictions(model, [question])
        for question in ({"prompt": text}, {"messages": [{"role": "user", "content": text}]})
    )
    assert one == other


def test_prompt_that_fills_the_model_is_refused(trained):
    for task, field in (("causal_lm", "prompt"), ("chat", "messages")):
        model = model_load(trained[task])
        (ends,) = predictions(model, [{"prompt": "card " * 40}], max_new_tokens=256)
        assert ends.num_tokens + ends.num_new_tokens <= 128, "it writes up to the end of what the model can hold"
        text = "card lost " * 100
        question = {"prompt": text} if field == "prompt" else {"messages": [{"role": "user", "content": text}]}
        with pytest.raises(QuestionError) as refused:
            predictions(model, [question])
        assert (refused.value.code, refused.value.field) == ("input.too_long", field)
        assert refused.value.params["limit"] == 127


def test_writing_ends_when_its_time_is_over(trained, monkeypatch):
    monkeypatch.setattr("workers.inference.writing.MOST_SECONDS", 0.0)
    (found,) = predictions(model_load(trained["causal_lm"]), [{"prompt": "my card"}], max_new_tokens=100)
    assert (found.finished_by, found.num_new_tokens) == ("time", 1)


def test_server_says_which_question_is_refused_and_why(server, trained):
    folder = server.data / "objects" / "masks"
    shutil.copytree(trained["masked_lm"], folder)
    status, body, _ = server.predict(folder, ["a [MASK]", "none"])
    assert status == 422
    assert body == {
        "code": "input.no_mask",
        "message": "The text hides no word; put [MASK] in the place of each.",
        "place": 1,
        "field": "text",
        "params": {"mask": "[MASK]"},
    }


def test_answer_of_an_older_server_is_read():
    old = {"labels": [{"label": "a", "score": 1.0}], "num_tokens": 3, "is_truncated": False}
    found = PredictResponse.model_validate({"predictions": [old], "is_cold": False, "milliseconds": 1})
    assert found.predictions[0].kind == "labels"
    request = PredictRequest.model_validate({"model_key": "0" * 64, "files": [], "texts": ["a"]})
    assert request.questions == ({"text": "a"},)
