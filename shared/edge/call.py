"""What a handler is given: who asks, what they sent, the moment, and the application."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final, Generic, TypeVar

from shared.artists.model import Artist
from shared.platform.authentication import Operator, Session
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Unauthenticated
from shared.wiring import App

Body = TypeVar("Body")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Access(Enum):
    """Who may ask. An operation without one does not exist."""

    PUBLIC = auto()
    SESSION = auto()  # A valid session; the account may not exist yet, or be closing.
    ARTIST = auto()  # An onboarded artist whose account is open.
    CLOSING_ARTIST = auto()  # An onboarded artist, also during the grace of a deletion.
    OPERATOR = auto()
    WEBHOOK = auto()  # The body's signature is checked by the use case.


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, as far as the operation's access needs it."""

    session: Session | None = None
    account_id: ArtistId | None = None  # Of the session's user; None before onboarding.
    artist: Artist | None = None
    operator: Operator | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Body]):
    """One request, read and authorised."""

    app: App
    now: datetime
    ids: Ids
    caller: Caller
    route: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]  # By lower-cased name.
    body: Body
    raw: bytes

    @property
    def session(self) -> Session:
        """Return the caller's session, which the operation's access has asked for."""
        if self.caller.session is None:
            raise Unauthenticated("This needs a session.")
        return self.caller.session

    @property
    def artist(self) -> Artist:
        """Return the calling artist, which the operation's access has asked for."""
        if self.caller.artist is None:
            raise Unauthenticated("This needs an artist's session.")
        return self.caller.artist

    @property
    def artist_id(self) -> ArtistId:
        """Return the calling artist's id: the key under which everything of theirs is looked up."""
        return self.artist.artist_id

    @property
    def owner(self) -> str:
        """Return whose idempotency keys these are: the artist's, or an operator's."""
        operator = self.caller.operator
        if operator is None:
            return self.artist_id
        return "op_" + hashlib.sha256(operator.object_id.encode()).hexdigest()[:32]

    @property
    def if_match(self) -> str | None:
        """Return the If-Match header, or None."""
        return self.headers.get("if-match")
