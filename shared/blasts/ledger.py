"""The ledger of a blast: for each recipient one letter, and what a call may change of it. Pure.

A chunk is one row of the ledger, up to 100 recipients. A *list* is the recipients of one call to
the provider. A call whose fate is not known leaves its list in `doubt`, oldest first; each later
list is part of the one before. The idempotency key is blast, chunk and generation, and the
generation changes only while nothing is in doubt: so nobody is mailed twice, whoever crashes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

ID_BYTES: Final = 16
CHUNK_SIZE: Final = 100  # The most that the provider takes in one batch.
# The provider keeps a key for 24 hours; an hour less leaves room for clocks and slow calls.
DOUBT_LIMIT: Final = timedelta(hours=23)
TRY_LIMIT: Final = timedelta(hours=24)
_NOBODY: Final = bytes(ID_BYTES)

Positions = frozenset[int]
NONE: Final[Positions] = frozenset()


class Letter(StrEnum):
    """What became of a recipient, as far as the call to the provider goes."""

    PENDING = "p"
    ASKED = "s"
    ACCEPTED = "a"
    UNSUBSCRIBED = "u"
    BOUNCED = "b"
    COMPLAINED = "c"
    ERASED = "e"
    FAILED = "f"
    FAILED_IN_PASSING = "r"
    UNCERTAIN = "?"


class Fate(StrEnum):
    """What the provider told later of a mail that it took. It only rises, in this order."""

    NONE = "-"
    DELAYED = "w"
    DELIVERED = "d"
    BOUNCED = "b"
    FAILED = "f"
    SUPPRESSED = "x"
    UNSUBSCRIBED = "u"
    COMPLAINED = "c"


# Bounced, failed and suppressed are equally bad news: which one came first, stays.
_RANKS: Final = {"-": 0, "w": 1, "d": 2, "b": 3, "f": 3, "x": 3, "u": 4, "c": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list whose call's fate is not known, and when it was claimed."""

    positions: Positions
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One row of the ledger.

    `first` and `last` bound the recipients' data rows by their times. `ids` are the fans' hashes,
    16 bytes each; an erased fan's are zeros. `etag` is the version that was read.
    """

    number: str
    shard: int
    first: str
    last: str
    ids: bytes
    letters: str
    fates: str
    sparse: bool = False  # Many rows lie between the bounds that are not of this chunk.
    doubt: tuple[Asked, ...] = ()
    generation: int = 1
    token: str = ""
    claimed_at: datetime | None = None
    first_tried_at: datetime | None = None
    waits_until: datetime | None = None  # As the provider asked; its message comes then.
    cuts: int = 0
    etag: str | None = None

    @property
    def in_doubt(self) -> bool:
        return bool(self.doubt)

    @property
    def is_open(self) -> bool:
        """Tell whether anybody in it may still be asked."""
        return Letter.PENDING in self.letters or Letter.ASKED in self.letters

    @property
    def may_be_asked(self) -> Positions:
        return self.those(Letter.PENDING) | self.those(Letter.ASKED)

    def those(self, letter: Letter) -> Positions:
        """Return who has this letter."""
        return frozenset(i for i, found in enumerate(self.letters) if found == letter)

    def doubt_is_old(self, now: datetime) -> bool:
        """Tell whether the provider may have forgotten the key of what is in doubt."""
        return self.in_doubt and now - self.doubt[0].at > DOUBT_LIMIT

    def id_at(self, position: int) -> bytes:
        """Return the hash of the fan at a position; zeros when erased."""
        return self.ids[position * ID_BYTES : (position + 1) * ID_BYTES]

    def hashes(self) -> list[str]:
        """Return the hashes of all positions as the fan list writes them."""
        text, step = self.ids.hex(), 2 * ID_BYTES
        return [text[i : i + step] for i in range(0, len(text), step)]

    def lettered(self, changes: Mapping[int, str]) -> "Chunk":
        """Return the chunk with other letters; an `a` stays, for it is proved."""
        letters = list(self.letters)
        for position, letter in changes.items():
            if letters[position] != Letter.ACCEPTED:
                letters[position] = letter
        return replace(self, letters="".join(letters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One run's hold on a chunk: whom it asks, and why it does not ask the others."""

    token: str
    listed: Positions
    appended: bool  # Whether this claim put its list into doubt; else it repeats the newest.
    reasons: Mapping[int, Letter]


