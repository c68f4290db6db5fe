"""A table and queue service that answers at once, so that a client's own cost shows.

Its own process: the CPU of its answers is not the client's. `GET` of an entity is 404, a message is
201, a `$batch` gets one 204 for each operation, an insert 204, a block 201. A listing of the table
Fans is of a list of as many fans as the command names: every page holds the same ones.
"""

import re
import socketserver
import sys
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from bench import made_fans

_MESSAGE = (
    b'<?xml version="1.0"?><QueueMessagesList><QueueMessage><MessageId>m</MessageId>'
    b"<InsertionTime>Tue, 24 Nov 2026 00:00:00 GMT</InsertionTime>"
    b"<ExpirationTime>Tue, 01 Dec 2026 00:00:00 GMT</ExpirationTime>"
    b"<PopReceipt>p</PopReceipt><TimeNextVisible>Tue, 24 Nov 2026 00:00:00 GMT"
    b"</TimeNextVisible></QueueMessage></QueueMessagesList>"
)
_ETAG = "W/\"datetime'2026-11-24T00%3A00%3A00.0000000Z'\""
_PART = (
    "--changesetresponse_1\r\nContent-Type: application/http\r\n"
    "Content-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 204 No Content\r\n"
    f"DataServiceVersion: 3.0;\r\nETag: {_ETAG}\r\n\r\n\r\n"
)
_PAGE_ROWS = 1000
_SHARDS = 4
_MISSING = b'{"odata.error":{"code":"ResourceNotFound","message":{"lang":"en-US","value":"-"}}}'


class Handler(BaseHTTPRequestHandler):
    """Answers at once."""

    protocol_version = "HTTP/1.1"
    # One packet an answer: two would wait for each other (Nagle and delayed acknowledgement).
    wbufsize = 64 * 1024
    fans = 0  # Of the list, in all four shards.

    def do_GET(self) -> None:
        """Answer a read: a page of the list, or 404."""
        asked = urlsplit(self.path)
        if not asked.path.endswith("Fans()"):
            self._answer(404, _MISSING, "application/json")
            return
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        plain = "nometadata" in (self.headers.get("Accept") or "")
        if "'0|'" in query["$filter"]:
            body = _body([made_fans.counters(self.fans // _SHARDS)])
            self._answer(200, body, "application/json")
            return
        size = int(query.get("$top", _PAGE_ROWS))
        left = int(query.get("NextRowKey", self.fans // _SHARDS)) - size
        body = _page(min(size, size + left), query.get("$select"), plain=plain)
        self._answer(200, body, "application/json", left=left)

    def do_POST(self) -> None:
        """Answer a batch, a message, an insert."""
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.partition("?")[0].endswith("$batch"):
            parts = _PART * len(re.findall(rb"Content-Type: application/http", sent))
            body = (
                "--batchresponse_1\r\nContent-Type: multipart/mixed; "
                f"boundary=changesetresponse_1\r\n\r\n{parts}--changesetresponse_1--\r\n"
                "--batchresponse_1--\r\n"
            )
            self._answer(202, body.encode(), "multipart/mixed; boundary=batchresponse_1")
        elif "comp=block" in self.path:
            self._answer(201, b"", "application/xml")
        elif "/messages" in self.path:
            self._answer(201, _MESSAGE, "application/xml")
        else:
            self._answer(204, b"", "application/json")

    do_PUT = do_POST  # noqa: N815 - the library's names
    do_MERGE = do_POST  # noqa: N815
    do_PATCH = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""

    def _answer(self, status: int, body: bytes, media: str, *, left: int = 0) -> None:
        self.send_response(status)
        if left > 0:
            self.send_header("x-ms-continuation-NextPartitionKey", "p")
            self.send_header("x-ms-continuation-NextRowKey", str(left))
        self.send_header("ETag", _ETAG)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@cache
def _page(size: int, select: str | None, *, plain: bool) -> bytes:
    names = set(select.split(",")) if select else None
    return _body([_sent(number, names, plain=plain) for number in range(size)])


def _sent(number: int, names: set[str] | None, *, plain: bool) -> dict[str, Any]:
    entity = made_fans.entity(number, shard=0)
    return {
        name: value
        for name, value in entity.items()
        if (not plain or "odata." not in name)
        and (names is None or name.partition("@")[0] in {*names, "odata.etag"})
    }


def _body(entities: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"odata.metadata": "-", "value": entities})


class Server(socketserver.ThreadingTCPServer):
    """One thread a connection; connections are kept."""

    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Handler.fans = int(sys.argv[1])
    with Server(("127.0.0.1", 0), Handler) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
