"""Who signs up just before an account closes waits for its restore, and is held as anybody is."""

from datetime import timedelta

import pytest

from shared.artists.model import Deletion
from shared.fans.fences import FanFences
from shared.platform.ids import ErasureId
from tests.models.fans.house import NOW, House, Page

CLOSES = NOW + timedelta(seconds=1)
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def page(house: House) -> Page:
    """Return the page of an artist who has just begun to leave, with one sign-up under way."""
    page = house.page()
    house.sign_up(page, page.fan)
    deletion = Deletion(
        requested_at=CLOSES,
        purge_after=CLOSES + timedelta(days=7),
        purge_deadline=CLOSES + timedelta(days=30),
        erasure_id=ErasureId("ers_1"),
    )
    page.artist = house.app.artists.replace(page.artist.closing(deletion))
    FanFences(house.app.tables).close(page.artist_id, epoch=2)
    return page


def test_a_sign_up_waits_through_the_grace_and_is_mailed_after_a_restore(
    house: House, page: Page
) -> None:
    _deliver_what_waits(house)
    assert house.provider.to(page.fan) == []
    assert house.heard, "the order waits"
    house.app.artists.replace(page.artist.restored())
    FanFences(house.app.tables).open(page.artist_id, epoch=3)
    house.settle(at=LATER)
    assert len(house.provider.to(page.fan)) == 1
    house.click(page.fan, "confirm", at=LATER)
    assert house.statuses(page) == {page.fan: "subscribed"}


def test_a_sign_up_whose_artist_leaves_is_found_by_its_person_and_goes_in_its_time(
    house: House, page: Page
) -> None:
    _deliver_what_waits(house)
    (fan,) = house.fans(page)
    assert house.app.mailbox_index.fans_of(fan.mailbox) == [(page.artist_id, fan.fan_id)]
    lock = house.app.fans.lock(page.artist_id, fan.hashed)
    assert lock is not None
    assert lock.expires == (NOW + timedelta(days=30)).date()
    house.settle(at=NOW + timedelta(hours=73))
    assert house.provider.to(page.fan) == []


def _deliver_what_waits(house: House) -> None:
    waiting, house.heard[:] = list(house.heard), []
    for message in waiting:
        house.deliver(message, at=NOW + timedelta(seconds=3))
