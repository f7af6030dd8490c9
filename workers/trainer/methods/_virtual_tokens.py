"""Learnt vectors in front of the embedded tokens: what prompt tuning and P-tuning share.

They are put there by hooks on the stack that reads the text, so that the body keeps its modules, names and class. Of an
encoder-decoder it is the encoder; its decoder then sees them as well.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, P virtual token, T token, C channel

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from workers.trainer.anatomy import named_arguments
from workers.trainer.methods import _peft
from workers.trainer.methods._method import plain_weights
from workers.trainer.methods._peft import ADAPTER, PeftMethod
from workers.trainer.model import PooledModel

if TYPE_CHECKING:
    from pathlib import Path

    import peft

    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel

_NAME = "virtual_tokens"


def widened(mask_BT: torch.Tensor | None, count: int) -> torch.Tensor | None:
    """The mask with `count` tokens more in front."""
    return None if mask_BT is None else functional.pad(mask_BT, (count, 0), value=1)


def some_words(table: nn.Embedding, count: int) -> torch.Tensor:
    """(count,) random ids of words that the data set uses, padding excepted; a word may come twice."""
    words = torch.tensor([i for i in range(table.num_embeddings) if i != table.padding_idx])
    return words[torch.randint(len(words), (count,))].to(table.weight.device)


def num_cached(past: Any) -> int:
    """Tokens that a cache of keys and values holds already."""
    return 0 if past is None else int(past.get_seq_length())


class VirtualTokens(nn.Module):
    """`source` computes `count` vectors from their numbers. With `is_hidden` the stack's output is that of the text alone."""

    def __init__(self, source: nn.Module, count: int, *, is_hidden: bool) -> None:
        super().__init__()
        self.source = source
        self.count = count
        self._is_hidden = is_hidden
        self._are_in_front = False

    def vectors(self) -> torch.Tensor:
        """(virtual tokens, channels)."""
        vectors_PC: torch.Tensor = self.source(torch.arange(self.count, device=next(self.parameters()).device))
        return vectors_PC

    def put_before(self, body: Any) -> None:
        setattr(body, _NAME, self)
        if body.config.is_encoder_decoder:
            body.register_forward_pre_hook(self._widen_for_decoder, with_kwargs=True)
            body.get_encoder().register_forward_pre_hook(self._put_in_front, with_kwargs=True)
            return
        body.register_forward_pre_hook(self._put_in_front, with_kwargs=True)
        body.register_forward_hook(self._hide)

    def _put_in_front(
        self, stack: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[()], dict[str, Any]]:
        given = named_arguments(stack, args, kwargs)
        ids, embedded = given.pop("input_ids", None), given.pop("inputs_embeds", None)
        embedded_BTC = stack.get_input_embeddings()(ids) if embedded is None else embedded
        num_tokens = embedded_BTC.shape[1] + num_cached(given.get("past_key_values"))
        mask_BT = given.get("attention_mask")
        self._are_in_front = num_cached(given.get("past_key_values")) == 0
        if self._are_in_front:
            vectors_PC = self.vectors().to(embedded_BTC.dtype)
            embedded_BTC = torch.cat([vectors_PC.expand(len(embedded_BTC), -1, -1), embedded_BTC], dim=1)
            num_tokens += self.count
            if given.get("token_type_ids") is not None:
                given["token_type_ids"] = functional.pad(given["token_type_ids"], (self.count, 0))
        if mask_BT is not None and mask_BT.shape[1] < num_tokens:
            given["attention_mask"] = widened(mask_BT, self.count)
        if given.get("position_ids") is not None:
            given["position_ids"] = self._moved(given["position_ids"])
        return (), {**given, "inputs_embeds": embedded_BTC}

    def _moved(self, position_BT: torch.Tensor) -> torch.Tensor:
        position_BT = position_BT + self.count
        if not self._are_in_front:
            return position_BT
        first_P = torch.arange(self.count, device=position_BT.device)
        return torch.cat([first_P.expand(len(position_BT), -1), position_BT], dim=1)

    def _hide(self, stack: Any, args: Any, output: Any) -> Any:
        del stack, args
        if self._is_hidden and self._are_in_front:
            output["last_hidden_state"] = output.last_hidden_state[:, self.count :]
        return output

    def _widen_for_decoder(
        self, body: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[()], dict[str, Any]]:
        given = named_arguments(body, args, kwargs)
        return (), {**given, "attention_mask": widened(given.get("attention_mask"), self.count)}


