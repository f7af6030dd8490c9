"""An encoder whose file names its weights as those of a larger network, which is how most are published, is delivered as it was trained."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers

from workers.trainer.bases import Base
from workers.trainer.bodies import load_encoder
from workers.trainer.describe import describe
from workers.trainer.model import PooledModel, token_mean
from workers.trainer.pooling_layer import PooledDeliverable
from workers.trainer.sentence_folder import SentenceDeliverable

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.tiny import Tiny

SIZES = {
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 66,
    "pad_token_id": 1,
    "initializer_range": 0.3,
}


@pytest.mark.parametrize("family", ["Bert", "Roberta", "XLMRoberta"])
@pytest.mark.parametrize("network", ["Model", "ForMaskedLM"])
def test_a_plain_network_says_what_the_trained_encoder_says(
    tiny_base: Tiny, tmp_path: Path, family: str, network: str
) -> None:
    torch.manual_seed(5)
    config = getattr(transformers, f"{family}Config")(**SIZES)
    getattr(transformers, f"{family}{network}")(config).save_pretrained(tmp_path)
    weights_sha256 = hashlib.sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest()
    info = replace(tiny_base.info, slug=tmp_path.name, family=config.model_type, weights_sha256=weights_sha256)
    base = Base(info, tmp_path)
    model = PooledModel(load_encoder(base), 3).eval()
    torch.nn.init.normal_(model.head.weight)
    ids, mask = torch.randint(5, 60, (2, 9)), torch.ones(2, 9, dtype=torch.bool)
    ids[1, 6:], mask[1, 6:] = 1, False
    asked: dict[str, Any] = {"input_ids": ids, "attention_mask": mask.long()}
    with torch.inference_mode():
        labels = PooledDeliverable.of(model, base, labels=("a", "b", "c"), problem_type="single_label_classification")
        torch.testing.assert_close(labels.untouched()(**asked).logits, model(ids, mask), atol=1e-3, rtol=1e-3)
        vectors = SentenceDeliverable.of(base, max_length=64).untouched()(**asked).last_hidden_state
        states = model.encoder(**asked).last_hidden_state
    torch.testing.assert_close(token_mean(vectors, mask), token_mean(states, mask), atol=1e-5, rtol=1e-5)
    found = describe(tmp_path, name=None, source=None, licence="MIT", languages=["en"])
    assert found.max_length == (66 if family == "Bert" else 64), "of RoBERTa two positions are taken by padding"
