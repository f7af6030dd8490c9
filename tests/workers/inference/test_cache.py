"""Files of models on disk: checked, kept within a limit, checked again after a restart."""

from __future__ import annotations

import hashlib
import http.server
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from workers.contract.serving import ModelFile, model_key_of
from workers.inference.cache import ModelCache, ModelError


def _put(root: Path, name: str, content: bytes = b"{}") -> tuple[str, tuple[ModelFile, ...]]:
    folder = root / "objects" / name
    folder.mkdir(parents=True)
    files = []
    for file_name, data in (("config.json", b"{}"), ("model.safetensors", content)):
        (folder / file_name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        files.append(ModelFile(name=file_name, sha256=digest, url=(folder / file_name).as_uri()))
    return model_key_of((file.name, file.sha256) for file in files), tuple(files)


def _cache(root: Path, **options) -> ModelCache:
    return ModelCache(root / "cache", root / "objects", **options)


def test_files_of_a_folder_in_it_and_the_chat_template_come_along(tmp_path):
    made = tmp_path / "objects" / "one"
    names = ("config.json", "1_Pooling/config.json", "chat_template.jinja")
    files = []
    for name in names:
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(b"{}")
        files.append(ModelFile(name=name, sha256=hashlib.sha256(b"{}").hexdigest(), url=(made / name).as_uri()))
    key = model_key_of((file.name, file.sha256) for file in files)
    for _ in range(2):  # A new cache finds the folder of the last one, whole.
        with _cache(tmp_path).folder(key, tuple(files)) as folder:
            assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.j*")} == set(names)
        (made / names[1]).unlink(missing_ok=True)
    for name in ("../x.json", "a/b/c.json", "/a.json", "a/../x.json", "other.jinja/x.json/y.json", "a//b.json"):
        with pytest.raises(ValidationError):
            ModelFile(name=name, sha256="0" * 64, url="file:///x")
    other = ModelFile(name="other.jinja", sha256="0" * 64, url="file:///x")
    with pytest.raises(ModelError, match="other"), _cache(tmp_path).folder("0" * 64, (other,)):
        pass


def test_folder_is_fetched_once_and_outlives_its_source(tmp_path):
    key, files = _put(tmp_path, "one", b"weights")
    cache = _cache(tmp_path)
    with cache.folder(key, files) as folder:
        assert (folder / "model.safetensors").read_bytes() == b"weights"
    (tmp_path / "objects" / "one" / "model.safetensors").unlink()
    with cache.folder(key, files) as folder:
        assert (folder / "model.safetensors").read_bytes() == b"weights"


def test_folder_that_changed_while_the_server_was_down_is_fetched_anew(tmp_path):
    key, files = _put(tmp_path, "one", b"weights")
    with _cache(tmp_path).folder(key, files) as folder:
        (folder / "model.safetensors").write_bytes(b"changed")
    with _cache(tmp_path).folder(key, files) as folder:
        assert (folder / "model.safetensors").read_bytes() == b"weights"


def test_interrupted_fetch_is_cleared_away(tmp_path):
    (tmp_path / "cache" / ".fetch-x").mkdir(parents=True)
    _cache(tmp_path)
    assert list((tmp_path / "cache").iterdir()) == []


def test_oldest_folders_make_room_but_never_one_in_use(tmp_path):
    cache = _cache(tmp_path, max_bytes=2500)
    models = [_put(tmp_path, name, name.encode() * 1000) for name in "abcd"]
    with cache.folder(*models[0]) as held:
        for key, files in models[1:]:
            with cache.folder(key, files):
                pass
        assert held.is_dir()
    kept = {path.name for path in (tmp_path / "cache").iterdir()}
    assert kept == {models[0][0], models[3][0]}
    with cache.folder(*models[1]) as folder:
        assert (folder / "model.safetensors").read_bytes() == b"b" * 1000


@pytest.mark.parametrize(
    "config",
    [
        b'{"auto_map": {"AutoModel": "x.Y"}}',
        b'{"encoder": {"auto_map": {"AutoConfig": "x.Y"}}}',
        b'{"parts": [{"trust_remote_code": true}]}',
    ],
)
def test_setting_that_names_code_is_refused_at_any_depth(tmp_path, config):
    folder = tmp_path / "objects"
    folder.mkdir()
    (folder / "config.json").write_bytes(config)
    file = ModelFile(
        name="config.json", sha256=hashlib.sha256(config).hexdigest(), url=(folder / "config.json").as_uri()
    )
    key = model_key_of([(file.name, file.sha256)])
    with pytest.raises(ModelError, match="names code"), _cache(tmp_path).folder(key, (file,)):
        pass
    assert list((tmp_path / "cache").iterdir()) == []


class _Store(http.server.BaseHTTPRequestHandler):
    """An object store that has one file and one redirect."""

    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "/config.json")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


def test_object_store_is_read_by_its_origin_only_and_redirects_are_not_followed(tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Store) as store:
        threading.Thread(target=store.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{store.server_port}"
        sha256 = hashlib.sha256(b"{}").hexdigest()
        key = model_key_of([("config.json", sha256)])

        def fetch(url: str, **options: str) -> None:
            file = ModelFile(name="config.json", sha256=sha256, url=url)
            with _cache(tmp_path, **options).folder(key, (file,)) as folder:
                assert (folder / "config.json").read_bytes() == b"{}"

        with pytest.raises(ModelError) as refused:
            fetch(f"{origin}/config.json")
        assert refused.value.code == "model.forbidden_url"
        with pytest.raises(ModelError) as moved:
            fetch(f"{origin}/moved?secret=1", object_origin=origin)
        assert moved.value.code == "model.unavailable"
        assert "secret" not in moved.value.message
        fetch(f"{origin}/config.json", object_origin=origin)
        store.shutdown()
