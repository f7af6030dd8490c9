"""Models that write: what follows a text, or the assistant's next turn. Greedy, and within limits of length and time."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, V vocabulary

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForCausalLM

from workers.chat_template import ChatTemplate, RenderingError
from workers.contract.results import Golden, ModelManifest
from workers.contract.serving import Message, Prediction, Question, TextPrediction
from workers.inference.answering import OneByOne, QuestionError, opened
from workers.inference.network import Encoded, Network, Options

# The longest sequence that is read and written here, whatever the network could.
_MOST_POSITIONS: Final = 4096
# One batch may take so long: a question that waits behind two others is still answered in time.
MOST_SECONDS: Final = 15.0
# Golden conversations are read up to here.
_GOLDEN_TOKENS: Final = 96
# Golden inputs at once: outputs over the vocabulary are large.
_GOLDEN_BATCH: Final = 4


@dataclass(frozen=True)
class Prompt(Encoded):
    """What is written on from, and how far at most."""

    max_new_tokens: int = 1


@dataclass(frozen=True)
class _Written:
    text: str
    num_tokens: int
    """Without the one that ends them."""
    is_ended: bool


class _Writer(OneByOne):
    """What follows a sequence of tokens."""

    def __init__(self, manifest: ModelManifest) -> None:
        del manifest

    def open(self, folder: Path) -> Any:
        return opened(AutoModelForCausalLM, folder)

    def check(self, config: Any) -> None:
        """Whatever opens as a causal language model is one."""

    def most_tokens(self, network: Network) -> int | None:
        return network.most_tokens_of_words

    def prompt(self, network: Network, question: Question) -> list[int]:
        """Tokens up to where the model is to write. Raises QuestionError."""
        raise NotImplementedError

    def golden_ids(self, network: Network, inputs: Mapping[str, Any]) -> list[int]:
        """Tokens of a golden input."""
        raise NotImplementedError

    def text(self, network: Network, before: list[int], ids: list[int]) -> str:
        """What is written, behind what was there before."""
        raise NotImplementedError

    def parts(self, network: Network, question: Question, options: Options) -> tuple[Encoded, ...]:
        most = min(_MOST_POSITIONS, int(getattr(network.model.config, "max_position_embeddings", _MOST_POSITIONS)))
        ids = self.prompt(network, question)
        if len(ids) >= most:
            (field,) = question
            raise QuestionError(
                "too_long",
                f"This has {len(ids)} tokens; the model reads at most {most - 1} and then writes.",
                field=field,
                limit=most - 1,
                count=len(ids),
            )
        room = min(options.max_new_tokens, most - len(ids))
        return (Prompt(ids, [0] * len(ids), len(ids), max_new_tokens=room),)

    def rows(self, network: Network, batch: Sequence[Encoded]) -> list[Any]:
        prompts = [one for one in batch if isinstance(one, Prompt)]
        most = max(one.max_new_tokens for one in prompts)
        said = network.written([one.token_ids for one in prompts], max_new_tokens=most, max_time_s=MOST_SECONDS)
        return [self._written(network, one, ids[: one.max_new_tokens]) for one, ids in zip(prompts, said, strict=True)]

    def _written(self, network: Network, prompt: Prompt, ids: list[int]) -> _Written:
        end = next((i for i, word in enumerate(ids) if word in network.ends), None)
        return _Written(
            text=self.text(network, prompt.token_ids, ids[:end]),
            num_tokens=len(ids[:end]),
            is_ended=end is not None,
        )

    def replayed(self, network: Network, golden: Sequence[Golden]) -> list[list[float]]:
        """The log-likelihoods of all tokens but the first."""
        found: list[list[float]] = []
        for first in range(0, len(golden), _GOLDEN_BATCH):
            ids = [self.golden_ids(network, item.inputs) for item in golden[first : first + _GOLDEN_BATCH]]
            batch = [Encoded(row, [0] * len(row), len(row)) for row in ids]
            spread_BTV = network.forward(batch).logits.float().log_softmax(-1)
            for row, tokens in enumerate(ids):
                places = torch.arange(len(tokens) - 1)
                found.append(spread_BTV[row, places, torch.tensor(tokens[1:])].tolist())
        return found

    def prediction(self, rows: Sequence[Any], parts: Sequence[Encoded], options: Options) -> Prediction:
        del options
        (written,), (part,) = rows, parts
        is_full = isinstance(part, Prompt) and written.num_tokens >= part.max_new_tokens
        return TextPrediction(
            text=written.text,
            num_new_tokens=written.num_tokens,
            finished_by="end" if written.is_ended else "max_new_tokens" if is_full else "time",
            num_tokens=part.num_tokens,
            is_truncated=False,
        )


class Continuation(_Writer):
    """Of a plain text. Spaces matter, and some tokenizers write the first one only behind other words."""

    def prompt(self, network: Network, question: Question) -> list[int]:
        (found,) = network.whole([question["prompt"]])
        ids: list[int] = found.ids
        return ids[:-1] if len(ids) > 1 and ids[-1] == network.tokenizer.eos_token_id else ids

    def golden_ids(self, network: Network, inputs: Mapping[str, Any]) -> list[int]:
        ((found, _),) = network.sequences([inputs["text"]])
        ids: list[int] = found.ids
        return ids

    def text(self, network: Network, before: list[int], ids: list[int]) -> str:
        decode = network.tokenizer.decode
        whole = str(decode([*before, *ids], skip_special_tokens=True))
        return whole.removeprefix(str(decode(before, skip_special_tokens=True)))


class Replies(_Writer):
    """The assistant's next turn in a conversation; a bare prompt is the first turn of the user."""

    def prompt(self, network: Network, question: Question) -> list[int]:
        (field,) = question
        try:
            return ChatTemplate(network.tokenizer).prompt(_conversation(question))
        except RenderingError as error:
            raise QuestionError(
                "invalid_conversation",
                f"The conversation does not fit the model's chat template: {error}.",
                field=field,
                problem=str(error),
            ) from error

    def golden_ids(self, network: Network, inputs: Mapping[str, Any]) -> list[int]:
        read = ChatTemplate(network.tokenizer).read(json.loads(inputs["messages"]), json.loads(inputs["tools"]))
        return read[-1].ids[:_GOLDEN_TOKENS]

    def text(self, network: Network, before: list[int], ids: list[int]) -> str:
        del before
        return str(network.tokenizer.decode(ids, skip_special_tokens=True)).strip()


def _conversation(question: Question) -> list[dict[str, str]]:
    if "prompt" in question:
        return [{"role": "user", "content": str(question["prompt"])}]
    return [
        {"role": message.role, "content": message.content}
        for message in question["messages"]
        if isinstance(message, Message)
    ]
