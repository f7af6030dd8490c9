"""Reading from addresses that customers name, without becoming a way into our own network.

A name is resolved once, every address that it stands for is checked, and the connection goes to the very address that was checked, with the
name kept for `Host` and for the certificate; so a name that answers differently the second time gains nothing. Each redirect is an address
like the first. Proxies of the environment are ignored, and no credential of ours is ever sent. RELIABILITY section 8 lists what is refused.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote, urljoin, urlsplit

from anneal.common.errors import AnnealError

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Ip: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver: TypeAlias = Callable[[str, int], list[str]]

MAX_URL: Final = 8192
MAX_REDIRECTS: Final = 3
_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)$", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*", re.IGNORECASE)
_SAFE_IN_TARGET = "%/:=&?~+!$,;'@()*[]"

# Beyond what Python calls not global: ranges that carry another address inside, and services of clouds at public addresses.
_NEVER: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",  # carrier-grade NAT, where some clouds keep their metadata (RFC 6598)
        "168.63.129.16/32",  # Azure's services for its machines
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "240.0.0.0/4",
        "::/96",  # IPv4-compatible, deprecated (RFC 4291)
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64, local use (RFC 8215)
        "2001::/23",  # Teredo, ORCHID and other assignments
        "2002::/16",  # 6to4 (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
        "fec0::/10",  # site-local, deprecated (RFC 3879)
    )
)


@dataclass(frozen=True)
class Address:
    """Where a request goes. `target` is what follows the host, and may be a secret: it is never shown or logged."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def ip(self) -> Ip | None:
        """The address that was written instead of a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None


class Answer:
    """An answer whose body is read piece by piece. Close it."""

    def __init__(self, response: http.client.HTTPResponse, address: Address, watch: _Watch) -> None:
        self.status = response.status
        self.headers: http.client.HTTPMessage = response.headers
        self.address = address
        self.is_chunked = bool(response.chunked)
        self._response = response
        self._watch = watch

    def read(self, size: int) -> bytes:
        """What has come, at most `size` bytes; empty at the end. Raises AnnealError `outbound.broken`."""
        try:
            return self._response.read1(size)
        except (OSError, http.client.HTTPException) as error:
            raise _about(self.address, "outbound.broken") from error

    def close(self) -> None:
        """Hang up."""
        self._watch.end()
        self._response.close()


@dataclass(frozen=True)
class Outbound:
    """The rules. Addresses in `own_networks` may be reached, on any port: for installations that keep data in a network of their own."""

    own_networks: tuple[Network, ...] = ()
    resolve: Resolver | None = None
    timeout_s: float = 30.0

    def check(self, url: str) -> Address:
        """The parts of `url`. Raises AnnealError for what can be refused without asking anybody."""
        address = _parse(url)
        if address.ip is not None:
            self._check_ip(address, address.ip)
        elif not self.own_networks:
            _check_port(address)
        return address

    @contextlib.contextmanager
    def get(self, url: str, headers: Mapping[str, str], *, ends_at: float) -> Iterator[Answer]:
        """The answer to a GET after at most three redirects, until `ends_at` of the monotonic clock. Raises AnnealError `outbound.*`."""
        for _ in range(MAX_REDIRECTS + 1):
            address = self.check(url)
            with self._ask(address, headers, ends_at) as answer:
                if answer.status not in _REDIRECTS or "Location" not in answer.headers:
                    yield answer
                    return
                url = urljoin(url, answer.headers["Location"])
            if address.scheme == "https" and urlsplit(url).scheme == "http":
                raise _about(address, "outbound.downgrade")
        raise _about(address, "outbound.redirects", limit=MAX_REDIRECTS)

    @contextlib.contextmanager
    def _ask(self, address: Address, headers: Mapping[str, str], ends_at: float) -> Iterator[Answer]:
        connection = self._connect(address)
        watch = _Watch(connection.sock)
        try:
            watch.until(min(ends_at, time.monotonic() + self.timeout_s))
            try:
                sent = {"Accept-Encoding": "identity", "User-Agent": "Anneal", "Connection": "close", **headers}
                connection.request("GET", address.target, headers=sent)
                response = connection.getresponse()
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise _about(address, "outbound.broken") from error
            watch.until(ends_at)
            answer = Answer(response, address, watch)
            try:
                yield answer
            finally:
                answer.close()
        finally:
            watch.end()
            connection.close()

    def _connect(self, address: Address) -> http.client.HTTPConnection:
        """A connection to one of the addresses that were checked."""
        failure: Exception | None = None
        for ip in self._ips(address):
            connection = _Pinned(address, ip, self.timeout_s)
            try:
                connection.connect()
            except ssl.SSLError as error:
                raise _about(address, "outbound.certificate") from error
            except OSError as error:
                failure = error
            else:
                return connection
        raise _about(address, "outbound.unreachable") from failure

    def _ips(self, address: Address) -> list[Ip]:
        if address.ip is not None:
            found = [address.ip]
        else:
            try:
                names = (self.resolve or _resolve)(address.host, address.port)
            except (OSError, UnicodeError) as error:
                raise _about(address, "outbound.unresolved") from error
            # A scope such as %eth0 comes only with link-local addresses, which are refused all the same.
            found = [ipaddress.ip_address(name.partition("%")[0]) for name in names]
        for ip in found:
            self._check_ip(address, ip)
        if not found:
            raise _about(address, "outbound.unresolved")
        return found

    def _check_ip(self, address: Address, ip: Ip) -> None:
        if any(ip in network for network in self.own_networks):
            return
        if not is_public(ip):
            raise _about(address, "outbound.private_address")
        _check_port(address)


def is_public(ip: Ip) -> bool:
    """Whether an address belongs to the open internet and to nothing else."""
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NEVER)


def _parse(url: str) -> Address:
    if len(url) > MAX_URL or not url.isprintable() or re.search(r"[\s\\<>\"]", url):
        raise AnnealError("outbound.bad_url")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AnnealError("outbound.bad_url") from error
    if parts.scheme not in _PORTS:
        raise AnnealError("outbound.scheme", params={"scheme": parts.scheme[:20] or "-"})
    if "@" in parts.netloc:
        raise AnnealError("outbound.userinfo")
    if not host or port == 0:
        raise AnnealError("outbound.bad_url")
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE_IN_TARGET)
    return Address(parts.scheme, _host(host, is_bracketed="[" in parts.netloc), port or _PORTS[parts.scheme], target)


def _host(host: str, *, is_bracketed: bool) -> str:
    """The host as it is asked for. What other programs might read as an address in disguise is refused."""
    odd = AnnealError("outbound.odd_host", params={"host": host[:100]})
    if "%" in host:
        raise odd
    if is_bracketed:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise odd from error
    try:
        name = host.rstrip(".").encode("idna").decode().lower()
    except UnicodeError as error:
        raise odd from error
    if _NUMERIC.match(name.rsplit(".", 1)[-1]):
        try:
            is_plain = str(ipaddress.IPv4Address(name)) == host
        except ValueError as error:
            raise odd from error
        if not is_plain:
            raise odd
    elif not _NAME.fullmatch(name):
        raise odd
    return name


def _check_port(address: Address) -> None:
    if address.port not in _PORTS.values():
        raise _about(address, "outbound.port", port=address.port)


def _resolve(host: str, port: int) -> list[str]:
    return list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def _about(address: Address, code: str, **params: object) -> AnnealError:
    return AnnealError(code, params={"host": address.host, **params})


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, under the name that was asked for."""

    def __init__(self, address: Address, ip: Ip, timeout_s: float) -> None:
        self.default_port = _PORTS[address.scheme]
        super().__init__(address.host, address.port, timeout=timeout_s)
        self._is_tls = address.scheme == "https"
        self._ip = str(ip)

    def connect(self) -> None:
        """See http.client; never resolves anything."""
        self.sock = socket.create_connection((self._ip, self.port), timeout=self.timeout)
        if self._is_tls:
            try:
                self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
            except Exception:
                self.sock.close()
                raise


class _Watch:
    """Cuts a connection at a time, however slowly the other side drips: a timeout of a socket begins anew with each byte."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._timer: threading.Timer | None = None

    def until(self, at: float) -> None:
        """Cut at `at` of the monotonic clock instead."""
        self.end()
        self._timer = threading.Timer(max(0.0, at - time.monotonic()), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Leave the connection alone."""
        if self._timer:
            self._timer.cancel()

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
