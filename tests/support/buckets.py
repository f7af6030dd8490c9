"""A server that speaks S3, on the loopback, for as long as a test needs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace


@contextlib.contextmanager
def s3_server() -> Iterator[SimpleNamespace]:
    """Settings under which `S3Store` speaks to the server; its bucket is there."""
    from moto.server import ThreadedMotoServer

    from anneal.common.s3 import S3Store

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = SimpleNamespace(
        s3_endpoint_url=f"http://{host}:{port}",
        s3_bucket="anneal",
        s3_access_key_id="key",
        s3_secret_access_key="secret",
        s3_region="us-east-1",
    )
    made = S3Store(found)
    made._client.create_bucket(Bucket=found.s3_bucket)
    made._client.close()
    try:
        yield found
    finally:
        server.stop()
