"""Downloads: only public addresses, checked and pinned, bounded in time and bytes."""

from __future__ import annotations

import functools
import http.server
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from picture_builders import encode, gradient
from PIL import Image

from pochade.errors import InputError, LimitError
from pochade.io import DEFAULT_LIMITS, Limits, open_image, url
from pochade.io.addresses import is_public

PUBLIC = "93.184.216.34"
OTHER_PUBLIC = "2606:2800:220:1:248:1893:25c8:1946"
PICTURE = encode(Image.fromarray(gradient()), "PNG")

# --- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        PUBLIC,
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "2606:4700:4700::1111",
        OTHER_PUBLIC,
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        # IPv4 special purpose
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.9",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "224.0.1.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        # IPv6 special purpose
        "::",
        "::1",
        "100::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        # IPv4 in IPv6
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2606:4700::5efe:10.0.0.1",
        "2606:4700::200:5efe:192.168.0.1",
        # no addresses
        "",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


# --- a server of our own ----------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path; remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str]] = []  # noqa: RUF012  (shared by all requests on purpose)

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"]))
        self.close_connection = True
        name, _, rest = self.path[1:].partition("?")[0].partition("/")
        getattr(self, f"answer_{name}", self.answer_missing)(rest)

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        headers.setdefault("Content_Length", str(len(body)))
        for key, value in headers.items():
            if value:
                self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_picture(self, _: str) -> None:
        self.send(PICTURE)

    def answer_missing(self, _: str) -> None:
        self.send(b"no", 404)

    def answer_html(self, _: str) -> None:
        self.send(b"<!doctype html><p>hello", Content_Type="image/png")

    def answer_empty(self, _: str) -> None:
        self.send(b"")

    def answer_to(self, location: str) -> None:
        self.send(b"", 302, Location=location)

    def answer_nowhere(self, _: str) -> None:
        self.send(b"", 302)

    def answer_count(self, rest: str) -> None:
        self.send(b"", 307, Location=f"/count/{int(rest) - 1}" if rest != "1" else "/picture")

    def answer_gzip(self, _: str) -> None:
        self.send(PICTURE, Content_Encoding="gzip")

    def answer_unsized(self, _: str) -> None:
        self.send(PICTURE, Content_Length="")

    def answer_chunked(self, _: str) -> None:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PICTURE), PICTURE)
        self.send(body, Transfer_Encoding="chunked", Content_Length="")

    def answer_short(self, _: str) -> None:
        self.send(PICTURE, Content_Length=str(len(PICTURE) + 10))

    def answer_huge(self, _: str) -> None:
        self.send(b"", Content_Length=str(10**12))

    def answer_endless(self, _: str) -> None:
        self.send(b"", Content_Length="")
        self.pour(b"\0" * 65536, 0)

    def answer_endlesschunks(self, _: str) -> None:
        self.send(b"", Content_Length="", Transfer_Encoding="chunked")
        self.pour(b"10000\r\n" + b"\0" * 65536 + b"\r\n", 0)

    def answer_drip(self, _: str) -> None:
        self.send(b"", Content_Length="100000")
        self.pour(b"\0", 0.05)

    def answer_dripheaders(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        self.pour(b"a", 0.05)

    def answer_continue(self, _: str) -> None:
        self.pour(b"HTTP/1.1 100 Continue\r\n\r\n", 0)

    def answer_hang(self, _: str) -> None:
        time.sleep(1.5)

    def answer_garbage(self, _: str) -> None:
        self.wfile.write(b"\x1b[31m nothing like HTTP\r\n\r\n")

    def pour(self, part: bytes, pause: float) -> None:
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                self.wfile.write(part)
            except OSError:
                return
            time.sleep(pause)

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for pictures.test, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program to make a test certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=pictures.test",
         "-addext", "subjectAltName=DNS:pictures.test,DNS:xn--grn-ioa.test",
         "-keyout", folder / "key", "-out", folder / "cert"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    both = folder / "both.pem"
    both.write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    return both


@pytest.fixture(scope="session")
def port(certificate: Path) -> Iterator[int]:
    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def network(port: int, certificate: Path) -> url.Network:
    """Every name resolves to a public address, and that address leads to the test server."""
    Handler.seen.clear()

    def connect(address: str, asked: int, timeout: float) -> socket.socket:
        assert (address, asked) == (PUBLIC, 443)
        return socket.create_connection(("127.0.0.1", port), timeout)

    return url.Network(
        resolve=lambda host, asked: [PUBLIC],
        connect=connect,
        context=functools.partial(ssl.create_default_context, cafile=str(certificate)),
        total_seconds=1.0,
    )


Get = Callable[..., bytes]


@pytest.fixture
def get(network: url.Network) -> Get:
    def get(path: str, *, limits: Limits = DEFAULT_LIMITS, **changes: object) -> bytes:
        address = path if path.startswith("https://") else f"https://pictures.test/{path}"
        return url.fetch(address, limits=limits, network=replace(network, **changes))

    return get


# --- what works -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["picture", "unsized", "chunked", "to//picture", "to/https://pictures.test/picture"],
)
def test_download(get: Get, path: str) -> None:
    assert get(path) == PICTURE