def to_be_asked(chunk: Chunk, allowed: Positions) -> Positions:
    """Return the list of the next call: never anybody who is not allowed now.

    In doubt it is part of the newest list: then either the provider holds the key, and answers a
    shorter body with 409 and sends nothing, or it does not, and the shorter list goes.
    """
    if chunk.in_doubt:
        return chunk.doubt[-1].positions & allowed
    return chunk.may_be_asked & allowed


def claimed(chunk: Chunk, claim: Claim, *, now: datetime) -> Chunk:
    """Return the chunk as this claim writes it, before the call."""
    letters: dict[int, str] = dict.fromkeys(claim.listed, Letter.ASKED)
    doubt = chunk.doubt
    if not chunk.in_doubt:
        letters |= _reasons(chunk.those(Letter.PENDING) - claim.listed, claim)
    if claim.appended:
        doubt = (*doubt, Asked(positions=claim.listed, at=now))
    return replace(
        chunk.lettered(letters),
        doubt=doubt,
        token=claim.token,
        claimed_at=now,
        waits_until=None,
        first_tried_at=chunk.first_tried_at or now,
    )


def appends(chunk: Chunk, listed: Positions) -> bool:
    """Tell whether a call for this list is another than the newest in doubt."""
    return not chunk.in_doubt or chunk.doubt[-1].positions != listed


def closed_without_call(chunk: Chunk, reasons: Mapping[int, Letter]) -> Chunk:
    """Return the chunk when nobody in it may be asked any more."""
    if chunk.in_doubt:
        return doubt_given_up(chunk)
    return chunk.lettered({i: reasons[i] for i in chunk.those(Letter.PENDING)})


def doubt_given_up(chunk: Chunk) -> Chunk:
    """Return the chunk when what is in doubt can never be known."""
    uncertain = dict.fromkeys(chunk.those(Letter.ASKED), Letter.UNCERTAIN)
    return replace(chunk.lettered(uncertain), doubt=())


def taken(chunk: Chunk, claim: Claim, *, refused: Positions) -> Chunk:
    """Return the chunk when the provider took this list, now or before, but for the refused."""
    letters: dict[int, str] = dict.fromkeys(claim.listed - refused, Letter.ACCEPTED)
    letters |= dict.fromkeys(claim.listed & refused, Letter.FAILED)
    letters |= _reasons(_left_out(chunk, claim), claim)
    return replace(chunk.lettered(letters), doubt=())


def another_was_taken(chunk: Chunk, claim: Claim) -> Chunk:
    """Return the chunk when an earlier list under this key was taken, and this one was not."""
    earlier = chunk.doubt[:-1] if claim.appended else chunk.doubt
    everybody = _all_in(chunk.doubt)
    surely = earlier[0].positions if earlier else NONE
    for asked in earlier:
        surely &= asked.positions
    letters: dict[int, str] = dict.fromkeys(everybody - surely, Letter.UNCERTAIN)
    letters |= dict.fromkeys(surely, Letter.ACCEPTED)
    return replace(chunk.lettered(letters), doubt=())


def nothing_was_done(chunk: Chunk, claim: Claim, *, now: datetime) -> Chunk:
    """Return the chunk when this call did nothing: it is as if it had not been made."""
    doubt = chunk.doubt[:-1] if claim.appended else chunk.doubt
    if doubt:
        return replace(chunk, doubt=doubt)
    back = replace(asked_again(chunk), doubt=(), generation=chunk.generation + 1)
    tried = back.first_tried_at
    if tried is not None and now - tried > TRY_LIMIT:
        return back.lettered(dict.fromkeys(back.those(Letter.PENDING), Letter.FAILED_IN_PASSING))
    return back


