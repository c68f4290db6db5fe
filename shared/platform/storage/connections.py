"""Requests over kept-alive connections, answers parsed by httptools: the way to the storage.

urllib3 and http.client spend more on a small answer than signing, writing and reading it cost
together (docs/decisions/0015). Only what the storage services speak is here: HTTP/1.1, no
redirects, no proxies, no compression, no retries.
"""

import select
import socket
import ssl
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

Body = bytes | Iterable[bytes] | None
Stream = socket.socket | ssl.SSLSocket

KEPT_CONNECTIONS: Final = 32
# Azure's front ends and what lies between forget an idle connection after minutes, some without a
# word: a request on it would wait for its whole time-out.
KEPT_SECONDS: Final = 60.0
_PIECE_BYTES: Final = 64 * 1024
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_WITH_A_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class NotSent(Exception):
    """No connection came about: the service cannot have seen the request."""


class BrokenOff(Exception):
    """The connection ended, or spoke something else, after the request may have been seen."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds: for a connection, and then for each step of the exchange.

    A step is the sending of the head, of a piece of the body (a large one counts as a whole), and
    each arrival of something.
    """

    connect: float
    read: float


class Connections:
    """Connections to every origin of a process. Safe to share between threads."""

    def __init__(self, *, ca_file: str | None = None, kept_seconds: float = KEPT_SECONDS) -> None:
        self._ca_file = ca_file
        self._kept_seconds = kept_seconds
        self._origins: dict[tuple[str, str], _Origin] = {}
        self._making = threading.Lock()

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: Body, timeouts: Timeouts
    ) -> "Incoming":
        """Send a request and return its answer, read as far as the head.

        Raises:
            NotSent, BrokenOff: both may have a TimeoutError as their cause.
            ValueError: a header or an address with a line break in it, or a body in pieces whose
                length no header tells.
        """
        scheme, netloc, path, query, _ = urlsplit(url)
        origin = self._origins.get((scheme, netloc)) or self._origin(scheme, netloc)
        target = f"{path or '/'}?{query}" if query else path or "/"
        head = _head(method, target, netloc, headers, length=_length(body))
        stream = origin.connection(timeouts)
        # As http.client does: who watches a process's traffic by its audit events sees this too.
        sys.audit("http.client.send", self, head)
        try:
            _send(stream, head, body)
            return Incoming(stream, origin, is_bodiless=method == "HEAD")
        except (OSError, HttpParserError) as error:
            stream.close()
            raise BrokenOff from error

    def shut(self) -> None:
        """Close what is kept open."""
        with self._making:
            origins, self._origins = list(self._origins.values()), {}
        for origin in origins:
            origin.shut()

    def _origin(self, scheme: str, netloc: str) -> "_Origin":
        with self._making:
            found = self._origins.get((scheme, netloc))
            if found is None:
                found = _Origin(scheme, netloc, self._ca_file, self._kept_seconds)
                self._origins[scheme, netloc] = found
            return found


