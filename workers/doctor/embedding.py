"""Mean-pooled embeddings of a base model, each computed once: a cache by content keeps them from run to run.

Texts are sorted by length, so that batches hold next to no padding, and every core has batches of its own (two threads of one core each are
faster than one operation on two, SPEED.md). Vectors are kept in half precision: the last bits depend on who else is in a batch.
"""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, N row

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from transformers import AutoModel

from workers.contract.reasons import JobError
from workers.doctor.normal import HashArray, hashes
from workers.trainer.environment import num_threads
from workers.trainer.model import token_mean
from workers.vector_maths import settle_vector_maths

HalfArray = npt.NDArray[np.float16]

MOST_TOKENS = 128
"""Of a text; what comes later hardly moves the mean, and MiniLM was trained on as many."""
_TOKENS_AT_ONCE = 4096
_LEAST_FILLED = 0.9
_SHARD = 4096


class EmbeddingCache:
    """Vectors by the hash of their text, in a folder or only in memory. Shards are whole or absent; damaged ones are as if absent."""

    def __init__(self, folder: Path | None, model_key: str) -> None:
        self._folder = folder
        self._prefix = f"vectors-{model_key}-"
        self._known: dict[int, HalfArray] = {}
        for path in (
            sorted(folder.glob(f"{self._prefix}*.safetensors")) if folder is not None and folder.is_dir() else ()
        ):
            try:
                shard = load_file(path)
                self._known |= dict(zip(shard["keys"].tolist(), shard["vectors"], strict=True))
            except (OSError, SafetensorError, KeyError, ValueError):
                continue

    def __contains__(self, key: int) -> bool:
        return key in self._known

    def __getitem__(self, key: int) -> HalfArray:
        return self._known[key]

    def add(self, keys: Sequence[int], vectors: HalfArray) -> None:
        self._known |= dict(zip(keys, vectors, strict=True))
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        texts = np.array(keys, dtype=np.uint64)
        name = hashlib.sha256(texts.tobytes()).hexdigest()[:16]
        path = self._folder / f"{self._prefix}{name}.safetensors"
        unfinished = path.with_name(f".tmp-{os.getpid()}-{path.name}")
        save_file({"keys": texts, "vectors": np.ascontiguousarray(vectors)}, unfinished)
        unfinished.replace(path)


def embeddings(
    texts: Sequence[str], *, folder: Path, tokenizer: Any, cache: Path | None, progress: Callable[[int, int], None]
) -> HalfArray:
    """(rows, channels), of length 1. Raises JobError `platform:base_model_damaged`."""
    keys = hashes(texts)
    kept = EmbeddingCache(cache, model_key(folder))
    missing = _missing(keys, kept)
    progress(len(texts) - len(missing), len(texts))
    if missing:
        encoder = _open(folder)
        ids = _token_ids([texts[index] for index in missing], tokenizer)
        order = sorted(range(len(missing)), key=lambda number: len(ids[number]))
        for start in range(0, len(order), _SHARD):
            some = order[start : start + _SHARD]
            vectors = _embed(encoder, [ids[number] for number in some])
            kept.add([int(keys[missing[number]]) for number in some], vectors)
            progress(len(texts) - len(missing) + start + len(some), len(texts))
    return np.stack([kept[key] for key in keys.tolist()])


def model_key(folder: Path) -> str:
    """What vectors depend on besides the text: the weights, the tokenizer and how much of a text is read."""
    digest = hashlib.sha256(f"mean/{MOST_TOKENS}/".encode())
    for path in (folder / "config.json", folder / "tokenizer.json", *sorted(folder.glob("*.safetensors"))):
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            message = f"The base model in {folder.name} lacks {path.name}; install it anew."
            raise JobError("platform:base_model_damaged", message, base_model=folder.name) from error
    return digest.hexdigest()[:16]


def _missing(keys: HashArray, kept: EmbeddingCache) -> list[int]:
    _, first = np.unique(keys, return_index=True)
    return [index for index in sorted(first.tolist()) if int(keys[index]) not in kept]


def _open(folder: Path) -> Any:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        return AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
    except (OSError, ValueError, SafetensorError) as error:
        message = (
            f"The base model in {folder.name} cannot be opened ({str(error).splitlines()[0][:200]}); install it anew."
        )
        raise JobError("platform:base_model_damaged", message, base_model=folder.name) from error


def _token_ids(texts: Sequence[str], tokenizer: Any) -> list[list[int]]:
    """With the model's own tokens around, cut at `MOST_TOKENS`."""
    tokenizer.enable_truncation(MOST_TOKENS)
    try:
        return [
            encoding.ids or [0]
            for encoding in tokenizer.encode_batch_fast([text[: MOST_TOKENS * 32] for text in texts])
        ]
    finally:
        tokenizer.no_truncation()


def _embed(encoder: Any, ids: Sequence[Sequence[int]]) -> HalfArray:
    """`ids` in order of their length."""
    threads = num_threads()
    settle_vector_maths()

    def work(some: Sequence[Sequence[int]]) -> torch.Tensor:
        torch.set_num_threads(1)
        return _of_batch(encoder, some)

    with ThreadPoolExecutor(threads) as pool:
        found = torch.cat(list(pool.map(work, _batches(ids))))
    torch.set_num_threads(threads)  # What a thread sets is partly set for all.
    return np.asarray(torch.nn.functional.normalize(found, dim=1).half().numpy())


def _batches(ids: Sequence[Sequence[int]]) -> Iterator[Sequence[Sequence[int]]]:
    start = 0
    for end in range(1, len(ids) + 1):
        is_last = end == len(ids)
        if (
            is_last
            or len(ids[end]) * (end + 1 - start) > _TOKENS_AT_ONCE
            or len(ids[start]) < _LEAST_FILLED * len(ids[end])
        ):
            yield ids[start:end]
            start = end


@torch.inference_mode()
def _of_batch(encoder: Any, ids: Sequence[Sequence[int]]) -> torch.Tensor:
    longest = len(ids[-1])
    ids_BT = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids])
    mask_BT = torch.arange(longest)[None, :] < torch.tensor([len(row) for row in ids])[:, None]
    if bool(mask_BT.all()):
        return token_mean(encoder(input_ids=ids_BT)[0], None)
    return token_mean(encoder(input_ids=ids_BT, attention_mask=mask_BT.long())[0], mask_BT)
