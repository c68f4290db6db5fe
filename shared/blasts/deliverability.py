"""Deliverability: the sending domain, an artist's rates over 30 days, how near the brakes are."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.blasts import brakes, reporting
from shared.blasts.brakes import Rates
from shared.blasts.desk import Desk
from shared.blasts.model import BlastState, Totals
from shared.mail.postman import Stream
from shared.platform.clients.http import ServiceAway
from shared.platform.clients.resend import SendingDomain
from shared.platform.ids import ArtistId
from shared.platform.problems import Unavailable

WINDOW: Final = timedelta(days=30)
_MOST_BLASTS: Final = 100
_KEPT_SECONDS: Final = 300.0
_AWAY_SECONDS: Final = 60.0
NOT_REPORTED: Final = "not_reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainState:
    """What the provider reports of our sending domain."""

    name: str
    status: str
    spf: str
    dkim: str
    dmarc: str
    open_tracking: bool
    click_tracking: bool

    def as_members(self) -> dict[str, object]:
        """Return the facts by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverability:
    """What an artist may know of how their mail arrives. `domain` is None when nobody tells."""

    domain: DomainState | None
    totals: Totals
    rates: Rates
    nearness: float
    as_of: datetime

    def brakes(self) -> dict[str, float]:
        """Return the brakes' limits, and how near the nearest is."""
        return {
            "nearness": round(self.nearness, 3),
            "bounce_limit": brakes.MOST_BOUNCES,
            "complaint_limit": brakes.MOST_COMPLAINTS,
            "least_accepted": brakes.LEAST_ACCEPTED,
        }


class DomainStates:
    """The fans' sending domain, asked of the provider at most every five minutes."""

    def __init__(self, domains: Callable[[], list[SendingDomain]], *, mail_domain: str) -> None:
        self._domains = domains
        self._name = f"{Stream.FANS.value}.{mail_domain}"
        self._asking = threading.Lock()
        self._known: DomainState | None = None
        self._next_read = 0.0

    def state(self) -> DomainState | None:
        """Return the domain's state, or the last known while the provider is away or being asked.

        One thread asks and no other waits for it; a provider that is away is left alone for a
        while, so that nobody's looks hold the threads that mails and fans need.
        """
        if time.monotonic() < self._next_read or not self._asking.acquire(blocking=False):
            return self._known
        try:
            self._next_read = time.monotonic() + _AWAY_SECONDS
            self._known = self._read()
            self._next_read = time.monotonic() + _KEPT_SECONDS
        except (ServiceAway, Unavailable):
            return self._known
        finally:
            self._asking.release()
        return self._known

    def _read(self) -> DomainState | None:
        for domain in self._domains():
            if domain.name == self._name:
                return _state(domain)
        return None


def deliverability(
    artist_id: ArtistId, *, domains: DomainStates, desk: Desk, now: datetime
) -> Deliverability:
    """Return the domain's state and an artist's rates over the last 30 days."""
    totals, nearest = Totals(), 0.0
    for blast in desk.blasts.newest(artist_id, count=_MOST_BLASTS):
        if blast.started_at is None or now - blast.started_at > WINDOW:
            continue
        found = reporting.totals_now(blast, desk=desk)
        totals = totals.plus(found)
        go = desk.ledger.run(blast.blast_id).go if blast.state is BlastState.SENDING else None
        if go is not None:
            nearest = max(nearest, brakes.nearness(brakes.since_go(found, go)))
    rates = Rates(
        accepted=totals.accepted, bounced=totals.mail_bounced, complained=totals.mail_complained
    )
    return Deliverability(
        domain=domains.state(), totals=totals, rates=rates, nearness=nearest, as_of=now
    )


def _state(domain: SendingDomain) -> DomainState:
    return DomainState(
        name=domain.name,
        status=domain.status,
        spf=_record(domain, "SPF"),
        dkim=_record(domain, "DKIM"),
        dmarc=_record(domain, "DMARC"),
        open_tracking=domain.open_tracking,
        click_tracking=domain.click_tracking,
    )


def _record(domain: SendingDomain, kind: str) -> str:
    """Return the worst state of a domain's records of a kind; several may stand for one."""
    states = [record.status for record in domain.records if record.record == kind]
    if not states:
        # A verified domain has its SPF and DKIM by definition; DMARC is not Resend's to check.
        return "verified" if domain.status == "verified" and kind != "DMARC" else NOT_REPORTED
    return next((state for state in states if state != "verified"), "verified")