class Headers(Mapping[str, str]):
    """An answer's headers, by name in any case. Those that come twice are joined."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            lower = name.lower()
            before = self._values.get(lower)
            self._values[lower] = value if before is None else f"{before}, {value}"

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Incoming:
    """An answer whose body is still to be read: whole, or piece by piece."""

    def __init__(self, stream: Stream, origin: "_Origin", *, is_bodiless: bool) -> None:
        self._stream = stream
        self._origin = origin
        self._is_bodiless = is_bodiless
        self._parser = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._headers_ended = False
        self._ended = False
        self._can_go_on = False
        self.reason = ""
        self.pairs: list[tuple[str, str]] = []
        while not self._headers_ended:
            self._receive()
        self.status: int = self._parser.get_status_code()
        if self._ended:
            self._give_back()

    def read(self) -> bytes:
        """Return the body, or what is left of it.

        Raises:
            BrokenOff: it ended too early.
        """
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            BrokenOff: it ended too early.
        """
        while True:
            yield from self._taken()
            if self._ended:
                return
            self._receive_more()

    def close(self) -> None:
        """Give up what has not been read."""
        if not self._ended:
            self._ended = True
            self._stream.close()

    # What httptools calls while it is fed.

    def on_message_begin(self) -> None:
        """Refuse a second answer to one question."""
        if self._ended:
            raise ConnectionAbortedError

    def on_status(self, reason: bytes) -> None:
        """Take the reason phrase, in as many parts as it comes in."""
        self.reason += reason.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self.pairs.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """Know the head, and with HEAD all."""
        self._headers_ended = self._parser.get_status_code() >= 200
        # The parser knows it here alone: at the end it has forgotten.
        self._can_go_on = self._parser.should_keep_alive()
        self._ended = self._headers_ended and self._is_bodiless

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Know the end; after an interim answer (1xx) the real one follows."""
        self._ended = self._headers_ended
        if not self._headers_ended:
            self.reason, self.pairs = "", []

    def _taken(self) -> list[bytes]:
        taken, self._pieces = self._pieces, []
        return taken

    def _receive_more(self) -> None:
        try:
            self._receive()
        except (OSError, HttpParserError) as error:
            self.close()
            raise BrokenOff from error
        if self._ended:
            self._give_back()

    def _receive(self) -> None:
        received = self._stream.recv(_PIECE_BYTES)
        if not received:
            raise ConnectionResetError
        self._parser.feed_data(received)

    def _give_back(self) -> None:
        if self._can_go_on:
            self._origin.keep(self._stream)
        else:
            self._stream.close()


class _Origin:
    """One scheme, host and port, with the connections to it that nobody uses right now."""

    def __init__(self, scheme: str, netloc: str, ca_file: str | None, kept_seconds: float) -> None:
        address = urlsplit(f"//{netloc}")
        self._host = address.hostname or ""
        self._port = address.port or _DEFAULT_PORTS[scheme]
        # 22 ms of CPU: made once (performance.md, 1).
        self._tls = ssl.create_default_context(cafile=ca_file) if scheme == "https" else None
        self._kept_seconds = kept_seconds
        self._kept: deque[tuple[float, Stream]] = deque()  # Since when, the newest last.
        # Who forgets an account without closing it leaves no open connection behind.
        weakref.finalize(self, _close_all, self._kept)

    def connection(self, timeouts: Timeouts) -> Stream:
        """Return a connection that the service has not closed, as far as one can see."""
        while True:
            try:
                since, stream = self._kept.pop()
            except IndexError:
                return self._open(timeouts)
            is_young = time.monotonic() - since < self._kept_seconds
            if is_young and not _has_something_to_read(stream):
                stream.settimeout(timeouts.read)
                return stream
            # Old, closed by the service, or with an answer that nobody asked for.
            stream.close()

    def keep(self, stream: Stream) -> None:
        """Keep a connection for the next request; a burst's are dropped afterwards."""
        if len(self._kept) < KEPT_CONNECTIONS:
            self._kept.append((time.monotonic(), stream))
        else:
            stream.close()

    def shut(self) -> None:
        """Close what is kept."""
        _close_all(self._kept)

    def _open(self, timeouts: Timeouts) -> Stream:
        try:
            plain = socket.create_connection((self._host, self._port), timeouts.connect)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = self._secured(plain)
        except OSError as error:
            raise NotSent from error
        stream.settimeout(timeouts.read)
        return stream

    def _secured(self, plain: socket.socket) -> Stream:
        if self._tls is None:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=self._host)
        except OSError:
            plain.close()
            raise


def _close_all(kept: deque[tuple[float, Stream]]) -> None:
    while kept:
        kept.pop()[1].close()


def _head(
    method: str, target: str, netloc: str, headers: Mapping[str, str], *, length: int | None
) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {netloc}", "Accept-Encoding: identity"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if "content-length" not in {name.lower() for name in headers}:
        if length is None:
            raise ValueError("A body in pieces comes with its length.")
        if length or method in _WITH_A_BODY:
            lines.append(f"Content-Length: {length}")
    head = "\r\n".join(lines)
    # No header may bring a line of its own.
    if not len(lines) - 1 == head.count("\r") == head.count("\n"):
        raise ValueError("A header is one line.")
    return f"{head}\r\n\r\n".encode("latin-1")


def _length(body: Body) -> int | None:
    if body is None:
        return 0
    return len(body) if isinstance(body, bytes) else None


def _send(stream: Stream, head: bytes, body: Body) -> None:
    if isinstance(body, bytes) and len(body) <= _PIECE_BYTES:
        stream.sendall(head + body)  # One packet for what fits into one.
        return
    stream.sendall(head)
    for piece in (body,) if isinstance(body, bytes) else body or ():
        stream.sendall(piece)


def _has_something_to_read(stream: Stream) -> bool:
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    return bool(poll.poll(0))
