"""Reminding: one row in the schedule for each artist who has something to do.

The row stands at the next local reminder time of a day on which something is due, so that a tick
costs what is due and nothing else. Order when it comes due: the mail's order, the next row, what is
kept of the reminders, and then the old row goes: a crash repeats, under the same ids of the mail.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.artists.model import Artist
from shared.artists.store import ArtistStore
from shared.mail.outbox import Outbox, Template
from shared.plans.due_store import DueStore
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.schedule import Due, DueKind, Schedule
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.reminders.model import Reminding, moment_of, next_moment
from shared.reminders.store import ReminderStore

_TRIES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """What reminders are kept and ordered with."""

    artists: ArtistStore
    due: DueStore
    store: ReminderStore
    schedule: Schedule
    outbox: Outbox

    def begin(self, artist_id: ArtistId, now: datetime) -> None:
        """Let the next reminder stand where it belongs; repeating it changes nothing."""
        artist = self.artists.by_id(artist_id)
        if artist is None:
            telemetry.event("reminder_skipped", reason="account_gone")
            return
        self.on_settings_changed(artist, now=now)

    def on_settings_changed(self, artist: Artist, /, *, now: datetime) -> None:
        """Move the next reminder after a change of time, zone or wish. Costs little without one."""
        for _ in range(_TRIES):
            held = self.store.find(artist.artist_id)
            wanted = self._next(artist, held, now=now)
            if wanted == held.at:
                return
            try:
                self._move(held, wanted)
            except (AlreadyExists, Changed):
                continue
            except Missing:
                telemetry.event("reminder_skipped", reason="account_gone")
            return
        telemetry.event("reminder_left", artist_id=artist.artist_id, reason="contended")

    def erase_artist(self, artist_id: ArtistId) -> int:
        """Take away what is kept of an account's reminders, after its plans; count the rows."""
        held = self.store.find(artist_id)
        if held.at is not None:
            self.schedule.remove(DueKind.REMINDER, artist_id, at=held.at)
        return int(self.store.forget(artist_id))

    def tick(self, *, now: datetime) -> None:
        """Order the reminders that are due. One query when none is."""
        for due in self.schedule.due(now=now):
            if due.kind is DueKind.REMINDER:
                self._come_due(due, now=now)

    def _come_due(self, due: Due, *, now: datetime) -> None:
        artist_id = ArtistId(due.subject)
        artist, held = self.artists.by_id(artist_id), self.store.find(artist_id)
        if artist is None or held.at != due.at:
            # The account is gone, or the row was moved and this one left behind.
            self.schedule.done(due)
            telemetry.event(
                "reminder_skipped", reason="account_gone" if artist is None else "moved"
            )
            return
        reminded = self._reminded(artist, held, now=now)
        wanted = self._next(artist, reminded, now=now)
        try:
            self._move(reminded, wanted)
        except (AlreadyExists, Changed, Missing):
            telemetry.event("reminder_left", artist_id=artist_id, reason="contended")

    def _reminded(self, artist: Artist, held: Reminding, *, now: datetime) -> Reminding:
        day = artist.day(now)
        reason = self._why_not(artist, held, day=day, now=now)
        if reason is not None:
            telemetry.event("reminder_skipped", artist_id=artist.artist_id, reason=reason)
            return held
        self.outbox.order(Template.DAILY_REMINDER, artist_id=artist.artist_id, day=day.isoformat())
        telemetry.event("reminder_ordered", artist_id=artist.artist_id, day=day.isoformat())
        return replace(held, last_day=day)

    def _why_not(self, artist: Artist, held: Reminding, *, day: date, now: datetime) -> str | None:
        settings, zone = artist.settings, ZoneInfo(artist.time_zone)
        if not artist.is_open:
            return "account_closing"
        if not settings.reminders_enabled:
            return "switched_off"
        if held.last_day is not None and held.last_day >= day:
            return "reminded_today"
        if now < moment_of(day, at=settings.reminder_time, zone=zone):
            return "not_yet_time"  # Yesterday's, found late: today's own time is still to come.
        return None if self.due.until(artist.artist_id, day) else "nothing_due"

    def _next(self, artist: Artist, held: Reminding, *, now: datetime) -> datetime | None:
        if not artist.settings.reminders_enabled:
            return None
        first = self._first_day(artist.artist_id, today=artist.day(now))
        if first is None:
            return None
        at, zone = artist.settings.reminder_time, ZoneInfo(artist.time_zone)
        return next_moment(first, at=at, zone=zone, last_day=held.last_day, now=now)

    def _first_day(self, artist_id: ArtistId, *, today: date) -> date | None:
        if self.due.until(artist_id, today):
            return today
        coming = self.due.next_days(artist_id, first=today, count=1)
        return coming[0].due_date if coming else None

    def _move(self, held: Reminding, wanted: datetime | None) -> None:
        if wanted is not None:
            self.schedule.put(DueKind.REMINDER, held.artist_id, at=wanted, facts={})
        self.store.keep(replace(held, at=wanted))
        if held.at is not None and held.at != wanted:
            self.schedule.remove(DueKind.REMINDER, held.artist_id, at=held.at)
