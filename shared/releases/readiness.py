"""What a release still lacks, and what another date would win: the catalogue's rules on its facts.

No AI is asked. Plans build their facts here, too, so that they cannot disagree with readiness.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from shared.artists.model import Artist
from shared.campaigns import readiness as rules
from shared.campaigns.dial import DIAL_MAX_DAYS, DialDay, date_dial
from shared.campaigns.facts import CampaignFacts, Splits
from shared.platform.ids import ArtistId
from shared.platform.problems import Invalid
from shared.releases.model import FanCounts, Release, has_open_page

DIAL_DAYS: Final = 56  # Eight weeks: longer than the longest ordinary lead time.

CountFans = Callable[[ArtistId], FanCounts]


def campaign_facts(
    release: Release,
    *,
    artist: Artist,
    fans: FanCounts,
    others: Sequence[Release] = (),
    now: datetime,
) -> CampaignFacts:
    """Return what the rules of campaigns may know of a release on the artist's day.

    `others` are the artist's releases; their dates keep campaigns apart.
    """
    return CampaignFacts(
        today=artist.day(now),
        kind=release.kind,
        genre=release.genre or "",
        title=release.title,
        artist_name=artist.artist_name,
        mood_tags=release.mood_tags,
        language=release.language,
        release_date=release.release_date,
        state=release.state,
        has_audio=release.audio is not None,
        has_artwork=release.artwork is not None,
        has_clean_edit=release.clean_edit,
        splits=_splits(release),
        collaborator_roles=tuple(one.role for one in release.collaborators),
        explicit=release.explicit,
        cover=release.cover,
        samples=release.samples,
        rights_cleared=release.rights_cleared,
        instrumental=release.instrumental,
        ai_voice=release.ai_voice,
        delivered_to_distributor=release.delivered_to_distributor,
        monthly_listeners=release.monthly_listeners,
        active_listeners=release.active_listeners,
        fan_count=fans.total,
        largest_place_count=fans.largest_place,
        sender_ready=artist.may_send,
        page_open=has_open_page(artist),
        other_release_dates=tuple(
            other.release_date
            for other in others
            if other.release_date and other.release_id != release.release_id
        ),
    )


def missing(
    release: Release, *, artist: Artist, count_fans: CountFans, now: datetime
) -> tuple[rules.Missing, ...]:
    """Return what is missing, each with the actions that wait for it; empty is ready."""
    fans = count_fans(artist.artist_id)
    return rules.missing(campaign_facts(release, artist=artist, fans=fans, now=now))


def dial(
    release: Release,
    *,
    artist: Artist,
    count_fans: CountFans,
    between: tuple[date | None, date | None],
    now: datetime,
) -> tuple[DialDay, ...]:
    """Return the doors of each possible date: from today, and for eight weeks, unless it is said.

    Raises:
        Invalid: the range is reversed, or longer than a year.
    """
    fans = count_fans(artist.artist_id)
    facts = campaign_facts(release, artist=artist, fans=fans, now=now)
    first, last = between
    begin = first or (min(facts.today, last) if last else facts.today)
    try:
        end = last or begin + timedelta(days=DIAL_DAYS - 1)
        return date_dial(facts, first=begin, last=end)
    except (ValueError, OverflowError):
        detail = f"The dial turns forward, by {DIAL_MAX_DAYS} days at most."
        raise Invalid.field("to", detail) from None


def _splits(release: Release) -> Splits:
    if release.splits_disputed:
        return Splits.DISPUTED
    if release.royalty_splits:
        return Splits.RECORDED
    return Splits.MISSING if release.collaborators else Splits.NOT_NEEDED
