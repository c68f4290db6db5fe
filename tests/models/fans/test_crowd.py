"""Sixteen threads and a hundred addresses: one fan each, and counts that a recount confirms."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import cast

from shared.platform.problems import RetryLater
from tests.models.fans.house import NOW, House, Kind, Page

THREADS = 16
PEOPLE = 100
ROUNDS = 3


def test_a_crowd_that_comes_leaves_returns_and_is_erased_at_once_is_counted_exactly(
    house: House,
) -> None:
    page, drawn = house.page(), random.Random(5)  # noqa: S311 - the same draws each time.
    crowd = [f"fan-{number}@{page.artist.slug}.fan-mail.dev" for number in range(PEOPLE)]
    for number in range(ROUNDS):
        at = NOW + timedelta(hours=25 * number)
        acts = [(drawn.choice(("sign up", "sign up", *ACTS)), fan) for fan in crowd * 3]
        drawn.shuffle(acts)
        _all_at_once(house, page, acts, at=at)
        house.assert_counts(page)
        assert len(house.fans(page)) <= PEOPLE
        assert max(Counter(fan.email for fan in house.fans(page)).values()) == 1
    # Three minutes on, no order is put back any more for a sign-up that may still come.
    house.settle(at=at + timedelta(minutes=3))
    house.assert_counts(page)
    copies, _ = house.app.fan_counters.copies(page.artist_id)
    assert copies.totals == house.app.fan_counters.exact(page.artist_id).totals
    assert set(house.statuses(page).values()) == {"pending", "subscribed", "unsubscribed"}


ACTS: tuple[Kind, ...] = ("confirm", "confirm", "unsubscribe", "erase")


def _all_at_once(house: House, page: Page, acts: list[tuple[str, str]], *, at: datetime) -> None:
    """Have all act, and messages delivered, in sixteen threads."""

    def act(number: int) -> None:
        what, fan = acts[number]
        if what == "sign up":
            house.sign_up(page, fan, at=at)
        elif house.provider.to(fan):
            house.click(fan, cast("Kind", what), at=at)
        if number % 3 == 0:
            _deliver(house, at=at)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(act, number) for number in range(len(acts))]:
            done.result()


def _deliver(house: House, *, at: datetime) -> None:
    """Deliver the oldest message, and put it back where others hold what it needs."""
    with suppress(IndexError):
        message = house.heard.pop(0)
        try:
            house.deliver(message, at=at)
        except RetryLater:
            house.heard.append(message)
