"""Rows of plans: table Plans, one partition an artist.

A plan stands under its inverted id (`pln_Z…`, newest first), its actions under `plan id|action id`
(`pln_0…`): ULIDs of our centuries begin with 0, inverted ones with Z, so that the two never mix.
What plans know of a release's day stands under the release's id. A plan's row is written with each
change of an action, so that its ETag speaks for the whole plan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from shared.plans.model import IN_FORCE, UNSETTLED, Plan, PlanAction, ReleaseWatch
from shared.plans.rows import (
    action_from,
    action_key,
    action_row,
    plan_from,
    plan_row,
    watch_from,
    watch_row,
)
from shared.platform.ids import ArtistId, PlanId, ReleaseId, inverted, is_id
from shared.platform.storage.faults import TransactionFailed
from shared.platform.storage.filters import Filter, either, eq, gt
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Delete, Operation, Replace, Upsert
from shared.platform.storage.tables import Tables

# Inverted ids begin with R to Z, plain ones with 0 to 7.
_PLANS_FROM: Final = "pln_8"
_PLANS_TO: Final = "pln_["
Piece = TypeVar("Piece")
_WITH_ROOM: Final = 90  # Of the 100 rows of a transaction.


class PlanStore:
    """Plans and their actions by artist."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.PLANS)

    def find(self, artist_id: ArtistId, plan_id: str) -> Plan | None:
        """Return an artist's plan, or None when it is not there or not theirs. One read."""
        if not is_id(plan_id, prefix="pln"):
            return None
        row = self._rows.get(artist_id, inverted(plan_id))
        return plan_from(row) if row else None

    def actions(self, artist_id: ArtistId, plan_id: PlanId) -> list[PlanAction]:
        """Return a plan's actions in their order. One query."""
        return self.actions_of([plan_id], artist_id=artist_id)

    def actions_of(self, plan_ids: Sequence[PlanId], *, artist_id: ArtistId) -> list[PlanAction]:
        """Return the actions of several plans, each plan's in their order. One query."""
        if not plan_ids:
            return []
        wanted = set(plan_ids)
        rows = self._rows.query(
            partition=artist_id, first=f"{min(wanted)}|", last=f"{max(wanted)}}}"
        )
        found = [action_from(row) for row in rows]
        listed = [one for one in found if one.plan_id in wanted]
        return sorted(listed, key=lambda one: (one.plan_id, one.position))

    def action(self, artist_id: ArtistId, plan_id: PlanId, action_id: str) -> PlanAction | None:
        """Return one action of a plan. One read."""
        if not is_id(action_id, prefix="act"):
            return None
        row = self._rows.get(artist_id, action_key(plan_id, action_id))
        return action_from(row) if row else None

    def of_release(self, artist_id: ArtistId, release_id: ReleaseId) -> list[Plan]:
        """Return all plans of a release, the newest first. One query."""
        where = eq("release_id", release_id)
        return self._plans(artist_id, where=where)

    def newest(
        self, artist_id: ArtistId, release_id: ReleaseId, *, count: int, after: str | None
    ) -> list[Plan]:
        """Return up to `count` plans of a release, newest first, or those older than `after`."""
        where = eq("release_id", release_id)
        if after is not None:
            where &= gt("RowKey", inverted(after))
        rows = self._rows.query(partition=artist_id, first=_PLANS_FROM, last=_PLANS_TO, where=where)
        return [plan_from(row) for row in islice(rows, count)]

    def in_force(self, artist_id: ArtistId) -> list[Plan]:
        """Return the plans along which an artist works. One query."""
        states = [eq("state", state.value) for state in sorted(IN_FORCE)]
        return self._plans(artist_id, where=either(*states))

    def unsettled(self, artist_id: ArtistId) -> list[Plan]:
        """Return the plans that are still to be written. One query."""
        states = [eq("state", state.value) for state in sorted(UNSETTLED)]
        return self._plans(artist_id, where=either(*states))

    def count_since(self, artist_id: ArtistId, moment: datetime, *, most: int) -> int:
        """Count the plans asked for since a moment, up to `most`. One query of that many rows."""
        rows = self._rows.query(
            partition=artist_id,
            first=_PLANS_FROM,
            last=_PLANS_TO,
            select=["created_at"],
            page_size=most,
        )
        return sum(row.need("created_at", datetime) >= moment for row in islice(rows, most))

    def add(self, plan: Plan) -> Plan:
        """Keep a new plan.

        Raises:
            AlreadyExists: it is there.
        """
        return replace(plan, version=self._rows.insert(plan_row(plan)).etag)

    def replace(self, plan: Plan) -> Plan:
        """Keep a changed plan.

        Raises:
            Changed: somebody changed it since it was read.
            Missing: it is gone.
        """
        written = self._rows.replace(plan_row(plan), etag=plan.version or "*")
        return replace(plan, version=written.etag)

    def replace_together(self, plans: Sequence[Plan]) -> list[Plan]:
        """Keep several changed plans of one artist, all or none.

        Raises:
            Changed: somebody changed one since it was read.
            Missing: one is gone.
        """
        operations: list[Operation] = [
            Replace(plan_row(plan), plan.version or "*") for plan in plans
        ]
        etags = self._transact(plans[0].artist_id, operations)
        return [replace(plan, version=etag) for plan, etag in zip(plans, etags, strict=True)]

    def settle(self, plan: Plan, actions: Sequence[PlanAction]) -> Plan:
        """Keep a written plan with its actions; the plan's own row decides, and comes last.

        Raises:
            Changed: somebody else settled it.
            Missing: it is gone, with its release or account.
        """
        puts: list[Operation] = [Upsert(action_row(plan.artist_id, one)) for one in actions]
        for some in _pieces(puts[:-_WITH_ROOM]):
            self._transact(plan.artist_id, some)
        decides = Replace(plan_row(plan), plan.version or "*")
        etags = self._transact(plan.artist_id, [decides, *puts[-_WITH_ROOM:]])
        return replace(plan, version=etags[0])

    def change(self, plan: Plan, action: PlanAction) -> tuple[Plan, PlanAction]:
        """Keep a changed action, and its plan with it.

        Raises:
            Changed: somebody changed one of them since it was read.
            Missing: they are gone.
        """
        etags = self._transact(
            plan.artist_id,
            [
                Replace(plan_row(plan), plan.version or "*"),
                Replace(action_row(plan.artist_id, action), action.version or "*"),
            ],
        )
        return replace(plan, version=etags[0]), replace(action, version=etags[1])

    def watch(self, artist_id: ArtistId, release_id: ReleaseId) -> ReleaseWatch:
        """Return what plans know of a release's day; empty where nothing was kept. One read."""
        row = self._rows.get(artist_id, release_id)
        return watch_from(row) if row else ReleaseWatch(artist_id=artist_id, release_id=release_id)

    def watches(self, artist_id: ArtistId) -> list[ReleaseWatch]:
        """Return what plans know of the days of all of an artist's releases. One query."""
        rows = self._rows.query(partition=artist_id, first="rel_", last="rel`")
        return [watch_from(row) for row in rows]

    def keep_watch(self, watch: ReleaseWatch) -> ReleaseWatch:
        """Keep what plans know of a release's day.

        Raises:
            Changed: somebody wrote in between.
            AlreadyExists: the same, for the first row.
            Missing: it went with the release.
        """
        row = watch_row(watch)
        written = (
            self._rows.insert(row)
            if watch.version is None
            else self._rows.replace(row, etag=watch.version)
        )
        return replace(watch, version=written.etag)

    def forget_release(self, artist_id: ArtistId, release_id: ReleaseId) -> int:
        """Take a release's plans away, and count the rows.

        Looks again until nothing is found: a plan may be settling at this moment, and cannot any
        more once its row is gone.
        """
        return self._forget(artist_id, release_id=release_id)

    def forget_artist(self, artist_id: ArtistId) -> int:
        """Take all plans of an account away, and count the rows."""
        return self._forget(artist_id, release_id=None)

    def _plans(self, artist_id: ArtistId, *, where: Filter | None) -> list[Plan]:
        rows = self._rows.query(partition=artist_id, first=_PLANS_FROM, last=_PLANS_TO, where=where)
        return [plan_from(row) for row in rows]

    def _forget(self, artist_id: ArtistId, *, release_id: ReleaseId | None) -> int:
        where = eq("release_id", release_id) if release_id else None
        gone = 0
        while True:
            rows = self._rows.query(partition=artist_id, where=where, select=["release_id"])
            keys = [row.key for row in rows]
            if not keys:
                return gone
            for some in _pieces(keys):
                gone += self._delete(artist_id, some)

    def _delete(self, artist_id: ArtistId, keys: Sequence[str]) -> int:
        try:
            self._rows.transact(artist_id, [Delete(key) for key in keys])
        except TransactionFailed:
            # Another run deletes the same rows: one by one, each of the two takes its share.
            return sum(self._rows.delete(artist_id, key) for key in keys)
        return len(keys)

    def _transact(self, artist_id: ArtistId, operations: Sequence[Operation]) -> list[str]:
        try:
            return self._rows.transact(artist_id, operations)
        except TransactionFailed as failed:
            raise failed.reason from None


def _pieces(listed: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    return (listed[at : at + _WITH_ROOM] for at in range(0, len(listed), _WITH_ROOM))
