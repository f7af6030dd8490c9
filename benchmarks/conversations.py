"""`python -m benchmarks.conversations`: an epoch of supervised tuning of a small decoder, ours against TRL's SFTTrainer.

The decoder is a Llama of 4 layers of 256 channels with random weights, and a vocabulary of 8,000 made from the texts; rows are prompts with
completions of the lengths of alpaca and of glaive's calls of tools. TRL comes on top of the other requirements: `pip install trl==1.16.0`.
`--quick` takes few rows to see that it works, and saves nothing.
"""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # The same for everybody.

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import tokenizers
import torch
import transformers
import trl

from benchmarks.data import data_folder, read_jsonl
from benchmarks.loops import everybody_else_has, open_job
from benchmarks.results import keep, load_now
from workers.contract.catalogue import CATALOGUE
from workers.trainer import loop
from workers.trainer.describe import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

CORES = len(os.sched_getaffinity(0))
SLUG = "llama-of-four-layers"
VOCABULARY = 8000
END = "<end>"
# What the assistant says follows the prompt at once and is ended, as SFTTrainer has it for plain texts.
TEMPLATE = (
    "{% for m in messages %}{{ m['content'] }}{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
)
# TRL's own batch and rate; no warm-up and no decay of weights, as in its defaults.
SETTINGS = {"batch_size": 8, "learning_rate": 2e-5, "epochs": 1, "warmup_ratio": 0.0, "weight_decay": 0.0}
ROUNDS = 2
MAX_LENGTH = 1024


@dataclass(frozen=True)
class Rows:
    """Prompts and completions of one data set."""

    name: str
    train: list[dict[str, str]]
    validation: list[dict[str, str]]


@dataclass
class Epochs:
    """Seconds of each epoch, and the loss per token of the completions of validation after the last."""

    seconds: list[float]
    loss: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conversations", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, to see that it works; saves nothing")
    options = parser.parse_args(arguments)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    load = load_now()
    found = [
        pairs("alpaca_en_6k", 64 if options.quick else 320),
        pairs("glaive_toolcall_en_demo", 32 if options.quick else 96),
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_base(folder / "models" / SLUG, [text for rows in found for row in rows.train for text in row.values()])
        os.environ["ANNEAL_MODELS_DIR"] = str(folder / "models")
        CATALOGUE[SLUG] = describe(folder / "models" / SLUG, name=None, source=None, licence="none", languages=["en"])
        measured = {rows.name: measure(rows, folder, rounds=1 if options.quick else ROUNDS) for rows in found}
    figures = {
        name: {loop: {"seconds": one.seconds, "loss": one.loss} for loop, one in epochs.items()}
        for name, epochs in measured.items()
    }
    keep("6-conversations", {"load": load, **figures}, table(found, measured), is_quick=options.quick)
    return 0


def pairs(name: str, count: int) -> Rows:
    """Conversations as a prompt and its completion: the last answer, and everything before it."""

    def pair(row: dict[str, Any]) -> dict[str, str]:
        turns = [str(message["content"]).strip() for message in row["messages"]]
        last = max(i for i, message in enumerate(row["messages"]) if message["role"] == "assistant")
        return {"prompt": "\n".join(turns[:last]) + "\n", "completion": turns[last]}

    folder = data_folder(name)
    train, validation = (read_jsonl(folder / f"{split}.jsonl") for split in ("train", "validation"))
    return Rows(name, [pair(row) for row in train[:count]], [pair(row) for row in validation[:count]])


def make_base(folder: Path, texts: list[str]) -> None:
    """A decoder that knows nothing, and a tokenizer that knows the words of the texts."""
    made = tokenizers.ByteLevelBPETokenizer()
    made.train_from_iterator(texts, vocab_size=VOCABULARY, special_tokens=[END], show_progress=False)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=made._tokenizer, eos_token=END, pad_token=END)  # noqa: SLF001 - the way that tokenizers documents
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=256,
        intermediate_size=1024,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=2048,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        tie_word_embeddings=True,
    )
    torch.manual_seed(0)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)


