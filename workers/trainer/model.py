"""The models that are trained: a transformer body, which methods change, and what a task puts on it.

MiniLM was pre-trained with mean pooling, and mean pooling is what works on it; but most sequence classifiers of plain
transformers pool the first token. `mean_pool` therefore computes exactly the function that one more standard layer and pooler of
the family compute with the weights written by `workers.trainer.pooling_layer`, so that what is trained is what any program loads.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, L label, N row

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from workers.trainer.lower_layers import beginning_with

if TYPE_CHECKING:
    from workers.trainer.data.encoded import Batch

# The extra layer adds the first token's state to the mean before it normalises; at 4096 : 1 its share is negligible,
# and a power of two loses no bit of the mean.
MEAN_SCALE = 4096.0


# The functions that classifiers put before their output layer, by families; others have none, or one that their config takes away.
BENDS = {"bert": "tanh", "roberta": "tanh", "xlm-roberta": "tanh", "electra": "gelu", "distilbert": "relu"}
# Scaled down by this, tanh is linear to 1 part in 10,000 even for the largest entries, and gelu, which halves, to 1 in 50.
BEND_SCALE = 2.0**-10
# Added before relu, which then cuts off only what is further below the mean of a vector than so many deviations.
RELU_SHIFT = 8.0
# Families whose classifier averages the tokens itself, so that no layer is added.
AVERAGING = frozenset({"modernbert"})
# What families call the dropout before their classifier's output layer; of the first that is set.
_DROPOUTS = ("classifier_dropout", "cls_dropout", "seq_classif_dropout", "hidden_dropout_prob")


def mean_pool(
    hidden_BTC: torch.Tensor, mask_BT: torch.Tensor | None, config: Any, *, num_empty: int = 0
) -> torch.Tensor:
    """`hidden` (batch, tokens, channels) to (batch, channels): the normalised mean over the tokens that are not padding.

    `config` is the encoder's; `num_empty` positions of zeros are counted in.
    """
    hidden_BTC = hidden_BTC.float()
    pooled_BC = token_mean(hidden_BTC, mask_BT, num_empty=num_empty)
    channels, eps = (pooled_BC.shape[-1],), _norm_eps(config)
    if config.model_type in AVERAGING:
        return functional.layer_norm(pooled_BC, channels, eps=eps)
    pooled_BC = MEAN_SCALE * pooled_BC + hidden_BTC[:, 0]
    pooled_BC = functional.layer_norm(pooled_BC, channels, eps=eps)
    pooled_BC = functional.layer_norm(pooled_BC, channels, eps=eps)
    return _bent(pooled_BC, BENDS.get(config.model_type))


def _bent(pooled_BC: torch.Tensor, bend: str | None) -> torch.Tensor:
    """What the output layer sees of a normalised vector, in the scale of that vector."""
    if bend == "tanh":
        return torch.tanh(BEND_SCALE * pooled_BC) / BEND_SCALE
    if bend == "gelu":
        return functional.gelu(BEND_SCALE * pooled_BC) * (2 / BEND_SCALE)
    if bend == "relu":
        return functional.relu(pooled_BC + RELU_SHIFT) - RELU_SHIFT
    return pooled_BC


def _norm_eps(config: Any) -> float:
    """DistilBERT's is in its code alone."""
    found = (getattr(config, name, None) for name in ("layer_norm_eps", "norm_eps"))
    return next((float(eps) for eps in found if eps is not None), 1e-12)


def _head_dropout(config: Any) -> float:
    found = (getattr(config, name, None) for name in _DROPOUTS)
    return next(float(p) for p in found if p is not None)


def token_mean(hidden_BTC: torch.Tensor, mask_BT: torch.Tensor | None, *, num_empty: int = 0) -> torch.Tensor:
    """(batch, tokens, channels) to (batch, channels): the mean over the tokens that are not padding, and `num_empty` zeros."""
    if mask_BT is None and not num_empty:
        return hidden_BTC.mean(1)
    if mask_BT is None:
        mask_BT = torch.ones_like(hidden_BTC[..., 0], dtype=torch.bool)
    weight_BT1 = mask_BT.unsqueeze(-1).to(hidden_BTC.dtype)
    return (hidden_BTC * weight_BT1).sum(1) / (weight_BT1.sum(1) + num_empty)


class TaskModel(nn.Module):
    """What the engine trains. Everything outside of `body` is the task's."""

    @property
    def body(self) -> Any:
        """The transformer: what methods act on and what the base model's weights fill."""
        raise NotImplementedError

    def settle(self) -> None:
        """Called once a method has chosen what of the body learns; what lies outside of it is new and learns in any case."""

    def of(self, batch: Batch) -> Any:
        """The model's output for the main sequence of a batch."""
        with beginning_with(self.body, batch):
            return self(batch.ids_BT, batch.mask_BT, batch.beside.get("types"))


