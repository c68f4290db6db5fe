"""From a fan-mail action to the draft of a blast with the plan's copy in it. It sends nothing."""

import re
from datetime import datetime
from typing import Final

from shared.blasts import drafting
from shared.blasts.desk import Desk
from shared.blasts.model import BODY_MAX, SUBJECT_MAX, Blast
from shared.blasts.schemas import BlastRequest
from shared.campaigns.catalogue import catalogue
from shared.campaigns.facts import ReleaseState
from shared.plans.changing import ActionRef, found
from shared.plans.model import PlanAction
from shared.plans.store import PlanStore
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Conflict, NotFound
from shared.releases.model import Release

_SAYS_IT_IS_OUT: Final = "release_blast"
_TITLE: Final = "{{release_title}}"  # It is filled in as text: never read as Markdown or a field.
_MARKS: Final = re.compile(r"[\\`*_{}\[\]<>&#~]|https?:")


def draft(
    ref: ActionRef,
    *,
    artist_id: ArtistId,
    plans: PlanStore,
    desk: Desk,
    ids: Ids,
    now: datetime,
) -> Blast:
    """Make a draft of a blast from an action; the artist reads, changes and sends it.

    Raises:
        NotFound: the action is not there, or not theirs.
        Conflict: it is no mail to fans, or its plan takes no changes.
    """
    plan, action = found(ref, artist_id=artist_id, plans=plans)
    if not catalogue().actions[action.key].fan_mail:
        raise Conflict("This action is no mail to fans.", code="invalid_state")
    release = desk.releases.find(artist_id, plan.release_id)
    if release is None:
        raise NotFound
    request = request_of(action, release)
    return drafting.create(request, artist_id=artist_id, desk=desk, ids=ids, now=now)


def request_of(action: PlanAction, release: Release) -> BlastRequest:
    """Return the draft that an action asks for. Where its title could not stand, its field does."""
    words = action.copy or action.title
    if _MARKS.search(release.title):
        words = words.replace(release.title, _TITLE)
    return BlastRequest(
        subject=_subject(action, release),
        body_markdown=words[:BODY_MAX],
        release_id=release.release_id,
    )


def _subject(action: PlanAction, release: Release) -> str:
    out = action.key == _SAYS_IT_IS_OUT or release.state is ReleaseState.LIVE
    pattern = "{} is out" if out else "About {}"
    subject = pattern.format(release.title)
    fits = len(subject) <= SUBJECT_MAX and "{{" not in release.title
    return subject if fits else pattern.format(_TITLE)
