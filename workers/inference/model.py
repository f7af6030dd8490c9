"""One loaded model: opens a folder with plain transformers, proves that it answers as it did after training, answers questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from workers.contract.results import MODEL_MANIFEST, ModelManifest
from workers.contract.serving import Prediction, Question, form_of
from workers.inference.answering import Answers
from workers.inference.answers import ANSWERS
from workers.inference.batching import MAX_TOKENS
from workers.inference.cache import ModelError
from workers.inference.network import USUAL, Encoded, Network, Options


class LoadedModel:
    """Not safe for several threads: the engine has one that computes."""

    def __init__(self, network: Network, manifest: ModelManifest, answers: Answers) -> None:
        self._network = network
        self._task = manifest.task
        self._answers = answers
        self.size_bytes = network.size_bytes
        self.most_tokens = min(MAX_TOKENS, answers.most_tokens(network) or MAX_TOKENS)
        """Of a batch."""

    def encode(self, questions: Sequence[Question], options: Options = USUAL) -> list[tuple[Encoded, ...]]:
        """Sequences of each question, cut where training cut.

        Raises QuestionError, or ModelError for fields that the task does not have.
        """
        for question in questions:
            if form_of(self._task, question) is None:
                told = ", ".join(sorted(question))
                raise ModelError("input.invalid", f"A model of the task {self._task} is not asked with: {told}.")
        return self._answers.encode(self._network, questions, options)

    @torch.inference_mode()
    def rows(self, batch: Sequence[Encoded]) -> list[Any]:
        """What the model says to sequences, a row for each. What differs in length is padded, so give some of similar length."""
        return self._answers.rows(self._network, batch)

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options = USUAL) -> Prediction:
        """The answer to a question, from what the model says to its sequences.

        Raises pydantic's ValidationError for numbers that are none.
        """
        return self._answers.prediction(rows, parts, options)

    @torch.inference_mode()
    def replayed(self, manifest: ModelManifest) -> list[list[float]]:
        """What the model says to golden inputs, in batches that are padded: one whose answers depend on padding is caught as well."""
        return self._answers.replayed(self._network, manifest.golden)


def model_load(folder: Path) -> LoadedModel:
    """Open a model directory and replay its golden inputs. Raises ModelError, whatever is wrong with the files."""
    try:
        manifest = ModelManifest.model_validate_json((folder / MODEL_MANIFEST).read_bytes())
        answers = _answers(manifest)
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        model = answers.open(folder)
        model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        answers.check(model.config)
        loaded = LoadedModel(Network(model, tokenizer, max_length=manifest.max_length), manifest, answers)
    except ModelError:
        raise
    except Exception as error:
        # The libraries raise whatever they run into first; a broken file must not end the process that serves the others.
        first_line = (str(error).splitlines() or [""])[0]
        raise ModelError(
            "model.unreadable", f"The model cannot be opened: {type(error).__name__}: {first_line}"
        ) from error
    _replay(loaded, manifest)
    return loaded


def _answers(manifest: ModelManifest) -> Answers:
    if manifest.task not in ANSWERS:
        raise ModelError("model.unsupported_task", f"Models of the task {manifest.task} are not served here yet.")
    return ANSWERS[manifest.task](manifest)


def _replay(loaded: LoadedModel, manifest: ModelManifest) -> None:
    if not manifest.golden:
        return
    try:
        found = loaded.replayed(manifest)
    except Exception as error:
        raise ModelError("model.parity", f"The model fails on its recorded inputs: {type(error).__name__}.") from error
    differences = [golden.difference(row) for row, golden in zip(found, manifest.golden, strict=True)]
    if not max(differences) <= manifest.tolerance:
        raise ModelError(
            "model.parity", "The model does not repeat the answers that were recorded when it was trained."
        )
