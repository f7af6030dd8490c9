"""Networks that speak: decoders, encoder-decoders and masked language models, trained as they are delivered.

Their output layer is as wide as the vocabulary and costs as much as several transformer layers, so it is asked only where a loss or an
answer needs it: `of` gives the states of the last layer, and `logits` what the network makes of some of them.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, V vocabulary, N chosen position

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from workers.trainer.model import HeadedModel, TaskModel

if TYPE_CHECKING:
    from workers.trainer.data.encoded import Batch


class LanguageModel(HeadedModel):
    """A network with an output layer over the vocabulary. `new_names` are its parameters that the base model does not have."""

    def __init__(self, network: Any, new_names: frozenset[str] = frozenset()) -> None:
        super().__init__(network)
        self.new_names = new_names

    def settle(self) -> None:
        """A method has chosen what of the body learns; the output layer follows the table of token embeddings.

        The two are one matrix in many families, and of one kind in all of them. What is new must learn in any case.
        """
        learns = self.network.get_input_embeddings().weight.requires_grad
        inside = {id(parameter) for parameter in self.body.parameters()}
        for name, parameter in self.network.named_parameters():
            if name in self.new_names:
                parameter.requires_grad_(requires_grad=True)
            elif id(parameter) not in inside:
                parameter.requires_grad_(learns)

    @property
    def num_words(self) -> int:
        """The width of the output layer."""
        return int(self.network.get_output_embeddings().weight.shape[0])

    def logits(self, states_NC: torch.Tensor) -> torch.Tensor:
        """(positions, channels) to (positions, vocabulary), with all that the family does there: biases, scales, soft caps."""
        return _told(self.network, self.network.base_model_prefix, states_NC)

    def head_parameters(self) -> list[nn.Parameter]:
        """What `logits` depends on and may learn."""
        inside = {id(parameter) for parameter in self.body.parameters()}
        output = {id(parameter) for parameter in self.network.get_output_embeddings().parameters()}
        return [
            parameter
            for parameter in self.network.parameters()
            if parameter.requires_grad and (id(parameter) in output or id(parameter) not in inside)
        ]


class Decoder(LanguageModel):
    """Every token sees the tokens before it. Rows are padded at their end, where nothing before can see it: no mask is needed.

    Where a batch says `positions`, they begin anew with each document of a row, and no token sees another document.
    """

    def of(self, batch: Batch) -> torch.Tensor:
        states_BTC: torch.Tensor = self(batch.ids_BT, None, batch.beside.get("positions"))
        return states_BTC

    def forward(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, positions_BT: torch.Tensor | None = None
    ) -> torch.Tensor:
        if positions_BT is None:
            said = self.body(input_ids=input_ids_BT, attention_mask=mask_BT, use_cache=False)
        else:
            said = self.body(
                input_ids=input_ids_BT,
                attention_mask=_within_documents(positions_BT),
                position_ids=positions_BT,
                use_cache=False,
            )
        states_BTC: torch.Tensor = said[0]
        return states_BTC


class MaskedModel(LanguageModel):
    """Every token sees the whole row; words that are hidden in it are to be found."""

    def forward(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, types_BT: torch.Tensor | None = None
    ) -> torch.Tensor:
        more = {} if types_BT is None else {"token_type_ids": types_BT}
        states_BTC: torch.Tensor = self.body(input_ids=input_ids_BT, attention_mask=mask_BT, **more)[0]
        return states_BTC


def _within_documents(positions_BT: torch.Tensor) -> torch.Tensor:
    """(batch, 1, tokens, tokens), true where a token sees another: before it, and in the same document of its row."""
    document_BT = (positions_BT == 0).cumsum(-1)
    same_BTT = document_BT.unsqueeze(-1) == document_BT.unsqueeze(-2)
    seen_BTT: torch.Tensor = same_BTT.tril()
    return seen_BTT.unsqueeze(1)


class _Said:
    """Stands for the output of a part that has been asked already."""

    def __init__(self, states: torch.Tensor) -> None:
        self.last_hidden_state = states

    def __getitem__(self, index: int) -> torch.Tensor:
        return (self.last_hidden_state,)[index]

    def __getattr__(self, name: str) -> None:
        """Caches, attention maps and the like, which nobody asked for."""


class _Echo(nn.Module):
    def __init__(self, states: torch.Tensor) -> None:
        super().__init__()
        self._said = _Said(states)

    def forward(self, *_: Any, **__: Any) -> _Said:
        return self._said


def _told(network: Any, part: str, states_NC: torch.Tensor, **inputs: Any) -> torch.Tensor:
    """What a network makes of these states of its `part`: its own forward pass, with the part's answer put in."""
    stand_in = copy.copy(network)
    stand_in._modules = {**network._modules, part: _Echo(states_NC.unsqueeze(0))}  # noqa: SLF001 - a copy that shares all other parts has no other way
    logits_NV: torch.Tensor = stand_in(**inputs).logits[0]
    return logits_NV


def speaking(model: TaskModel) -> LanguageModel:
    """The model as what its task has opened it as."""
    if not isinstance(model, LanguageModel):
        raise TypeError(f"a language model was expected, not {type(model).__name__}")
    return model
