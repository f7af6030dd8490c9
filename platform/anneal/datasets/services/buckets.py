"""What lies in a customer's bucket, to choose from before any of it is fetched.

Asked through the same rules as every address that a customer names (`anneal.common.outbound`). Nothing here is kept or logged.
Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from anneal.common.errors import AnnealError
from anneal.common.outbound import Answer
from anneal.datasets.services.fetches import answer_check, outbound

DEADLINE_S: Final = 20.0
# A page of S3 has at most 1,000 names of at most 1,024 bytes, each byte written as three letters.
_MOST_BYTES: Final = 8 * 2**20
_NAMESPACE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class BucketFile:
    """One object: the address that it can be fetched from, its name below what was asked for, and its length."""

    url: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class Listing:
    """What was found, in the bucket's own order. `is_cut`: there is more than a page of names."""

    files: list[BucketFile]
    is_cut: bool


def bucket_list(*, url: str, s3: Mapping[str, str]) -> Listing:
    """Objects whose names begin with what follows the bucket in `s3://bucket/prefix`, at most 1,000.

    Markers of folders are left out. Raises AnnealError (400): `outbound.*` and `import.*`.
    """
    from anneal.common.s3 import s3_list_url, s3_split  # noqa: PLC0415 - boto3 costs 60 MB and is needed only with S3

    bucket, prefix = s3_split(url)
    with outbound().get(s3_list_url(url, **s3), {}, ends_at=time.monotonic() + DEADLINE_S) as answer:
        answer_check(answer, refused="import.list_refused")
        found, is_cut = _listed(answer)
    folder = prefix.rpartition("/")[0]
    begin = len(folder) + 1 if folder else 0
    files = [BucketFile(f"s3://{bucket}/{key}", key[begin:], size) for key, size in found if not key.endswith("/")]
    return Listing(files, is_cut)


def _listed(answer: Answer) -> tuple[list[tuple[str, int]], bool]:
    unlisted = AnnealError("import.unlisted", params={"host": answer.address.host})
    body = b""
    while piece := answer.read(2**16):
        body += piece
        if len(body) > _MOST_BYTES:
            raise unlisted
    try:
        text = body.decode()
        if "<!" in text:  # Declarations, entities among them: no list has any.
            raise unlisted
        root = ET.fromstring(text)  # noqa: S314 - what makes XML dangerous was refused above
    except (UnicodeDecodeError, ET.ParseError) as error:
        raise unlisted from error
    for element in root.iter():
        element.tag = _NAMESPACE.sub("", element.tag)
    if root.tag != "ListBucketResult":
        raise unlisted
    is_quoted = root.findtext("EncodingType") == "url"
    files = []
    for entry in root.iterfind("Contents"):
        key, size = entry.findtext("Key", ""), entry.findtext("Size", "")
        if not (key and size.isascii() and size.isdigit()):
            raise unlisted
        files.append((unquote_plus(key) if is_quoted else key, int(size)))
    return files, root.findtext("IsTruncated") == "true"
