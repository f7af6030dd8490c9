"""Learnt vectors in front of every text, as words of a plain model's vocabulary that its tokenizer puts there.

A soft prompt is a row of the embedding table that no text contains. Written into the table, with a tokenizer that begins every text
with it, it needs no code of ours: any program that opens the folder answers as the trained model does.
"""

# ruff: noqa: N803 - capital suffixes name the axes of a tensor: P virtual token, C channel

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

if TYPE_CHECKING:
    from collections.abc import Sequence


def can_carry_words(tokenizer: Any) -> bool:
    """Whether what the tokenizer puts around texts is a template, in which words can be written."""
    template = json.loads(tokenizer.backend_tokenizer.to_str())["post_processor"]
    return template is not None and template["type"] == "TemplateProcessing"


def add_virtual_words(model: Any, tokenizer: Any, vectors_PC: torch.Tensor) -> Any:
    """Make room for the words in the model; returns the tokenizer that begins with them and whose limit of length has grown by them."""
    words = [f"<virtual_{number}>" for number in range(len(vectors_PC))]
    tokenizer.add_tokens(words, special_tokens=True)
    ids = tokenizer.convert_tokens_to_ids(words)
    model.config = copy.deepcopy(model.config)  # Which the deliverable shares among the networks that it makes.
    model.resize_token_embeddings(max(int(model.config.vocab_size), max(ids) + 1), mean_resizing=False)
    with torch.no_grad():
        model.get_input_embeddings().weight[torch.tensor(ids)] = vectors_PC
    # Of no family's class: those make the template anew when they are opened.
    return PreTrainedTokenizerFast(
        tokenizer_object=_beginning_with(tokenizer.backend_tokenizer, words, ids),
        model_max_length=tokenizer.model_max_length + len(words),
        model_input_names=tokenizer.model_input_names,
        padding_side=tokenizer.padding_side,
        truncation_side=tokenizer.truncation_side,
        **tokenizer.special_tokens_map,
    )


def _beginning_with(backend: Tokenizer, words: Sequence[str], ids: Sequence[int]) -> Tokenizer:
    """The same tokenizer, whose template begins with these words."""
    document = json.loads(backend.to_str())
    template = document["post_processor"]
    pieces = [{"SpecialToken": {"id": word, "type_id": 0}} for word in words]
    template["single"] = [*pieces, *template["single"]]
    template["pair"] = [*pieces, *template["pair"]]
    template["special_tokens"] |= {
        word: {"id": word, "ids": [number], "tokens": [word]} for word, number in zip(words, ids, strict=True)
    }
    return Tokenizer.from_str(json.dumps(document))
