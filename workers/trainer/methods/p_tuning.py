"""P-tuning (Liu et al. 2021, arXiv:2103.10385): embeddings in front of the text, computed by a small network while training.

The network only eases the learning; what is delivered are the vectors that it comes to.
"""

from __future__ import annotations

from typing import Any

import peft
from torch import nn

from workers.contract.rates import FACTOR_OF_METHOD
from workers.trainer.methods._virtual_tokens import VirtualTokenMethod


class PTuning(VirtualTokenMethod):
    # The network moves all vectors together, so less than prompt tuning needs.
    learning_rate_factor = FACTOR_OF_METHOD["p_tuning"]

    def source(self, body: Any) -> nn.Module:
        return peft.PromptEncoder(self.config_for(body))

    def config(self, **more: Any) -> peft.PromptEncoderConfig:
        return peft.PromptEncoderConfig(
            encoder_reparameterization_type=self.spec.encoder.upper(),
            encoder_hidden_size=more["token_dim"] if self.spec.encoder_size == "auto" else self.spec.encoder_size,
            **more,
        )
