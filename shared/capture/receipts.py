"""The fan's receipt: every field that an artist holds, and the exact words that were agreed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from shared.artists.model import Artist
from shared.capture.own_pages import OwnDesk, nothing_held, reader
from shared.capture.page import accent_of, renders
from shared.capture.schemas import CorrectionForm
from shared.capture.store import NoticeStore
from shared.fans import transitions
from shared.fans.model import Fan, Lock, Step
from shared.fans.schemas import held, waiting
from shared.fans.tokens import FanRef
from shared.platform.countries import COUNTRIES
from shared.platform.ids import Ids
from shared.platform.limits import KEPT_FOR
from shared.platform.problems import Invalid, TooMany

CORRECTIONS_A_DAY: Final = 10  # Each may leave a name in the list's counters for good.
_HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt, ready to answer with."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]


def receipt(token: str, *, as_json: bool, desk: OwnDesk, notices: NoticeStore) -> Receipt:
    """Return what is held of a fan, as a page or as JSON to keep.

    Raises:
        NotFound: not a fan token.
    """
    named = reader(token, desk=desk)
    lock = desk.fans.lock(named.artist_id, named.hashed)
    fan = desk.fans.fan(named.artist_id, lock) if lock else None
    facts = _facts(named, lock, fan, notices=notices)
    if as_json:
        name = {"Content-Disposition": 'attachment; filename="what-is-held.json"'}
        return Receipt(orjson.dumps(facts or {"held": False}), "application/json", name)
    artist = desk.artists.by_id(named.artist_id)
    return Receipt(_page(token, artist, facts).encode(), _HTML, {"Vary": "Accept"})


def wants_json(query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Tell whether a receipt was asked for as JSON."""
    accepted = headers.get("accept", "")
    preferred = "application/json" in accepted and "text/html" not in accepted
    return query.get("format") == "json" or preferred


def correct(token: str, form: CorrectionForm, *, desk: OwnDesk, now: datetime, ids: Ids) -> str:
    """Put a fan where the fan says to be, and return the receipt's path.

    Raises:
        NotFound: not a fan token.
        Invalid: there is no such country, or nothing was said.
        TooMany: this fan has been corrected ten times within a day.
    """
    named = reader(token, desk=desk)
    country = form.country.upper() or None
    if country is not None and country not in COUNTRIES:
        raise Invalid.field("country", "There is no such country.")
    if not form.model_fields_set:
        raise Invalid.field("country", "Say a country, a region or a city.")
    if not desk.limits.grant(f"c|{named.hashed}", ids.token(), most=CORRECTIONS_A_DAY, now=now):
        detail = "This was corrected many times today. Please come back tomorrow."
        raise TooMany(detail, retry_after=KEPT_FOR)
    said = {"country": country, "region": form.region, "city": form.city}
    sent = {name: said[name] for name in form.model_fields_set}

    def corrected(lock: Lock, fan: Fan | None) -> Step | None:
        return transitions.corrected(lock, fan, sent, now=now) if fan else None

    desk.changes.change(named.artist_id, named.hashed, corrected)
    return f"/f/{token}/data"


def _facts(
    named: FanRef, lock: Lock | None, fan: Fan | None, *, notices: NoticeStore
) -> dict[str, object] | None:
    facts: dict[str, object] = {}
    if lock is not None and fan is not None:
        words = notices.words(named.artist_id, fan.notice_version)
        facts |= {**held(lock, fan), "notice": words}
    again = lock.again if lock else None
    if again is not None:
        words = notices.words(named.artist_id, again.notice_version)
        facts |= {"sign_up_waiting": {**waiting(again), "notice": words}}
    elif fan is not None:
        facts |= {"sign_up_waiting": None}
    return {"held": True, **facts} if facts else None


def _page(token: str, artist: Artist | None, facts: dict[str, object] | None) -> str:
    if facts is None:
        return nothing_held(artist).html
    countries = sorted(COUNTRIES.items(), key=lambda item: item[1])
    return renders()(
        "receipt.html",
        accent=accent_of(artist),
        artist_name=artist.artist_name if artist else "the artist",
        receipt=facts,
        own=f"/f/{token}",
        countries=countries,
    )