class HeadedModel(TaskModel):
    """A network of plain transformers with its own head, trained as it is delivered."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    @property
    def body(self) -> Any:
        return self.network.base_model

    @property
    def output_layer(self) -> Any:
        """Of a network that says something about every token."""
        return self.network.qa_outputs if hasattr(self.network, "qa_outputs") else self.network.classifier

    @property
    def new_modules(self) -> list[str]:
        """The parts of the network beside its body that have weights, by their names."""
        parts = self.network.named_children()
        return [name for name, part in parts if part is not self.body and next(part.parameters(), None) is not None]

    def states(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, types_BT: torch.Tensor | None = None
    ) -> torch.Tensor:
        """What the output layer reads, (batch, tokens, channels): of the body, or what some families make of that in between."""
        more = {} if types_BT is None else {"token_type_ids": types_BT}
        hidden_BTC: torch.Tensor = self.body(input_ids=input_ids_BT, attention_mask=mask_BT, **more)[0]
        if hasattr(self.network, "head"):
            hidden_BTC = self.network.head(hidden_BTC)
        return hidden_BTC.float()

    def forward(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, types_BT: torch.Tensor | None = None
    ) -> Any:
        more = {} if types_BT is None else {"token_type_ids": types_BT}
        return self.network(input_ids=input_ids_BT, attention_mask=mask_BT, **more)


def headed(model: TaskModel) -> HeadedModel:
    """The model as what its task has opened it as."""
    if not isinstance(model, HeadedModel):
        raise TypeError(f"a network with a head was expected, not {type(model).__name__}")
    return model


def pooled(model: TaskModel) -> PooledModel:
    """The model as what its task has opened it as."""
    if not isinstance(model, PooledModel):
        raise TypeError(f"a pooled model was expected, not {type(model).__name__}")
    return model


class PooledModel(TaskModel):
    """`encoder` is a transformers encoder whose first output is (batch, tokens, channels); outputs are (batch, outputs)."""

    def __init__(self, encoder: Any, num_outputs: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.num_in_front = 0
        """Virtual tokens that the encoder puts before those of the text; the mean is over all."""
        self.num_empty = 0
        """Virtual tokens that are only keys and values, and zero where tokens are averaged."""
        self.dropout = nn.Dropout(_head_dropout(encoder.config))
        self.head = nn.Linear(encoder.config.hidden_size, num_outputs)
        nn.init.normal_(self.head.weight, std=encoder.config.initializer_range)
        nn.init.zeros_(self.head.bias)

    @property
    def body(self) -> Any:
        return self.encoder

    def pooled(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, types_BT: torch.Tensor | None = None
    ) -> torch.Tensor:
        more = {} if types_BT is None else {"token_type_ids": types_BT}
        hidden_BTC = self.encoder(input_ids=input_ids_BT, attention_mask=mask_BT, **more)[0]
        if mask_BT is not None:
            mask_BT = functional.pad(mask_BT, (self.num_in_front, 0), value=True)
        return mean_pool(hidden_BTC, mask_BT, self.encoder.config, num_empty=self.num_empty)

    def pooled_of(self, batch: Batch) -> torch.Tensor:
        with beginning_with(self.body, batch):
            return self.pooled(batch.ids_BT, batch.mask_BT, batch.beside.get("types"))

    def forward(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, types_BT: torch.Tensor | None = None
    ) -> torch.Tensor:
        return self.logits_of(self.pooled(input_ids_BT, mask_BT, types_BT))

    def logits_of(self, pooled_BC: torch.Tensor) -> torch.Tensor:
        logits_BL: torch.Tensor = self.head(self.dropout(pooled_BC))
        return logits_BL


class EmbeddingModel(TaskModel):
    """A transformers encoder whose mean over the tokens, brought to length one, stands for a text: (batch, channels)."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    @property
    def body(self) -> Any:
        return self.encoder

    def forward(
        self, input_ids_BT: torch.Tensor, mask_BT: torch.Tensor | None, types_BT: torch.Tensor | None = None
    ) -> torch.Tensor:
        more = {} if types_BT is None else {"token_type_ids": types_BT}
        hidden_BTC = self.encoder(input_ids=input_ids_BT, attention_mask=mask_BT, **more)[0]
        return functional.normalize(token_mean(hidden_BTC.float(), mask_BT), dim=-1)
