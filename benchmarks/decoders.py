"""What the benchmarks of decoders share: rows of real lengths, a Llama that knows nothing, TRL's trainer, one loss that judges everybody.

TRL comes on top of the other requirements: `pip install trl==1.16.0`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import tokenizers
import torch
import transformers
import trl

from benchmarks.data import data_folder, read_jsonl, write_jsonl
from benchmarks.loops import QUIET
from benchmarks.operations import Shape
from workers.contract.catalogue import CATALOGUE
from workers.trainer.describe import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

VOCABULARY = 8000
END = "<end>"
# What the assistant says follows the prompt at once and is ended, as SFTTrainer has it for plain texts.
TEMPLATE = (
    "{% for m in messages %}{{ m['content'] }}{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
)
BATCH_SIZE = 8  # TRL's own
MAX_LENGTH = 1024


@dataclass(frozen=True)
class Rows:
    """Prompts and completions of one data set."""

    name: str
    train: list[dict[str, str]]
    validation: list[dict[str, str]]


SMALL = Shape(channels=256, inner_channels=1024, layers=4, heads=4, key_heads=4)


def be_quiet() -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()


def pairs(name: str, count: int) -> Rows:
    """Conversations as a prompt and its completion: the last answer, and everything before it."""

    def pair(row: dict[str, Any]) -> dict[str, str]:
        turns = [str(message["content"]).strip() for message in row["messages"]]
        last = max(i for i, message in enumerate(row["messages"]) if message["role"] == "assistant")
        return {"prompt": "\n".join(turns[:last]) + "\n", "completion": turns[last]}

    folder = data_folder(name)
    train, validation = (read_jsonl(folder / f"{split}.jsonl") for split in ("train", "validation"))
    return Rows(name, [pair(row) for row in train[:count]], [pair(row) for row in validation[:count]])


def write_rows(rows: Rows, folder: Path) -> None:
    """The files of a job."""
    folder.mkdir()
    for split, found in (("train", rows.train), ("validation", rows.validation), ("test", rows.validation)):
        write_jsonl(folder / f"{split}.jsonl", found)


def offer_base(folder: Path, found: Sequence[Rows], shape: Shape, *, device: str = "cpu") -> None:
    """A decoder that knows nothing, and a tokenizer that knows the words of the texts, under the folder's name in the catalogue.

    On a GPU, where models are large, its file is in bfloat16.
    """
    made = tokenizers.ByteLevelBPETokenizer()
    texts = [text for rows in found for row in rows.train for text in row.values()]
    made.train_from_iterator(texts, vocab_size=VOCABULARY, special_tokens=[END], show_progress=False)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=made._tokenizer, eos_token=END, pad_token=END)  # noqa: SLF001 - the way that tokenizers documents
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    config = transformers.LlamaConfig(
        vocab_size=max(len(tokenizer), shape.vocabulary),
        hidden_size=shape.channels,
        intermediate_size=shape.inner_channels,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        max_position_embeddings=2048,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        tie_word_embeddings=shape.is_tied,
    )
    torch.manual_seed(0)
    with torch.device(device):
        network: Any = transformers.LlamaForCausalLM(config)
    network = network if device == "cpu" else network.bfloat16()
    network.save_pretrained(folder, max_shard_size="100GB")  # One file, as the catalogue has it.
    os.environ["ANNEAL_MODELS_DIR"] = str(folder.parent)
    CATALOGUE[folder.name] = describe(folder, name=None, source=None, licence="none", languages=["en"])


def sft_trainer(model: Any, rows: Rows, base: Path, out: str, *, options: dict[str, Any], **parts: Any) -> Any:
    """TRL's SFTTrainer. `options` are of its configuration; `parts` are its own, such as the configuration of an adapter."""
    return trl.SFTTrainer(
        model=model,
        args=trl.SFTConfig(
            out, **{**QUIET, "per_device_train_batch_size": BATCH_SIZE, "max_length": MAX_LENGTH, **options}
        ),
        train_dataset=datasets.Dataset.from_list(rows.train),
        processing_class=transformers.AutoTokenizer.from_pretrained(base),
        **parts,
    )


def tokens_of(tokenizer: Any, row: dict[str, str]) -> tuple[list[int], int]:
    """Prompt, completion and end, cut at the limit of length, and where the completion begins."""
    prompt = tokenizer(row["prompt"])["input_ids"]
    ids = [*prompt, *tokenizer(row["completion"])["input_ids"], tokenizer.eos_token_id]
    return ids[:MAX_LENGTH], min(len(prompt), MAX_LENGTH)


@torch.no_grad()
def loss_per_token(network: Any, tokenizer: Any, rows: list[dict[str, str]]) -> float:
    """Of the completions with their ends, computed the plainest way."""
    network.eval()
    total, count = 0.0, 0
    for row in rows:
        found, first = tokens_of(tokenizer, row)
        ids = torch.tensor([found], device=network.device)
        logits = network(input_ids=ids).logits[0, first - 1 : -1].float()
        total += float(torch.nn.functional.cross_entropy(logits, ids[0, first:], reduction="sum"))
        count += len(logits)
    return total / count
