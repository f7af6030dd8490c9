"""Prompt tuning (Lester et al. 2021, arXiv:2104.08691): learnt embeddings in front of the text."""

from __future__ import annotations

from typing import Any

import peft
import torch

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.methods._virtual_tokens import VirtualTokenMethod, some_words


class PromptTuning(VirtualTokenMethod):
    # Only the input can move, through all the layers.
    learning_rate_factor = FACTOR_OF_METHOD["prompt"]

    def source(self, body: Any) -> torch.nn.Module:
        table = body.get_input_embeddings()
        source = peft.PromptEmbedding(self.config_for(body), table)
        with torch.no_grad():
            if self.spec.start == "words":
                source.embedding.weight.copy_(table.weight[some_words(table, self.spec.tokens)])
            else:
                source.embedding.weight.mul_(table.weight.std())
        return source

    def config(self, **more: Any) -> peft.PromptTuningConfig:
        return peft.PromptTuningConfig(**more)
