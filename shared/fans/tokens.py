"""The links in a fan's mails: signed, without anything personal in them.

The fan token opens the fan's own pages and never expires. In a blast's mail it also says which
blast, chunk and position it went to, so that leaving by it can be counted there. The confirm token
is another purpose: it names the nonce of one confirmation mail and lives 72 hours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.fans.keys import is_hash
from shared.platform.ids import ArtistId
from shared.platform.signing import Signer, TokenBroken, TokenPart

_FAN: Final = "fan"
_CONFIRM: Final = "fan-confirm"


@dataclass(frozen=True, slots=True)
class BlastRef:
    """Where in a blast a mail stood."""

    blast_id: str
    chunk: str
    position: int


@dataclass(frozen=True, slots=True)
class FanRef:
    """Whom a fan token names."""

    artist_id: ArtistId
    hashed: str
    blast: BlastRef | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a confirm token names."""

    artist_id: ArtistId
    hashed: str
    nonce: str
    expires_at: datetime

    def is_open(self, *, now: datetime) -> bool:
        """Tell whether the link still counts."""
        return now < self.expires_at


class FanTokens:
    """Makes and reads both kinds."""

    def __init__(self, signer: Callable[[], Signer]) -> None:
        self._signer = signer

    def fan(self, ref: FanRef, *, key_id: str | None = None) -> str:
        """Return a fan token; the same parts under the same key give the same text."""
        parts: list[TokenPart] = [ref.artist_id, ref.hashed]
        if ref.blast is not None:
            parts += [ref.blast.blast_id, ref.blast.chunk, ref.blast.position]
        return self._signer().sign(parts, purpose=_FAN, key_id=key_id)

    def confirm(self, confirmation: Confirmation) -> str:
        """Return a confirm token."""
        parts: list[TokenPart] = [
            confirmation.artist_id,
            confirmation.hashed,
            confirmation.nonce,
            int(confirmation.expires_at.timestamp()),
        ]
        return self._signer().sign(parts, purpose=_CONFIRM)

    def read_fan(self, token: str) -> FanRef:
        """Return whom a fan token names.

        Raises:
            TokenBroken: not a fan token of ours.
        """
        match self._signer().read(token, purpose=_FAN):
            case [str(artist), str(hashed)] if is_hash(hashed):
                return FanRef(ArtistId(artist), hashed)
            case [str(artist), str(hashed), str(blast), str(chunk), int(at)] if is_hash(hashed):
                return FanRef(ArtistId(artist), hashed, BlastRef(blast, chunk, at))
        raise TokenBroken

    def read_confirm(self, token: str) -> Confirmation:
        """Return what a confirm token names, expired or not.

        Raises:
            TokenBroken: not a confirm token of ours.
        """
        match self._signer().read(token, purpose=_CONFIRM):
            case [str(artist), str(hashed), str(nonce), int(expires)] if is_hash(hashed):
                until = datetime.fromtimestamp(expires, UTC)
                return Confirmation(ArtistId(artist), hashed, nonce, until)
        raise TokenBroken
