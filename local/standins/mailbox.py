"""The mails that Resend accepted, kept for the outbox and for tests."""

import zlib
from typing import Any

import orjson

from local.standins.state import State


class Mailbox:
    """Accepted mails, newest first, findable by recipient."""

    def __init__(self, state: State) -> None:
        self._db = state.connection
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS mails"
            " (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, last_event TEXT, body BLOB)"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS recipients (address TEXT, seq INTEGER)")
        self._db.execute("CREATE INDEX IF NOT EXISTS by_address ON recipients (address, seq DESC)")

    def add(self, mails: list[dict[str, Any]]) -> None:
        """Keep the mails of one call."""
        self._db.execute("BEGIN")
        for mail in mails:
            row = self._db.execute(
                "INSERT INTO mails (id, last_event, body) VALUES (?, 'queued', ?)",
                (mail["id"], zlib.compress(orjson.dumps(mail), 1)),
            )
            self._db.executemany(
                "INSERT INTO recipients VALUES (?, ?)",
                [(address.lower(), row.lastrowid) for address in mail["to"]],
            )
        self._db.execute("COMMIT")

    def newest(self, *, to: str = "", limit: int = 1000, offset: int = 0) -> list[dict[str, Any]]:
        """Return the newest mails, those to one address when `to` is given."""
        if to:
            rows = self._db.execute(
                "SELECT m.body, m.last_event FROM recipients r JOIN mails m USING (seq)"
                " WHERE r.address = ? ORDER BY r.seq DESC LIMIT ? OFFSET ?",
                (to.lower(), limit, offset),
            )
        else:
            rows = self._db.execute(
                "SELECT body, last_event FROM mails ORDER BY seq DESC LIMIT ? OFFSET ?",
                (limit, offset),
            )
        return [_opened(*row) for row in rows]

    def mail(self, mail_id: str) -> dict[str, Any] | None:
        row = self._db.execute(
            "SELECT body, last_event FROM mails WHERE id = ?", (mail_id,)
        ).fetchone()
        return _opened(*row) if row else None

    def set_last_event(self, mail_id: str, event: str) -> None:
        self._db.execute("UPDATE mails SET last_event = ? WHERE id = ?", (event, mail_id))

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM mails").fetchone()[0])

    def clear(self) -> None:
        self._db.execute("DELETE FROM mails")
        self._db.execute("DELETE FROM recipients")


def _opened(body: bytes, last_event: str) -> dict[str, Any]:
    mail: dict[str, Any] = orjson.loads(zlib.decompress(body))
    return mail | {"last_event": last_event}
