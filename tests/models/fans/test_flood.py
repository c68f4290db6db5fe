"""Floods: one mailbox from two hundred networks, and a page that strangers are sprayed over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from shared.capture.caps import DAILY, FOR_EACH_CONFIRMATION, HOURLY
from shared.platform.storage.names import Queue
from tests.models.fans.house import NOW, House, Page

WAITING = 12
Order = tuple[Queue, dict[str, Any]]


def test_two_hundred_networks_over_five_artists_cannot_bomb_one_mailbox(house: House) -> None:
    pages = [house.page() for _ in range(5)]
    victim = pages[0].fan
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: house.sign_up(pages[number % 5], victim), range(200)))
    house.settle(times=1)
    assert len(house.provider.to(victim)) == 3
    # An hour later, and with everything delivered twice, still three.
    with ThreadPoolExecutor(8) as pool:
        again = NOW + timedelta(hours=1)
        list(pool.map(lambda page: house.sign_up(page, victim, at=again), pages * 4))
    house.settle(at=again, times=2)
    assert len(house.provider.to(victim)) == 3


def test_a_spray_mails_what_a_day_allows_and_the_rest_goes_out_later(house: House) -> None:
    page = house.page()
    hours = [NOW + timedelta(hours=2 * number) for number in range(3)]
    _use_up(house, page, HOURLY, at=hours[0])
    _use_up(house, page, HOURLY, at=hours[1])
    _use_up(house, page, DAILY - 2 * HOURLY - 3, at=hours[2])
    strangers = _sprayed(house, page, WAITING + 3, at=hours[2])
    waits = _delivered(house, at=hours[2])
    assert (_mailed(house, strangers), len(waits), _waiting(house, page)) == (3, WAITING, WAITING)
    # The day's mails are used up: whatever is tried in these 24 hours, nothing more goes out.
    for hour in range(3, 24, 5):
        waits = _delivered(house, waits, at=NOW + timedelta(hours=hour))
        assert (_mailed(house, strangers), len(waits)) == (3, WAITING)
    assert _waiting(house, page) == WAITING
    assert _delivered(house, waits, at=NOW + timedelta(hours=26)) == []
    assert (_mailed(house, strangers), _waiting(house, page)) == (len(strangers), 0)
    assert set(house.statuses(page).values()) == {"pending"}
    house.assert_counts(page)


def test_what_finds_no_room_in_72_hours_is_dropped(house: House) -> None:
    page = house.page()
    _use_up(house, page, HOURLY, at=NOW)
    strangers = _sprayed(house, page, 2, at=NOW)
    waits = _delivered(house, at=NOW)
    assert (_mailed(house, strangers), len(waits)) == (0, 2)
    almost, later = NOW + timedelta(hours=71, minutes=59), NOW + timedelta(hours=72)
    _use_up(house, page, HOURLY, at=almost)
    waits = _delivered(house, waits, at=almost)
    assert (len(waits), _waiting(house, page)) == (2, 2)
    assert _delivered(house, waits, at=later) == []
    assert (_mailed(house, strangers), _waiting(house, page)) == (0, 0)


def test_fans_who_confirm_make_room_and_strangers_who_leave_make_none(house: House) -> None:
    page = house.page()
    known = _sprayed(house, page, 27, at=NOW)
    _delivered(house, at=NOW)
    for email in known:
        house.click(email, "unsubscribe")
    house.settle()
    room = house.app.fan_counters.recent_confirmations(page.artist_id, now=NOW)
    assert room * FOR_EACH_CONFIRMATION < DAILY  # They left by the mail that asked them.
    other = house.page()
    fans = _sprayed(house, other, 27, at=NOW)
    _delivered(house, at=NOW)
    for email in fans:
        house.click(email, "confirm")
    house.settle()
    room = house.app.fan_counters.recent_confirmations(other.artist_id, now=NOW)
    assert room * FOR_EACH_CONFIRMATION == 27 * FOR_EACH_CONFIRMATION > DAILY


def _use_up(house: House, page: Page, mails: int, *, at: datetime) -> None:
    """Have so many mails gone out already."""
    for _ in range(mails):
        assert house.app.confirmation_desk.cap.claim(page.artist_id, waited=False, now=at)


def _sprayed(house: House, page: Page, count: int, *, at: datetime) -> list[str]:
    strangers = [f"{number}-{page.fan}" for number in range(count)]
    for stranger in strangers:
        house.sign_up(page, stranger, at=at)
    return strangers


def _delivered(house: House, waits: list[Order] | None = None, *, at: datetime) -> list[Order]:
    """Deliver what has come, or what waited; return the orders that wait (again)."""
    house.heard.extend(waits or [])
    again: list[Order] = []
    while house.heard:
        message = house.heard.pop(0)
        before = len(house.heard)
        house.deliver(message, at=at)
        sent = house.heard[before:]
        again += [each for each in sent if each[0] is Queue.EMAILS]
        house.heard[before:] = [each for each in sent if each[0] is not Queue.EMAILS]
    return again


def _mailed(house: House, strangers: list[str]) -> int:
    return sum(len(house.provider.to(stranger)) for stranger in strangers)


def _waiting(house: House, page: Page) -> object:
    return house.app.limits.read(f"a|{page.artist_id}").get("waiting")