def refused_whole(chunk: Chunk, claim: Claim) -> Chunk:
    """Return the chunk when no list under this key was or will be taken, before any cut.

    A list of one has failed. A longer one is pending again, under a new key, to be cut.
    """
    known = chunk.lettered(_reasons(_left_out(chunk, claim), claim))
    if len(claim.listed) == 1:
        return replace(known.lettered(dict.fromkeys(claim.listed, Letter.FAILED)), doubt=())
    return replace(asked_again(known), doubt=(), generation=chunk.generation + 1)


def cut(chunk: Chunk, claim: Claim) -> tuple[Chunk, Chunk]:
    """Return the two halves of a chunk whose list of several was refused whole.

    The first keeps the number and the places of its recipients; the second gets the number with
    the next free count behind it.
    """
    listed = sorted(claim.listed)
    at = listed[len(listed) // 2]
    first = replace(
        chunk,
        ids=chunk.ids[: at * ID_BYTES],
        letters=chunk.letters[:at],
        fates=chunk.fates[:at],
        cuts=chunk.cuts + 1,
    )
    second = replace(
        chunk,
        number=f"{chunk.number}-{chunk.cuts + 1}",
        ids=chunk.ids[at * ID_BYTES :],
        letters=chunk.letters[at:],
        fates=chunk.fates[at:],
        cuts=0,
        token="",
        claimed_at=None,
        etag=None,
    )
    return first, second


def asked_again(chunk: Chunk) -> Chunk:
    """Return the chunk with everybody who was asked pending again."""
    return chunk.lettered(dict.fromkeys(chunk.those(Letter.ASKED), Letter.PENDING))


def resumed(chunk: Chunk) -> Chunk:
    """Return the chunk as a resume finds it: passing failures are pending, and tries count anew.

    A chunk in which nobody is to be asked is as it was, so that a resume does not write it.
    """
    passing = dict.fromkeys(chunk.those(Letter.FAILED_IN_PASSING), Letter.PENDING)
    again = chunk.lettered(passing)
    if again.in_doubt or not again.is_open:
        return again
    return replace(again, first_tried_at=None)


def proved(chunk: Chunk, position: int, fate: Fate) -> Chunk:
    """Return the chunk after the provider told of a mail: it was accepted, and its fate rises."""
    letters, fates = list(chunk.letters), list(chunk.fates)
    letters[position] = Letter.ACCEPTED
    if _RANKS[fate] > _RANKS[fates[position]]:
        fates[position] = fate
    return replace(chunk, letters="".join(letters), fates="".join(fates))


def without(chunk: Chunk, hashes: Iterable[bytes]) -> Chunk:
    """Return the chunk without these fans' ids: counts stay, and nobody pending is asked."""
    gone = set(hashes)
    kept = [chunk.id_at(i) for i in range(len(chunk.letters))]
    erased = {i for i, fan in enumerate(kept) if fan in gone}
    pending = erased & chunk.those(Letter.PENDING)
    ids = b"".join(_NOBODY if i in erased else fan for i, fan in enumerate(kept))
    return replace(chunk.lettered(dict.fromkeys(pending, Letter.ERASED)), ids=ids)


def _left_out(chunk: Chunk, claim: Claim) -> Positions:
    oldest = chunk.doubt[0].positions if chunk.doubt else NONE
    return oldest - claim.listed


def _all_in(doubt: tuple[Asked, ...]) -> Positions:
    return doubt[0].positions if doubt else NONE


def _reasons(positions: Positions, claim: Claim) -> dict[int, str]:
    return {i: claim.reasons.get(i, Letter.UNSUBSCRIBED) for i in positions}