def measure(rows: Rows, folder: Path, *, rounds: int) -> dict[str, Epochs]:
    """By the name of the contestant, ours last; interleaved."""
    data = folder / rows.name
    data.mkdir()
    for split, found in (("train", rows.train), ("validation", rows.validation), ("test", rows.validation)):
        lines = (json.dumps(row) + "\n" for row in found)
        (data / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    contestants: dict[str, dict[str, Any]] = {
        "TRL SFTTrainer, defaults": {},
        "TRL SFTTrainer, nothing computed twice": {"gradient_checkpointing": False},
        "TRL SFTTrainer, packed, nothing computed twice": {"gradient_checkpointing": False, "packing": True},
    }
    measured = {name: Epochs([]) for name in (*contestants, "Anneal")}
    for number in range(rounds):
        for name, options in contestants.items():
            with everybody_else_has(CORES):
                epoch_of_trl(rows, folder, measured[name], options)
        epoch_of_ours(rows, data, measured["Anneal"])
        print(rows.name, f"round {number + 1} of {rounds}:", measured, flush=True)
    return measured


def epoch_of_trl(rows: Rows, folder: Path, epochs: Epochs, options: dict[str, Any]) -> None:
    base = folder / "models" / SLUG
    with tempfile.TemporaryDirectory() as out:
        trainer = trl.SFTTrainer(
            model=transformers.AutoModelForCausalLM.from_pretrained(base),
            args=trl.SFTConfig(
                out,
                per_device_train_batch_size=SETTINGS["batch_size"],
                learning_rate=SETTINGS["learning_rate"],
                num_train_epochs=SETTINGS["epochs"],
                max_length=MAX_LENGTH,
                bf16=False,
                use_cpu=True,
                report_to=[],
                save_strategy="no",
                logging_strategy="no",
                disable_tqdm=True,
                dataloader_pin_memory=False,
                **options,
            ),
            train_dataset=datasets.Dataset.from_list(rows.train),
            processing_class=transformers.AutoTokenizer.from_pretrained(base),
        )
        start = time.perf_counter()
        trainer.train()
        epochs.seconds.append(time.perf_counter() - start)
        epochs.loss = loss_per_token(trainer.model, trainer.processing_class, rows.validation)


def epoch_of_ours(rows: Rows, data: Path, epochs: Epochs) -> None:
    with tempfile.TemporaryDirectory() as out:
        run = open_job(
            data,
            Path(out),
            base_model=SLUG,
            task={"type": "chat", "max_length": MAX_LENGTH},
            optimisation={**SETTINGS, "early_stopping": None},
        )
        start = time.perf_counter()
        for batches in run.steps_of_epoch(0):
            loop.accumulate(run, batches)
            run.optimiser.update(learning_rate=run.learning_rate_at(run.state.step), max_grad_norm=1.0)
            loop.advance(run, 0.0)
        epochs.seconds.append(time.perf_counter() - start)
        network: Any = run.engine.model
        epochs.loss = loss_per_token(network.network, run.tokenizer, rows.validation)
        run.close()


@torch.no_grad()
def loss_per_token(network: Any, tokenizer: Any, rows: list[dict[str, str]]) -> float:
    """Of the completions with their ends, computed the plainest way."""
    network.eval()
    total, count = 0.0, 0
    for row in rows:
        prompt = tokenizer(row["prompt"])["input_ids"]
        answer = [*tokenizer(row["completion"])["input_ids"], tokenizer.eos_token_id]
        ids = torch.tensor([(prompt + answer)[:MAX_LENGTH]])
        logits = network(input_ids=ids).logits[0, len(prompt) - 1 : -1].float()
        total += float(torch.nn.functional.cross_entropy(logits, ids[0, len(prompt) :], reduction="sum"))
        count += len(logits)
    return total / count


def table(found: list[Rows], measured: dict[str, dict[str, Epochs]]) -> str:
    lines = [
        "## Supervised tuning of a small decoder (Llama, 4 layers of 256 channels, random weights, batches of 8, fp32)",
        "",
        "| data set | loop | rows per second, median epoch | Anneal is faster by | loss per token after an epoch |",
        "|---|---|---|---|---|",
    ]
    for rows in found:
        ours = median(measured[rows.name]["Anneal"].seconds)
        lines += [
            f"| {rows.name} | {name} | {len(rows.train) / median(one.seconds):.1f} | {median(one.seconds) / ours:.2f} × | {one.loss:.4f} |"
            for name, one in measured[rows.name].items()
        ]
    return "\n".join(lines)


def median(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]


if __name__ == "__main__":
    raise SystemExit(main())
