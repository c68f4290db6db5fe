"""An artist's consents: `consent:…` rows of the account, one for each time that it was given."""

from datetime import UTC, datetime

from shared.artists.audit import AuditTrail
from shared.artists.model import Consent
from shared.artists.store import CONSENT, consent_from
from shared.platform.ids import ArtistId, Ids
from shared.platform.storage.faults import Changed, Missing
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables


class Consents:
    """Gives, withdraws and shows consents. Every call may be repeated."""

    def __init__(self, tables: Tables, audit: AuditTrail) -> None:
        self._rows = tables.table(Table.ARTISTS)
        self._audit = audit

    def given(self, artist_id: ArtistId, purpose: str) -> Consent | None:
        """Return the consent in force for a purpose, or None. One query."""
        return next((held for _, held in self._of(artist_id, purpose) if held.is_given), None)

    def grant(
        self, artist_id: ArtistId, purpose: str, *, wording_version: str, now: datetime, ids: Ids
    ) -> Consent:
        """Record that an artist agreed to a wording; agreeing again to the same is one consent."""
        held = self.given(artist_id, purpose)
        if held is not None and held.wording_version == wording_version:
            return held
        consent = Consent(purpose=purpose, granted_at=now, wording_version=wording_version)
        self._rows.upsert(
            Row(
                artist_id,
                _key(purpose, now),
                {"purpose": purpose, "granted_at": now, "wording_version": wording_version},
            )
        )
        self._audit.record(artist_id, "consent_given", now=now, ids=ids, purpose=purpose)
        return consent

    def withdraw(self, artist_id: ArtistId, purpose: str, *, now: datetime, ids: Ids) -> bool:
        """Withdraw the consents for a purpose, and tell whether there was one. Records stay."""
        withdrawn = False
        for row, held in self._of(artist_id, purpose):
            if not held.is_given:
                continue
            try:
                self._rows.merge(Row(artist_id, row.key, {"withdrawn_at": now}), etag="*")
            except (Changed, Missing):
                continue
            withdrawn = True
        if withdrawn:
            self._audit.record(artist_id, "consent_withdrawn", now=now, ids=ids, purpose=purpose)
        return withdrawn

    def _of(self, artist_id: ArtistId, purpose: str) -> list[tuple[Row, Consent]]:
        beginning = f"{CONSENT}{purpose}:"
        rows = self._rows.query(partition=artist_id, first=beginning, last=beginning[:-1] + ";")
        return [(row, consent_from(row)) for row in rows]


def _key(purpose: str, granted_at: datetime) -> str:
    return f"{CONSENT}{purpose}:{granted_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
