"""The limit for a network, in a burst: exactly so many pass, on however many instances."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.capture.networks import FREE, WINDOW, NetworkLimit
from shared.platform.addresses import Address, client_address
from shared.platform.limits import Limits
from shared.platform.problems import TooMany
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.tables import Tables

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
USUAL = 30
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def limits(azurite: Emulator) -> Iterator[Limits]:
    account = StorageAccount.from_connection_string(azurite.connection_string)
    provision(azurite.connection_string, origins=["https://app.example.com"])
    yield Limits(Tables(account))
    account.close()


def client() -> Address | None:
    number = next(_NUMBERS)
    return client_address(f"198.18.{number >> 8}.{number & 255}", hops=1)


def instance(limits: Limits, *, limit: int = USUAL) -> NetworkLimit:
    return NetworkLimit(limits, limit=limit, key=b"k" * 32)


def passed(
    instances: list[NetworkLimit], here: Address | None, moments: list[datetime]
) -> list[str | None]:
    """Sign up at these moments, all at once; return None for each that passed, else the wait."""

    def admitted(number: int) -> str | None:
        try:
            instances[number % len(instances)].admit(here, now=moments[number])
        except TooMany as refused:
            return refused.headers["Retry-After"]
        return None

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(admitted, range(len(moments))))


@pytest.mark.parametrize("instances", [1, 3])
def test_a_burst_is_held_to_the_limit_and_three_for_each_instance(
    limits: Limits, instances: int
) -> None:
    running = [instance(limits) for _ in range(instances)]
    outcome = passed(running, client(), [NOW] * 90)
    assert outcome.count(None) == USUAL + FREE * instances
    assert {wait for wait in outcome if wait is not None} == {"600"}


@pytest.mark.parametrize("instances", [1, 2])
def test_clocks_that_are_read_out_of_order_begin_no_new_window(
    limits: Limits, instances: int
) -> None:
    drawn = random.Random(11)  # noqa: S311 - the same draws each time.
    running = [instance(limits) for _ in range(instances)]
    moments = [NOW + timedelta(seconds=drawn.uniform(-2, 2)) for _ in range(80)]
    assert passed(running, client(), moments).count(None) == USUAL + FREE * instances


def test_after_ten_minutes_a_network_may_sign_up_again(limits: Limits) -> None:
    running, here = [instance(limits)], client()
    assert passed(running, here, [NOW] * 40).count(None) == USUAL + FREE
    assert passed(running, here, [NOW + WINDOW] * 40).count(None) == USUAL + FREE


def test_a_window_from_far_ahead_was_made_by_a_clock_that_was_set_back(limits: Limits) -> None:
    running, here = [instance(limits)], client()
    assert passed(running, here, [NOW + timedelta(days=1)] * 40).count(None) == USUAL + FREE
    assert passed(running, here, [NOW] * 40).count(None) == USUAL + FREE


def test_a_festival_behind_one_address_gets_in_where_the_operator_raised_the_limit(
    limits: Limits,
) -> None:
    running = [instance(limits, limit=1_000)]
    assert passed(running, client(), [NOW] * 400) == [None] * 400


def test_neighbours_do_not_use_up_each_others_sign_ups(limits: Limits) -> None:
    running = [instance(limits)]
    for _ in range(3):
        assert passed(running, client(), [NOW] * 40).count(None) == USUAL + FREE
