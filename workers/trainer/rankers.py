"""The two ways to score candidates for a query: reading both together, or comparing a vector of each."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B row, N place of a candidate, S sequence, C channel

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch
from torch import nn

from workers.trainer.bodies import load_encoder
from workers.trainer.data.encoded import Encoded
from workers.trainer.data.lists import apart, end_to_end
from workers.trainer.model import EmbeddingModel, PooledModel, pooled
from workers.trainer.pooling_layer import PooledDeliverable, pooling_note
from workers.trainer.probe import Head
from workers.trainer.sentence_folder import SentenceDeliverable, plain_cosines, sentence_usage
from workers.trainer.usage import Usage, classifier_usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import Golden
    from workers.trainer.bases import Base
    from workers.trainer.data.candidates import Candidate
    from workers.trainer.data.encoded import Batch
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.model import TaskModel
    from workers.trainer.parts import Run

# Cosines differ by tenths; a softmax over them needs whole numbers (as in multiple negatives ranking).
COSINE_SCALE = 20.0


class CrossEncoder:
    """Reads query and candidate as one sequence: exact, and as costly as there are pairs."""

    has_head = True
    """Whether there is an output layer to solve."""
    tells_logits = True
    """Whether what the exported network says is the score itself, of which the logistic function makes a probability."""

    def encode(
        self,
        queries: Sequence[str],
        candidates: Sequence[Sequence[Candidate]],
        tokeniser: Tokeniser,
        base: Base,
        *,
        max_length: int | None,
    ) -> Encoded:
        """Rows without targets."""
        sizes = np.array([len(found) for found in candidates])
        first = [query for query, found in zip(queries, candidates, strict=True) for _ in found]
        second = [candidate.text for found in candidates for candidate in found]
        tokens = tokeniser.texts(first, second, max_length=max_length)
        return replace(end_to_end(tokens, sizes, has_types=base.has_types), num_truncated=tokens.num_truncated)

    def open_model(self, base: Base) -> PooledModel:
        return PooledModel(load_encoder(base), 1)

    def scores(self, model: PooledModel, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """(rows, places) of scores, and of whether there is a candidate; scores compare within a row."""
        pairs = apart(batch)
        return pairs.gathered(model(pairs.ids_ST, pairs.mask_ST, pairs.types_ST).squeeze(-1).float()), pairs.is_there()

    def told(self, model: PooledModel, batch: Batch) -> torch.Tensor:
        """(rows, places): what the exported network says."""
        return self.scores(model, batch)[0]

    def features(self, model: PooledModel, batch: Batch) -> list[torch.Tensor]:
        """What a linear layer can make a score of, (candidates, channels) for each row."""
        pairs = apart(batch)
        features_SC = model.pooled(pairs.ids_ST, pairs.mask_ST, pairs.types_ST).cpu()
        return list(features_SC.split(torch.bincount(pairs.row_S).tolist()))

    def load_head(self, model: TaskModel, head: Head) -> None:
        head.put_into(pooled(model).head)

    def deliverable(self, run: Run, *, is_probability: bool) -> PooledDeliverable:
        return PooledDeliverable.of(
            pooled(run.engine.model),
            run.base,
            labels=("score",),
            # What programs make of a single output: its logistic function, or nothing.
            problem_type="multi_label_classification" if is_probability else "regression",
        )

    def plain_scores(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> torch.Tensor:
        """What `told` says, by the exported network."""
        texts, others = ([str(item.inputs[role]) for item in golden] for role in ("text", "text_b"))
        scores: torch.Tensor = model(
            **tokenizer(texts, others, padding=True, truncation=True, return_tensors="pt")
        ).logits.squeeze(-1)
        return scores

    def usage(self, run: Run) -> Usage:
        return classifier_usage(
            f"Ranker of candidates for a query, on {run.base.info.name}",
            call='{"text": "the query", "text_pair": "a candidate"}',
            note=pooling_note(run.base),
        )


class ComparingModel(EmbeddingModel):
    """Vectors of texts, and the line that makes a score of a cosine."""

    def __init__(self, encoder: Any, *, is_learnt: bool) -> None:
        super().__init__(encoder)
        self.slope = nn.Parameter(torch.tensor(COSINE_SCALE), requires_grad=is_learnt)
        self.offset = nn.Parameter(torch.tensor(0.0), requires_grad=is_learnt)


class BiEncoder:
    """Compares a vector of the query with one of each candidate: candidates can be read ahead, once for all queries.

    Of lists only the differences between scores count, so nothing but the vectors learns; pairs need to know from which cosine on
    two texts belong together, which is learnt as well.
    """

    tells_logits = False

    def __init__(self, *, is_line_learnt: bool) -> None:
        self.has_head = is_line_learnt

    def encode(
        self,
        queries: Sequence[str],
        candidates: Sequence[Sequence[Candidate]],
        tokeniser: Tokeniser,
        base: Base,
        *,
        max_length: int | None,
    ) -> Encoded:
        del base
        sizes = np.array([len(found) for found in candidates])
        asked = tokeniser.texts(queries, max_length=max_length)
        texts = [candidate.text for found in candidates for candidate in found]
        offered = tokeniser.texts(texts, max_length=max_length)
        return Encoded(
            ids=asked.ids,
            others={"candidates": end_to_end(offered, sizes)},
            num_truncated=asked.num_truncated + offered.num_truncated,
            cuts=asked.cuts,
        )

    def open_model(self, base: Base) -> ComparingModel:
        return ComparingModel(load_encoder(base), is_learnt=self.has_head)

    def scores(self, model: ComparingModel, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        cosines_BN, is_there_BN = cosines(model, batch)
        return model.slope * cosines_BN + model.offset, is_there_BN

    def told(self, model: ComparingModel, batch: Batch) -> torch.Tensor:
        return cosines(model, batch)[0]

    def features(self, model: ComparingModel, batch: Batch) -> list[torch.Tensor]:
        """The cosine alone, in the scale of its usual slope so that the penalty on the weight stays small."""
        cosines_BN, is_there_BN = cosines(model, batch)
        return [
            (COSINE_SCALE * row[there]).unsqueeze(-1).cpu() for row, there in zip(cosines_BN, is_there_BN, strict=True)
        ]

    def load_head(self, model: TaskModel, head: Head) -> None:
        if not isinstance(model, ComparingModel):
            raise TypeError(f"a comparing model was expected, not {type(model).__name__}")
        with torch.no_grad():
            model.slope.copy_(COSINE_SCALE * head.weight_LC.squeeze())
            model.offset.copy_(head.bias_L.squeeze())

    def deliverable(self, run: Run, *, is_probability: bool) -> SentenceDeliverable:
        del is_probability
        return SentenceDeliverable.of(run.base, max_length=run.plan.max_length)

    def plain_scores(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> torch.Tensor:
        return plain_cosines(model, tokenizer, golden)

    def usage(self, run: Run) -> Usage:
        return sentence_usage(f"Vectors of queries and candidates, on {run.base.info.name}")


Ranker: TypeAlias = CrossEncoder | BiEncoder


def cosines(model: EmbeddingModel, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """(rows, places) of cosines between a row's text and its candidates, and whether there is one."""
    queries_BC = model.of(batch)
    candidates = apart(batch.others["candidates"])
    vectors_SC = model(candidates.ids_ST, candidates.mask_ST)
    cosines_S = (vectors_SC * queries_BC[candidates.row_S]).sum(-1)
    return candidates.gathered(cosines_S), candidates.is_there()
