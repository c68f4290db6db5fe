"""What HTTP/1.1 asks of who speaks it: connections are kept, and only an answer counts as one."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from shared.platform.storage.connections import BrokenOff, Connections, Incoming, NotSent, Timeouts

TIMEOUTS = Timeouts(connect=2.0, read=0.5)
QUIET = 0.01  # Seconds after which a request has ended.
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Script:
    """A server that says what it was told to, whatever it is asked."""

    def __init__(self) -> None:
        self.connections = 0
        self.heard = b""
        self.says: list[bytes] = [OK]
        self.closes = False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/a?b=c"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                stream, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._speak, args=(stream,), daemon=True).start()

    def _speak(self, stream: socket.socket) -> None:
        with stream, suppress(OSError):
            while received := stream.recv(1 << 20):
                self.heard += received
                while select.select([stream], [], [], QUIET)[0]:
                    self.heard += stream.recv(1 << 20)
                for piece in self.says:
                    stream.sendall(piece)
                if self.closes:
                    return

    def stop(self) -> None:
        self._socket.close()


@pytest.fixture
def script() -> Iterator[Script]:
    server = Script()
    yield server
    server.stop()


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections()
    yield made
    made.shut()


def ask(connections: Connections, script: Script, method: str = "GET") -> Incoming:
    return connections.exchange(method, script.url, {"x-ms-version": "1"}, None, TIMEOUTS)


def test_one_connection_serves_many_requests(connections: Connections, script: Script) -> None:
    for _ in range(5):
        assert ask(connections, script).read() == b"ok"
    assert script.connections == 1
    assert script.heard.startswith(b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")


def test_an_answer_in_chunks_and_pieces_is_one_body(
    connections: Connections, script: Script
) -> None:
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    script.says = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    assert ask(connections, script).read() == b"abcde"
    assert ask(connections, script).read() == b"abcde"
    assert script.connections == 1


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 900\r\n\r\n'),
        ("DELETE", b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_an_answer_without_a_body_is_waited_for_no_longer(
    connections: Connections, script: Script, method: str, answer: bytes
) -> None:
    script.says = [answer]
    for _ in range(2):
        assert ask(connections, script, method).read() == b""
    assert script.connections == 1


def test_after_an_interim_answer_comes_the_real_one(
    connections: Connections, script: Script
) -> None:
    script.says = [b"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n" + OK]
    answer = ask(connections, script)
    assert (answer.status, answer.reason, answer.read()) == (200, "OK", b"ok")
    assert answer.pairs == [("Content-Length", "2")]


def test_a_connection_that_was_closed_is_not_used_again(
    connections: Connections, script: Script
) -> None:
    script.closes = True
    for _ in range(3):
        assert ask(connections, script).read() == b"ok"
        threading.Event().wait(0.05)
    assert script.connections == 3
    script.closes, script.says = False, [OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")]
    for _ in range(2):
        assert ask(connections, script).read() == b"ok"
    assert script.connections == 5


def test_a_connection_that_has_been_idle_for_long_is_not_trusted(script: Script) -> None:
    connections = Connections(kept_seconds=0.05)
    for _ in range(2):
        assert ask(connections, script).read() == b"ok"
    assert script.connections == 1
    threading.Event().wait(0.1)
    assert ask(connections, script).read() == b"ok"
    assert script.connections == 2
    connections.shut()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"SMTP ready\r\n",
        OK + b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
    ],
    ids=["nothing", "half", "another protocol", "two answers", "two lengths", "two framings"],
)
def test_what_is_no_whole_answer_is_none(
    connections: Connections, script: Script, answer: bytes
) -> None:
    script.says, script.closes = [answer], True
    for _ in range(2):
        with pytest.raises(BrokenOff):
            ask(connections, script).read()
    assert script.connections == 2


def test_an_answer_that_does_not_come_is_given_up(connections: Connections, script: Script) -> None:
    script.says = []
    with pytest.raises(BrokenOff) as late:
        ask(connections, script)
    assert isinstance(late.value.__cause__, TimeoutError)


def test_a_server_that_is_not_there_has_seen_nothing(connections: Connections) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotSent):
        connections.exchange("GET", f"http://127.0.0.1:{port}/", {}, None, TIMEOUTS)


@pytest.mark.parametrize("name", ["X-A", "X-A\r\nX-B"])
def test_no_header_brings_a_line_of_its_own(
    connections: Connections, script: Script, name: str
) -> None:
    with pytest.raises(ValueError, match="one line"):
        connections.exchange("GET", script.url, {name: "a\r\nX-B: c"}, None, TIMEOUTS)
    assert script.heard == b""


def test_a_large_body_and_one_in_pieces_arrive_whole(
    connections: Connections, script: Script
) -> None:
    large = bytes(range(256)) * 1024
    connections.exchange("PUT", script.url, {}, large, TIMEOUTS).read()
    assert f"Content-Length: {len(large)}".encode() in script.heard
    script.heard = b""
    pieces = iter([b"one", b"two"])
    connections.exchange("PUT", script.url, {"content-length": "6"}, pieces, TIMEOUTS).read()
    assert script.heard.endswith(b"\r\n\r\nonetwo")
    with pytest.raises(ValueError, match="length"):
        connections.exchange("PUT", script.url, {}, iter([b"one"]), TIMEOUTS)


def test_many_threads_share_few_connections(connections: Connections, script: Script) -> None:
    def several() -> None:
        for _ in range(20):
            assert ask(connections, script).read() == b"ok"

    threads = [threading.Thread(target=several) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert script.connections <= 8
