"""Texts in other words: translated to another language and back, once and before training (Sennrich et al. 2016, arXiv:1511.06709; as
augmentation of labelled texts, Xie et al. 2020, arXiv:1904.12848).

What a translator says is kept in files of JSON that are named by everything it depends on, so that a run that was killed goes on with the
next texts. Nothing is drawn at random: the words are the likeliest that greedy or beam search finds.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import torch
from transformers import AutoModelForSeq2SeqLM

from workers.contract.reasons import JobError
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer, open_language_network
from workers.trainer.data.encoded import Encoded, Ragged
from workers.trainer.durable import write_durably
from workers.trainer.engine import Engine, pick_device
from workers.trainer.environment import num_threads
from workers.trainer.generation import write
from workers.trainer.language_model import EncoderDecoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workers.contract.spec import BackTranslation
    from workers.trainer.bases import Base
    from workers.trainer.control import Control
    from workers.trainer.data.read import Rows

# Texts of one file: what a kill can cost.
_TEXTS_PER_FILE = 64


def back_translated(rows: Rows, spec: BackTranslation, *, cache: Path, control: Control) -> tuple[Rows, list[bool]]:
    """The rows with their texts translated there and back, and for which of them that gave another text.

    A text stays as it is where nothing or the same comes back, and where it is longer than a translator reads. Raises JobError for a
    translator that is none, and what `find_base` raises.
    """
    there, back = (_translator(slug, field) for slug, field in ((spec.there, "there"), (spec.back, "back")))
    roles = [role for role in ("text", "text_b") if role in rows.fields]
    texts = list(dict.fromkeys(text for role in roles for text in rows[role]))
    # What is opened here must not move the random numbers that the model to be trained begins with.
    with torch.random.fork_rng(devices=[]):
        abroad = translated(texts, there, spec.num_beams, cache=cache, control=control)
        said = list(dict.fromkeys(text for text in abroad.values() if text))
        home = translated(said, back, spec.num_beams, cache=cache, control=control)
    other = {text: home.get(abroad[text], "") or text for text in texts}
    is_other = {text: _plain(other[text]) != _plain(text) for text in texts}
    new = {role: tuple(other[text] if is_other[text] else text for text in rows[role]) for role in roles}
    pairs = zip(*(rows[role] for role in roles), strict=True)
    return rows.with_fields(**new), [any(is_other[text] for text in pair) for pair in pairs]


def translated(texts: Sequence[str], base: Base, num_beams: int, *, cache: Path, control: Control) -> dict[str, str]:
    """What the translator says for each text; "" for texts that are longer than it reads."""
    parts = [texts[start : start + _TEXTS_PER_FILE] for start in range(0, len(texts), _TEXTS_PER_FILE)]
    paths = [cache / f"translation-{_digest(base, num_beams, part)}.json" for part in parts]
    if not all(path.is_file() for path in paths):
        engine = _open(base, control)
        try:
            for path, part in zip(paths, parts, strict=True):
                if not path.is_file():
                    cache.mkdir(parents=True, exist_ok=True)
                    found = _said(engine, base, part, num_beams)
                    write_durably(path, json.dumps(found, ensure_ascii=False))
        finally:
            engine.close()
    said = [text for path in paths for text in json.loads(path.read_bytes())]
    return dict(zip(texts, said, strict=True))


def _translator(slug: str, field: str) -> Base:
    base = find_base(slug)
    if not base.info.is_translator:
        raise JobError(
            "spec:unsupported",
            f"{base.info.name} is no translation model with an encoder and a decoder; choose another for "
            f"augmentation.back_translation.{field}.",
            field=f"augmentation.back_translation.{field}",
        )
    return base


def _open(base: Base, control: Control) -> Engine:
    return Engine(
        EncoderDecoder(*open_language_network(base, AutoModelForSeq2SeqLM)),
        pad_id=load_tokenizer(base.folder).pad_token_id,
        device=pick_device(),
        threads=num_threads(),
        batch_size=_TEXTS_PER_FILE,
        between_batches=control.check,
    )


def _said(engine: Engine, base: Base, texts: Sequence[str], num_beams: int) -> list[str]:
    tokenizer = load_tokenizer(base.folder)
    ids = [tokenizer(text)["input_ids"] for text in texts]
    read = [place for place, found in enumerate(ids) if 0 < len(found) <= base.info.max_length]
    said = [""] * len(texts)
    if read:
        sources = Encoded(ids=Ragged.of([ids[place] for place in read]))
        longest = min(base.info.max_length - 1, 2 * int(sources.ids.lengths.max()) + 8)
        for place, found in zip(read, write(engine, sources, max_new_tokens=longest, num_beams=num_beams), strict=True):
            said[place] = tokenizer.decode(found, skip_special_tokens=True).strip()
    return said


def _digest(base: Base, num_beams: int, texts: Sequence[str]) -> str:
    asked = json.dumps([base.info.weights_sha256, num_beams, list(texts)])
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def _plain(text: str) -> str:
    """What makes two texts the same: neither space nor case does."""
    return " ".join(text.casefold().split())
