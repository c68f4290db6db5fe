"""A process that dies anywhere loses no sign-up that was answered, and sends no mail twice."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from shared.platform.storage.names import Queue
from tests.models.fans.house import NOW, House, Page
from tests.models.releases.room import Killed, Steps

LATER = NOW + timedelta(hours=25)


def nobody(house: House, page: Page) -> None:
    """Have nobody signed up before."""
    del house, page


def left(house: House, page: Page) -> None:
    """Have the fan on the list, and gone again."""
    house.sign_up(page, page.fan)
    house.settle()
    house.click(page.fan, "confirm")
    house.click(page.fan, "unsubscribe")
    house.settle()


def erased(house: House, page: Page) -> None:
    """Have the fan erased."""
    left(house, page)
    house.click(page.fan, "erase")
    house.settle()


BEFORE = pytest.mark.parametrize("before", [nobody, left, erased])


@BEFORE
def test_a_sign_up_that_dies_anywhere_is_ended_by_the_visitors_retry(
    house: House, before: Callable[[House, Page], None]
) -> None:
    for die_at in range(1, 20):
        page = house.page()
        before(house, page)
        mails = len(house.provider.to(page.fan))
        dying = house.process(Steps(die_at))
        try:
            house.sign_up(page, page.fan, at=LATER, process=dying)
        except Killed:
            # Whoever was written is somebody whom a message looks after.
            waits = [body for queue, body in house.heard if queue is Queue.EMAILS]
            assert waits or house.statuses(page).get(page.fan) != "pending"
            house.sign_up(page, page.fan, at=LATER + timedelta(seconds=5))
        else:
            assert die_at > 2
            return
        house.settle(at=LATER + timedelta(minutes=3), times=2)
        assert len(house.provider.to(page.fan)) == mails + 1
        house.click(page.fan, "confirm", at=LATER + timedelta(minutes=5))
        assert house.statuses(page) == {page.fan: "subscribed"}
        house.assert_counts(page)
    raise AssertionError("It never came to an end.")


@BEFORE
def test_an_order_that_dies_anywhere_is_fulfilled_by_its_redelivery_and_mails_once(
    house: House, before: Callable[[House, Page], None]
) -> None:
    for die_at in range(1, 60):
        page = house.page()
        before(house, page)
        mails = len(house.provider.to(page.fan))
        house.sign_up(page, page.fan, at=LATER)
        order = house.heard[-1]
        with suppress(Killed):
            dying = house.process(Steps(die_at))
            house.deliver(order, at=LATER, app=dying)
            assert die_at > 6
            return
        house.settle(at=LATER, times=2)
        assert len(house.provider.to(page.fan)) == mails + 1
        house.click(page.fan, "confirm", at=LATER)
        assert house.statuses(page) == {page.fan: "subscribed"}
        (fan,) = house.fans(page)
        assert house.app.mailbox_index.fans_of(fan.mailbox) == [(page.artist_id, fan.fan_id)]
        house.assert_counts(page)
    raise AssertionError("It never came to an end.")


def test_an_erased_fans_no_to_a_new_sign_up_that_dies_anywhere_leaves_nothing_in_the_index(
    house: House,
) -> None:
    for die_at in range(1, 30):
        page = house.page()
        left(house, page)
        (fan,) = house.fans(page)
        house.click(page.fan, "erase")
        house.sign_up(page, page.fan, at=LATER)
        house.settle(at=LATER)
        assert house.app.mailbox_index.fans_of(fan.mailbox) == [(page.artist_id, fan.fan_id)]
        try:
            dying = house.process(Steps(die_at))
            house.click(page.fan, "unsubscribe", at=LATER, app=dying)
        except Killed:
            house.click(page.fan, "unsubscribe", at=LATER)
        else:
            return
        house.settle(at=LATER, times=2)
        assert house.app.mailbox_index.fans_of(fan.mailbox) == []
    raise AssertionError("It never came to an end.")


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe", "erase"])
def test_a_click_that_dies_anywhere_is_ended_by_the_next_one(house: House, kind: str) -> None:
    for die_at in range(1, 30):
        page = house.page()
        house.sign_up(page, page.fan)
        house.settle()
        if kind != "confirm":
            house.click(page.fan, "confirm")
            house.settle()
        try:
            house.click(page.fan, kind, app=house.process(Steps(die_at)))  # type: ignore[arg-type]  # One of the three.
        except Killed:
            house.assert_counts(page)
            house.click(page.fan, kind)  # type: ignore[arg-type]  # One of the three.
        else:
            return
        house.settle(times=2)
        ends = {
            "confirm": {page.fan: "subscribed"},
            "unsubscribe": {page.fan: "unsubscribed"},
            "erase": {},
        }
        assert house.statuses(page) == ends[kind]
        house.assert_counts(page)
    raise AssertionError("It never came to an end.")


def test_an_order_redelivered_after_an_erasure_leaves_the_new_sign_up_to_its_own(
    house: House,
) -> None:
    page = house.page()
    house.sign_up(page, page.fan)
    (first,) = house.heard
    house.settle()
    link = house.provider.token(page.fan, "confirm")
    house.click(page.fan, "erase")
    house.settle()
    house.sign_up(page, page.fan, at=NOW + timedelta(minutes=5))
    house.deliver(first, at=NOW + timedelta(minutes=6))
    house.press(link, "confirm", at=NOW + timedelta(minutes=7))
    assert house.statuses(page) == {}
    house.settle(at=NOW + timedelta(minutes=8))
    assert len(house.provider.to(page.fan)) == 2
    house.click(page.fan, "confirm", at=NOW + timedelta(minutes=9))
    assert house.statuses(page) == {page.fan: "subscribed"}
