"""The shape of the artist's home."""

from datetime import date

from shared.artists.views import BannerView
from shared.dashboard.home import FanGrowth, Home, count_by_status
from shared.performance.schemas import ComparisonView
from shared.platform.clock import instant
from shared.platform.schemas import Answer


class CountryCount(Answer):
    """A country and its fans; null where the place is not known."""

    country: str | None
    count: int


class DashboardFans(Answer):
    """The list and its growth over 28 days, as of the last count."""

    total: int
    by_status: dict[str, int]
    new_28_days: int
    change_percent: float | None
    top_countries: list[CountryCount]
    as_of: str

    @classmethod
    def of(cls, growth: FanGrowth) -> "DashboardFans":
        """Return the list's growth as it is answered."""
        return cls(
            total=growth.counters.total,
            by_status=count_by_status(growth.counters),
            new_28_days=growth.new,
            change_percent=growth.change_percent,
            top_countries=[
                CountryCount(country=country, count=count)
                for country, count in growth.top_countries
            ],
            as_of=instant(growth.as_of),
        )


class DashboardAction(Answer):
    """Something to do next."""

    id: str
    plan_id: str
    release_id: str
    title: str
    channel: str
    due_date: date
    effort_minutes: int


class DashboardRelease(Answer):
    """A release in short."""

    id: str
    title: str
    state: str
    release_date: date | None


class DashboardBlast(Answer):
    """A blast in short."""

    id: str
    subject: str
    state: str
    started_at: str | None


class DashboardView(Answer):
    """The artist's home."""

    fans: DashboardFans
    next_actions: list[DashboardAction]
    releases: list[DashboardRelease]
    blasts: list[DashboardBlast]
    streams: ComparisonView
    followers: ComparisonView
    banners: list[BannerView]

    @classmethod
    def of(cls, home: Home) -> "DashboardView":
        """Return the home as it is answered."""
        return cls(
            fans=DashboardFans.of(home.fans),
            next_actions=[
                DashboardAction(
                    id=action.action_id,
                    plan_id=action.plan_id,
                    release_id=action.release_id,
                    title=action.title,
                    channel=action.channel,
                    due_date=action.due_date,
                    effort_minutes=action.effort_minutes,
                )
                for action in home.next_actions
            ],
            releases=[
                DashboardRelease(
                    id=release.release_id,
                    title=release.title,
                    state=release.state.value,
                    release_date=release.release_date,
                )
                for release in home.releases
            ],
            blasts=[
                DashboardBlast(
                    id=blast.blast_id,
                    subject=blast.subject,
                    state=blast.state.value,
                    started_at=instant(blast.started_at) if blast.started_at else None,
                )
                for blast in home.blasts
            ],
            streams=ComparisonView.of(home.streams),
            followers=ComparisonView.of(home.followers),
            banners=[BannerView.of(banner) for banner in home.banners],
        )
