"""Storage and provider of one chunk, answering at once: planted rows, and an id for each mail.

A process of its own, so that the CPU of its answers is not the chunk's. Its argument is a file of
JSON: what a path begins with, and what is answered there.
"""

import json
import sys
from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from bench.stub_storage import Handler, Server

MAILS = 100
_TAKEN = json.dumps({"data": [{"id": f"mail-{number}"} for number in range(MAILS)]}).encode()
_NOTHING = b'{"value":[]}'


class ChunkHandler(Handler):
    """Answers what a chunk asks for."""

    rows: ClassVar[dict[str, bytes]] = {}

    @override
    def do_GET(self) -> None:
        """Answer a read with what is planted there; every other query finds nothing."""
        for begins, body in self.rows.items():
            if self.path.startswith(begins):
                self._answer(200, body, "application/json")
                return
        if "()?" in self.path:
            self._answer(200, _NOTHING, "application/json")
            return
        super().do_GET()

    @override
    def do_POST(self) -> None:
        """Answer a batch of mails; the rest is storage's."""
        if self.path.endswith("/emails/batch"):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer(200, _TAKEN, "application/json")
            return
        super().do_POST()

    do_PUT = do_POST  # noqa: N815 - the library's names
    do_MERGE = do_POST  # noqa: N815
    do_PATCH = do_POST  # noqa: N815


if __name__ == "__main__":
    planted = json.loads(Path(sys.argv[1]).read_text())
    ChunkHandler.rows = {path: body.encode() for path, body in planted.items()}
    with Server(("127.0.0.1", 0), ChunkHandler) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