def test_a_url_through_open_image(network: url.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(url, "fetch", functools.partial(url.fetch, network=network))
    picture = open_image("https://pictures.test/picture?token=secret#part")
    np.testing.assert_array_equal(picture.pixels, gradient())
    assert picture.name == "https://pictures.test/picture"
    assert Handler.seen == [("/picture?token=secret", "pictures.test")]
    with pytest.raises(InputError, match="HTML"):
        open_image("https://pictures.test/html")
    with pytest.raises(InputError, match="empty"):
        open_image("https://pictures.test/empty")


def test_urls_can_be_switched_off() -> None:
    with pytest.raises(InputError, match="download it"):
        open_image("https://pictures.test/picture", allow_url=False)


def test_international_names_and_paths(get: Get) -> None:
    assert get("https://GRÜN.test/picture") == PICTURE
    assert Handler.seen == [("/picture", "xn--grn-ioa.test")]


def test_three_redirects_and_no_more(get: Get) -> None:
    assert get("count/2") == PICTURE
    assert get("count/3") == PICTURE
    with pytest.raises(InputError, match="redirects more than 3"):
        get("count/4")


def test_environment_proxies_are_ignored(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get("picture") == PICTURE


# --- where it may go --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://pictures.test/picture",
        "ftp://pictures.test/picture",
        "file:///etc/passwd",
        "gopher://pictures.test/",
        "https://",
        "https:///picture",
        "https://user@pictures.test/picture",
        "https://user:password@pictures.test/picture",
        "https://pictures.test@evil.test/picture",
        "https://pictures.test:0/picture",
        "https://pictures.test:65536/picture",
        "https://pictures.test:x/picture",
        "https://pictures.test:-1/picture",
        "https://pictures.test\\@evil.test/",
        "https://pictures.test/a b",
        "https://pictures.test/a\r\nX-Injected: 1",
        "https://pictures .test/",
        "https://[::1",
        "https://[::1]x/",
        "https://a..b/",
        f"https://{'a' * 64}.test/",
        # addresses in odd clothes
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://8.8.8.08/",
        "https://134744072/",
        "https://１２７.１/",
    ],
)
def test_refused_before_anything_is_resolved(address: str) -> None:
    def never(*_: object) -> list[str]:
        raise AssertionError("resolved")

    with pytest.raises(InputError) as error:
        url.fetch(address, network=url.Network(resolve=never))
    assert str(error.value).isprintable()
    assert "password" not in str(error.value).replace("user name or password", "")


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        [OTHER_PUBLIC, "::1"],
        ["::ffff:169.254.169.254"],
        ["not an address"],
        [],
    ],
)
def test_every_resolved_address_must_be_public(addresses: list[str]) -> None:
    def never(*_: object) -> socket.socket:
        raise AssertionError("connected")

    with pytest.raises(InputError):
        url.fetch(
            "https://pictures.test/",
            network=url.Network(resolve=lambda *_: addresses, connect=never),
        )


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "１２７.0.0.1"]
)
def test_the_systems_resolver_and_this_machine(host: str) -> None:
    with pytest.raises(InputError):
        url.fetch(f"https://{host}/")


