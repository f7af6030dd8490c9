"""Downloads: a signed, expiring link to one archive that is complete and right, or visibly broken."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile

import pytest
from django.core import signing

from anneal.common.storage import store
from anneal.registry import access
from anneal.registry.models import Artifact
from anneal.registry.zip_stream import DamagedFileError
from anneal.tenants.models import AuditEntry
from tests.anneal.registry.published import FILES, files_of_folder, publish
from tests.support.people import Api

pytestmark = pytest.mark.django_db


def _link(person, version, kind="merged"):
    detail = person.api.get(f"/model-versions/{version.id}").json()
    artifact_id = next(row["id"] for row in detail["artifacts"] if row["kind"] == kind)
    answer = person.api.post(f"/artifacts/{artifact_id}/download-link")
    assert answer.status_code == 200, answer.content
    return answer.json()


def _download(link) -> tuple[bytes, object]:
    answer = Api().client.get(link["url"])
    assert answer.status_code == 200
    return b"".join(answer.streaming_content), answer


def test_archive_holds_the_files_and_a_manifest_of_their_digests(owner, member, viewer, tmp_path):
    version = publish(owner, tmp_path, name="Kundenfragen: Zürich/客服")
    link = _link(member, version)
    content, answer = _download(link)
    assert int(answer["Content-Length"]) == len(content) == link["size_bytes"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"] == (
        'attachment; filename="Kundenfragen-Zurich-v1.zip"; '
        "filename*=UTF-8''Kundenfragen-%20Z%C3%BCrich-%E5%AE%A2%E6%9C%8D-v1.zip"
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        assert {name: archive.read(name) for name in FILES} == FILES
        manifest = json.loads(archive.read("manifest.json"))
    assert {file["name"] for file in manifest["files"]} == set(FILES)
    assert manifest["version"]["id"] == str(version.id)
    assert manifest["version"]["summary"]["verdict"] == "better"
    with owner.scope():
        artifact_id = Artifact.objects.get(version=version).id
        assert manifest["artifact"]["sha256"] == Artifact.objects.get(version=version).sha256
        (entry,) = AuditEntry.objects.filter(action="artifact.link_created")
        assert entry.actor_user_id == member.user.id
    assert viewer.api.post(f"/artifacts/{artifact_id}/download-link").status_code == 403


def test_archive_is_the_same_every_time_and_unzip_accepts_it(owner, tmp_path):
    version = publish(owner, tmp_path, adapter={"adapter_model.safetensors": b"123", "adapter_config.json": b"{}"})
    content, _ = _download(_link(owner, version))
    assert content == _download(_link(owner, version))[0]
    target = tmp_path / "model.zip"
    target.write_bytes(content)
    tested = subprocess.run(
        ["python3", "-m", "zipfile", "-t", str(target)], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout
    adapter, answer = _download(_link(owner, version, "adapter"))
    assert "Questions-v1-adapter.zip" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(adapter)) as archive:
        assert set(archive.namelist()) == {"adapter_model.safetensors", "adapter_config.json", "manifest.json"}


def test_head_tells_the_length_without_the_archive(owner, tmp_path):
    link = _link(owner, publish(owner, tmp_path))
    answer = Api().client.head(link["url"])
    assert (answer.status_code, int(answer["Content-Length"]), answer.content) == (200, link["size_bytes"], b"")


def test_expired_link_is_refused(owner, tmp_path, monkeypatch):
    link = _link(owner, publish(owner, tmp_path))
    monkeypatch.setattr(access, "LINK_VALID_S", -1)
    answer = Api().client.get(link["url"], headers={"Accept-Language": "zh-CN"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "download.expired")
    assert "过期" in answer.json()["error"]["message"]


@pytest.mark.parametrize("token", ["x", "a:b:c", "%00", "..", "null"])
def test_nonsense_token_is_not_found(owner, token):
    answer = Api().client.get(f"/downloads/{token}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] in {"download.not_found", "page.not_found"}


def test_damaged_token_and_one_made_for_another_purpose_are_not_found(owner, tmp_path):
    link = _link(owner, publish(owner, tmp_path))
    base, token = link["url"].rsplit("/", 1)
    claims = signing.loads(token, salt=access.DOWNLOAD_SALT)
    for bad in (token[:-1] + ("a" if token[-1] != "a" else "b"), signing.dumps(claims, salt="another.purpose")):
        assert Api().client.get(f"{base}/{bad}").status_code == 404


def test_token_is_bound_to_tenant_artifact_and_content(owner, stranger, tmp_path):
    version = publish(owner, tmp_path)
    link = _link(owner, version)
    base, token = link["url"].rsplit("/", 1)
    claims = signing.loads(token, salt=access.DOWNLOAD_SALT)
    for change in ({"tenant": str(stranger.tenant_id)}, {"artifact": str(version.id)}, {"sha256": "0" * 64}):
        forged = signing.dumps({**claims, **change}, salt=access.DOWNLOAD_SALT)
        assert Api().client.get(f"{base}/{forged}").status_code == 404


def test_changed_file_breaks_the_download_off(owner, tmp_path):
    version = publish(owner, tmp_path)
    with owner.scope():
        file = next(row for row in Artifact.objects.get(version=version).files if row["name"] == "model.safetensors")
    changed = bytearray(FILES["model.safetensors"])
    changed[500_000] ^= 1
    source = tmp_path / "changed"
    source.write_bytes(changed)
    store().put_file(file["key"], source)
    answer = Api().client.get(_link(owner, version)["url"])
    received = 0
    with pytest.raises(DamagedFileError, match=r"model\.safetensors"):  # noqa: PT012 - the loop is what raises
        for chunk in answer.streaming_content:
            received += len(chunk)
    assert received < int(answer["Content-Length"])


def test_missing_file_is_said_before_the_first_byte(owner, tmp_path):
    version = publish(owner, tmp_path)
    with owner.scope():
        store().delete(Artifact.objects.get(version=version).files[-1]["key"])
    answer = Api().client.get(_link(owner, version)["url"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "download.files_missing")


def test_aborted_download_closes_the_file(owner, tmp_path, monkeypatch):
    opened = []
    real = type(store()).open

    def remember(self, key):
        opened.append(real(self, key))
        return opened[-1]

    monkeypatch.setattr(type(store()), "open", remember)
    answer = Api().client.get(_link(owner, publish(owner, tmp_path))["url"])
    stream = iter(answer.streaming_content)
    next(stream)
    next(stream)
    answer.close()
    assert opened
    assert all(file.closed for file in opened)


def test_files_of_a_folder_come_back_as_they_were(owner, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "empty.txt").write_bytes(b"")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    content, _ = _download(_link(owner, publish(owner, tmp_path, files=files_of_folder(folder))))
    target = tmp_path / "out"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(target)
    (target / "manifest.json").unlink()
    assert files_of_folder(target) == files_of_folder(folder)
