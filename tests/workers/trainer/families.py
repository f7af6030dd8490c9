"""Tiny members of other families than BERT, with random weights and a tokenizer that is trained here: decoders and encoder-decoders."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    BartConfig,
    GPT2Config,
    LlamaConfig,
    MarianConfig,
    PreTrainedTokenizerFast,
    T5Config,
)

from workers.contract.catalogue import CATALOGUE, DECODER_TASKS, ENCODER_DECODER_TASKS, BaseModelInfo

_WIDTH, _LAYERS, _HEADS, _LONGEST, _VOCABULARY = 32, 2, 4, 128, 400
_TWO_STACKS: dict[str, Any] = {
    "d_model": _WIDTH,
    "encoder_layers": _LAYERS,
    "decoder_layers": _LAYERS,
    "encoder_attention_heads": _HEADS,
    "decoder_attention_heads": _HEADS,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": _LONGEST,
    "eos_token_id": 2,
    "pad_token_id": 3,
    "forced_eos_token_id": 2,
    "init_std": 0.2,
}
STORIES = "stories-260k"
"""A real pre-trained decoder, where the machine has it."""
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Family:
    slug: str
    family: str
    tasks: tuple[str, ...]
    config: Callable[[int], Any]
    """From the size of the vocabulary."""
    auto_class: Any
    chat_template: str | None = None
    adds_beginning: bool = False

    def info(self, folder: Path) -> BaseModelInfo:
        return BaseModelInfo(
            slug=self.slug,
            name=self.slug.replace("-", " ").title(),
            family=self.family,
            num_parameters=100_000,
            hidden_size=_WIDTH,
            max_length=_LONGEST,
            languages=("en",),
            tasks=self.tasks,
            licence="Apache-2.0",
            source=f"tests/{self.slug}",
            weights_sha256=hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
            package=None,
            pooling="none",
        )


FAMILIES = {
    family.slug: family
    for family in (
        Family(
            "tiny-llama",
            "llama",
            DECODER_TASKS,
            lambda size: LlamaConfig(
                vocab_size=size,
                hidden_size=_WIDTH,
                intermediate_size=64,
                num_hidden_layers=_LAYERS,
                num_attention_heads=_HEADS,
                num_key_value_heads=2,
                max_position_embeddings=_LONGEST,
                bos_token_id=1,
                eos_token_id=2,
                pad_token_id=None,
                initializer_range=0.2,
            ),
            AutoModelForCausalLM,
            chat_template=CHAT_TEMPLATE,
            adds_beginning=True,
        ),
        Family(
            "tiny-gpt2",
            "gpt2",
            DECODER_TASKS,
            lambda size: GPT2Config(
                vocab_size=size,
                n_embd=_WIDTH,
                n_layer=_LAYERS,
                n_head=_HEADS,
                n_positions=_LONGEST,
                bos_token_id=2,
                eos_token_id=2,
                initializer_range=0.2,
            ),
            AutoModelForCausalLM,
        ),
        Family(
            "tiny-t5",
            "t5",
            ENCODER_DECODER_TASKS,
            lambda size: T5Config(
                vocab_size=size,
                d_model=_WIDTH,
                d_kv=8,
                d_ff=64,
                num_layers=_LAYERS,
                num_heads=_HEADS,
                pad_token_id=3,
                eos_token_id=2,
                decoder_start_token_id=3,
                feed_forward_proj="gated-gelu",
            ),
            AutoModelForSeq2SeqLM,
        ),
        Family(
            "tiny-bart",
            "bart",
            ENCODER_DECODER_TASKS,
            lambda size: BartConfig(
                vocab_size=size,
                **_TWO_STACKS,
                bos_token_id=1,
                decoder_start_token_id=2,
            ),
            AutoModelForSeq2SeqLM,
        ),
        Family(
            "tiny-marian",
            "marian",
            ENCODER_DECODER_TASKS,
            lambda size: MarianConfig(
                vocab_size=size,
                **_TWO_STACKS,
                decoder_start_token_id=3,
            ),
            AutoModelForSeq2SeqLM,
        ),
    )
}


def build_families(models_dir: Path, texts: list[str]) -> None:
    """Every family under its slug; the tokenizers learn from `texts`."""
    for family in FAMILIES.values():
        folder = models_dir / family.slug
        folder.mkdir(parents=True)
        tokenizer = family_tokenizer(family, texts)
        tokenizer.save_pretrained(folder)
        torch.manual_seed(7)
        model = family.auto_class.from_config(family.config(len(tokenizer)))
        model.save_pretrained(folder)


def register_families(models_dir: Path) -> None:
    CATALOGUE.update(family_infos(models_dir))


def family_infos(models_dir: Path) -> dict[str, BaseModelInfo]:
    found = {slug: family.info(models_dir / slug) for slug, family in FAMILIES.items()}
    if (models_dir / STORIES).is_dir():
        found[STORIES] = _stories(models_dir / STORIES)
    return found


def _stories(folder: Path) -> BaseModelInfo:
    return replace(
        FAMILIES["tiny-llama"].info(folder),
        slug=STORIES,
        name="Stories 260K",
        num_parameters=260_032,
        hidden_size=64,
        max_length=512,
        licence="MIT",
        source="karpathy/tinyllamas",
    )


def family_tokenizer(family: Family, texts: list[str]) -> PreTrainedTokenizerFast:
    """Byte-level pieces that are learnt from `texts`."""
    backend = Tokenizer(models.BPE(unk_token=None))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    special = ["<unk>", "<s>", "</s>", "<pad>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    if family.adds_beginning:
        backend.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
        )
    elif family.auto_class is AutoModelForSeq2SeqLM:
        backend.post_processor = processors.TemplateProcessing(
            single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)]
        )
    is_decoder = family.auto_class is AutoModelForCausalLM
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>" if family.adds_beginning or not is_decoder else None,
        eos_token="</s>",
        unk_token="<unk>",
        # As published: most decoders have none.
        pad_token=None if is_decoder else "<pad>",
        model_max_length=_LONGEST,
    )
    tokenizer.chat_template = family.chat_template
    return tokenizer