def test_redirect_to_a_private_address(get: Get) -> None:
    def resolve(host: str, _: int) -> list[str]:
        return ["192.168.1.1"] if host == "router.test" else [PUBLIC]

    with pytest.raises(InputError, match="private"):
        get("to/https://router.test/admin", resolve=resolve)


@pytest.mark.parametrize(
    "location", ["http://pictures.test/picture", "file:///etc/passwd", "https://0x7f.1/", "//u@h/"]
)
def test_redirect_to_another_scheme_or_trick(get: Get, location: str) -> None:
    with pytest.raises(InputError):
        get(f"to/{location}")
    assert len(Handler.seen) == 1


def test_rebinding_between_check_and_connection(get: Get) -> None:
    """The second answer of the resolver is private: it must never be asked for one hop twice."""
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    assert get("picture", resolve=lambda *_: next(answers)) == PICTURE
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    with pytest.raises(InputError, match="private"):
        get("to/picture", resolve=lambda *_: next(answers))


def test_wrong_name_in_certificate(get: Get) -> None:
    with pytest.raises(InputError, match="certificate"):
        get("https://other.test/picture")


def test_untrusted_certificate(get: Get) -> None:
    with pytest.raises(InputError, match="certificate"):
        get("picture", context=ssl.create_default_context)


# --- how much and how long --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["huge", "endless", "endlesschunks"])
def test_too_large(get: Get, path: str) -> None:
    with pytest.raises(LimitError, match="200000 bytes"):
        get(path, limits=Limits(max_url_bytes=200_000))


@pytest.mark.parametrize("path", ["drip", "dripheaders", "continue", "hang"])
def test_too_slow(get: Get, path: str) -> None:
    start = time.monotonic()
    with pytest.raises(InputError, match=r"longer than 0\.5 seconds"):
        get(path, total_seconds=0.5)
    assert time.monotonic() - start < 2


def test_slow_resolver(get: Get) -> None:
    def resolve(*_: object) -> list[str]:
        time.sleep(1)
        return [PUBLIC]

    start = time.monotonic()
    with pytest.raises(InputError, match="longer than"):
        get("picture", total_seconds=0.2, resolve=resolve)
    assert time.monotonic() - start < 0.9


def test_silent_handshake(get: Get) -> None:
    silent = socket.create_server(("127.0.0.1", 0))

    def connect(*_: object) -> socket.socket:
        return socket.create_connection(silent.getsockname())

    with pytest.raises(InputError, match="longer than"):
        get("picture", total_seconds=0.3, connect=connect)
    silent.close()


def test_next_address_is_tried(get: Get, network: url.Network) -> None:
    def connect(address: str, port: int, timeout: float) -> socket.socket:
        if address == OTHER_PUBLIC:
            raise OSError("no route")
        return network.connect(address, port, timeout)

    assert get("picture", resolve=lambda *_: [OTHER_PUBLIC, PUBLIC], connect=connect) == PICTURE


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("absent", "status 404"),
        ("nowhere", "redirects to nowhere"),
        ("gzip", "compressed"),
        ("short", "cut off|cannot be downloaded"),
        ("garbage", "cannot be downloaded"),
    ],
)
def test_bad_answers(get: Get, path: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        get(path)
    assert str(error.value).isprintable()


def test_failures_of_the_network() -> None:
    def fail(*_: object) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(InputError, match="no address"):
        url.fetch("https://pictures.test/", network=url.Network(resolve=fail))

    def refuse(*_: object) -> socket.socket:
        raise ConnectionRefusedError("refused")

    with pytest.raises(InputError, match="cannot be reached"):
        url.fetch(
            "https://pictures.test/",
            network=url.Network(resolve=lambda *_: [PUBLIC], connect=refuse),
        )
