"""Carrying a subject's request out over all artists, through the rooms' own functions.

A mailbox is found by MailboxIndex, which no artist can reach. What is done there is what the
subject's own pages do: the same erasing, the same unsubscribing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.artists.store import ArtistStore
from shared.fans import transitions
from shared.fans.changing import FanChanges
from shared.fans.erasing import FanEraser
from shared.fans.keys import hash_of
from shared.fans.mailboxes import MailboxIndex
from shared.fans.model import Fan, How, Lock, Step
from shared.fans.schemas import held, waiting
from shared.fans.store import FanStore
from shared.fans.tokens import FanRef, FanTokens
from shared.platform.clock import instant
from shared.platform.ids import ArtistId
from shared.privacy.model import Outcome, RequestKind

_NOTHING: Final = "Nothing is held about this address on any fan list."
# The artist's handle, and what the country's code already says.
_NOT_TOLD: Final = {"id", "country_name", "waiting_country_name"}
_ARTISTS_OWN: Final = (
    " If you have an account as an artist, sign in: its settings hold the export, the correction "
    "and the deletion of everything in it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one artist holds of a mailbox, in the words of the person's own page."""

    artist_name: str
    fields: dict[str, object]
    data_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """What came of a request."""

    outcome: Outcome
    answer: str
    lists: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What requests are carried out with."""

    index: MailboxIndex
    fans: FanStore
    changes: FanChanges
    eraser: FanEraser
    artists: ArtistStore
    tokens: FanTokens
    public_base_url: str

    def carry_out(self, kind: RequestKind, mailbox: str, *, now: datetime) -> CarriedOut:
        """Do what was asked at every artist where this mailbox is. May be repeated."""
        found = self._refs(mailbox)
        if not found:
            return CarriedOut(outcome=Outcome.NOTHING_HELD, answer=_NOTHING + _ARTISTS_OWN, lists=0)
        for artist_id, hashed in found:
            self._done(kind, artist_id, hashed, now=now)
        return CarriedOut(
            outcome=Outcome.FULFILLED, answer=_ANSWERS[kind] + _ARTISTS_OWN, lists=len(found)
        )

    def holdings(self, mailbox: str) -> list[Holding]:
        """Return what is held of a mailbox, artist by artist."""
        return [
            self._holding(artist_id, lock, fields)
            for artist_id, hashed in self._refs(mailbox)
            if (lock := self.fans.lock(artist_id, hashed)) is not None
            and (fields := _fields(lock, self.fans.fan(artist_id, lock)))
        ]

    def erase(self, mailbox: str) -> int:
        """Erase a mailbox at every artist, and count the lists it was on."""
        found = self._refs(mailbox)
        for artist_id, hashed in found:
            self.eraser.erase(artist_id, hashed)
        return len(found)

    def lists_of(self, mailbox: str) -> int:
        """Count the lists that a mailbox is on."""
        return len(self._refs(mailbox))

    def _refs(self, mailbox: str) -> list[tuple[ArtistId, str]]:
        return [
            (artist_id, hashed)
            for artist_id, fan_id in self.index.fans_of(mailbox)
            if (hashed := hash_of(fan_id)) is not None
        ]

    def _done(self, kind: RequestKind, artist_id: ArtistId, hashed: str, *, now: datetime) -> None:
        if kind is RequestKind.DELETE:
            self.eraser.erase(artist_id, hashed)
        elif kind is RequestKind.OBJECT:
            self.changes.change(artist_id, hashed, _leaving(now))

    def _holding(self, artist_id: ArtistId, lock: Lock, fields: dict[str, object]) -> Holding:
        artist = self.artists.by_id(artist_id)
        token = self.tokens.fan(FanRef(artist_id, lock.hashed))
        return Holding(
            artist_name=artist.artist_name if artist else "An artist",
            fields=fields,
            data_url=f"{self.public_base_url}/f/{token}/data",
        )


_ANSWERS: Final = {
    RequestKind.ACCESS: "This is everything that is held about this address on fan lists.",
    RequestKind.EXPORT: "This is everything that is held about this address on fan lists.",
    RequestKind.CORRECT: "Each artist's page below lets you correct what is held.",
    RequestKind.DELETE: "Everything that was held about this address on fan lists is deleted.",
    RequestKind.OBJECT: "This address gets no more mails from any artist.",
}


def _leaving(now: datetime) -> Callable[[Lock, Fan | None], Step | None]:
    def judge(lock: Lock, fan: Fan | None) -> Step | None:
        return transitions.left(lock, fan, how=How.OBJECTED, now=now)

    return judge


def _fields(lock: Lock, fan: Fan | None) -> dict[str, object]:
    """Return what is held of a person: their record, and a sign-up that waits to be confirmed."""
    told = held(lock, fan) if fan else {}
    if fan is not None:
        told["history"] = "; ".join(
            " ".join(
                filter(
                    None,
                    (entry.status, instant(entry.at), f"({entry.how})", entry.notice_version),
                )
            )
            for entry in fan.history
        )
        bounces = (f"{instant(bounce.at)} {bounce.blast_id}" for bounce in lock.soft_bounces)
        told["soft_bounces"] = "; ".join(bounces) or None
        told["place_corrected"] = fan.place_corrected or None
    if lock.again is not None:
        told |= {f"waiting_{name}": value for name, value in waiting(lock.again).items()}
    return {name: value for name, value in told.items() if name not in _NOT_TOLD}
