"""One loaded model: opens a folder with plain transformers, proves that it answers as it did after training, scores texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from workers.contract.results import ModelManifest
from workers.inference.cache import ModelError

MANIFEST: Final = "anneal.json"


@dataclass(frozen=True)
class Encoded:
    """A text as the model sees it; `num_tokens` counts what was cut off as well."""

    token_ids: list[int]
    type_ids: list[int]
    num_tokens: int


class LoadedModel:
    """Not safe for several threads: the engine has one that computes."""

    def __init__(self, model: Any, tokenizer: Any, manifest: ModelManifest) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._inputs = set(tokenizer.model_input_names)
        self._device = next(model.parameters()).device
        self.labels = manifest.labels
        self.size_bytes = sum(parameter.nbytes for parameter in model.parameters())
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.enable_truncation(manifest.max_length)

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Tokens of each text, cut where training cut."""
        return [
            Encoded(found.ids, found.type_ids, _num_tokens(found))
            for found in self._tokenizer.backend_tokenizer.encode_batch(list(texts))
        ]

    @torch.inference_mode()
    def probabilities(self, batch: Sequence[Encoded]) -> list[list[float]]:
        """A row for each text, in the order of `labels`. What differs in length is padded, so give texts of similar length."""
        padded = self._tokenizer.pad(
            {
                "input_ids": [item.token_ids for item in batch],
                "token_type_ids": [item.type_ids for item in batch],
                "attention_mask": [[1] * len(item.token_ids) for item in batch],
            },
            return_tensors="pt",
        )
        inputs = {name: tensor.to(self._device) for name, tensor in padded.items() if name in self._inputs}
        rows: list[list[float]] = self._model(**inputs).logits.float().softmax(-1).cpu().tolist()
        return rows


def _num_tokens(found: Any) -> int:
    """Each overflowing piece repeats the special tokens, which the text has once."""
    hidden = sum(len(part.ids) - sum(part.special_tokens_mask) for part in found.overflowing)
    return len(found.ids) + int(hidden)


def model_load(folder: Path) -> LoadedModel:
    """Open a model directory and replay its golden inputs. Raises ModelError, whatever is wrong with the files."""
    try:
        manifest = ModelManifest.model_validate_json((folder / MANIFEST).read_bytes())
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, trust_remote_code=False, use_safetensors=True, local_files_only=True, dtype=torch.float32
        )
        model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        named = tuple(model.config.id2label[index] for index in range(model.config.num_labels))
        loaded = LoadedModel(model, tokenizer, manifest)
    except Exception as error:
        # The libraries raise whatever they run into first; a broken file must not end the process that serves the others.
        first_line = (str(error).splitlines() or [""])[0]
        raise ModelError(
            "model.unreadable", f"The model cannot be opened: {type(error).__name__}: {first_line}"
        ) from error
    if named != manifest.labels:
        raise ModelError("model.unreadable", "The labels of config.json and of anneal.json differ.")
    _replay(loaded, manifest)
    return loaded


def _replay(loaded: LoadedModel, manifest: ModelManifest) -> None:
    """In one padded batch: a model whose answers depend on padding is caught as well."""
    if not manifest.golden:
        return
    try:
        found = torch.tensor(
            loaded.probabilities(loaded.encode([str(golden.inputs["text"]) for golden in manifest.golden]))
        )
    except Exception as error:
        raise ModelError("model.parity", f"The model fails on its recorded inputs: {type(error).__name__}.") from error
    wanted = torch.tensor([golden.expected for golden in manifest.golden])
    if found.shape != wanted.shape or not torch.allclose(found, wanted, atol=manifest.tolerance, rtol=0):
        raise ModelError(
            "model.parity", "The model does not repeat the answers that were recorded when it was trained."
        )
