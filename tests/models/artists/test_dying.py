"""Whatever dies on the way in, in between and on the way out, the next try ends it."""

from datetime import timedelta

import pytest

from shared.artists import correcting
from shared.artists.correcting import Correction
from shared.artists.model import AccountState, Artist, SlugUse
from shared.platform.problems import Conflict
from shared.platform.schedule import Due, DueKind, Schedule
from shared.platform.storage.names import Table
from shared.privacy import closing
from tests.models.artists.house import House
from tests.models.releases.room import Killed, Steps


def test_an_onboarding_that_dies_anywhere_is_ended_by_its_repeat(house: House) -> None:
    for die_at in range(1, 100):
        user_id, slug = house.clerk.add(), house.slug()
        try:
            house.onboard(user_id, slug, steps=Steps(die_at))
        except Killed:
            died = True
        else:
            died = False
        account = house.onboard(user_id, slug).account
        assert account.artist is not None
        assert [(held.slug, held.use) for held in account.slugs] == [(slug, SlugUse.CURRENT)]
        assert len(house.rows(Table.SLUGS, holding=account.artist.artist_id)) == 1
        assert house.fences(account.artist) == ["live"] * 4 + ["open"] * 4
        if not died:
            assert die_at > 5
            return
    raise AssertionError("It never came to an end.")


def test_an_onboarding_that_died_blocks_no_other_slug_and_keeps_none(house: House) -> None:
    for die_at in range(1, 100):
        user_id, first, second = house.clerk.add(), house.slug(), house.slug()
        try:
            house.onboard(user_id, first, steps=Steps(die_at))
        except Killed:
            account = house.onboard(user_id, second).account
        else:
            return
        assert account.artist is not None
        assert account.artist.slug == second
        house.now += timedelta(hours=2)
        house.onboard(user_id, second)
        taken = [row.partition for row in house.rows(Table.SLUGS, holding=account.artist.artist_id)]
        former = {held.slug for held in account.slugs if held.use is SlugUse.FORMER}
        assert set(taken) == {second} | former
    raise AssertionError("It never came to an end.")


def test_a_slug_change_that_dies_anywhere_is_ended_by_its_repeat(house: House) -> None:
    for die_at in range(1, 100):
        artist, slug = house.artist(), house.slug()
        try:
            rename(house, artist, slug, Steps(die_at))
        except Killed:
            rename(house, artist, slug)
        else:
            return
        assert house.read(artist).slug == slug
        slugs = house.books().slugs
        assert slugs.find(slug, now=house.now) == artist.artist_id
        assert slugs.find(artist.slug, now=house.now) == artist.artist_id
        late = house.now + timedelta(days=91)
        assert slugs.find(artist.slug, now=late) is None
    raise AssertionError("It never came to an end.")


def test_a_closing_that_dies_anywhere_is_ended_by_the_later_look(house: House) -> None:
    for die_at in range(1, 100):
        artist = house.artist()
        house.stopped.clear()
        desk = house.closing_desk(Steps(die_at))
        try:
            closing.close(artist, session_id="sess_here", desk=desk, now=house.now, ids=house.ids)
        except Killed:
            look(house, artist.artist_id)
        else:
            return
        found = house.read(artist)
        if found.deletion is None:
            assert house.fences(artist) == ["live"] * 4 + ["open"] * 4
            continue
        assert house.fences(artist) == ["live"] * 4
        assert house.stopped
        due = dues(house, artist.artist_id, DueKind.PURGE)
        assert found.deletion.purge_after in {one.at for one in due}
        assert len(house.rows(Table.AUDIT, holding=found.deletion.erasure_id)) == 1
    raise AssertionError("It never came to an end.")


def test_a_restore_that_dies_anywhere_is_ended_by_the_later_look(house: House) -> None:
    for die_at in range(1, 100):
        artist = house.artist()
        closing.close(
            artist, session_id="s", desk=house.closing_desk(), now=house.now, ids=house.ids
        )
        closed = house.read(artist)
        desk = house.closing_desk(Steps(die_at))
        try:
            closing.restore(closed, desk=desk, now=house.now, ids=house.ids)
        except Killed:
            look(house, artist.artist_id)
        else:
            return
        is_open = house.read(artist).is_open
        assert house.fences(artist) == ["live"] * 4 + ["open"] * 4 * is_open
    raise AssertionError("It never came to an end.")


def test_a_restore_and_a_purge_at_once_have_one_winner(house: House) -> None:
    artist = house.artist()
    desk = house.closing_desk()
    closing.close(artist, session_id="s", desk=desk, now=house.now, ids=house.ids)
    closed = house.read(artist)
    later = house.now + timedelta(days=7)
    assert closing.begin_purge(artist.artist_id, desk=desk, now=house.now) is None
    purging = closing.begin_purge(artist.artist_id, desk=desk, now=later)
    assert purging is not None
    assert purging.state is AccountState.PURGING
    with pytest.raises(Conflict):
        closing.restore(closed, desk=desk, now=later, ids=house.ids)
    assert closing.begin_purge(artist.artist_id, desk=desk, now=later) is not None


def test_a_purge_finds_nothing_in_an_account_that_was_restored(house: House) -> None:
    artist = house.artist()
    desk = house.closing_desk()
    closing.close(artist, session_id="s", desk=desk, now=house.now, ids=house.ids)
    closing.restore(house.read(artist), desk=desk, now=house.now, ids=house.ids)
    later = house.now + timedelta(days=8)
    assert closing.begin_purge(artist.artist_id, desk=desk, now=later) is None
    assert dues(house, artist.artist_id, DueKind.PURGE) == []


def test_other_sessions_end_by_the_look_when_clerk_was_away(house: House) -> None:
    artist = house.artist()
    house.clerk.is_away = True
    desk = house.closing_desk()
    closing.close(artist, session_id="sess_here", desk=desk, now=house.now, ids=house.ids)
    look(house, artist.artist_id)
    assert dues(house, artist.artist_id, DueKind.CLOSING)
    house.clerk.is_away = False
    look(house, artist.artist_id)
    assert house.clerk.revoked == ["sess_here", "sess_elsewhere"]
    assert dues(house, artist.artist_id, DueKind.CLOSING) == []


def test_a_closing_that_went_well_needs_no_look(house: House) -> None:
    artist = house.artist()
    desk = house.closing_desk()
    closing.close(artist, session_id="sess_here", desk=desk, now=house.now, ids=house.ids)
    assert house.clerk.revoked == ["sess_elsewhere"]
    assert dues(house, artist.artist_id, DueKind.CLOSING) == []


def rename(house: House, artist: Artist, slug: str, steps: Steps | None = None) -> None:
    wanted = Correction(changes={"slug": slug}, signed_in_freshly=True)
    desk = house.desk(steps)
    correcting.correct(artist.artist_id, wanted, desk=desk, now=house.now, ids=house.ids)


def dues(house: House, artist_id: str, kind: DueKind) -> list[Due]:
    every = Schedule(house.tables()).due(now=house.now + timedelta(days=400))
    return [due for due in every if due.subject == artist_id and due.kind is kind]


def look(house: House, artist_id: str) -> None:
    for due in dues(house, artist_id, DueKind.CLOSING):
        closing.look_again(due, desk=house.closing_desk(), ids=house.ids)
