"""What Clerk and the product know of each other, kept equal in both directions."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.artists import clerk_events, correcting, onboarding, reconciliation
from shared.artists.clerk_memory import Mark
from shared.artists.correcting import Correction
from shared.artists.model import Artist
from shared.artists.onboarding import Applicant
from shared.artists.reconciliation import Reconciled
from shared.artists.schemas import Onboarding
from shared.platform.ids import ArtistId
from shared.platform.problems import Conflict, Forbidden, Unauthenticated
from shared.platform.storage.names import Table
from tests.models.artists.house import House
from tests.models.releases.room import Killed, Steps


def reconcile(house: House, gone: list[Artist] | None = None) -> Reconciled:
    return reconciliation.reconcile(
        books=house.books(),
        clerk=house.client(),
        user_gone=(gone if gone is not None else []).append,
        now=house.now,
    )


@pytest.fixture(autouse=True)
def alone(house: House) -> None:
    """Other tests' users are unknown to this test's Clerk."""
    for table in (Table.CLERK_USERS, Table.ARTISTS):
        store = house.tables().table(table)
        for row in list(store.query()):
            store.delete(row.partition, row.key)


def test_what_changed_at_clerk_is_taken_over(house: House) -> None:
    artist = house.artist()
    user: dict[str, Any] = house.clerk.users[artist.clerk_user_id]
    user["email_addresses"][0]["email_address"] = "new@artist-mail.dev"
    user["updated_at"] = 2
    assert reconcile(house).updated == 1
    assert house.read(artist).email == "new@artist-mail.dev"
    assert reconcile(house).updated == 0


def test_who_is_gone_at_clerk_is_let_go_here(house: House) -> None:
    artist, stays = house.artist(), house.artist()
    del house.clerk.users[artist.clerk_user_id]
    gone: list[Artist] = []
    assert reconcile(house, gone).gone == 1
    assert [one.artist_id for one in gone] == [artist.artist_id]
    link = house.books().users.find(stays.clerk_user_id)
    assert link is not None
    assert not link.is_gone


def while_it_is_made(house: House, user_id: str, happens: Callable[[], None]) -> None:
    """Onboard a user, and have something happen just before the profile is written."""
    desk = house.desk()

    def open_list(artist_id: ArtistId, *, epoch: int) -> None:
        happens()
        desk.open_list(artist_id, epoch=epoch)

    link = house.books().users.find(user_id)
    onboarding.onboard(
        Onboarding.model_validate_json(
            json.dumps(
                {
                    "artist_name": "Ada",
                    "slug": house.slug(),
                    "time_zone": "UTC",
                    "birth_date": "1990-01-01",
                }
            )
        ),
        applicant=Applicant(
            user_id=user_id, artist_id=link.artist_id if link else None, signed_in_freshly=True
        ),
        desk=replace(desk, open_list=open_list),
        now=house.now,
        ids=house.ids,
    )


def test_a_user_deleted_while_the_account_is_made_leaves_none(house: House) -> None:
    user_id = house.clerk.add()

    def deleted() -> None:
        clerk_events.gone(
            user_id, books=house.books(), user_gone=house.close_at_once, now=house.now
        )

    with pytest.raises(Unauthenticated):
        while_it_is_made(house, user_id, deleted)
    (profile,) = house.rows(Table.ARTISTS, holding=user_id)
    assert profile["state"] != "open"


def test_who_turns_out_too_young_while_the_account_is_made_has_none(house: House) -> None:
    user_id = house.clerk.add()

    def says_the_truth() -> None:
        with pytest.raises(Forbidden):
            house.onboard(user_id, house.slug(), birth_date="2016-01-01")

    with pytest.raises(Forbidden):
        while_it_is_made(house, user_id, says_the_truth)
    (profile,) = house.rows(Table.ARTISTS, holding=user_id)
    assert profile["state"] != "open"
    assert user_id not in house.clerk.users


def test_an_account_that_no_user_leads_to_is_let_go(house: House) -> None:
    artist = house.artist()
    house.books().users.unlink(artist.clerk_user_id)
    gone: list[Artist] = []
    reconcile(house, gone)
    assert [one.artist_id for one in gone] == [artist.artist_id]


def test_a_slug_that_a_correction_claimed_and_left_comes_back(house: House) -> None:
    artist, wanted = house.artist(), house.slug()
    books = house.books()
    books.artists.intend_slug(artist.artist_id, wanted, now=house.now)
    books.slugs.claim(wanted, artist.artist_id, now=house.now)
    reconcile(house)
    assert house.rows(Table.SLUGS, holding=wanted)
    house.now += timedelta(hours=2)
    reconcile(house)
    assert house.rows(Table.SLUGS, holding=wanted) == []
    assert house.rows(Table.SLUGS, holding=artist.slug)


def test_an_old_claim_that_a_correction_uses_after_all_is_kept(house: House) -> None:
    artist, wanted = house.artist(), house.slug()
    books = house.books()
    books.artists.intend_slug(artist.artist_id, wanted, now=house.now)
    books.slugs.claim(wanted, artist.artist_id, now=house.now)
    house.now += timedelta(hours=2)
    changed = correcting.correct(
        artist.artist_id,
        Correction(changes={"slug": wanted}, signed_in_freshly=True),
        desk=house.desk(),
        now=house.now,
        ids=house.ids,
    )
    assert changed.artist is not None
    assert books.slugs.find(wanted, now=house.now) == artist.artist_id
    reconcile(house)
    assert books.slugs.find(wanted, now=house.now) == artist.artist_id


def test_who_lost_a_slug_and_never_came_back_is_forgotten_after_a_day(house: House) -> None:
    winner, loser = house.artist(), house.clerk.add()
    with pytest.raises(Conflict):
        house.onboard(loser, winner.slug)
    reconcile(house)
    assert house.books().users.find(loser) is not None
    house.now += timedelta(days=1, minutes=1)
    reconcile(house)
    assert house.books().users.find(loser) is None
    assert house.books().users.find(winner.clerk_user_id) is not None


def test_a_clerk_that_misses_nearly_everybody_is_not_believed(house: House) -> None:
    for _ in range(12):
        house.artist()
    house.clerk.users.clear()
    gone: list[Artist] = []
    assert reconcile(house, gone).gone == 0
    assert gone == []


def test_a_slug_of_an_onboarding_that_never_ended_comes_back(house: House) -> None:
    slug = house.slug()
    with pytest.raises(Killed):
        house.onboard(house.clerk.add(), slug, steps=Steps(4))
    assert house.rows(Table.SLUGS, holding=slug)
    house.now += timedelta(hours=2)
    reconcile(house)
    assert house.rows(Table.SLUGS, holding=slug) == []
    assert house.onboard(house.clerk.add(), slug).is_new


def test_a_refused_child_that_is_still_at_clerk_goes_now(house: House) -> None:
    user_id = house.clerk.add()
    house.books().memory.refuse(user_id, now=house.now)
    assert reconcile(house).refused == 1
    assert user_id not in house.clerk.users


def test_a_child_leaves_a_hash_for_a_day_and_nothing_else(house: House) -> None:
    user_id, slug = house.clerk.add(), house.slug()
    with pytest.raises(Forbidden):
        house.onboard(user_id, slug, birth_date="2020-01-01")
    assert user_id not in house.clerk.users
    for table in (Table.CLERK_USERS, Table.ARTISTS, Table.SLUGS, Table.DELIVERIES, Table.AUDIT):
        assert house.rows(table, holding=user_id) == []
        assert house.rows(table, holding="2020") == []
    memory = house.books().memory
    assert memory.mark_of(user_id, now=house.now + timedelta(hours=23)) is Mark.REFUSED
    assert memory.mark_of(user_id, now=house.now + timedelta(hours=24)) is None
    memory.forget_old(now=house.now + timedelta(hours=25))
    assert house.rows(Table.DELIVERIES, holding=memory.hash_of(user_id)) == []


def test_a_child_with_an_account_is_erased_at_once(house: House) -> None:
    artist = house.artist()
    with pytest.raises(Forbidden):
        house.onboard(artist.clerk_user_id, artist.slug, birth_date="2020-01-01")
    found = house.read(artist)
    assert found.deletion is not None
    assert found.deletion.purge_after == house.now
    assert artist.clerk_user_id not in house.clerk.users


def test_a_slug_of_an_erased_account_is_withheld_as_a_hash(house: House) -> None:
    artist = house.artist()
    slugs = house.books().slugs
    slugs.withhold(artist.slug, artist.artist_id, now=house.now)
    assert house.rows(Table.SLUGS, holding=artist.slug) == []
    other = house.clerk.add()
    with pytest.raises(Exception, match="Somebody else"):
        house.onboard(other, artist.slug)
    house.now += timedelta(days=31)
    assert house.onboard(other, artist.slug).is_new
