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
from transformers.modeling_outputs import CausalLMOutputWithCrossAttentions

from workers.trainer.data.encoded import IGNORED, TARGET
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

    @property
    def _below_logits(self) -> list[Any]:
        """The parts that make the states, whose parameters `logits` does not use but for a table that both share."""
        return [self.body]

    def head_parameters(self) -> list[nn.Parameter]:
        """What `logits` depends on and may learn."""
        inside = {id(parameter) for part in self._below_logits for parameter in part.parameters()}
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


class PairHead(nn.Module):
    """Says of a row that is two texts whether they stand as they were written: two logits, from the state of its first token."""

    def __init__(self, width: int, initializer_range: float) -> None:
        super().__init__()
        self.dense, self.answer = nn.Linear(width, width), nn.Linear(width, 2)
        for part in (self.dense, self.answer):
            nn.init.normal_(part.weight, std=initializer_range)
            nn.init.zeros_(part.bias)

    def forward(self, states_BTC: torch.Tensor) -> torch.Tensor:
        """(batch, tokens, channels) to (batch, 2)."""
        logits_B2: torch.Tensor = self.answer(torch.tanh(self.dense(states_BTC[:, 0])))
        return logits_B2


class MaskedModel(LanguageModel):
    """Every token sees the whole row; words that are hidden in it are to be found. `pairs` answers about pairs, where they are asked about;
    it is no part of the network, and so of nothing that is delivered.
    """

    def __init__(self, network: Any, new_names: frozenset[str] = frozenset(), *, has_pairs: bool = False) -> None:
        super().__init__(network, new_names)
        config = self.body.config
        self.pairs = PairHead(config.hidden_size, config.initializer_range) if has_pairs else None

    def forward(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, types_BT: torch.Tensor | None = None
    ) -> torch.Tensor:
        more = {} if types_BT is None else {"token_type_ids": types_BT}
        states_BTC: torch.Tensor = self.body(input_ids=input_ids_BT, attention_mask=mask_BT, **more)[0]
        return states_BTC


class EncoderDecoder(LanguageModel):
    """An encoder reads the source of a row, and a decoder, which looks at what the encoder made of it, says its target.

    Labels are what a batch has beside its source; the decoder is told them shifted by one, behind the token that its family starts with.
    Sources and targets are padded at their end: no target token sees what follows it, and padding of a source is masked.
    """

    def of(self, batch: Batch) -> torch.Tensor:
        """(batch, target tokens, channels): the states from which each token of the target is said."""
        target = batch.others[TARGET]
        labels_BT = target.ids_BT.masked_fill(target.mask() == 0, IGNORED)
        before_BT = self.network.prepare_decoder_input_ids_from_labels(labels_BT)
        states_BTC: torch.Tensor = self(batch.ids_BT, batch.mask_BT, before_BT)
        return states_BTC

    def forward(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, before_BT: torch.Tensor | None = None
    ) -> torch.Tensor:
        told = {
            "input_ids": input_ids_BT,
            "attention_mask": mask_BT,
            "decoder_input_ids": before_BT,
            "use_cache": False,
        }
        states_BTC: torch.Tensor
        if self.body is not self.network:
            states_BTC = self.body(**told)[0]
        # Where the network is its own body, what it says are the states once its output layer is left out.
        elif self._is_of_two_networks:
            states_BTC = _with_part(self.network, "decoder", _StatesOf(self.network.decoder))(**told).logits
        else:
            states_BTC = _with_part(self.network, "lm_head", nn.Identity())(**told).logits
        return states_BTC

    def logits(self, states_NC: torch.Tensor) -> torch.Tensor:
        if self.body is not self.network:
            return super().logits(states_NC)
        if self._is_of_two_networks:
            decoder = self.network.decoder
            return _told(decoder, decoder.base_model_prefix, states_NC)
        logits_NV: torch.Tensor = self.network.lm_head(states_NC)
        return logits_NV

    @property
    def _is_of_two_networks(self) -> bool:
        """Whether its decoder is a network with an output layer of its own."""
        return bool(self.network.config.model_type == "encoder-decoder")

    @property
    def _below_logits(self) -> list[Any]:
        return [self.network.encoder, self.network.decoder.base_model] if self._is_of_two_networks else [self.body]


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


class _StatesOf(nn.Module):
    """Stands for a decoder with an output layer, and gives its states where that gives logits."""

    def __init__(self, decoder: Any) -> None:
        super().__init__()
        self.config = decoder.config
        self.body = decoder.base_model

    def forward(self, **inputs: Any) -> Any:
        return CausalLMOutputWithCrossAttentions(logits=self.body(**inputs)[0])


def _told(network: Any, part: str, states_NC: torch.Tensor, **inputs: Any) -> torch.Tensor:
    """What a network makes of these states of its `part`: its own forward pass, with the part's answer put in."""
    logits_NV: torch.Tensor = _with_part(network, part, _Echo(states_NC.unsqueeze(0)))(**inputs).logits[0]
    return logits_NV


def _with_part(network: Any, name: str, part: nn.Module) -> Any:
    """The network with another part under this name; all others are shared."""
    stand_in = copy.copy(network)
    stand_in._modules = {**network._modules, name: part}  # noqa: SLF001 - a copy that shares all other parts has no other way
    return stand_in


def speaking(model: TaskModel) -> LanguageModel:
    """The model as what its task has opened it as."""
    if not isinstance(model, LanguageModel):
        raise TypeError(f"a language model was expected, not {type(model).__name__}")
    return model
