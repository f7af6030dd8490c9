"""A mail server on the loopback that speaks enough SMTP to take a mail, or to refuse one."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """`letters` are what it took. `answers` maps a command (`RCPT`, `DATA`, `.`) to what it says instead of yes."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.letters: list[Message] = []
        self.answers: dict[str, str] = {}

    @property
    def url(self) -> str:
        """The address for `SMTP_URL`."""
        return f"smtp+plain://127.0.0.1:{self.server_address[1]}"


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            command = line.split(" ", 1)[0].upper()
            if command == "QUIT":
                return self._say("221 bye")
            if command == "DATA" and command not in self.server.answers:
                self._take()
            else:
                self._say(self.server.answers.get(command, "250 well"))
        return None

    def _take(self) -> None:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if "." not in self.server.answers:
            self.server.letters.append(email.message_from_bytes(b"".join(lines)))
        self._say(self.server.answers.get(".", "250 taken"))

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server that runs meanwhile."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def words_of(letter: Message) -> str:
    """The text of a letter as its reader sees it."""
    content: Any = letter.get_payload(decode=True)
    return bytes(content).decode(letter.get_content_charset() or "utf-8").replace("\r\n", "\n")
