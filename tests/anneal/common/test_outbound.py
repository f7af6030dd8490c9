"""Addresses that customers name lead to the open internet and nowhere else."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import time
from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from anneal.common.errors import AnnealError
from anneal.common.outbound import Outbound, is_public
from tests.support.web_server import web_server

LOOPBACK = (ip_network("127.0.0.0/8"),)
PUBLIC = "93.184.216.34"


def refused(url: str, outbound: Outbound | None = None) -> str:
    """The code of the refusal; no connection is tried, since the suite's network is closed."""
    with pytest.raises(AnnealError) as caught, (outbound or Outbound()).get(url, {}, ends_at=time.monotonic() + 60):
        pass
    return caught.value.code


@pytest.fixture
def server():
    with web_server() as served:
        yield served


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "outbound.scheme"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "outbound.scheme"),
        ("ftp://example.com/x", "outbound.scheme"),
        ("dict://127.0.0.1:11211/stat", "outbound.scheme"),
        ("data:text/csv,a", "outbound.scheme"),
        ("//example.com/x", "outbound.scheme"),
        ("example.com/x.csv", "outbound.scheme"),
        ("", "outbound.scheme"),
        ("http://", "outbound.bad_url"),
        ("http:///x", "outbound.bad_url"),
        ("http://example.com:0/", "outbound.bad_url"),
        ("http://example.com:99999/", "outbound.bad_url"),
        ("http://[::1", "outbound.bad_url"),
        ("http://exa mple.com/", "outbound.bad_url"),
        ("http://example.com/\r\nHost: evil", "outbound.bad_url"),
        ("http://example.com\\@127.0.0.1/", "outbound.bad_url"),
        ("http://example.com/" + "x" * 9000, "outbound.bad_url"),
        ("http://user:secret@example.com/", "outbound.userinfo"),
        ("http://example.com@127.0.0.1/", "outbound.userinfo"),
        ("http://127.0.0.1/", "outbound.private_address"),
        ("http://127.0.0.1:80/", "outbound.private_address"),
        ("http://127.255.255.254/", "outbound.private_address"),
        ("http://0.0.0.0/", "outbound.private_address"),
        ("http://10.0.0.1/", "outbound.private_address"),
        ("http://172.16.0.1/", "outbound.private_address"),
        ("http://172.31.255.255/", "outbound.private_address"),
        ("http://192.168.1.1/", "outbound.private_address"),
        ("http://169.254.169.254/latest/meta-data/", "outbound.private_address"),
        ("http://100.64.0.1/", "outbound.private_address"),
        ("http://100.100.100.200/latest/meta-data/", "outbound.private_address"),
        ("http://168.63.129.16/", "outbound.private_address"),
        ("http://192.0.0.192/", "outbound.private_address"),
        ("http://192.0.2.1/", "outbound.private_address"),
        ("http://198.18.0.1/", "outbound.private_address"),
        ("http://224.0.0.1/", "outbound.private_address"),
        ("http://239.255.255.250/", "outbound.private_address"),
        ("http://240.0.0.1/", "outbound.private_address"),
        ("http://255.255.255.255/", "outbound.private_address"),
        ("http://[::]/", "outbound.private_address"),
        ("http://[::1]/", "outbound.private_address"),
        ("http://[::127.0.0.1]/", "outbound.private_address"),
        ("http://[::ffff:127.0.0.1]/", "outbound.private_address"),
        ("http://[::ffff:a9fe:a9fe]/", "outbound.private_address"),
        ("http://[64:ff9b::a9fe:a9fe]/", "outbound.private_address"),
        ("http://[64:ff9b:1::7f00:1]/", "outbound.private_address"),
        ("http://[2002:7f00:1::]/", "outbound.private_address"),
        ("http://[2001:0:53aa:64c:0:0:7f00:1]/", "outbound.private_address"),
        ("http://[fe80::1]/", "outbound.private_address"),
        ("http://[fec0::1]/", "outbound.private_address"),
        ("http://[fd00:ec2::254]/", "outbound.private_address"),
        ("http://[ff02::1]/", "outbound.private_address"),
        ("http://[2001:db8::1]/", "outbound.private_address"),
        ("http://[fe80::1%25eth0]/", "outbound.odd_host"),
        ("http://[2606:4700::1%25eth0]/", "outbound.odd_host"),
        ("http://2130706433/", "outbound.odd_host"),
        ("http://0x7f000001/", "outbound.odd_host"),
        ("http://0x7f.1/", "outbound.odd_host"),
        ("http://017700000001/", "outbound.odd_host"),
        ("http://0177.0.0.1/", "outbound.odd_host"),
        ("http://127.1/", "outbound.odd_host"),
        ("http://127.0.0.1./", "outbound.odd_host"),
        ("http://127.0.0.0x1/", "outbound.odd_host"),
        ("http://１２７.０.０.１/", "outbound.odd_host"),
        ("http://①②⑦.⓪.⓪.①/", "outbound.odd_host"),
        ("http://127。0。0。1/", "outbound.odd_host"),
        ("http://exa%6dple.com/", "outbound.odd_host"),
        ("http://-example.com/", "outbound.odd_host"),
        ("http://a..b/", "outbound.odd_host"),
        (f"http://{PUBLIC}:22/", "outbound.port"),
        (f"http://{PUBLIC}:6379/", "outbound.port"),
        ("https://example.com:8443/", "outbound.port"),
    ],
)
def test_hostile_address_is_refused_with_its_own_reason(url, code):
    assert refused(url) == code


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"], ["64:ff9b::7f00:1"]],
)
def test_name_is_refused_when_any_of_its_addresses_is_private(answers):
    assert refused("https://example.com/", Outbound(resolve=lambda *_: answers)) == "outbound.private_address"


