"""Versions of the policy: the one that ships with the product, and those in the table Policies.

A version is never changed: what people agreed to must be found again. A body is cut into pieces,
since a property holds 64 KiB.
"""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row, Value
from shared.platform.storage.tables import Tables
from shared.privacy.model import Policies, Policy

SHIPPED_VERSION: Final = "2026-03-29"
_PARTITION: Final = "policy"
_PIECE_CHARS: Final = 30_000
_FOLDER: Final = Path(__file__).parent / "policies"


class PolicyStore:
    """Policies by version. There are a few, and each is read whole."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.POLICIES)

    def all(self) -> Policies:
        """Return every version. One query."""
        later = [_policy(row) for row in self._rows.query(partition=_PARTITION)]
        return Policies(versions=(shipped(), *later))

    def add(self, policy: Policy) -> Policy:
        """Publish a version.

        Raises:
            AlreadyExists: it was published.
        """
        written = self._rows.insert(_row(policy))
        return replace(policy, etag=written.etag)

    def replace(self, policy: Policy) -> Policy:
        """Keep how far the notices have come.

        Raises:
            Changed: another run was faster.
            Missing: it is gone.
        """
        written = self._rows.replace(_row(policy), etag=policy.etag or "*")
        return replace(policy, etag=written.etag)


@cache
def shipped() -> Policy:
    """Return the version that comes with the product."""
    last_updated = datetime(2026, 3, 29, tzinfo=UTC)
    return Policy(
        version=SHIPPED_VERSION,
        effective_at=last_updated,
        published_at=last_updated,
        material=False,
        summary="The first version.",
        body=(_FOLDER / f"{SHIPPED_VERSION}.txt").read_text(encoding="utf-8"),
    )


def _row(policy: Policy) -> Row:
    pieces = [
        policy.body[at : at + _PIECE_CHARS] for at in range(0, len(policy.body), _PIECE_CHARS)
    ]
    values: dict[str, Value | None] = {
        "effective_at": policy.effective_at,
        "published_at": policy.published_at,
        "material": policy.material,
        "summary": policy.summary,
        "noticed_until": policy.noticed_until,
        "noticed_at": policy.noticed_at,
        "told": policy.told,
        **{f"body_{number:02d}": piece for number, piece in enumerate(pieces)},
    }
    return Row(_PARTITION, policy.version, values)


def _policy(row: Row) -> Policy:
    pieces = sorted(name for name in row if name.startswith("body_"))
    return Policy(
        version=row.key,
        effective_at=row.need("effective_at", datetime),
        published_at=row.need("published_at", datetime),
        material=row.need("material", bool),
        summary=row.need("summary", str),
        body="".join(row.need(name, str) for name in pieces),
        noticed_until=row.find("noticed_until", str),
        noticed_at=row.find("noticed_at", datetime),
        told=row.find("told", int) or 0,
        etag=row.etag,
    )
