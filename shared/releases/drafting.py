"""Creating, reading and changing a release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.artists.model import Link
from shared.campaigns.facts import ReleaseState
from shared.platform import etags, telemetry
from shared.platform.cursors import Cursors
from shared.platform.ids import ArtistId, Ids, ReleaseId, is_id
from shared.platform.problems import (
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    StalePrecondition,
)
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.releases.announcing import Announcer
from shared.releases.model import Collaborator, Release, Split, impossible
from shared.releases.schemas import ReleaseChange, ReleaseFields, ReleaseRequest
from shared.releases.store import ReleaseStore

# Two people of one account rarely write at once; a loop of losers would mean something else.
TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePage:
    """One page of a list."""

    releases: Sequence[Release]
    next_cursor: str | None


def create(
    request: ReleaseRequest,
    *,
    artist_id: ArtistId,
    releases: ReleaseStore,
    ids: Ids,
    now: datetime,
) -> Release:
    """Keep a new release and return it; repeated with the same ids it is the same one.

    Raises:
        Invalid: facts that do not go together.
    """
    blank = Release(
        release_id=ReleaseId(ids.make("rel", now=now)),
        artist_id=artist_id,
        title=request.title,
        kind=request.kind,
        created_at=now,
        updated_at=now,
    )
    said = {name for name in type(request).model_fields if getattr(request, name) is not None}
    release = _possible(blank.changed(_facts(request, said), now=now), before=None)
    try:
        kept = releases.add(release)
    except AlreadyExists:
        kept = read(release.release_id, artist_id=artist_id, releases=releases)
    telemetry.event("release_created", artist_id=artist_id, release_id=kept.release_id)
    return kept


def read(release_id: str, *, artist_id: ArtistId, releases: ReleaseStore) -> Release:
    """Return an artist's release.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    release = releases.find(artist_id, release_id)
    if release is None:
        raise NotFound
    return release


def page(
    *, artist_id: ArtistId, releases: ReleaseStore, cursors: Cursors, cursor: str | None, limit: int
) -> ReleasePage:
    """Return a page of an artist's releases, the newest first.

    Raises:
        Invalid: not a cursor of this list.
    """
    scope = f"releases|{artist_id}"
    position = cursors.read(cursor, scope=scope)
    after = str(position[0]) if position else None
    if after is not None and not is_id(after, prefix="rel"):
        raise Invalid.field("cursor", "This is not a cursor of this list.")
    found = releases.newest(artist_id, count=limit + 1, after=after)
    shown = found[:limit]
    more = cursors.make([shown[-1].release_id], scope=scope) if len(found) > limit else None
    return ReleasePage(releases=shown, next_cursor=more)


def change(
    release_id: str,
    request: ReleaseChange,
    *,
    artist_id: ArtistId,
    if_match: str | None,
    releases: ReleaseStore,
    announcer: Announcer,
    ids: Ids,
    now: datetime,
) -> Release:
    """Change what was sent of a release, and tell who plans with it of a new day or state.

    Raises:
        NotFound: it is not there, or not theirs.
        StalePrecondition: If-Match names another version.
        Conflict: a release that is out was to be taken back, or others wrote faster.
        Invalid: facts that do not go together.
    """
    changes = _facts(request, request.model_fields_set)
    for _ in range(TRIES):
        before = read(release_id, artist_id=artist_id, releases=releases)
        etags.require_match(if_match, etags.strong(before.version))
        after = _possible(_changed(before, changes, now=now), before=before)
        try:
            with announcer.guarding(before, after, ids=ids, now=now):
                kept = releases.replace(after)
        except Missing:
            raise NotFound from None
        except Changed:
            if if_match is not None and if_match.strip() != "*":
                raise StalePrecondition("It was changed in the meantime.") from None
            continue
        telemetry.event("release_changed", artist_id=artist_id, release_id=release_id)
        return kept
    raise Conflict("Others change it at this moment. Please repeat.")


def _changed(before: Release, changes: Mapping[str, Any], *, now: datetime) -> Release:
    wanted = changes.get("state", before.state)
    if before.state is ReleaseState.LIVE and wanted is not ReleaseState.LIVE:
        raise Conflict("What is out stays out.", code="invalid_state")
    return before.changed(changes, now=now)


def _possible(release: Release, *, before: Release | None) -> Release:
    wrong = impossible(release, before=before)
    if wrong:
        errors = [FieldError(field, detail) for field, detail in wrong]
        raise Invalid("Some fields are not valid.", errors=errors)
    return release


def _facts(request: ReleaseFields, names: set[str]) -> dict[str, Any]:
    """Return what was said as the model holds it."""
    facts = {name: getattr(request, name) for name in names}
    makers: dict[str, Any] = {
        "mood_tags": lambda tag: tag,
        "collaborators": lambda one: Collaborator(name=one.name, role=one.role),
        "royalty_splits": lambda one: Split(name=one.name, role=one.role, percent=one.percent),
        "links": lambda link: Link(label=link.label, url=link.url),
    }
    for name in makers.keys() & facts.keys():
        facts[name] = tuple(map(makers[name], facts[name]))
    return facts
