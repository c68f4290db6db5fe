"""Rows of what is due: table DueActions, one partition an artist, sorted by day.

Made from the actions of plans in force, and never the other way round: `following.py` can write
them anew at any time.
"""

from collections.abc import Sequence
from datetime import date

from shared.plans.model import DueAction
from shared.platform.ids import ActionId, ArtistId, PlanId, ReleaseId
from shared.platform.storage.filters import eq
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Upsert
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

_DAYS_FROM = "0"
_MOST = 100  # Rows of a transaction.
_DAYS_TO = ":"  # Days begin with a digit; the reminders' own row of the partition does not.


class DueStore:
    """What is due, by artist and day."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.DUE_ACTIONS)

    def until(self, artist_id: ArtistId, day: date) -> list[DueAction]:
        """Return what is due on a day or was before it, oldest first. One query."""
        last = f"{day.isoformat()}|~"
        rows = self._rows.query(partition=artist_id, first=_DAYS_FROM, last=last)
        return [_action(row) for row in rows]

    def next_days(self, artist_id: ArtistId, *, first: date, count: int) -> list[DueAction]:
        """Return up to `count` actions due on a day or after it. One query of one page."""
        page = self._rows.page(
            partition=artist_id, first=first.isoformat(), last=_DAYS_TO, limit=count
        )
        return [_action(row) for row in page.rows]

    def of_plan(self, artist_id: ArtistId, plan_id: PlanId) -> list[DueAction]:
        """Return what is held of one plan. One query."""
        rows = self._rows.query(
            partition=artist_id, first=_DAYS_FROM, last=_DAYS_TO, where=eq("plan_id", plan_id)
        )
        return [_action(row) for row in rows]

    def put(self, artist_id: ArtistId, actions: Sequence[DueAction]) -> None:
        """Write down what is due. What two writers say of one action is the same."""
        for at in range(0, len(actions), _MOST):
            some = [Upsert(_row(artist_id, one)) for one in actions[at : at + _MOST]]
            self._rows.transact(artist_id, some)

    def take_away(self, artist_id: ArtistId, actions: Sequence[DueAction]) -> None:
        """Take away what is not due any more; gone already is fine."""
        for action in actions:
            self._rows.delete(artist_id, _key(action))

    def forget_release(self, artist_id: ArtistId, release_id: ReleaseId) -> int:
        """Take away what is due of a release, and count the rows."""
        where = eq("release_id", release_id)
        rows = list(self._rows.query(partition=artist_id, where=where, select=["plan_id"]))
        return sum(self._rows.delete(artist_id, row.key) for row in rows)

    def forget_artist(self, artist_id: ArtistId) -> int:
        """Take away everything that is due of an account, and count the rows."""
        rows = list(
            self._rows.query(
                partition=artist_id, first=_DAYS_FROM, last=_DAYS_TO, select=["plan_id"]
            )
        )
        return sum(self._rows.delete(artist_id, row.key) for row in rows)


def _key(action: DueAction) -> str:
    return f"{action.due_date.isoformat()}|{action.action_id}"


def _row(artist_id: ArtistId, action: DueAction) -> Row:
    return Row(
        artist_id,
        _key(action),
        {
            "plan_id": action.plan_id,
            "release_id": action.release_id,
            "key": action.key,
            "title": action.title,
            "channel": action.channel,
            "effort_minutes": action.effort_minutes,
            "must": action.must,
        },
    )


def _action(row: Row) -> DueAction:
    day, _, action_id = row.key.partition("|")
    return DueAction(
        action_id=ActionId(action_id),
        plan_id=PlanId(row.need("plan_id", str)),
        release_id=ReleaseId(row.need("release_id", str)),
        due_date=date.fromisoformat(day),
        key=row.need("key", str),
        title=row.need("title", str),
        channel=row.need("channel", str),
        effort_minutes=row.need("effort_minutes", int),
        must=row.need("must", bool),
    )
