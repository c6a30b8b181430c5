"""Downloading a picture from a URL without becoming somebody's way into the local network.

Only https, only public addresses: the name is resolved once, every address it has must be public,
and the connection goes to the address that was checked, not to the name again. Each redirect
starts over. Certificates are verified against the name. No proxy or other environment variable
changes where the connection goes. Time, bytes and redirects are bounded; what arrived is then
recognised and decoded like any other file.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from pochade.errors import InputError, LimitError
from pochade.io.addresses import is_public
from pochade.io.limits import DEFAULT_LIMITS, Limits
from pochade.io.source import printable

_REDIRECTS = {301, 302, 303, 307, 308}
_BLOCK = 1 << 16
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_SAFE_IN_PATH = "%/:?#[]@!$&'()*+,;=~-._"


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _connect(address: str, port: int, timeout: float) -> socket.socket:
    return socket.create_connection((address, port), timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How to reach the network; tests put their own functions here.

    Attributes:
        resolve: host and port to addresses; raises OSError.
        connect: address, port and seconds to a connected TCP socket; raises OSError.
        context: makes the TLS settings; the default verifies with the system's certificates.
        connect_seconds: for each connection attempt.
        total_seconds: for everything, redirects included.
        max_redirects: how many redirects are followed.
    """

    resolve: Callable[[str, int], Sequence[str]] = _resolve
    connect: Callable[[str, int, float], socket.socket] = _connect
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    connect_seconds: float = 5.0
    total_seconds: float = 20.0
    max_redirects: int = 3


INTERNET = Network()


@dataclass(frozen=True, slots=True)
class _Target:
    """A checked URL: `host` in ASCII, `request` the path with query as sent."""

    host: str
    port: int
    request: str
    url: str
    name: str


def shown(url: str) -> str:
    """A URL for messages and reports: printable, without user, password, query or fragment."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return printable(re.sub(r"//[^/]*@", "//", bare, count=1))


def fetch(url: str, *, limits: Limits = DEFAULT_LIMITS, network: Network = INTERNET) -> bytes:
    """Download what a URL points to.

    Args:
        url: https only.
        limits: `max_url_bytes`.
        network: how to reach it.

    Returns:
        The body, not empty, never compressed in transit.

    Raises:
        InputError: another scheme, an address that is not public, an error of network,
            certificate or server, too slow, too many redirects.
        LimitError: more bytes than allowed.
    """
    deadline = time.monotonic() + network.total_seconds
    name = shown(url)
    current = url
    for hop in range(network.max_redirects + 1):
        if hop:
            name = f"{shown(url)} (redirected to {shown(current)})"
        target = _parse(current, name)
        addresses = _addresses(target, network, deadline)
        answer = _request(target, addresses, limits, network, deadline)
        if isinstance(answer, bytes):
            return answer
        current = urljoin(target.url, answer.location)
    raise InputError(
        f"{shown(url)} redirects more than {network.max_redirects} times; give the final address"
    )


def _parse(url: str, name: str) -> _Target:
    """Check a URL's form, before any name is looked up."""
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise InputError(f"{name} is not a URL (it holds spaces or backslashes); check it")
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else 443
        host = (parts.hostname or "").encode("idna").decode("ascii").rstrip(".")
    except (ValueError, UnicodeError) as error:
        raise InputError(f"{name} is not a URL ({error}); check it") from error
    if parts.scheme != "https":
        raise InputError(f"{name} uses {parts.scheme}; only https URLs are read")
    if "@" in parts.netloc:
        raise InputError(f"{name} carries a user name or password; only open URLs are read")
    if not host or not 1 <= port <= 65535:
        raise InputError(f"{name} is not a URL (no host, or a port outside 1..65535); check it")
    _refuse_odd_numbers(host, name)
    return _Target(host, port, _request_line(parts), url, name)


def _refuse_odd_numbers(host: str, name: str) -> None:
    """Addresses as 2130706433, 0x7f.1 or 0177.0.0.1, which resolvers read each in its own way."""
    if ":" in host or not _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        return
    try:
        IPv4Address(host)
    except AddressValueError as error:
        raise InputError(f"{name} writes its address in an odd way; use a name") from error


def _request_line(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_SAFE_IN_PATH)
    return f"{path}?{quote(parts.query, safe=_SAFE_IN_PATH)}" if parts.query else path


