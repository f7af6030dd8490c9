"""Files of models on this machine's disk, fetched once, checked, and kept under their digest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from workers.contract.serving import ModelFile, model_key_of

_ALLOWED: Final = (".safetensors", ".json", ".txt", ".md")
_CHUNK_BYTES: Final = 1024 * 1024
_TIMEOUT_S: Final = 60.0


class ModelError(Exception):
    """Why a model is not served: a code for programs and words for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ModelCache:
    """Folders `<root>/<model key>`; a folder is complete or absent.

    Files come from inside `artifact_root`, or signed by https, or from `object_origin`: an object store of our own network.
    """

    def __init__(self, root: Path, artifact_root: Path, *, object_origin: str | None = None) -> None:
        self._root = root
        self._artifact_root = artifact_root.resolve()
        self._object_origin = f"{object_origin.rstrip('/')}/" if object_origin else None
        self._locks: dict[str, threading.Lock] = {}
        self._door = threading.Lock()
        root.mkdir(parents=True, exist_ok=True)
        for leftover in root.glob(".fetch-*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def folder(self, key: str, files: tuple[ModelFile, ...]) -> Path:
        """The folder with the files of a model, fetched when it is not here yet. Raises ModelError."""
        place = self._root / key
        if place.is_dir():
            return place
        with self._lock(key):
            if not place.is_dir():
                self._fetch(key, files, place)
        return place

    def _lock(self, key: str) -> threading.Lock:
        with self._door:
            return self._locks.setdefault(key, threading.Lock())

    def _fetch(self, key: str, files: tuple[ModelFile, ...], place: Path) -> None:
        if model_key_of((file.name, file.sha256) for file in files) != key:
            raise ModelError("model.wrong_key", "The model's key is not the digest of its files.")
        for file in files:
            if not file.name.endswith(_ALLOWED):
                raise ModelError("model.forbidden_file", f"{file.name}: only safetensors, JSON and text are served.")
        fresh = Path(tempfile.mkdtemp(prefix=".fetch-", dir=self._root))
        try:
            for file in files:
                _copy(self._source(file.url), fresh / file.name, file)
            _refuse_code(fresh / "config.json")
            fresh.rename(place)
        except OSError as error:
            raise ModelError("model.unavailable", f"The model's files could not be read: {error}.") from error
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


def _copy(url: str, target: Path, file: ModelFile) -> None:
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as source, target.open("wb") as out:  # noqa: S310 - the scheme was checked
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        raise ModelError("model.damaged", f"{file.name} is damaged: its digest differs.")


def _refuse_code(config: Path) -> None:
    try:
        if "auto_map" in json.loads(config.read_bytes()):
            raise ModelError("model.forbidden_file", "config.json names code to run; that is never done.")
    except FileNotFoundError as error:
        raise ModelError("model.incomplete", "The model has no config.json.") from error
    except ValueError as error:
        raise ModelError("model.damaged", "config.json is not JSON.") from error
