"""One loaded model: opens a folder with plain transformers, proves that it answers as it did after training, answers questions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoTokenizer

from workers.contract.results import ModelManifest
from workers.contract.serving import Prediction, Question, form_of
from workers.inference.answers import ANSWERS, Answers, Encoded
from workers.inference.cache import ModelError

MANIFEST: Final = "anneal.json"


class LoadedModel:
    """Not safe for several threads: the engine has one that computes."""

    def __init__(self, model: Any, tokenizer: Any, manifest: ModelManifest, answers: Answers) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._inputs = set(tokenizer.model_input_names)
        self._device = next(model.parameters()).device
        self._task = manifest.task
        self._max_length = manifest.max_length
        self._answers = answers
        self.size_bytes = sum(parameter.nbytes for parameter in model.parameters())
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.enable_truncation(manifest.max_length)

    def encode(self, questions: Sequence[Question]) -> list[Encoded]:
        """Tokens of each question, cut where training cut. Raises ModelError for fields that the task does not have."""
        for question in questions:
            if form_of(self._task, question) is None:
                told = ", ".join(sorted(question))
                raise ModelError("input.invalid", f"A model of the task {self._task} is not asked with: {told}.")
        return [
            self._answers.encoded(question, found, self._num_tokens(question, found))
            for question, found in zip(questions, self._tokens(questions), strict=True)
        ]

    def _tokens(self, questions: Sequence[Question]) -> list[Any]:
        backend = self._tokenizer.backend_tokenizer
        found: dict[int, Any] = {}
        for is_tokens in (False, True):  # the tokenizer takes texts and tokens apart
            given = {
                position: self._answers.given(question)
                for position, question in enumerate(questions)
                if ("tokens" in question) == is_tokens
            }
            made = backend.encode_batch(list(given.values()), is_pretokenized=is_tokens) if given else []
            found.update(zip(given, made, strict=True))
        return [found[position] for position in range(len(questions))]

    def _num_tokens(self, question: Question, found: Any) -> int:
        """What is cut off is counted by not cutting: overflowing pieces of a pair do not add up."""
        if not found.overflowing:
            return len(found.ids)
        backend = self._tokenizer.backend_tokenizer
        backend.no_truncation()
        try:
            (whole,) = self._tokens([question])
        finally:
            backend.enable_truncation(self._max_length)
        return len(whole.ids)

    @torch.inference_mode()
    def numbers(self, batch: Sequence[Encoded]) -> list[list[float]]:
        """A row for each question, as `Golden.expected`. What differs in length is padded, so give questions of similar length."""
        padded = self._tokenizer.pad(
            {
                "input_ids": [item.token_ids for item in batch],
                "token_type_ids": [item.type_ids for item in batch],
                "attention_mask": [[1] * len(item.token_ids) for item in batch],
            },
            return_tensors="pt",
        )
        inputs = {name: tensor.to(self._device) for name, tensor in padded.items() if name in self._inputs}
        return self._answers.numbers(self._model(**inputs).logits.float().cpu(), batch)

    def prediction(self, numbers: Sequence[float], encoded: Encoded, *, top_k: int) -> Prediction:
        """What the numbers say. Raises pydantic's ValidationError for numbers that are none."""
        return self._answers.prediction(numbers, encoded, top_k=top_k)


def model_load(folder: Path) -> LoadedModel:
    """Open a model directory and replay its golden inputs. Raises ModelError, whatever is wrong with the files."""
    try:
        manifest = ModelManifest.model_validate_json((folder / MANIFEST).read_bytes())
        answers = _answers(manifest)
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        model = answers.auto_class.from_pretrained(
            folder, trust_remote_code=False, use_safetensors=True, local_files_only=True, dtype=torch.float32
        )
        model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        named = tuple(model.config.id2label[index] for index in range(model.config.num_labels))
        loaded = LoadedModel(model, tokenizer, manifest, answers)
    except ModelError:
        raise
    except Exception as error:
        # The libraries raise whatever they run into first; a broken file must not end the process that serves the others.
        first_line = (str(error).splitlines() or [""])[0]
        raise ModelError(
            "model.unreadable", f"The model cannot be opened: {type(error).__name__}: {first_line}"
        ) from error
    wanted = answers.labels()
    if len(named) != 1 if wanted is None else named != wanted:
        raise ModelError("model.unreadable", "The labels of config.json and of anneal.json differ.")
    _replay(loaded, manifest, answers)
    return loaded


def _answers(manifest: ModelManifest) -> Answers:
    if manifest.task not in ANSWERS:
        raise ModelError("model.unsupported_task", f"Models of the task {manifest.task} are not served here yet.")
    return ANSWERS[manifest.task](manifest)


def _replay(loaded: LoadedModel, manifest: ModelManifest, answers: Answers) -> None:
    """In one padded batch: a model whose answers depend on padding is caught as well."""
    if not manifest.golden:
        return
    try:
        found = loaded.numbers(loaded.encode([answers.asked(golden.inputs) for golden in manifest.golden]))
    except Exception as error:
        raise ModelError("model.parity", f"The model fails on its recorded inputs: {type(error).__name__}.") from error
    differences = [_difference(row, golden.expected) for row, golden in zip(found, manifest.golden, strict=True)]
    if not max(differences) <= manifest.tolerance:
        raise ModelError(
            "model.parity", "The model does not repeat the answers that were recorded when it was trained."
        )


def _difference(found: Sequence[float], expected: Sequence[float]) -> float:
    """Largest gap, relative to numbers above one, as the export measures it."""
    if len(found) != len(expected):
        return math.inf
    gaps = [abs(a - b) / max(1.0, abs(b)) for a, b in zip(found, expected, strict=True)]
    return math.inf if any(map(math.isnan, gaps)) else max(gaps, default=0.0)
