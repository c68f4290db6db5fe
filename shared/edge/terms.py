"""What an operation accepts and asks for: declared beside its handler, kept by the door."""

from dataclasses import dataclass

from pydantic import BaseModel

from shared.edge.bodies import BODY_MAX_BYTES
from shared.edge.call import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one operation."""

    access: Access
    body: type[BaseModel] | None = None
    form: bool = False  # The body is a browser's urlencoded form.
    query: type[BaseModel] | None = None  # Documents and checks the query; see Call.query.
    raw_media: tuple[str, ...] = ()  # Media types of a body that the handler reads; see Call.raw.
    raw_form: type[BaseModel] | None = None  # What such a body holds, where it is a form of ours.
    body_limit: int = BODY_MAX_BYTES
    idempotent: bool = False  # Honours Idempotency-Key; the caller is an artist or an operator.
    versioned: bool = False  # Answers with a strong ETag; a GET honours If-None-Match.
    fresh_sign_in: bool = False
    cache: str = "no-store"  # Cache-Control of success.
    html: bool = False  # A page for people: its problems are pages, too.
    open_to_all: bool = False  # CORS for any origin, without credentials.
