"""`python -m workers.trainer.describe FOLDER`: the catalogue entry of a base model, made from the files in its folder.

Put the folder below `ANNEAL_MODELS_DIR` under the name of its slug, collect entries as a JSON list in a file, and let `ANNEAL_CATALOGUE`
name that file wherever Anneal runs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open

from workers.contract.catalogue import (
    DECODER_TASKS,
    ENCODER_DECODER_TASKS,
    ENCODER_TASKS,
    READING_TASKS,
    BaseModelInfo,
)
from workers.contract.spec import Slug

if TYPE_CHECKING:
    from collections.abc import Sequence

# Families whose configuration does not say that they write.
_DECODERS = frozenset(
    {
        "gpt2",
        "gpt_neox",
        "llama",
        "mistral",
        "qwen2",
        "qwen3",
        "gemma",
        "gemma2",
        "gemma3_text",
        "phi",
        "phi3",
    }
)
# Encoders whose classifier and dropout the trainer knows. Of the first a decoder can be made.
_WARM_STARTED = frozenset({"bert", "roberta", "xlm-roberta"})
_READERS = frozenset({"electra", "distilbert", "deberta-v2", "modernbert"})
_COUNTING_PADDING = frozenset({"roberta", "xlm-roberta"})
_WIDTHS = ("hidden_size", "n_embd", "d_model", "dim")
_LENGTHS = ("max_position_embeddings", "n_positions", "n_ctx")
_DEFAULT_LENGTH = 512
_WHY_IT_ONLY_READS = (
    "{name} is not offered for translation and summarisation: it only reads, and no decoder can be made of the family "
    "{family}."
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        info = describe(
            options.folder,
            name=options.name,
            source=options.source,
            licence=options.licence,
            languages=options.languages,
        )
    except (OSError, ValueError, SafetensorError) as error:
        print(f"{options.folder} cannot be described: {error}", file=sys.stderr)  # noqa: T201 - this is the command's answer
        return 2
    print(json.dumps([asdict(info)], indent=1, ensure_ascii=False))  # noqa: T201 - likewise
    if info.family in _READERS:
        print(_WHY_IT_ONLY_READS.format(name=info.name, family=info.family), file=sys.stderr)  # noqa: T201 - likewise
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.trainer.describe", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="with config.json, model.safetensors and the tokenizer; its name becomes the slug"
    )
    parser.add_argument("--name", help="for people; default: the slug")
    parser.add_argument("--source", help="where others find the model, as owner/name; default: the slug")
    parser.add_argument("--licence", default="unknown")
    parser.add_argument("--languages", nargs="*", default=["en"], metavar="CODE")
    return parser


def describe(
    folder: Path, *, name: str | None, source: str | None, licence: str, languages: Sequence[str]
) -> BaseModelInfo:
    """Raises OSError or SafetensorError for files that cannot be read, ValueError for a family that the trainer does not know."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    family = str(config.get("model_type", ""))
    weights = folder / "model.safetensors"
    tasks = _tasks_of(family, config)
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    slug = TypeAdapter(Slug).validate_python(folder.resolve().name)
    return BaseModelInfo(
        slug=slug,
        name=name or slug,
        family=family,
        num_parameters=_num_parameters(weights),
        hidden_size=next((int(config[key]) for key in _WIDTHS if config.get(key)), 0),
        max_length=_max_length(family, config),
        languages=tuple(languages),
        tasks=tasks,
        licence=licence,
        source=source or slug,
        weights_sha256=digest,
        package=None,
        pooling="mean" if set(READING_TASKS) <= set(tasks) else None,
    )


def _tasks_of(family: str, config: dict[str, Any]) -> tuple[str, ...]:
    if config.get("is_encoder_decoder") or family in {"t5", "mt5", "bart", "marian", "mbart"}:
        return ENCODER_DECODER_TASKS
    if family in _DECODERS:
        return DECODER_TASKS
    if family in _WARM_STARTED:
        return ENCODER_TASKS
    if family == "deberta-v2" and config.get("conv_kernel_size"):
        raise ValueError("it has a convolution between its layers, which is not known; DeBERTa-v3 models have none")
    if family in _READERS:
        return READING_TASKS
    known = ", ".join(sorted(_DECODERS | _WARM_STARTED | _READERS))
    raise ValueError(f"the family {family!r} is not known; known are {known} and encoder-decoders")


def _max_length(family: str, config: dict[str, Any]) -> int:
    length = next((int(config[key]) for key in _LENGTHS if config.get(key)), _DEFAULT_LENGTH)
    # Their positions are counted from behind that of padding.
    return length - int(config.get("pad_token_id", 1)) - 1 if family in _COUNTING_PADDING else length


def _num_parameters(weights: Path) -> int:
    with safe_open(weights, framework="np") as file:
        total = 0
        for key in file.keys():  # noqa: SIM118 - not a mapping
            count = 1
            for size in file.get_slice(key).get_shape():
                count *= size
            total += count
    return total


if __name__ == "__main__":
    sys.exit(main())
