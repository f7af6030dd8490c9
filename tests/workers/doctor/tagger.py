"""A tagger without layers, set by hand: it knows first names, last names and towns by pieces of words, wherever they stand."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertForTokenClassification

from workers.contract.doctor import NamesModel
from workers.contract.results import ModelManifest
from workers.trainer.bases import find_base

LABELS = ("O", "B-PER", "I-PER", "B-LOC")
FIRST_NAMES = ("anna", "##berg", "jean", "o", "mei", "王")
LAST_NAMES = ("smith", "jones", "明")
TOWNS = ("paris", "london")


def build_tagger(folder: Path, *, max_length: int = 16) -> NamesModel:
    """The folder of a model as the trainer exports it, of which people are names."""
    folder.mkdir(parents=True)
    source = find_base("minilm-l6-v2").folder / "tokenizer.json"
    shutil.copy(source, folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(source))
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=8,
        num_hidden_layers=0,
        num_attention_heads=1,
        max_position_embeddings=max_length,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    network = BertForTokenClassification(config)
    with torch.no_grad():
        for weights in (*network.bert.embeddings.parameters(), *network.classifier.parameters()):
            weights.zero_()
        network.bert.embeddings.LayerNorm.weight.fill_(1)
        words = network.bert.embeddings.word_embeddings.weight
        words[:, 0] = 1
        for label, names in enumerate((FIRST_NAMES, LAST_NAMES, TOWNS), start=1):
            for name in names:
                words[tokenizer.token_to_id(name), label] = 9
        network.classifier.weight[:, : len(LABELS)] = torch.eye(len(LABELS))
    network.save_pretrained(folder)
    manifest = ModelManifest(
        task="token_classification",
        base_model="minilm-l6-v2",
        spec_sha256="0" * 64,
        labels=LABELS,
        max_length=max_length,
        golden=(),
    )
    (folder / "anneal.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    return NamesModel(folder=str(folder), types=("PER",))
