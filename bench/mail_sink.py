"""A provider that takes every mail at once and counts: such a one as Ghost was measured against.

The stand-in looks at each mail as Resend does, and what it does with a hundred of them takes longer
than what is to be measured. Writes its port, and tells in each answer how many mails it has taken.
"""

import asyncio
import re
import sys

import orjson

from bench.blast_run import RATE, TAKEN

_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


class Sink:
    """Counts what it is sent."""

    def __init__(self) -> None:
        self._taken = 0

    async def serve(self) -> None:
        """Answer until the process ends."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                writer.write(self._answer(body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, body: bytes) -> bytes:
        mails = orjson.loads(body) if body else []
        ids = [{"id": f"mail-{self._taken + at}"} for at in range(len(mails))]
        # One mail is an object, and its id is told as such.
        told = orjson.dumps({"data": ids} if isinstance(mails, list) else {"id": "mail"})
        self._taken += len(mails) if isinstance(mails, list) else 1
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"ratelimit-limit: {RATE}\r\nratelimit-remaining: {RATE}\r\nratelimit-reset: 1\r\n"
            f"{TAKEN}: {self._taken}\r\nContent-Length: {len(told)}\r\n\r\n"
        )
        return head.encode() + told


if __name__ == "__main__":
    asyncio.run(Sink().serve())
