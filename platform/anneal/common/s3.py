"""The object store on S3 or anything that speaks it. The only module that imports boto3."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from anneal.common.errors import AnnealError
from anneal.common.storage import ReceivedPart, key_check

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GONE = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})


def s3_split(url: str) -> tuple[str, str]:
    """Bucket and key (or what keys begin with, which may be nothing) of an `s3://` address. Raises AnnealError `import.bad_s3`."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise AnnealError("import.bad_s3", param="url")
    return bucket, key


def s3_object_url(url: str, **access: str) -> str:
    """An http address, signed for an hour, of the object that `s3://bucket/key` means. Asks nobody. `access`: see `_signed`."""
    bucket, key = s3_split(url)
    if not key or key.endswith("/"):
        raise AnnealError("import.bad_s3", param="url")
    return _signed("get_object", {"Bucket": bucket, "Key": key}, **access)


def s3_list_url(url: str, **access: str) -> str:
    """A signed http address of the list of objects whose names begin as `s3://bucket/prefix` says. Asks nobody. `access`: see `_signed`."""
    bucket, prefix = s3_split(url)
    # Names may hold what XML cannot, so they are asked for quoted.
    return _signed("list_objects_v2", {"Bucket": bucket, "Prefix": prefix, "EncodingType": "url"}, **access)


def _signed(
    call: str,
    params: dict[str, str],
    *,
    access_key_id: str,
    secret_access_key: str,
    session_token: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> str:
    """An address that makes `call` for an hour.

    With an `endpoint_url` the bucket is a part of the path, as services beside Amazon's expect. Raises AnnealError `import.bad_s3`.
    """
    style = "path" if endpoint_url else "virtual"
    try:
        client = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            aws_session_token=session_token,
            region_name=region or "us-east-1",
            config=Config(signature_version="s3v4", s3={"addressing_style": style}),
        )
        signed: str = client.generate_presigned_url(call, Params=params, ExpiresIn=3600)
    except (ValueError, BotoCoreError) as error:
        raise AnnealError("import.bad_s3", param="url") from error
    return signed


class S3Store:
    """See `anneal.common.storage.ObjectStore`; uploads of large files are multipart, done by boto3's transfer manager."""

    def __init__(self, env: Any) -> None:
        self._bucket = env.s3_bucket
        self._client = boto3.client(
            "s3",
            endpoint_url=env.s3_endpoint_url,
            aws_access_key_id=env.s3_access_key_id,
            aws_secret_access_key=env.s3_secret_access_key,
            region_name=env.s3_region,
            # Without this older settings sign with version 2, which regions opened since 2014 refuse.
            config=Config(signature_version="s3v4", retries={"max_attempts": 5, "mode": "standard"}),
        )

    def put_file(self, key: str, path: Path) -> None:
        """See ObjectStore."""
        with _trouble_told(key):
            self._client.upload_file(str(path), self._bucket, key_check(key))

    def open(self, key: str) -> IO[bytes]:
        """See ObjectStore."""
        with _trouble_told(key):
            body = self._client.get_object(Bucket=self._bucket, Key=key_check(key))["Body"]
        return cast("IO[bytes]", _Body(key, body))

    def fetch(self, key: str, path: Path) -> None:
        """See ObjectStore."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _trouble_told(key):
            # boto3 downloads to a temporary name and renames.
            self._client.download_file(self._bucket, key_check(key), str(path))

    def size_bytes(self, key: str) -> int:
        """See ObjectStore."""
        with _trouble_told(key):
            size: int = self._client.head_object(Bucket=self._bucket, Key=key_check(key))["ContentLength"]
        return size

    def delete(self, key: str) -> None:
        """See ObjectStore."""
        with _trouble_told(key):
            self._client.delete_object(Bucket=self._bucket, Key=key_check(key))

    def delete_prefix(self, prefix: str) -> None:
        """See ObjectStore."""
        for key in list(self.list_keys(prefix)):
            self.delete(key)

    def list_keys(self, prefix: str, *, before: datetime | None = None) -> Iterator[str]:
        """See ObjectStore."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{key_check(prefix)}/"
        )
        with _trouble_told(prefix):
            for page in pages:
                for item in page.get("Contents", []):
                    if before is None or item["LastModified"] < before:
                        yield item["Key"]

    def worker_url(self, key: str, *, expires_s: int) -> str:
        """See ObjectStore."""
        url: str = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key_check(key)}, ExpiresIn=expires_s
        )
        return url

    def parts_begin(self, key: str) -> str:
        """See DirectStore."""
        with _trouble_told(key):
            begun: str = self._client.create_multipart_upload(Bucket=self._bucket, Key=key_check(key))["UploadId"]
        return begun

    def part_url(self, key: str, begun_id: str, number: int, *, size_bytes: int, expires_s: int) -> str:
        """See DirectStore. The length is signed, so that a longer or shorter part is refused."""
        params = {**self._begun(key, begun_id), "PartNumber": number, "ContentLength": size_bytes}
        url: str = self._client.generate_presigned_url("upload_part", Params=params, ExpiresIn=expires_s)
        return url

    def parts_received(self, key: str, begun_id: str) -> list[ReceivedPart]:
        """See DirectStore."""
        with _trouble_told(key):
            pages = list(self._client.get_paginator("list_parts").paginate(**self._begun(key, begun_id)))
        found = [part for page in pages for part in page.get("Parts", [])]
        return [ReceivedPart(part["PartNumber"], part["Size"], part["ETag"]) for part in found]

    def parts_finish(self, key: str, begun_id: str, parts: Sequence[ReceivedPart]) -> None:
        """See DirectStore."""
        listed = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        with _trouble_told(key):
            self._client.complete_multipart_upload(**self._begun(key, begun_id), MultipartUpload={"Parts": listed})

    def parts_drop(self, key: str, begun_id: str) -> None:
        """See DirectStore."""
        with suppress(FileNotFoundError), _trouble_told(key):
            self._client.abort_multipart_upload(**self._begun(key, begun_id))

    def _begun(self, key: str, begun_id: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": key_check(key), "UploadId": begun_id}


class _Body(io.RawIOBase):
    """The bytes of an object on their way here."""

    def __init__(self, key: str, body: Any) -> None:
        self._key = key
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        with _trouble_told(self._key):
            piece: bytes = self._body.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._body.close()
        super().close()


@contextmanager
def _trouble_told(key: str) -> Iterator[None]:
    """Whatever goes wrong at the other end is an OSError, as it is on a disk; FileNotFoundError when the object is not there."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            raise FileNotFoundError(key) from error
        raise OSError(f"{key}: {error}") from error
    except (Boto3Error, BotoCoreError) as error:
        raise OSError(f"{key}: {error}") from error
