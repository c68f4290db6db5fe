"""A blast reaches everybody once, however often its messages come."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stored import Stored
from tests.world import World

pytestmark = pytest.mark.stack

QUEUES = ("emails", "blast-starts", "blast-chunks", "fan-folds")
DELIVERIES = 3


def test_a_blast_reaches_subscribers_once_though_every_message_comes_again(world: World) -> None:
    artist = world.artist("Twice Told")
    fans = world.fans(artist, 7)
    left = fans.pop()
    world.form(world.mails(left)[0].link("unsubscribe"))
    world.sign_up(artist, "never-confirmed@fan-mail.dev")
    blast = artist.draft(subject="Only once")
    for queue in QUEUES:  # The first answer is lost after the message was taken: it is sent again.
        world.faults(
            service="queues", method="POST", path=queue, status=500, times=1, after_accept=True
        )
    artist.send(blast)
    _deliver_again(world, artist.id, blast)
    world.until(lambda: artist.get(blast)["state"] == "sent", "the end of the blast")
    # What met a claim in flight would come back in 90 s, a later look after the feed in 40. What
    # they would find is what these find, at once.
    for queue in ("blast-chunks", "blast-starts"):
        Stored(world.watched).clear(queue)
    _deliver_again(world, artist.id, blast)
    world.idle()
    heard = Counter({fan: _copies(world, fan) for fan in fans})
    assert heard == dict.fromkeys(fans, 1)
    assert _copies(world, left) == _copies(world, "never-confirmed@fan-mail.dev") == 0
    report = artist.report(blast)
    assert (report["chosen"], report["accepted"], report["pending"]) == (6, 6, 0)


def test_sending_twice_at_the_same_moment_sends_once(world: World) -> None:
    artist = world.artist("Eager")
    (fan,) = world.fans(artist, 1)
    blast = artist.draft(subject="Only once")
    with ThreadPoolExecutor(4) as pool:
        ask = [
            pool.submit(artist.post, f"{blast}/send", {"expected_recipients": 1}) for _ in range(4)
        ]
        statuses = sorted(asked.result().status for asked in ask)
    assert statuses == [202, 409, 409, 409]
    world.idle()
    assert _copies(world, fan) == 1


def _deliver_again(world: World, artist_id: str, blast: str) -> None:
    """Put every message of the run there is, or will be, on its queue again and again."""
    stored, blast_id = Stored(world.account), blast.rpartition("/")[2]
    ids = {"artist_id": artist_id, "blast_id": blast_id}
    world.until(
        lambda: any(row["RowKey"].startswith("c|") for row in stored.rows("BlastChunks")),
        "the ledger",
    )
    rows = [row["RowKey"] for row in stored.rows("BlastChunks") if row["PartitionKey"] == blast_id]
    for _ in range(DELIVERIES):
        stored.send("blast-starts", json.dumps(ids))
        for row in rows:
            if row.startswith("c|"):
                message = {**ids, "chunk": row.removeprefix("c|"), "attempt": 0}
                stored.send("blast-chunks", json.dumps(message))


def _copies(world: World, fan: str) -> int:
    return sum(mail.subject == "Only once" for mail in world.mails(fan))
