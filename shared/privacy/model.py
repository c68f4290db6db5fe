"""Exports, privacy requests, erasures and policies: the values and their pure rules."""

import calendar
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.platform.ids import ArtistId, ErasureId, ExportId, RequestId

EXPORT_KEPT_FOR: Final = timedelta(days=7)
EXPORT_LINK_FOR: Final = timedelta(hours=24)
ANSWER_DAYS: Final = 30  # Policy, 6: "We will respond within 30 days."
ANSWER_EXTENSION: Final = timedelta(days=60)  # GDPR, Art. 12(3): two further months at most.
CONFIRM_WITHIN: Final = timedelta(days=7)
ANSWER_READABLE_FOR: Final = timedelta(days=7)
REGISTER_KEPT_FOR: Final = timedelta(days=730)  # CCPA, § 7101: 24 months.
REQUESTS_A_DAY: Final = 3
NOTICE_PERIOD: Final = timedelta(days=14)  # Policy, 10.
# Function time-out, longest upload link and ten minutes: who read before the fence has written.
SECOND_SCAN_AFTER: Final = timedelta(minutes=65)


class ExportKind(StrEnum):
    """What an export holds: the whole account, or the fan list in one of its forms."""

    ACCOUNT = "account"
    FANS_CSV = "fans_csv"
    FANS_JSONL = "fans_jsonl"


class ExportState(StrEnum):
    """Where an export stands."""

    REQUESTED = "requested"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that was asked for. The file goes with `expires_at`, and with the account."""

    export_id: ExportId
    artist_id: ArtistId
    kind: ExportKind
    state: ExportState
    requested_at: datetime
    ready_at: datetime | None = None
    size_bytes: int | None = None
    progress_percent: int = 0
    beginnings: int = 1  # One more each time that somebody in it was erased while it was built.
    version: str | None = None

    @property
    def blob(self) -> str:
        """Return the name of the file: the same however often it is built.

        Begun anew it is another, or a slow builder of before would write the erased over it.
        """
        suffix = {ExportKind.ACCOUNT: "zip", ExportKind.FANS_CSV: "csv"}.get(self.kind, "jsonl")
        return f"{self.blobs}{self.beginnings}.{suffix}"

    @property
    def blobs(self) -> str:
        """Return how the names of all its files begin."""
        return f"{self.artist_id}/{self.export_id}."

    @property
    def filename(self) -> str:
        """Return the name under which a browser saves it."""
        stem = "artistos-export" if self.kind is ExportKind.ACCOUNT else "fans"
        return f"{stem}-{self.requested_at:%Y-%m-%d}.{self.blob.rpartition('.')[2]}"

    @property
    def expires_at(self) -> datetime:
        """Return when the file goes."""
        return (self.ready_at or self.requested_at) + EXPORT_KEPT_FOR

    def is_readable(self, *, now: datetime) -> bool:
        """Tell whether there is a file to hand out."""
        return self.state is ExportState.READY and now < self.expires_at


def export_id_in(blob: str) -> str:
    """Return whose file a name is of: see `Export.blob`."""
    return blob.rpartition("/")[2].partition(".")[0]


class RequestKind(StrEnum):
    """What somebody asks for."""

    ACCESS = "access"
    CORRECT = "correct"
    DELETE = "delete"
    EXPORT = "export"
    OBJECT = "object"


class RequestState(StrEnum):
    """Where a privacy request stands."""

    RECEIVED = "received"  # The mailbox is not proved yet.
    CONFIRMED = "confirmed"
    ANSWERED = "answered"


class Outcome(StrEnum):
    """How a request was answered."""

    FULFILLED = "fulfilled"
    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequest:
    """A request of a data subject. `sealed` holds the address in an envelope while it is open."""

    request_id: RequestId
    kind: RequestKind
    state: RequestState
    received_at: datetime
    due_at: datetime
    mailbox: str | None
    sealed: str | None
    nonce: str | None
    confirmed_at: datetime | None = None
    answered_at: datetime | None = None
    extended_at: datetime | None = None
    outcome: Outcome | None = None
    answer: str | None = None
    lists: int | None = None  # How many artists' lists it concerned.
    version: str | None = None

    def is_readable(self, *, now: datetime) -> bool:
        """Tell whether the link in its mails still shows something."""
        if self.answered_at is not None:
            return now < self.answered_at + ANSWER_READABLE_FOR
        return self.state is RequestState.CONFIRMED or now < self.received_at + CONFIRM_WITHIN

    def is_overdue(self, *, now: datetime) -> bool:
        """Tell whether the answer is late."""
        return self.state is not RequestState.ANSWERED and self.due_at < now

    def forgotten(self) -> "PrivacyRequest":
        """Return the line that the register keeps: kind and times, and nobody's data."""
        return replace(self, mailbox=None, sealed=None, nonce=None, answer=None)


