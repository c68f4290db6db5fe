"""The list's rows in a real table: fences, folds, refusals, age, and the end of a list."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from shared.capture.caps import DAILY, HOURLY, ArtistMailCap
from shared.fans import keys, listing, transitions
from shared.fans.changing import Judge, Outcome
from shared.fans.mailboxes import MailboxStamps
from shared.fans.model import Fan, FanStatus, How, Lock, Step
from shared.fans.selection import Selection
from shared.fans.suppressions import Refusal, Suppressions
from shared.mail.outbox import Outbox, Template
from shared.platform.ids import ArtistId
from shared.platform.limits import Limits
from shared.platform.problems import NotFound
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables
from shared.retention import nightly
from shared.retention.bookmarks import Bookmark
from tests.models.fans.list_of import NOW, ListOf


def leaves(lock: Lock, fan: Fan | None) -> Step | None:
    return transitions.left(lock, fan, how=How.LINK, now=NOW)


def refuses(lock: Lock, fan: Fan | None) -> Step | None:
    return transitions.refused_mail(lock, fan, how=How.COMPLAINT, now=NOW)


def goes(lock: Lock, fan: Fan | None) -> Step | None:
    """Take a fan away as one whom nobody confirmed."""
    return Step(before=lock, lock=None, was=fan, fan=None)


def test_a_list_takes_sign_ups_only_while_it_is_open(fan_list: ListOf) -> None:
    hashed = fan_list.join("ada")
    fan_list.fences.close(fan_list.artist, epoch=2)
    with pytest.raises(NotFound):
        fan_list.join("bob")
    leaving = fan_list.changes.change(
        fan_list.artist,
        hashed,
        leaves,
    )
    assert leaving is Outcome.DONE
    fan_list.fences.open(fan_list.artist, epoch=3)
    fan_list.join("bob")


def test_a_late_step_of_a_closing_undoes_no_restore_nor_the_reverse(fan_list: ListOf) -> None:
    fences, artist = fan_list.fences, fan_list.artist
    fences.close(artist, epoch=2)
    fences.open(artist, epoch=1)
    with pytest.raises(NotFound):
        fan_list.join("ada")
    fences.open(artist, epoch=3)
    fences.close(artist, epoch=2)
    fan_list.join("ada")


def test_folds_at_the_same_time_count_each_change_once(fan_list: ListOf) -> None:
    for number in range(30):
        fan_list.join(f"fan{number}")
    before = fan_list.counters.exact(fan_list.artist)
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda shard: fan_list.counters.fold(fan_list.artist, shard, now=NOW),
                [shard for shard in keys.SHARDS for _ in range(3)],
            )
        )
    after = fan_list.counters.exact(fan_list.artist)
    copied, as_of = fan_list.counters.copies(fan_list.artist)
    assert before.total == after.total == copied.total == 30
    assert (
        (before.cities, before.days) == (after.cities, after.days) == (copied.cities, copied.days)
    )
    assert as_of == NOW


def test_signing_up_twice_at_once_is_one_fan(fan_list: ListOf) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fan_list.join, ["ada"] * 24))
    assert fan_list.counters.exact(fan_list.artist).total == 1


@pytest.mark.parametrize("ends", [transitions.erased, leaves])
def test_of_many_sign_ups_at_once_of_who_is_gone_none_is_turned_away(
    fan_list: ListOf, ends: Judge
) -> None:
    hashed = fan_list.join("ada")
    fan_list.changes.change(fan_list.artist, hashed, ends)
    with ThreadPoolExecutor(8) as pool:
        moments = [NOW + timedelta(seconds=number) for number in range(24)]
        list(pool.map(lambda at: fan_list.join("ada", at=at), moments))
    lock = fan_list.fans.lock(fan_list.artist, hashed)
    assert lock is not None
    assert lock.again is not None


@pytest.mark.parametrize(("ends", "seen"), [(transitions.erased, "erased"), (goes, "nobody")])
def test_a_slow_sign_up_that_meets_an_ending_orders_the_mail_of_a_newcomer(
    fan_list: ListOf, ends: Judge, seen: str
) -> None:
    hashed = fan_list.join("ada")
    outbox = InterruptedOutbox(
        fan_list.queues, lambda: fan_list.changes.change(fan_list.artist, hashed, ends)
    )
    fan_list.outbox = outbox
    fan_list.join("ada")
    assert outbox.seen == ["pending", seen]
    lock = fan_list.fans.lock(fan_list.artist, hashed)
    assert lock is not None
    assert lock.awaits_confirmation


class InterruptedOutbox(Outbox):
    """After the first order something else happens, before the caller goes on."""

    def __init__(self, queues: Queues, happens: Callable[[], object]) -> None:
        super().__init__(queues)
        self._happens = happens
        self.seen: list[str | int] = []

    def order(
        self, template: Template, *, delay: timedelta = timedelta(0), **ids: str | int
    ) -> None:
        super().order(template, delay=delay, **ids)
        self.seen.append(ids["seen"])
        if len(self.seen) == 1:
            self._happens()


def test_the_index_forgets_who_went_while_the_fan_was_being_indexed(fan_list: ListOf) -> None:
    hashed = fan_list.join("ada")
    lock = fan_list.fans.lock(fan_list.artist, hashed)
    assert lock is not None
    fan = fan_list.fans.fan(fan_list.artist, lock)
    fan_list.changes.index(fan_list.artist, lock, fan)
    assert fan_list.index.fans_of(hashed[::-1]) == [(fan_list.artist, keys.fan_id(hashed))]
    fan_list.eraser.erase(fan_list.artist, hashed)
    fan_list.changes.index(fan_list.artist, lock, fan)
    assert fan_list.index.fans_of(hashed[::-1]) == []


@pytest.mark.parametrize("says_no", [leaves, refuses])
def test_an_erased_fan_whose_new_sign_up_comes_to_nothing_is_in_no_index(
    fan_list: ListOf, says_no: Judge
) -> None:
    hashed = fan_list.join("ada")
    fan_list.eraser.erase(fan_list.artist, hashed)
    fan_list.join("ada")
    fan_list.index.put(hashed[::-1], fan_list.artist, keys.fan_id(hashed))
    fan_list.changes.change(fan_list.artist, hashed, says_no)
    assert fan_list.index.fans_of(hashed[::-1]) == []
    lock = fan_list.fans.lock(fan_list.artist, hashed)
    assert lock is not None
    assert lock.again is None


def test_a_page_that_is_cut_in_mid_scan_goes_on_where_it_was(fan_list: ListOf) -> None:
    for number in range(40):
        fan_list.join(f"fan{number}", at=NOW + timedelta(seconds=number))
    found: list[str] = []
    position = None
    while True:
        page = listing.page(
            fan_list.artist, Selection(), limit=3, position=position, fans=fan_list.fans
        )
        found += [fan.email for fan in page.fans]
        position = page.position
        if position is None:
            break
    assert found == [f"fan{number}@example.com" for number in reversed(range(40))]


def test_refusals_are_known_to_every_instance(account: StorageAccount) -> None:
    one, two = Suppressions(Tables(account)), Suppressions(Tables(account))
    before = _bytes_of_refusals(account)  # The log is of the whole account.
    mailboxes = [f"{number:016x}".ljust(32, "0") for number in range(1, 60)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda mailbox: one.append(mailbox, Refusal.HARD_BOUNCE), mailboxes))
    two.append("f" * 32, Refusal.COMPLAINT)
    two.append("f" * 32, Refusal.COMPLAINT)
    assert {two.reason(mailbox) for mailbox in mailboxes} == {Refusal.HARD_BOUNCE}
    assert two.reason("f" * 32) is Refusal.COMPLAINT
    assert two.reason("e" * 32) is None
    assert _bytes_of_refusals(account) == before + 60 * 9


def _bytes_of_refusals(account: StorageAccount) -> int:
    rows = Tables(account).table(Table.SUPPRESSIONS).query(partition="log")
    return sum(len(row.need("records", bytes)) for row in rows)


def test_a_sign_up_that_nobody_confirms_goes_after_thirty_days(fan_list: ListOf) -> None:
    hashed = fan_list.join("ada")
    fan_list.changes.change(
        fan_list.artist,
        hashed,
        lambda lock, fan: Step(
            before=lock, lock=transitions.expiring(lock, now=NOW), was=fan, fan=fan
        ),
    )
    fan_list.index.put(hashed[::-1], fan_list.artist, keys.fan_id(hashed))
    early, due = NOW + timedelta(days=30, seconds=-1), NOW + timedelta(days=30)
    assert fan_list.expire(at=early) == 0
    assert fan_list.expire(at=due) == 1
    assert fan_list.counters.exact(fan_list.artist).total == 0
    assert fan_list.index.fans_of(hashed[::-1]) == []
    assert fan_list.fans.lock(fan_list.artist, hashed) is None


def test_who_said_no_before_confirming_leaves_a_marker_alone_after_thirty_days(
    fan_list: ListOf,
) -> None:
    hashed = fan_list.join("ada")
    fan_list.index.put(hashed[::-1], fan_list.artist, keys.fan_id(hashed))
    fan_list.changes.change(fan_list.artist, hashed, leaves)
    assert fan_list.expire(at=NOW + timedelta(days=29)) == 0
    assert fan_list.expire(at=NOW + timedelta(days=30)) == 1
    row = fan_list.fans.rows.get(keys.home_of(fan_list.artist, hashed), keys.fan_key(hashed))
    assert row is not None
    assert dict(row.values) == {"status": FanStatus.ERASED.value}
    assert fan_list.counters.exact(fan_list.artist).total == 0
    assert fan_list.index.fans_of(hashed[::-1]) == []


def test_a_night_that_was_too_short_goes_on_where_it_stopped(account: StorageAccount) -> None:
    artists = [ArtistId(f"art_{letter}") for letter in "abcde"]
    nights: list[list[ArtistId]] = [[]]

    def behind(reached: str | None) -> list[ArtistId]:
        return [one for one in artists if one > (reached or "")]

    def work(artist_id: ArtistId) -> int:
        nights[-1].append(artist_id)
        if len(nights) == 3 and artist_id == artists[1]:
            raise OSError
        if len(nights) == 1 and artist_id == artists[2]:
            time.sleep(0.3)
        return 1

    def night(within: float) -> int:
        bookmark = Bookmark(Tables(account))
        return nightly.each_artist(behind, work, step="test", bookmark=bookmark, within=within)

    assert night(0.2) == 3
    nights.append([])
    assert night(60) == 5
    nights.append([])
    with pytest.raises(nightly.StepIncomplete):
        night(60)
    first, second, third = nights
    assert (first, second, third) == (artists[:3], artists[3:] + artists[:3], artists)


def test_a_mailbox_has_three_stamps_and_knows_its_own(account: StorageAccount) -> None:
    stamps, mailbox = MailboxStamps(Tables(account)), "a" * 32
    claims = [stamps.claim(mailbox, nonce=f"n{number}", now=NOW) for number in range(4)]
    assert claims == [True, True, True, False]
    assert stamps.claim(mailbox, nonce="n1", now=NOW)
    assert stamps.claim(mailbox, nonce="n5", now=NOW + timedelta(hours=24))


def test_an_artists_page_causes_so_many_mails_and_then_they_wait(account: StorageAccount) -> None:
    limits = Limits(Tables(account))
    artist = ListOf(account).artist

    def claimed(moment: datetime, *, confirmations: int = 0, waited: bool = False) -> bool:
        cap = ArtistMailCap(limits, recent_confirmations=lambda _, __: confirmations)
        return cap.claim(artist, waited=waited, now=moment)

    hours = [NOW + timedelta(hours=2 * number) for number in range(4)]
    assert sum(claimed(hours[0]) for _ in range(HOURLY + 2)) == HOURLY
    assert limits.read(f"a|{artist}")["waiting"] == 2
    assert claimed(hours[1], waited=True)
    assert limits.read(f"a|{artist}")["waiting"] == 1
    assert sum(claimed(hours[1]) for _ in range(HOURLY - 1)) == HOURLY - 1
    assert sum(claimed(hours[2]) for _ in range(HOURLY)) == DAILY - 2 * HOURLY
    assert claimed(hours[3], confirmations=26)
    assert not claimed(hours[3], confirmations=25)


def test_a_purge_leaves_nothing_and_counts_what_there_was(fan_list: ListOf) -> None:
    for number in range(12):
        hashed = fan_list.join(f"fan{number}")
        fan_list.index.put(hashed[::-1], fan_list.artist, keys.fan_id(hashed))
    fan_list.eraser.erase(fan_list.artist, hashed)
    fan_list.purge.begin(fan_list.artist)
    with pytest.raises(NotFound):
        fan_list.join("late")
    for shard in keys.SHARDS:
        while not fan_list.purge.step(fan_list.artist, shard, transactions=1).finished:
            pass
    # Twelve locks, eleven fans, a delta for each sign-up and one for the erasure.
    assert fan_list.purge.finish(fan_list.artist) == 12 + 11 + 13
    assert fan_list.rows() == 0
    assert fan_list.index.fans_of(hashed[::-1]) == []


def test_an_erased_fan_leaves_a_marker_and_nothing_else(fan_list: ListOf) -> None:
    hashed = fan_list.join("ada")
    fan_list.eraser.erase(fan_list.artist, hashed)
    row = fan_list.fans.rows.get(keys.home_of(fan_list.artist, hashed), keys.fan_key(hashed))
    assert row is not None
    assert dict(row.values) == {"status": FanStatus.ERASED.value}