def test_name_without_address_is_said_to_be_unknown():
    def unknown(*_: object) -> list[str]:
        raise OSError

    assert refused("https://example.com/", Outbound(resolve=unknown)) == "outbound.unresolved"
    assert refused("https://example.com/", Outbound(resolve=lambda *_: [])) == "outbound.unresolved"


@pytest.mark.parametrize("ip", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_open_internet_is_open(ip):
    assert is_public(ipaddress.ip_address(ip))


def test_name_is_resolved_once_and_the_checked_address_is_the_one_that_is_asked(server):
    server.file("/x", b"content")
    calls = []

    def rebinding(host: str, port: int) -> list[str]:
        calls.append((host, port))
        return ["127.0.0.1"] if len(calls) == 1 else ["10.0.0.1"]

    port = int(server.url.rsplit(":", 1)[1])
    outbound = Outbound(own_networks=LOOPBACK, resolve=rebinding)
    with outbound.get(f"http://files.example.com:{port}/x?sig=1", {}, ends_at=time.monotonic() + 60) as answer:
        assert answer.read(100) == b"content"
    assert calls == [("files.example.com", port)]
    path, headers = server.asked[0]
    assert (path, headers["Host"]) == ("/x?sig=1", f"files.example.com:{port}")
    assert headers["Accept-Encoding"] == "identity"


def test_each_redirect_is_checked_like_the_first(server):
    for number, target in enumerate(
        ("http://169.254.169.254/", "//10.0.0.1/", "gopher://x/", "http://u:p@example.com/", "http://0x7f.1/")
    ):
        server.redirect(f"/{number}", target)
    outbound = Outbound(own_networks=LOOPBACK)
    expected = ["private_address", "private_address", "scheme", "userinfo", "odd_host"]
    assert [refused(f"{server.url}/{number}", outbound) for number in range(5)] == [
        f"outbound.{code}" for code in expected
    ]


def test_three_redirects_are_followed_and_no_more(server):
    for number in range(4):
        server.redirect(f"/{number}", f"/{number + 1}")
    server.file("/4", b"content")
    outbound = Outbound(own_networks=LOOPBACK)
    with outbound.get(f"{server.url}/1", {}, ends_at=time.monotonic() + 60) as answer:
        assert answer.read(100) == b"content"
    assert refused(f"{server.url}/0", outbound) == "outbound.redirects"


def test_other_ports_are_open_only_within_own_networks(server):
    assert refused(f"http://{PUBLIC}:8080/", Outbound(own_networks=LOOPBACK)) == "outbound.port"
    outbound = Outbound(own_networks=LOOPBACK, resolve=lambda *_: [PUBLIC])
    assert refused("http://example.com:8080/", outbound) == "outbound.port"


def test_proxies_of_the_environment_are_ignored(server, monkeypatch):
    server.file("/x", b"content")
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Outbound(own_networks=LOOPBACK).get(f"{server.url}/x", {}, ends_at=time.monotonic() + 60) as answer:
        assert answer.read(100) == b"content"


def test_server_that_says_nothing_is_left_at_the_deadline(server):
    server.pages["/x"] = lambda request: request.rfile.read(1)
    assert refused(f"{server.url}/x", Outbound(own_networks=LOOPBACK, timeout_s=0.2)) == "outbound.broken"


def test_server_that_drips_is_cut_at_the_deadline(server):
    def drip(request) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"x")
        request.rfile.read(1)

    server.pages["/x"] = drip
    outbound = Outbound(own_networks=LOOPBACK)
    with outbound.get(f"{server.url}/x", {}, ends_at=time.monotonic() + 0.5) as answer:
        assert answer.read(1) == b"x"
        # The socket's own timeout is thirty seconds; the watch ends it long before.
        assert answer.read(1) == b""


def test_certificate_must_be_trusted_and_the_name_is_said(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "files.example.com")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    said: list[str | None] = []
    context.sni_callback = lambda _socket, host, _context: said.append(host)
    with web_server(context) as served:
        port = served.url.rsplit(":", 1)[1]
        outbound = Outbound(own_networks=LOOPBACK, resolve=lambda *_: ["127.0.0.1"])
        assert refused(f"https://files.example.com:{port}/x", outbound) == "outbound.certificate"
    assert said == ["files.example.com"]
    assert served.asked == []
