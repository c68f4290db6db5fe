"""Notices are raised once, consents keep their record, and the trail holds no text of anybody's."""

from datetime import timedelta

import pytest

from shared.artists import reading
from shared.artists.audit import AuditTrail
from shared.artists.banners import Banners
from shared.artists.connections import Connections
from shared.artists.consents import Consents
from shared.artists.model import SpotifyState
from tests.models.artists.house import House
from tests.models.releases.room import Steps


def test_a_notice_raised_twice_is_one(house: House) -> None:
    artist, banners = house.artist().artist_id, Banners(house.tables())
    for _ in range(2):
        banners.raise_banner(
            artist, kind="plan_ready", text="Ready", link=None, subject="pln_1", now=house.now
        )
    assert len(banners.shown(artist)) == 1


def test_a_dismissal_about_one_thing_is_final(house: House) -> None:
    artist, banners = house.artist().artist_id, Banners(house.tables())
    for day in range(3):
        now = house.now + timedelta(days=day)
        banners.raise_banner(
            artist, kind="policy", text=f"v{day}", link=None, subject="2027", now=now
        )
        for banner in banners.shown(artist):
            banners.dismiss(artist, banner.banner_id, now=now)
    assert banners.shown(artist) == []


def test_a_notice_without_a_subject_comes_back_with_other_words_or_another_day(
    house: House,
) -> None:
    artist, banners = house.artist().artist_id, Banners(house.tables())

    def raised(text: str, hours: int) -> bool:
        now = house.now + timedelta(hours=hours)
        banners.raise_banner(artist, kind="reminder", text=text, link="/today", now=now)
        shown = banners.shown(artist)
        for banner in shown:
            banners.dismiss(artist, banner.banner_id, now=now)
        return bool(shown)

    assert [raised("3 things", 0), raised("3 things", 1)] == [True, False]
    assert [raised("2 things", 2), raised("2 things", 24)] == [True, True]


def test_a_consent_withdrawn_and_given_anew_is_two_records(house: House) -> None:
    artist = house.artist().artist_id
    consents = Consents(house.tables(), AuditTrail(house.tables()))

    def grant(hours: int) -> None:
        now = house.now + timedelta(hours=hours)
        consents.grant(artist, "spotify", wording_version="v1", now=now, ids=house.ids)

    grant(0)
    grant(1)
    later = house.now + timedelta(hours=2)
    assert consents.withdraw(artist, "spotify", now=later, ids=house.ids)
    assert not consents.withdraw(artist, "spotify", now=later, ids=house.ids)
    assert consents.given(artist, "spotify") is None
    grant(3)
    kept = house.books().artists.account(artist).consents
    assert [consent.is_given for consent in kept] == [False, True]


def test_the_account_shows_how_spotify_is_connected(house: House) -> None:
    artist, connections = house.artist().artist_id, Connections(house.tables())
    for state in (SpotifyState.PENDING, SpotifyState.CONNECTED, SpotifyState.NOT_CONNECTED):
        connections.note_spotify(artist, state)
        assert house.books().artists.account(artist).spotify is state


def test_reading_the_own_account_is_two_storage_operations(house: House) -> None:
    artist = house.artist()
    steps = Steps()
    books = house.books(steps)
    link = books.users.find(artist.clerk_user_id)
    assert link is not None
    assert reading.account(link.artist_id, artists=books.artists).artist == artist
    assert steps.done == 2


@pytest.mark.parametrize("fact", ["ada@mail.example", "two words", "Ünicode", "x" * 129])
def test_a_trail_refuses_what_is_no_id_count_or_enumeration(house: House, fact: str) -> None:
    with pytest.raises(ValueError, match="fact"):
        AuditTrail(house.tables()).record(
            house.artist().artist_id, "something_done", now=house.now, ids=house.ids, subject=fact
        )
