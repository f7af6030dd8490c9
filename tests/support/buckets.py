"""A server that speaks S3, on the loopback, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from types import SimpleNamespace


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """Its address. It holds nothing."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with contextlib.closing(http.client.HTTPConnection(host, port)) as connection:
        connection.request("POST", "/moto-api/reset")  # What it keeps outlives it, within one process.
        assert connection.getresponse().status == 200
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextlib.contextmanager
def s3_settings() -> Iterator[SimpleNamespace]:
    """Settings under which `S3Store` speaks to such a server; its bucket is there."""
    from anneal.common.s3 import S3Store

    with s3_server() as url:
        found = SimpleNamespace(
            s3_endpoint_url=url,
            s3_bucket="anneal",
            s3_access_key_id="key",
            s3_secret_access_key="secret",
            s3_region="us-east-1",
        )
        made = S3Store(found)
        made._client.create_bucket(Bucket=found.s3_bucket)
        made._client.close()
        yield found
