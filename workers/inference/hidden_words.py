"""Words that a text hides behind a mask, and which they probably are."""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, N mask, V vocabulary

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForMaskedLM

from workers.contract.results import Golden, ModelManifest
from workers.contract.serving import HiddenWordsPrediction, Prediction, Question, WordScore
from workers.inference.answering import OneByOne, QuestionError, opened
from workers.inference.network import Encoded, Network, Options

MOST_MASKS: Final = 20
# In golden texts, every so many tokens one is hidden.
_GOLDEN_STEP: Final = 7
# Golden texts at once: outputs over the vocabulary are large.
_GOLDEN_BATCH: Final = 4


@dataclass(frozen=True)
class Masked(Encoded):
    """`masks` are the places of hidden tokens; `top_k` words are said for each."""

    masks: tuple[int, ...] = ()
    top_k: int = 1


class HiddenWords(OneByOne):
    def __init__(self, manifest: ModelManifest) -> None:
        del manifest

    def open(self, folder: Path) -> Any:
        return opened(AutoModelForMaskedLM, folder)

    def check(self, config: Any) -> None:
        """Whatever opens as a masked language model is one."""

    def most_tokens(self, network: Network) -> int | None:
        return network.most_tokens_of_words

    def parts(self, network: Network, question: Question, options: Options) -> tuple[Encoded, ...]:
        tokenizer, text = network.tokenizer, question["text"]
        ((found, num_tokens),), (whole,) = network.sequences([text]), network.whole([text])
        masks = tuple(i for i, number in enumerate(found.ids) if number == tokenizer.mask_token_id)
        num_masks = whole.ids.count(tokenizer.mask_token_id)
        if not num_masks:
            raise QuestionError(
                "no_mask",
                f"The text hides no word; put {tokenizer.mask_token} in the place of each.",
                field="text",
                mask=tokenizer.mask_token,
            )
        if num_masks > MOST_MASKS:
            raise QuestionError(
                "too_many_masks",
                f"The text hides {num_masks} words; at most {MOST_MASKS} are found at once.",
                field="text",
                limit=MOST_MASKS,
                count=num_masks,
            )
        if num_masks > len(masks):
            raise QuestionError(
                "too_long",
                f"The text has {num_tokens} tokens; a mask stands behind the {network.max_length} that the model reads.",
                field="text",
                limit=network.max_length,
                count=num_tokens,
            )
        return (Masked(found.ids, found.type_ids, num_tokens, masks=masks, top_k=options.top_k),)

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        """Of each text the likeliest words at each of its masks."""
        texts = [one for one in batch if isinstance(one, Masked)]
        return [_words(network, row_NV, one.top_k) for row_NV, one in zip(_spreads(network, texts), texts, strict=True)]

    def replayed(self, network: Network, golden: Sequence[Golden]) -> list[list[float]]:
        """The log-likelihoods of the true tokens of a text where some of them are hidden."""
        tokenizer = network.tokenizer
        special = set(tokenizer.all_special_ids)
        found = []
        for first in range(0, len(golden), _GOLDEN_BATCH):
            texts = [item.inputs["text"] for item in golden[first : first + _GOLDEN_BATCH]]
            batch, truths = [], []
            for one, num_tokens in network.sequences(texts):
                masks = [i for i, word in enumerate(one.ids) if i % _GOLDEN_STEP == 1 and word not in special]
                ids = list(one.ids)
                for place in masks:
                    ids[place] = tokenizer.mask_token_id
                truths.append([one.ids[place] for place in masks])
                batch.append(Masked(ids, one.type_ids, num_tokens, masks=tuple(masks)))
            for row_NV, truth in zip(_spreads(network, batch), truths, strict=True):
                found.append(row_NV[range(len(truth)), truth].tolist())
        return found

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        return HiddenWordsPrediction(masks=rows[0], num_tokens=parts[0].num_tokens, is_truncated=parts[0].is_truncated)


def _spreads(network: Network, batch: Sequence[Masked]) -> list[torch.Tensor]:
    """Of each text the log-probabilities of all words at each of its masks: (masks, words)."""
    logits_BTV = network.forward(batch).logits
    return [logits_BTV[row, list(one.masks)].float().cpu().log_softmax(-1) for row, one in enumerate(batch)]


def _words(network: Network, row_NV: torch.Tensor, top_k: int) -> tuple[tuple[WordScore, ...], ...]:
    best = row_NV.exp().topk(min(top_k, row_NV.shape[-1]), dim=-1)
    decode = network.tokenizer.decode
    return tuple(
        tuple(WordScore(word=decode([word]).strip(), score=score) for score, word in zip(scores, words, strict=True))
        for scores, words in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    )
