"""A small web server on the loopback that serves files well or badly, as a test tells it."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """What the server does with a request, by path; and what it was asked."""

    pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def file(self, path: str, content: bytes, *, etag: str | None = '"one"', breaks_after: int | None = None) -> None:
        """A file that can be asked for in parts when it has an `etag`. `breaks_after`: bytes until the line breaks, the first time."""
        left = [breaks_after]

        def answer(request: BaseHTTPRequestHandler) -> None:
            asked = request.headers.get("Range")
            begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            is_part = bool(asked) and request.headers.get("If-Range") == etag
            begin = begin if is_part else 0
            request.send_response(206 if is_part else 200)
            request.send_header("Content-Length", str(len(content) - begin))
            if etag:
                request.send_header("ETag", etag)
                request.send_header("Accept-Ranges", "bytes")
            if is_part:
                request.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
            request.end_headers()
            until, left[0] = left[0], None
            request.wfile.write(content[begin : None if until is None else begin + until])

        self.pages[path] = answer

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        """Send on."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            request.send_header("Location", location)
            request.send_header("Content-Length", "0")
            request.end_headers()

        self.pages[path] = answer

    def status(self, path: str, status: int, *headers: tuple[str, str], body: bytes = b"") -> None:
        """Answer with a status and nothing useful."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in headers:
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)

        self.pages[path] = answer


@contextlib.contextmanager
def web_server(context: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve until the block ends."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append((self.path, dict(self.headers.items())))
            page = served.pages.get(self.path.split("?")[0])
            if page is None:
                self.send_error(404)
                return
            page(self)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # clients of these tests hang up on purpose
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    served.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
