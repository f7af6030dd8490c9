"""Files of models on this machine's disk, fetched once, checked, and kept under their digest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import unquote, urlsplit

from workers.contract.serving import ModelFile, model_key_of

_ALLOWED: Final = (".safetensors", ".json", ".txt", ".md")
# How conversations are read; the library renders it in a sandbox.
_CHAT_TEMPLATE: Final = "chat_template.jinja"
_CHUNK_BYTES: Final = 1024 * 1024
_TIMEOUT_S: Final = 30.0
_MAX_BYTES: Final = 20 * 2**30
_MAX_CONFIG_BYTES: Final = 2**20
# Names that make libraries import code which lies beside the weights.
_CODE_KEYS: Final = ("auto_map", "custom_pipelines", "trust_remote_code")


class ModelError(Exception):
    """Why a model is not served: a code for programs and words for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A signed address is final; following redirects would let its owner send this server anywhere."""

    def redirect_request(
        self, _req: urllib.request.Request, _fp: IO[bytes], _code: int, _msg: str, _headers: HTTPMessage, _newurl: str
    ) -> None:
        return None


# No proxy either: files come from this machine or from the object store, directly.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())


class ModelCache:
    """Folders `<root>/<model key>`; a folder is complete or absent. Files are hashed while they are copied here.

    Files come from inside `artifact_root`, or signed by https, or from `object_origin`: an object store of our own network.
    """

    def __init__(
        self, root: Path, artifact_root: Path, *, object_origin: str | None = None, max_bytes: int = _MAX_BYTES
    ) -> None:
        self._root = root
        self._artifact_root = artifact_root.resolve()
        self._object_origin = f"{object_origin.rstrip('/')}/" if object_origin else None
        self._max_bytes = max_bytes
        self._locks: dict[str, threading.Lock] = {}
        self._users: dict[str, int] = {}
        self._known: set[str] = set()
        self._door = threading.Lock()
        root.mkdir(parents=True, exist_ok=True)
        for leftover in root.glob(".fetch-*"):
            shutil.rmtree(leftover, ignore_errors=True)

    @contextmanager
    def folder(self, key: str, files: tuple[ModelFile, ...]) -> Iterator[Path]:
        """The folder with the files of a model, fetched when it is not here yet, and kept while in use. Raises ModelError."""
        with self._door:
            self._users[key] = self._users.get(key, 0) + 1
            lock = self._locks.setdefault(key, threading.Lock())
        try:
            with lock:
                self._ensure(key, files)
            yield self._root / key
        finally:
            with self._door:
                self._users[key] -= 1
                if not self._users[key]:
                    del self._users[key]

    def _ensure(self, key: str, files: tuple[ModelFile, ...]) -> None:
        place = self._root / key
        if key in self._known:
            os.utime(place)
            return
        _check_names(key, files)
        if place.is_dir() and not _is_intact(place, files):
            shutil.rmtree(place)
        if not place.is_dir():
            self._fetch(files, place)
            self._make_room(key)
        self._known.add(key)

    def _make_room(self, newest: str) -> None:
        """Drop the folders that were not used for longest, until the limit is kept or all are in use."""
        with self._door:
            places = sorted(
                (place for place in self._root.iterdir() if not place.name.startswith(".")),
                key=lambda place: place.stat().st_mtime,
            )
            sizes = {place: sum(file.stat().st_size for file in _files(place)) for place in places}
            total = sum(sizes.values())
            for place, size in sizes.items():
                if total > self._max_bytes and place.name != newest and place.name not in self._users:
                    self._known.discard(place.name)
                    shutil.rmtree(place)
                    total -= size

    def _fetch(self, files: tuple[ModelFile, ...], place: Path) -> None:
        fresh = Path(tempfile.mkdtemp(prefix=".fetch-", dir=self._root))
        try:
            for file in files:
                (fresh / file.name).parent.mkdir(exist_ok=True)
                _copy(self._source(file.url), fresh / file.name, file)
            _refuse_code(fresh)
            fresh.rename(place)
        except (OSError, HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # It carries the open connection.
            # The address is left out: a signed one is a credential.
            raise ModelError(
                "model.unavailable", f"The model's files could not be fetched: {type(error).__name__}."
            ) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _source(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "https" or (self._object_origin and url.startswith(self._object_origin)):
            return url
        if parts.scheme != "file" or parts.netloc:
            raise ModelError("model.forbidden_url", "Files come by file:// inside the artifact folder, or by https://.")
        path = Path(unquote(parts.path)).resolve()
        if not path.is_relative_to(self._artifact_root):
            raise ModelError("model.forbidden_url", "The file lies outside of the artifact folder.")
        return path.as_uri()


def _check_names(key: str, files: tuple[ModelFile, ...]) -> None:
    for file in files:
        if not file.name.endswith(_ALLOWED) and file.name != _CHAT_TEMPLATE:
            raise ModelError("model.forbidden_file", f"{file.name}: only safetensors, JSON and text are served.")
    if model_key_of((file.name, file.sha256) for file in files) != key:
        raise ModelError("model.wrong_key", "The model's key is not the digest of its files.")


def _copy(url: str, target: Path, file: ModelFile) -> None:
    digest = hashlib.sha256()
    with _opener.open(url, timeout=_TIMEOUT_S) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != file.sha256:
        raise ModelError("model.damaged", f"{file.name} is damaged: its digest differs.")


def _files(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()]


def _is_intact(place: Path, files: tuple[ModelFile, ...]) -> bool:
    """Whether a folder from before this start still holds exactly these files."""
    if {path.relative_to(place).as_posix() for path in _files(place)} != {file.name for file in files}:
        return False
    for file in files:
        with (place / file.name).open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
                return False
    return True


def _refuse_code(folder: Path) -> None:
    """No setting may name code, at any depth: a nested one has switched it on before (CVE-2026-5241)."""
    if not (folder / "config.json").is_file():
        raise ModelError("model.incomplete", "The model has no config.json.")
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        path = folder / name
        if not path.is_file():
            continue
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            raise ModelError("model.damaged", f"{name} is larger than {_MAX_CONFIG_BYTES} bytes.")
        try:
            names_code = _names_code(json.loads(path.read_bytes()))
        except (ValueError, RecursionError) as error:
            raise ModelError("model.damaged", f"{name} is not JSON.") from error
        if names_code:
            raise ModelError("model.forbidden_file", f"{name} names code to run; that is never done.")


def _names_code(value: Any) -> bool:
    if isinstance(value, dict):
        return any(value.get(key) for key in _CODE_KEYS) or any(map(_names_code, value.values()))
    return isinstance(value, list) and any(map(_names_code, value))