class VirtualTokenMethod(PeftMethod):
    """The vectors become new words of the vocabulary, which the tokenizer puts in front of every text.

    That merged model is a plain network in a folder of its own, and the model server serves it like any other. A network that cannot take
    new words without a change of what it says (`Deliverable.takes_words`) is delivered as an adapter alone.
    """

    starts_as_base = False
    why_alone = "export:words_alone"

    @property
    def num_virtual_tokens(self) -> int:
        return int(self.spec.tokens)

    def source(self, body: Any) -> nn.Module:
        """What computes the vectors while training."""
        raise NotImplementedError

    def config(self, **more: Any) -> peft.PromptLearningConfig:
        raise NotImplementedError

    def config_for(self, body: Any) -> peft.PromptLearningConfig:
        """Of an adapter for the body; what is not used is written down all the same, since peft asks for it."""
        return self.config(
            num_virtual_tokens=self.num_virtual_tokens,
            token_dim=body.get_input_embeddings().weight.shape[1],
            num_transformer_submodules=1,
            num_layers=body.config.num_hidden_layers,
            num_attention_heads=body.config.num_attention_heads,
        )

    def prepare(self, model: TaskModel) -> None:
        _peft.refuse_where_token_types_get_lost(model)
        body = model.body
        body.requires_grad_(requires_grad=False)
        is_hidden = not isinstance(model, PooledModel)
        VirtualTokens(self.source(body), self.num_virtual_tokens, is_hidden=is_hidden).put_before(body)
        if isinstance(model, PooledModel):
            model.num_in_front = self.num_virtual_tokens

    def merged(self, body: Any) -> dict[str, torch.Tensor] | None:
        return {name: tensor for name, tensor in plain_weights(body).items() if not name.startswith(f"{_NAME}.")}

    def virtual_words(self, body: Any) -> torch.Tensor | None:
        found: torch.Tensor = getattr(body, _NAME).vectors().detach().cpu()
        return found

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        vectors_PC = getattr(body, _NAME).vectors().detach().cpu()
        model = _peft.wrapped(deliverable, self.config_for(body))
        model.prompt_encoder[ADAPTER].embedding = nn.Embedding.from_pretrained(vectors_PC)
        _peft.save(folder, model, deliverable)
        return True

    def open_adapter(self, folder: Path, deliverable: Deliverable) -> Any:
        model = super().open_adapter(folder, deliverable)
        return _WithoutVirtualTokens(model, self.num_virtual_tokens) if _says_every_token(deliverable) else model

    def opening_code(self, deliverable: Deliverable) -> str:
        if not _says_every_token(deliverable):
            return super().opening_code(deliverable)
        note = (
            f"# Outputs of the virtual tokens come first; those of the text are logits[:, {self.num_virtual_tokens}:]."
        )
        return f"{super().opening_code(deliverable)}\n{note}"


def _says_every_token(deliverable: Deliverable) -> bool:
    """Whether the plain network has an output for every token, virtual ones included."""
    return deliverable.auto_class in {
        "AutoModel",
        "AutoModelForTokenClassification",
        "AutoModelForQuestionAnswering",
        "AutoModelForCausalLM",
        "AutoModelForMaskedLM",
    }


class _WithoutVirtualTokens(nn.Module):
    """A network whose outputs of the virtual tokens are cut off."""

    def __init__(self, network: Any, count: int) -> None:
        super().__init__()
        self._network = network
        self._count = count

    def forward(self, **inputs: Any) -> Any:
        output = self._network(**inputs)
        for name in ("logits", "start_logits", "end_logits", "last_hidden_state"):
            if name in output:
                output[name] = output[name][:, self._count :]
        return output
