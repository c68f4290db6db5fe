"""What the rules may know of a release and its artist. No names of people, no fan's data."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.campaigns.catalogue import gate

DEFAULT_HOURS_PER_WEEK = 5.0  # Our assumption when the artist gives none; every plan says so.
UNDATED_TODAY = -90  # An undated plan is laid out as if D were this far ahead: every door open.
# Words of a genre or mood that mass playlists and trends do not serve (playbook 4.3).
NICHE_WORDS = (
    "noise", "drone", "liturg", "sacred", "hymn", "gregorian", "field recording", "kids",
    "children", "nursery", "regional", "traditional", "folklor", "musique concr", "free improv",
    "harsh", "sound art", "yodel", "polka", "sea shant", "ambient", "microsound",
)  # fmt: skip
FUNCTIONAL_WORDS = ("ambient", "noise", "sleep", "meditation", "drone", "field recording")


class Kind(StrEnum):
    """What is being released."""

    SINGLE = "single"
    EP = "ep"
    ALBUM = "album"


class ReleaseState(StrEnum):
    """How far the release is, as the artist has said."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"


class Splits(StrEnum):
    """Whether the shares of a work with several authors are written down."""

    NOT_NEEDED = "not_needed"
    MISSING = "missing"
    RECORDED = "recorded"
    DISPUTED = "disputed"


class Mode(StrEnum):
    """Which of the four kinds of plan the day asks for."""

    UNDATED = "undated"
    UPCOMING = "upcoming"
    LIVE = "live"
    UNCONFIRMED = "unconfirmed"  # The day is past and nobody has said that it is out.


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFacts:
    """The facts of one release on one day; `today` is the artist's own calendar date.

    None is unknown, never zero. Money is in minor units of `currency`. `title`, `artist_name`
    and `genre` are text for the copy; the first two change no action and no date.
    """

    today: date
    kind: Kind
    genre: str
    title: str = ""
    artist_name: str = ""
    mood_tags: tuple[str, ...] = ()
    language: str | None = None
    release_date: date | None = None
    state: ReleaseState = ReleaseState.DRAFT
    has_audio: bool = False
    has_artwork: bool = False
    has_clean_edit: bool = False
    splits: Splits = Splits.NOT_NEEDED
    collaborator_roles: tuple[str, ...] = ()
    explicit: bool = False
    cover: bool = False
    samples: bool = False
    rights_cleared: bool = False
    instrumental: bool = False
    ai_voice: bool = False
    minor_act: bool = False
    delivered_to_distributor: bool = False
    monthly_listeners: int | None = None
    active_listeners: int | None = None
    fan_count: int = 0
    largest_place_count: int = 0
    home_place_known: bool = False
    sender_ready: bool = False
    page_open: bool = False
    budget_cents: int | None = None
    currency: str = "EUR"
    hours_per_week: float | None = None
    no_go_channels: frozenset[str] = frozenset()
    other_release_dates: tuple[date, ...] = ()

    @property
    def mode(self) -> Mode:
        """Which kind of plan this is."""
        if self.state is ReleaseState.LIVE:
            return Mode.LIVE
        if self.release_date is None:
            return Mode.UNDATED
        return Mode.UPCOMING if self.release_date >= self.today else Mode.UNCONFIRMED

    @property
    def release_day(self) -> date | None:
        """D. What is live was out today at the latest, whatever day was once planned."""
        if self.mode is Mode.LIVE:
            return min(self.release_date or self.today, self.today)
        return self.release_date

    @property
    def today_offset(self) -> int:
        """Today in days relative to D: negative before the release."""
        day = self.release_day
        return UNDATED_TODAY if day is None else (self.today - day).days

    @property
    def days_until(self) -> int:
        """Days until D; negative after it."""
        return -self.today_offset

    @property
    def is_far(self) -> bool:
        """Whether the release is too far away to fill the weeks until then."""
        return self.mode is Mode.UPCOMING and self.days_until > gate("far_future").days

    @property
    def start_offset(self) -> int:
        """The first day with work: today, or the campaign's start when D is far away."""
        return -gate("campaign_start").days if self.is_far else self.today_offset

    @property
    def borrowed(self) -> bool:
        """Whether somebody else's music is in it."""
        return self.cover or self.samples

    @property
    def uncleared(self) -> bool:
        """Whether borrowed music is in it that nobody has said is cleared."""
        return self.borrowed and not self.rights_cleared

    @property
    def out_or_delivered(self) -> bool:
        """Whether the files exist at the stores, even if they were never uploaded here."""
        return self.delivered_to_distributor or self.mode is Mode.LIVE

    @property
    def is_niche(self) -> bool:
        """Whether the genre lives in small places rather than in mass playlists."""
        return _any_word(NICHE_WORDS, of=(self.genre, *self.mood_tags))

    @property
    def is_functional(self) -> bool:
        """Whether Spotify's rules for functional audio may apply."""
        return _any_word(FUNCTIONAL_WORDS, of=(self.genre, *self.mood_tags))

    @property
    def money(self) -> int:
        """What may be spent, in minor units; an unknown budget is none."""
        return max(0, self.budget_cents or 0)

    @property
    def hours(self) -> float:
        """Hours a week, given or assumed."""
        given = DEFAULT_HOURS_PER_WEEK if self.hours_per_week is None else self.hours_per_week
        return max(0.0, given)

    @property
    def week_minutes(self) -> int:
        """The most minutes that any seven days in a row may hold."""
        return int(self.hours * 60)

    @property
    def neighbours(self) -> tuple[date, ...]:
        """The artist's other release days that share one campaign with this one."""
        day = self.release_day
        if day is None or self.mode is not Mode.UPCOMING:
            return ()
        near = timedelta(days=gate("releases_apart").days)
        return tuple(sorted(other for other in self.other_release_dates if abs(other - day) < near))


def _any_word(words: tuple[str, ...], *, of: tuple[str, ...]) -> bool:
    text = " ".join(of).casefold()
    return any(word in text for word in words)
