"""What the stand-ins remember over a restart: small documents in one SQLite file."""

import sqlite3
from pathlib import Path
from typing import Any

import orjson

Document = dict[str, Any]


class State:
    """Documents by kind and key. Durable against the end of the process, not of the machine."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS documents"
            " (kind TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def get(self, kind: str, key: str) -> Document | None:
        row = self.connection.execute(
            "SELECT body FROM documents WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        return orjson.loads(row[0]) if row else None

    def put(self, kind: str, key: str, document: Document) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
            (kind, key, orjson.dumps(document)),
        )

    def delete(self, kind: str, key: str) -> None:
        self.connection.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))

    def all(self, kind: str) -> dict[str, Document]:
        """Return every document of a kind, by key, in the order of the keys."""
        rows = self.connection.execute(
            "SELECT key, body FROM documents WHERE kind = ? ORDER BY key", (kind,)
        )
        return {key: orjson.loads(body) for key, body in rows}

    def clear(self, kind: str) -> None:
        self.connection.execute("DELETE FROM documents WHERE kind = ?", (kind,))

    def close(self) -> None:
        self.connection.close()
