"""A list of which most have left: a chunk reads whom it may mail, not everybody in between."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from shared.blasts import chunks, starting
from shared.blasts.ledger import Chunk, Letter
from shared.blasts.starting import SendOrder
from shared.fans.audience import Audience, Recipient
from shared.fans.folding import FanCounters
from shared.fans.selection import Selection
from shared.fans.store import FanStore
from shared.platform.ids import ArtistId
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables
from tests.models.blasts.studio import Studio, new_studio
from tests.standins.process import StandIns

FANS = 8


@pytest.mark.parametrize(("left", "is_sparse"), [(3, False), (5, True)])
def test_a_chunk_is_sparse_where_most_of_the_list_left_and_whoever_stayed_is_mailed_once(
    account: StorageAccount, provider: StandIns, *, left: int, is_sparse: bool
) -> None:
    studio = new_studio(account, provider, shards=(0,) * FANS, die_at=0)
    gone, (wavering, *staying) = list(studio.hashes)[:left], list(studio.hashes)[left:]
    for fan in gone:
        studio.leave(fan)
    _fold(studio)
    _send(studio, len(staying) + 1)
    studio.play(until=lambda: bool(_chunks(studio)))
    assert [chunk.sparse for chunk in _chunks(studio)] == [is_sparse]
    studio.act(lambda: studio.leave(wavering))
    studio.play()
    assert studio.copies() == {**dict.fromkeys(studio.hashes, 0), **dict.fromkeys(staying, 1)}
    assert studio.letters()[wavering] == Letter.UNSUBSCRIBED


class _Watched(Audience):
    """An audience that keeps what of a range was asked for: everybody, or who may be mailed."""

    asked: list[str]

    def recipients(
        self,
        artist_id: ArtistId,
        shard: int,
        *,
        first_place: str,
        last_place: str,
        segment: Selection | None = None,
    ) -> Iterator[Recipient]:
        self.asked.append("everybody" if segment is None else "subscribed")
        places = {"first_place": first_place, "last_place": last_place}
        return super().recipients(artist_id, shard, **places, segment=segment)


@pytest.mark.parametrize(
    ("most", "asked"),
    [(FANS, ["everybody"]), (FANS - 1, ["everybody", "subscribed"])],
)
def test_a_chunk_of_a_dense_list_that_a_flood_lies_in_is_read_as_a_sparse_one(
    account: StorageAccount,
    provider: StandIns,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    asked: list[str],
) -> None:
    studio = new_studio(account, provider, shards=(0,) * FANS, die_at=0)
    _send(studio, FANS)
    studio.play(until=lambda: bool(_chunks(studio)))
    (chunk,) = _chunks(studio)
    left, *staying = studio.hashes.values()
    studio.leave(next(iter(studio.hashes)))
    tables = Tables(account)
    counters = FanCounters(tables, Queues(account, correlation_id=lambda: "req_1"))
    audience = _Watched(FanStore(tables), counters)
    audience.asked = []
    desk = replace(studio.desk(), audience=audience)
    mailing = desk.mailings.of(studio.artist_id, studio.blast().blast_id)
    assert mailing
    monkeypatch.setattr(chunks, "MOST_IN_RANGE", most)
    look = chunks.look_at(chunk, mailing, desk=desk)
    assert (chunk.sparse, audience.asked) == (False, asked)
    hashes = chunk.hashes()
    assert {hashes[at] for at in look.addresses} == set(staying)
    assert {hashes[at]: letter for at, letter in look.reasons.items()} == {
        left: Letter.UNSUBSCRIBED
    }


def _send(studio: Studio, recipients: int) -> None:
    order = SendOrder(expected_recipients=recipients)
    studio.act(
        lambda: starting.send(
            studio.blast(), order, artist=studio.artist, desk=studio.desk(), now=studio.now
        )
    )


def _fold(studio: Studio) -> None:
    queues = Queues(studio.account, correlation_id=lambda: "req_1")
    FanCounters(Tables(studio.account), queues).fold(studio.artist_id, 0, now=studio.now)


def _chunks(studio: Studio) -> list[Chunk]:
    return list(studio.desk().ledger.chunks(studio.blast().blast_id))
