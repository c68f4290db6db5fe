"""The register of privacy requests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.platform.ids import RequestId, is_id
from shared.platform.storage.filters import ne
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from shared.privacy.model import Outcome, PrivacyRequest, RequestKind, RequestState

_PARTITION: Final = "requests"


class RequestStore:
    """Requests by id, in the order of their receipt."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.PRIVACY_REQUESTS)

    def find(self, request_id: str) -> PrivacyRequest | None:
        """Return a request, or None. One read."""
        if not is_id(request_id, prefix="req"):
            return None
        row = self._rows.get(_PARTITION, request_id)
        return _request(row) if row else None

    def add(self, request: PrivacyRequest) -> PrivacyRequest:
        """Keep a new request.

        Raises:
            AlreadyExists: it is there.
        """
        return replace(request, version=self._rows.insert(_row(request)).etag)

    def replace(self, request: PrivacyRequest) -> PrivacyRequest:
        """Keep a changed request.

        Raises:
            Changed: somebody changed it since it was read.
            Missing: it is gone.
        """
        written = self._rows.replace(_row(request), etag=request.version or "*")
        return replace(request, version=written.etag)

    def unanswered(self) -> Iterator[PrivacyRequest]:
        """Yield what is still open, the oldest first. The cost follows what is open."""
        open_ones = ne("state", RequestState.ANSWERED.value)
        return map(_request, self._rows.query(partition=_PARTITION, where=open_ones))

    def every(self) -> Iterator[PrivacyRequest]:
        """Yield the whole register, the oldest first."""
        return map(_request, self._rows.query(partition=_PARTITION))

    def delete(self, request: PrivacyRequest) -> bool:
        """Take a line out of the register, and tell whether it was there."""
        return self._rows.delete(_PARTITION, request.request_id)


def _row(request: PrivacyRequest) -> Row:
    return Row(
        _PARTITION,
        request.request_id,
        {
            "kind": request.kind.value,
            "state": request.state.value,
            "received_at": request.received_at,
            "due_at": request.due_at,
            "mailbox": request.mailbox,
            "sealed": request.sealed,
            "nonce": request.nonce,
            "confirmed_at": request.confirmed_at,
            "answered_at": request.answered_at,
            "extended_at": request.extended_at,
            "outcome": request.outcome.value if request.outcome else None,
            "answer": request.answer,
            "lists": request.lists,
        },
    )


def _request(row: Row) -> PrivacyRequest:
    outcome = row.find("outcome", str)
    return PrivacyRequest(
        request_id=RequestId(row.key),
        kind=RequestKind(row.need("kind", str)),
        state=RequestState(row.need("state", str)),
        received_at=row.need("received_at", datetime),
        due_at=row.need("due_at", datetime),
        mailbox=row.find("mailbox", str),
        sealed=row.find("sealed", str),
        nonce=row.find("nonce", str),
        confirmed_at=row.find("confirmed_at", datetime),
        answered_at=row.find("answered_at", datetime),
        extended_at=row.find("extended_at", datetime),
        outcome=Outcome(outcome) if outcome else None,
        answer=row.find("answer", str),
        lists=row.find("lists", int),
        version=row.etag,
    )
