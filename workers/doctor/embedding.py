"""Embeddings of a base model, of texts (the mean over their tokens) and of words: a cache by content keeps them from run to run.

Texts are sorted by length, so that batches hold next to no padding, and every core has batches of its own (two threads of one core each are
faster than one operation on two, SPEED.md). Vectors are kept in half precision: the last bits depend on who else is in a batch.
"""

# ruff: noqa: N803, N806 - capital suffixes name the axes of a tensor: B batch, T token, C channel, N row

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

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
_SENTENCES_AT_ONCE = 512

Pool = Callable[[torch.Tensor, torch.Tensor | None, slice], torch.Tensor]
"""Vectors of a batch from (hidden states, mask or None, which of the texts these are)."""


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
            vectors = _embed(
                encoder, [ids[number] for number in some], lambda hidden, mask, _: token_mean(hidden, mask)
            )
            kept.add([int(keys[missing[number]]) for number in some], vectors)
            progress(len(texts) - len(missing) + start + len(some), len(texts))
    return np.stack([kept[key] for key in keys.tolist()])


def word_embeddings(
    sentences: Sequence[Sequence[str]],
    *,
    folder: Path,
    tokenizer: Any,
    cache: Path | None,
    progress: Callable[[int, int], None],
) -> list[HalfArray]:
    """Of each sentence (words, channels), of length 1: the first token of each word, but for words after `MOST_TOKENS`.

    Raises JobError `platform:base_model_damaged`.
    """
    kept = EmbeddingCache(cache, model_key(folder, "words"))
    encoded = _words_encoded(sentences, tokenizer)
    keys = [_word_keys(words, len(one.firsts)) for words, one in zip(sentences, encoded, strict=True)]
    unknown = {tuple(own): number for number, own in enumerate(keys) if not all(key in kept for key in own)}
    order = sorted(unknown.values(), key=lambda number: len(encoded[number].ids))
    encoder = _open(folder) if order else None
    for start in range(0, len(order), _SENTENCES_AT_ONCE):
        progress(len(sentences) - len(order) + start, len(sentences))
        some = order[start : start + _SENTENCES_AT_ONCE]
        pool = partial(_words_of, [torch.tensor(encoded[number].firsts) for number in some])
        vectors = _embed(encoder, [encoded[number].ids for number in some], pool)
        kept.add([key for number in some for key in keys[number]], vectors)
    return [np.stack([kept[key] for key in own]) for own in keys]


class _Encoded(NamedTuple):
    ids: list[int]
    firsts: list[int]
    """Of each word the place of its first token; of one without any, that of the token before."""


def _words_encoded(sentences: Sequence[Sequence[str]], tokenizer: Any) -> list[_Encoded]:
    tokenizer.enable_truncation(MOST_TOKENS)
    try:
        return [
            _first_tokens(one)
            for one in tokenizer.encode_batch([list(words) for words in sentences], is_pretokenized=True)
        ]
    finally:
        tokenizer.no_truncation()


def _first_tokens(encoding: Any) -> _Encoded:
    firsts: list[int] = []
    for place, word in enumerate(encoding.word_ids):
        if word is not None:
            firsts += [place if number == word else max(0, place - 1) for number in range(len(firsts), word + 1)]
    return _Encoded(encoding.ids or [0], firsts or [0])


def _words_of(
    firsts: Sequence[torch.Tensor], hidden_BTC: torch.Tensor, _mask: torch.Tensor | None, batch: slice
) -> torch.Tensor:
    return torch.cat([hidden_TC[first] for hidden_TC, first in zip(hidden_BTC, firsts[batch], strict=True)])


def _word_keys(words: Sequence[str], count: int) -> list[int]:
    """A word's vector depends on its sentence and its place there."""
    sentence = int(hashes(["\x1f".join(words)])[0])
    return [int(key) for key in hashes(f"{sentence}/{place}" for place in range(count))]


def model_key(folder: Path, of: str = "mean") -> str:
    """What vectors depend on besides the text: what is made one of, the weights, the tokenizer and how much of a text is read."""
    digest = hashlib.sha256(f"{of}/{MOST_TOKENS}/".encode())
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


def _embed(encoder: Any, ids: Sequence[Sequence[int]], pool: Pool) -> HalfArray:
    """`ids` in order of their length."""
    found = torch.cat(in_batches(encoder, ids, pool))
    return np.asarray(torch.nn.functional.normalize(found, dim=1).half().numpy())


def in_batches(network: Any, ids: Sequence[Sequence[int]], pool: Pool) -> list[torch.Tensor]:
    """What `pool` makes of a network's first output, batch by batch. `ids` in order of their length."""
    threads = num_threads()
    settle_vector_maths()

    def work(batch: slice) -> torch.Tensor:
        torch.set_num_threads(1)
        return _of_batch(network, ids[batch], lambda hidden, mask: pool(hidden, mask, batch))

    with ThreadPoolExecutor(threads) as workers:
        found = list(workers.map(work, _batches(ids)))
    torch.set_num_threads(threads)  # What a thread sets is partly set for all.
    return found


def _batches(ids: Sequence[Sequence[int]]) -> Iterator[slice]:
    start = 0
    for end in range(1, len(ids) + 1):
        is_last = end == len(ids)
        if (
            is_last
            or len(ids[end]) * (end + 1 - start) > _TOKENS_AT_ONCE
            or len(ids[start]) < _LEAST_FILLED * len(ids[end])
        ):
            yield slice(start, end)
            start = end


@torch.inference_mode()
def _of_batch(
    encoder: Any, ids: Sequence[Sequence[int]], pool: Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]
) -> torch.Tensor:
    longest = len(ids[-1])
    ids_BT = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids])
    mask_BT = torch.arange(longest)[None, :] < torch.tensor([len(row) for row in ids])[:, None]
    if bool(mask_BT.all()):
        return pool(encoder(input_ids=ids_BT)[0], None)
    return pool(encoder(input_ids=ids_BT, attention_mask=mask_BT.long())[0], mask_BT)
