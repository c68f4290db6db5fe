"""A plan to be written, on the facts that the campaign's tests start from."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from shared.artists.model import Artist, SignIn
from shared.campaigns.facts import CampaignFacts, Kind
from shared.campaigns.schedule import plan_frame
from shared.plans.assembling import assembled
from shared.plans.authoring import Subject
from shared.plans.model import Plan, PlanAction, PlanState, Source, SourceKind, Wishes
from shared.plans.writing import of_playbook
from shared.platform.ids import ArtistId, PlanId, ReleaseId
from shared.releases.model import Collaborator, Release
from tests.models.campaigns.arranging import TODAY, facts

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
ARTIST = ArtistId("art_01JD0000000000000000000001")


def release(**changes: object) -> Release:
    made = Release(
        release_id=ReleaseId("rel_01JD0000000000000000000002"),
        artist_id=ARTIST,
        title="Harbour",
        kind=Kind.SINGLE,
        created_at=NOW,
        updated_at=NOW,
        release_date=TODAY + timedelta(days=45),
        collaborators=(Collaborator(name="Zora Quill", role="producer"),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # A test names the fields.


def artist(**changes: object) -> Artist:
    made = Artist(
        artist_id=ARTIST,
        clerk_user_id="user_1",
        clerk_updated_at=1,
        email="ada@artist-mail.dev",
        sign_in=SignIn(),
        artist_name="Ada Lind",
        slug="ada",
        time_zone="Europe/Berlin",
        age_checked_at=NOW,
        created_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # A test names the fields.


def plan(**changes: object) -> Plan:
    made = Plan(
        plan_id=PlanId("pln_01JD0000000000000000000003"),
        artist_id=ARTIST,
        release_id=ReleaseId("rel_01JD0000000000000000000002"),
        state=PlanState.GENERATING,
        wishes=Wishes(),
        calendar_key="key",
        created_at=NOW,
        updated_at=NOW,
        watch_at=NOW,
        runs=1,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # A test names the fields.


def subject(*, on: CampaignFacts | None = None, **changes: object) -> Subject:
    """Return what is written about; `changes` are the plan's."""
    known = on or facts()
    return Subject(plan=plan(**changes), release=release(), facts=known, frame=plan_frame(known))


def written(*, on: CampaignFacts | None = None) -> tuple[Plan, list[PlanAction]]:
    """Return a plan by the playbook with its actions."""
    about = subject(on=on)
    words = of_playbook(about.facts, about.frame)
    return assembled(about, words, Source(kind=SourceKind.PLAYBOOK), now=NOW)


def day(text: str) -> date:
    return date.fromisoformat(text)
