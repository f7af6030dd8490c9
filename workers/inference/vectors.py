"""Texts as vectors, and the order of candidates for a query: by vectors, or by a network that reads both together."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B text, T token, C channel

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch.nn import functional
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

from workers.contract.results import ModelManifest
from workers.contract.serving import (
    NumberPrediction,
    Prediction,
    Question,
    RankedCandidate,
    RankingPrediction,
    VectorPrediction,
)
from workers.inference.answering import QuestionError, Recorded, labels_check, opened
from workers.inference.network import Encoded, Network, Options

# Of a vector, training records the first numbers.
_NUMBERS_RECORDED: Final = 32
# What a network of its own for pairs is called in config.json; whatever else is there makes vectors.
_READS_PAIRS: Final = "ForSequenceClassification"


class _Encoder(Recorded):
    """Reads texts one by one."""

    def __init__(self, manifest: ModelManifest) -> None:
        del manifest

    def open(self, folder: Path) -> Any:
        return opened(AutoModel, folder)

    def check(self, config: Any) -> None:
        """Any encoder makes vectors."""


class Vectors(_Encoder):
    """The mean over the tokens of a text, brought to length one."""

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        return {"text": inputs["text"]}

    def encode(self, network: Network, questions: Sequence[Question], options: Options) -> list[tuple[Encoded, ...]]:
        del options
        return [(one,) for one in _sequences(network, [question["text"] for question in questions])]

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        return _vectors(network, batch).tolist()

    def recorded(self, rows: Sequence[Any]) -> list[float]:
        return super().recorded(rows)[:_NUMBERS_RECORDED]

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        return VectorPrediction(
            vector=tuple(rows[0]), num_tokens=parts[0].num_tokens, is_truncated=parts[0].is_truncated
        )


class Likeness(_Encoder):
    """The cosine of the vectors of two texts. Its sequences are the two."""

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        return {"text_a": inputs["text"], "text_b": inputs["text_b"]}

    def encode(self, network: Network, questions: Sequence[Question], options: Options) -> list[tuple[Encoded, ...]]:
        del options
        found = _sequences(network, [question[field] for question in questions for field in ("text_a", "text_b")])
        return list(zip(found[::2], found[1::2], strict=True))

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        return list(_vectors(network, batch))

    def recorded(self, rows: Sequence[Any]) -> list[float]:
        first, second = rows
        return [float(first @ second)]

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        return NumberPrediction(
            value=self.recorded(rows)[0],
            num_tokens=sum(part.num_tokens for part in parts),
            is_truncated=any(part.is_truncated for part in parts),
        )


class Ranks(Recorded):
    """Candidates by falling score. Its sequences are pairs, or the query and every candidate."""

    def __init__(self, manifest: ModelManifest) -> None:
        self._threshold = manifest.threshold
        self._reads_pairs = False
        self._tells_probability = False

    def open(self, folder: Path) -> Any:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        self._reads_pairs = any(name.endswith(_READS_PAIRS) for name in config.architectures or ())
        self._tells_probability = config.problem_type == "multi_label_classification"
        return opened(AutoModelForSequenceClassification if self._reads_pairs else AutoModel, folder)

    def check(self, config: Any) -> None:
        if self._reads_pairs:
            labels_check(config, None)

    def asked(self, inputs: Mapping[str, Any]) -> Question:
        return {"query": inputs["text"], "candidates": (inputs["text_b"],)}

    def encode(self, network: Network, questions: Sequence[Question], options: Options) -> list[tuple[Encoded, ...]]:
        del options
        inputs: list[list[Any]] = []
        for place, question in enumerate(questions):
            query, candidates = question["query"], question["candidates"]
            if not candidates:
                raise QuestionError("no_candidates", "There is no candidate to rank.", place=place, field="candidates")
            pairs = [(query, candidate) for candidate in candidates]
            inputs.append(pairs if self._reads_pairs else [query, *candidates])
        found = iter(_sequences(network, [one for some in inputs for one in some]))
        return [tuple(next(found) for _ in some) for some in inputs]

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        """Of a pair its score, of a text its vector."""
        if not self._reads_pairs:
            return list(_vectors(network, batch))
        scores = network.forward(batch).logits.float().cpu().squeeze(-1)
        return list((scores.sigmoid() if self._tells_probability else scores).tolist())

    def recorded(self, rows: Sequence[Any]) -> list[float]:
        return self._scores(rows)

    def _scores(self, rows: Sequence[Any]) -> list[float]:
        if self._reads_pairs:
            return list(rows)
        query, *candidates = rows
        scores: list[float] = (torch.stack(candidates) @ query).tolist()
        return scores

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        ranked = sorted(enumerate(self._scores(rows)), key=lambda pair: -pair[1])
        return RankingPrediction(
            candidates=tuple(RankedCandidate(index=index, score=score) for index, score in ranked),
            threshold=self._threshold,
            num_tokens=sum(part.num_tokens for part in parts),
            is_truncated=any(part.is_truncated for part in parts),
        )


def _sequences(network: Network, inputs: Sequence[Any]) -> list[Encoded]:
    return [Encoded(found.ids, found.type_ids, num_tokens) for found, num_tokens in network.sequences(inputs)]


def _vectors(network: Network, batch: Sequence[Encoded]) -> torch.Tensor:
    hidden_BTC = network.forward(batch).last_hidden_state.float().cpu()
    means = [hidden_BTC[row, : len(one.token_ids)].mean(0) for row, one in enumerate(batch)]
    return functional.normalize(torch.stack(means), dim=-1)