def _addresses(target: _Target, network: Network, deadline: float) -> list[str]:
    """Resolve within the deadline (the system's resolver has none) and check every address."""
    found: list[Sequence[str]] = []
    failed: list[Exception] = []

    def work() -> None:
        try:
            found.append(network.resolve(target.host, target.port))
        except Exception as error:  # reported by the waiting thread
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if not found and not failed:
        raise _too_slow(target.name, network)
    if failed or not found[0]:
        raise InputError(
            f"{target.name} cannot be reached (its host name has no address); check the name"
        ) from (failed[0] if failed else None)
    addresses = list(dict.fromkeys(found[0]))
    if not all(is_public(address) for address in addresses):
        raise InputError(
            f"{target.name} leads to a private address; only public ones are read, "
            "so download it yourself and name the file"
        )
    return addresses


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


class _Deadline:
    """Cuts a connection at a point in time, however slowly the other side drips."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        # A duplicate descriptor: TLS takes the original over, and closing that one must not free
        # a number that this one then shuts down.
        self._twin = connection.dup()
        self.passed = False
        self._timer = threading.Timer(max(0.001, seconds), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        self.passed = True
        with suppress(OSError):
            self._twin.shutdown(socket.SHUT_RDWR)

    def cancel(self) -> None:
        self._timer.cancel()
        self._timer.join()
        self._twin.close()


def _request(
    target: _Target, addresses: list[str], limits: Limits, network: Network, deadline: float
) -> bytes | _Redirect:
    """One GET, to one of the checked addresses."""
    raw = _open_socket(target, addresses, network, deadline)
    cut = _Deadline(raw, deadline - time.monotonic())
    secure: socket.socket = raw
    try:
        raw.settimeout(max(0.001, deadline - time.monotonic()))
        secure = network.context().wrap_socket(raw, server_hostname=target.host)
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = secure
        host = f"[{target.host}]" if ":" in target.host else target.host
        connection.request(
            "GET",
            target.request,
            headers={
                "Host": host if target.port == 443 else f"{host}:{target.port}",
                "User-Agent": "pochade",
                "Accept": "image/*,*/*;q=0.5",
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
        )
        with closing(connection.getresponse()) as response:
            answer = _read(response, target, limits)
        if cut.passed:  # a cut connection reads like a short but complete answer
            raise _too_slow(target.name, network)
        return answer
    except (InputError, MemoryError):
        if cut.passed:
            raise _too_slow(target.name, network) from None
        raise
    except ssl.SSLCertVerificationError as error:
        raise InputError(
            f"{target.name} has no valid certificate ({error.verify_message}); it is not read"
        ) from error
    except Exception as error:
        if cut.passed or isinstance(error, TimeoutError):
            raise _too_slow(target.name, network) from error
        reason = printable(str(error) or type(error).__name__)[:120]
        raise InputError(f"{target.name} cannot be downloaded ({reason}); try again") from error
    finally:
        cut.cancel()
        secure.close()


def _open_socket(
    target: _Target, addresses: list[str], network: Network, deadline: float
) -> socket.socket:
    problem: Exception | None = None
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _too_slow(target.name, network) from problem
        try:
            return network.connect(address, target.port, min(network.connect_seconds, left))
        except OSError as error:
            problem = error
    raise InputError(
        f"{target.name} cannot be reached ({problem}); check the address and the network"
    ) from problem


def _read(response: http.client.HTTPResponse, target: _Target, limits: Limits) -> bytes | _Redirect:
    name = target.name
    if response.status in _REDIRECTS:
        location = response.getheader("Location")
        if not location:
            raise InputError(f"{name} redirects to nowhere; check the address")
        return _Redirect(location)
    if response.status != 200:
        raise InputError(f"{name} answers with status {response.status}; check the address")
    if response.getheader("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise InputError(f"{name} is sent compressed, which is not read; download it yourself")
    announced = response.length  # None when chunked, or when the server does not say
    if announced is not None and announced > limits.max_url_bytes:
        raise _too_large(name, limits)
    parts: list[bytes] = []
    size = 0
    while part := response.read(_BLOCK):
        parts.append(part)
        size += len(part)
        if size > limits.max_url_bytes:
            raise _too_large(name, limits)
    if announced is not None and size < announced:
        raise InputError(f"{name} was cut off after {size} of {announced} bytes; try again")
    return b"".join(parts)


def _too_slow(name: str, network: Network) -> InputError:
    return InputError(
        f"{name} took longer than {network.total_seconds:g} seconds; "
        "try again, or download it yourself and name the file"
    )


def _too_large(name: str, limits: Limits) -> LimitError:
    return LimitError(
        f"{name} has more than {limits.max_url_bytes} bytes, the limit for a download; "
        "download it yourself and name the file"
    )