def due_date(received_at: datetime) -> datetime:
    """Return until when a request is answered: 30 days or one calendar month, the sooner.

    Policy, 6 (30 days) and GDPR, Art. 12(3) (one month): a request of 31 January is due on the last
    day of February.
    """
    return min(received_at + timedelta(days=ANSWER_DAYS), _month_later(received_at))


class ErasureState(StrEnum):
    """Where an erasure stands."""

    RUNNING = "running"
    SWEPT = "swept"  # Everything is gone; the second scan is still to come.
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCount:
    """What an erasure found and deleted in one store; `residue` is what the second scan found."""

    store: str
    found: int = 0
    deleted: int = 0
    residue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The proof of an erasure, chained to the one before it."""

    hash: str
    previous_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An erasure at work, and later its record. Whose it was is forgotten when it is finished."""

    erasure_id: ErasureId
    erasure_class: str
    state: ErasureState
    started_at: datetime
    artist_id: ArtistId | None = None
    clerk_user_id: str | None = None
    farewell: str | None = None  # The address for the last mail, in an envelope.
    step: int = 0
    stores: Sequence[StoreCount] = ()
    moved_at: datetime | None = None
    busy_until: datetime | None = None  # Somebody is at work; a claim that a crash leaves ends.
    swept_at: datetime | None = None
    finished_at: datetime | None = None
    certificate: Certificate | None = None
    version: str | None = None

    @property
    def is_second_scan(self) -> bool:
        """Tell whether what is deleted now is residue."""
        return self.state is ErasureState.SWEPT

    def counting(self, store: str, *, deleted: int) -> "Erasure":
        """Return the erasure with what was deleted in a store counted."""
        counts = {count.store: count for count in self.stores}
        held = counts.get(store, StoreCount(store=store))
        if self.is_second_scan:
            counts[store] = replace(held, residue=held.residue + deleted)
        else:
            counts[store] = replace(
                held, found=held.found + deleted, deleted=held.deleted + deleted
            )
        return replace(self, stores=tuple(counts.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A version of the privacy policy."""

    version: str
    effective_at: datetime
    published_at: datetime
    material: bool
    summary: str
    body: str
    noticed_until: str | None = None  # The last artist who was told; None before the first.
    noticed_at: datetime | None = None  # When the last of all was told.
    told: int = 0
    etag: str | None = None

    def takes_effect(self) -> datetime:
        """Return when it comes into force: 14 days after the last artist was told, at least."""
        if not self.material or self.noticed_at is None:
            return self.effective_at
        return max(self.effective_at, self.noticed_at + NOTICE_PERIOD)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of its words."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    def is_in_force(self, *, now: datetime) -> bool:
        """Tell whether it holds. A material change holds once everybody was told."""
        told = not self.material or self.noticed_at is not None
        return told and self.takes_effect() <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """All versions of the policy."""

    versions: Sequence[Policy] = field(default_factory=tuple)

    def in_force(self, *, now: datetime) -> Policy:
        """Return the version that holds: the one that came into force last."""
        holding = [policy for policy in self.versions if policy.is_in_force(now=now)]
        return max(holding, key=lambda policy: policy.takes_effect())

    def upcoming(self, *, now: datetime) -> list[Policy]:
        """Return what is published and not yet in force, the next first."""
        waiting = [policy for policy in self.versions if not policy.is_in_force(now=now)]
        return sorted(waiting, key=lambda policy: policy.takes_effect())

    def find(self, version: str) -> Policy | None:
        """Return one version, or None."""
        return next((policy for policy in self.versions if policy.version == version), None)

    def newest_first(self) -> list[Policy]:
        """Return every version, the newest first."""
        return sorted(self.versions, key=lambda policy: policy.takes_effect(), reverse=True)


def chained(members: Mapping[str, object], *, previous_hash: str) -> str:
    """Return the hash of a certificate: over what it says and the certificate before it."""
    text = json.dumps({**members, "previous_hash": previous_hash}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _month_later(moment: datetime) -> datetime:
    year, month = (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)
