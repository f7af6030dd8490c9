"""An encoder whose file names its weights as those of a larger network, which is how most are published, is delivered as it was trained."""

from __future__ import annotations

import json
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
DISTILLED = {
    "hidden_size": "dim",
    "num_hidden_layers": "n_layers",
    "num_attention_heads": "n_heads",
    "intermediate_size": "hidden_dim",
}
DISENTANGLED = {
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_buckets": 4,
    "norm_rel_ebd": "layer_norm",
}
FAMILIES: dict[str, dict[str, Any]] = {
    "Bert": SIZES,
    "Roberta": SIZES,
    "XLMRoberta": SIZES,
    "Electra": {**SIZES, "embedding_size": 16},
    "DistilBert": {DISTILLED.get(name, name): value for name, value in SIZES.items()},
    "DebertaV2": {**SIZES, **DISENTANGLED},
    "ModernBert": {
        **SIZES,
        "bos_token_id": 2,
        "cls_token_id": 2,
        "eos_token_id": 3,
        "sep_token_id": 3,
        "local_attention": 4,
    },
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("network", ["Model", "ForMaskedLM"])
def test_a_plain_network_says_what_the_trained_encoder_says(tmp_path: Path, family: str, network: str) -> None:
    torch.manual_seed(5)
    config = getattr(transformers, f"{family}Config")(**FAMILIES[family])
    getattr(transformers, f"{family}{network}")(config).save_pretrained(tmp_path)
    info = describe(tmp_path, name=None, source=None, licence="MIT", languages=["en"])
    base = Base(info, tmp_path)
    model = PooledModel(load_encoder(base), 3).eval()
    torch.nn.init.normal_(model.head.weight)
    ids, mask = torch.randint(5, 60, (2, 9)), torch.ones(2, 9, dtype=torch.bool)
    ids[1, 6:], mask[1, 6:] = 1, False
    asked: dict[str, Any] = {"input_ids": ids, "attention_mask": mask.long()}
    with torch.inference_mode():
        labels = PooledDeliverable.of(model, base, labels=("a", "b", "c"), problem_type="single_label_classification")
        said = model(ids, mask)
        torch.testing.assert_close(labels.untouched()(**asked).logits, said, atol=1e-3, rtol=1e-3)
        assert (said[0] - said[1]).abs().max() > 0.1, "texts are told apart"
        vectors = SentenceDeliverable.of(base, max_length=64).untouched()(**asked).last_hidden_state
        states = model.encoder(**asked).last_hidden_state
    torch.testing.assert_close(token_mean(vectors, mask), token_mean(states, mask), atol=1e-5, rtol=1e-5)
    assert info.max_length == (64 if "Roberta" in family else 66), "of RoBERTa two positions are taken by padding"
    assert (info.hidden_size, info.pooling) == (32, "mean")
    assert ("translation" in info.tasks) == (family in {"Bert", "Roberta", "XLMRoberta"})


def test_what_is_read_is_the_mean_up_to_its_scale(tmp_path: Path) -> None:
    """Whatever function a family's classifier puts behind it; the first token has no share."""
    for family, values in FAMILIES.items():
        torch.manual_seed(5)
        config = getattr(transformers, f"{family}Config")(**values)
        folder = tmp_path / family.lower()
        getattr(transformers, f"{family}Model")(config).save_pretrained(folder)
        base = Base(describe(folder, name=None, source=None, licence="MIT", languages=["en"]), folder)
        model = PooledModel(load_encoder(base), 3).eval()
        ids = torch.randint(5, 60, (4, 9))
        with torch.inference_mode():
            mean = model.encoder(ids)[0].mean(1)
            features = model.pooled(ids, None)
        centred = mean - mean.mean(1, keepdim=True)
        assert torch.nn.functional.cosine_similarity(features, centred).min() > 0.9999, family


def test_a_network_with_a_convolution_is_not_described(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "deberta-v2", "conv_kernel_size": 3}))
    with pytest.raises(ValueError, match="a convolution between its layers"):
        describe(tmp_path, name=None, source=None, licence="MIT", languages=["en"])
