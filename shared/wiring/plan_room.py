"""Plans and reminders: the model, what follows from a plan, and the mails about it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.blast_room import BlastRoom

if TYPE_CHECKING:
    from shared.artists.books import OnSettingsChanged
    from shared.mail.orders import Composer
    from shared.mail.outbox import Template
    from shared.plans.asking import PlanDesk
    from shared.plans.composing import PlanMails
    from shared.plans.due_store import DueStore
    from shared.plans.erasure import PlanEraser
    from shared.plans.following import Followers
    from shared.plans.generating import Planner
    from shared.plans.going_live import ReleaseDays
    from shared.plans.store import PlanStore
    from shared.platform.clients.openai import LanguageModel
    from shared.platform.dispatching import DueHandler
    from shared.platform.ids import ArtistId
    from shared.platform.schedule import Due, DueKind
    from shared.releases.model import FanCounts
    from shared.reminders.answering import TaskPages
    from shared.reminders.composing import ReminderMails
    from shared.reminders.reminding import Reminders


class PlanRoom(BlastRoom):
    """Marketing plans, what is due of them, and daily reminders."""

    @cached_property
    def plans(self) -> PlanStore:
        from shared.plans.store import PlanStore

        return PlanStore(self.tables)

    @cached_property
    def due_actions(self) -> DueStore:
        from shared.plans.due_store import DueStore

        return DueStore(self.tables)

    @cached_property
    def language_model(self) -> LanguageModel:
        from shared.platform.clients.openai import LanguageModel

        return LanguageModel(self.settings.plan_model, self.secrets, identity=lambda: self.identity)

    @cached_property
    def plan_desk(self) -> PlanDesk:
        from shared.plans.asking import PlanDesk

        return PlanDesk(
            plans=self.plans, releases=self.releases, queues=self.queues, schedule=self.schedule
        )

    @cached_property
    def planner(self) -> Planner:
        from shared.plans.authoring import Author
        from shared.plans.generating import Planner

        return Planner(
            desk=self.plan_desk,
            artists=self.artists,
            count_fans=self.count_fans,
            author=Author(model=self.language_model, hash_key=self.mailbox_key),
            outbox=self.outbox,
        )

    @cached_property
    def plan_followers(self) -> Followers:
        from shared.plans.following import Followers

        return Followers(
            plans=self.plans,
            due=self.due_actions,
            schedule=self.schedule,
            begin_reminders=self.reminders.begin,
        )

    @cached_property
    def release_days(self) -> ReleaseDays:
        from shared.plans.going_live import ReleaseDays

        return ReleaseDays(
            followers=self.plan_followers,
            artists=self.artists,
            releases=self.releases,
            outbox=self.outbox,
        )

    @cached_property
    def plan_eraser(self) -> PlanEraser:
        from shared.plans.erasure import PlanEraser

        return PlanEraser(plans=self.plans, due=self.due_actions, schedule=self.schedule)

    @cached_property
    def reminders(self) -> Reminders:
        from shared.reminders.reminding import Reminders
        from shared.reminders.store import ReminderStore

        return Reminders(
            artists=self.artists,
            due=self.due_actions,
            store=ReminderStore(self.tables),
            schedule=self.schedule,
            outbox=self.outbox,
        )

    @property
    def task_pages(self) -> TaskPages:
        from shared.reminders.answering import TaskPages

        return TaskPages(
            artists=self.artists, followers=self.plan_followers, signer=self.link_signer
        )

    def count_fans(self, artist_id: ArtistId) -> FanCounts:
        """Count whom the artist may mail: in all, and in the city with most of them."""
        from shared.fans import counters as counting
        from shared.fans.model import FanStatus
        from shared.releases.model import FanCounts

        counted = self.fan_counters.exact(artist_id)
        subscribed = FanStatus.SUBSCRIBED
        in_cities = (
            counting.count_of(counts, subscribed)
            for key, counts in counted.cities.items()
            if key != counting.OTHER and key[-1] is not None
        )
        return FanCounts(
            total=counting.count_of(counted.totals, subscribed),
            largest_place=max(in_cities, default=0),
        )

    @cached_property
    def plan_composers(self) -> dict[Template, Composer]:
        from shared.mail.outbox import Template

        mails, reminder = self._plan_mails, self._reminder_mails
        return {
            Template.PLAN_READY: mails.plan_ready,
            Template.PLAN_APPROVED: mails.plan_approved,
            Template.IS_IT_LIVE: mails.is_it_live,
            Template.GO_LIVE_CONFIRMATION: mails.go_live_confirmation,
            Template.DAILY_REMINDER: reminder.daily_reminder,
        }

    @property
    def on_settings_changed(self) -> tuple[OnSettingsChanged, ...]:
        """What follows an artist's clock: the next reminder, and the questions of release days."""
        return (self.reminders.on_settings_changed, self.release_days.on_settings_changed)

    @cached_property
    def plan_due_handlers(self) -> dict[DueKind, DueHandler]:
        from shared.platform.schedule import DueKind

        return {
            DueKind.PLAN_WATCH: self._put_plan_back,
            DueKind.PLAN_CHANGED: self.plan_followers.follow_up,
            DueKind.GO_LIVE: self.release_days.ask_whether_live,
        }

    def _put_plan_back(self, due: Due, *, now: datetime) -> None:
        from shared.plans import asking

        asking.put_back(due, desk=self.plan_desk, now=now)

    @property
    def _plan_mails(self) -> PlanMails:
        from shared.plans.composing import PlanMails

        return PlanMails(
            artists=self.artists,
            releases=self.releases,
            plans=self.plans,
            due=self.due_actions,
            signer=lambda: self.link_signer,
            public_base_url=self.settings.public_base_url,
            frontend=self.settings.front_end_url,
        )

    @property
    def _reminder_mails(self) -> ReminderMails:
        from shared.reminders.composing import ReminderMails

        return ReminderMails(
            artists=self.artists,
            releases=self.releases,
            due=self.due_actions,
            signer=lambda: self.link_signer,
            public_base_url=self.settings.public_base_url,
            frontend=self.settings.front_end_url,
        )
