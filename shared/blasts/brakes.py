"""The brakes: one artist's list must not spoil delivery for all. Pure.

Thresholds: product.md, Fan blasts (of this blast's mails, after 50 accepted, anew after a resume).
"""

from dataclasses import dataclass
from typing import Final

from shared.blasts.model import StopReason, Totals
from shared.blasts.run import Go

LEAST_ACCEPTED: Final = 50
MOST_BOUNCES: Final = 0.04
MOST_COMPLAINTS: Final = 0.003
LEAST_COMPLAINTS: Final = 2
WARN_AT: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What the brakes look at, since the permission was given."""

    accepted: int
    bounced: int
    complained: int

    @property
    def bounce_rate(self) -> float:
        return self.bounced / self.accepted if self.accepted else 0.0

    @property
    def complaint_rate(self) -> float:
        return self.complained / self.accepted if self.accepted else 0.0


def since_go(totals: Totals, go: Go) -> Rates:
    """Return the counts that came since `go`."""
    return Rates(
        accepted=totals.accepted - go.accepted,
        bounced=totals.mail_bounced - go.bounced,
        complained=totals.mail_complained - go.complained,
    )


def tripped(rates: Rates) -> StopReason | None:
    """Return why a run must stop, or None."""
    if rates.accepted < LEAST_ACCEPTED:
        return None
    if rates.bounce_rate >= MOST_BOUNCES:
        return StopReason.BOUNCES
    if rates.complained >= LEAST_COMPLAINTS and rates.complaint_rate >= MOST_COMPLAINTS:
        return StopReason.COMPLAINTS
    return None


def nearness(rates: Rates) -> float:
    """Return how near the nearer brake is: 1.0 is where it stops, 0.5 where the artist is warned.

    Before 50 are accepted, and for a single complaint, no brake can trip: then it is below 1.0.
    """
    bounces = rates.bounce_rate / MOST_BOUNCES
    complaints = rates.complaint_rate / MOST_COMPLAINTS
    if rates.complained < LEAST_COMPLAINTS:
        complaints = min(complaints, WARN_AT)
    near = max(bounces, complaints)
    return near if rates.accepted >= LEAST_ACCEPTED else 0.0


def warns(rates: Rates) -> bool:
    """Tell whether the artist is to be warned."""
    return nearness(rates) >= WARN_AT
