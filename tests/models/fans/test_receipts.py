"""A receipt has words for everything that may have happened to a fan."""

from dataclasses import replace

from shared.capture import receipts
from shared.fans.model import Fan, HistoryEntry, How, Lock, Step
from tests.models.fans.house import NOW, House


def test_every_way_in_which_a_status_changes_is_told_in_words(house: House) -> None:
    page = house.page()
    house.sign_up(page, page.fan)
    house.settle()
    (fan,) = house.fans(page)

    def lives_through_everything(lock: Lock, found: Fan | None) -> Step:
        assert found is not None
        history = tuple(HistoryEntry(found.status, NOW, how) for how in How)
        return Step(before=lock, lock=lock, was=found, fan=replace(found, history=history))

    house.app.fan_changes.change(page.artist_id, fan.hashed, lives_through_everything)
    token = house.provider.token(page.fan, "unsubscribe")
    receipt = receipts.receipt(
        token, as_json=False, desk=house.app.own_pages, notices=house.app.notices
    )
    text = receipt.body.decode()
    assert text.count("<li>") == len(How)
    assert "_" not in text[text.index("<ol>") : text.index("</ol>")]
