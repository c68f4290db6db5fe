"""The mail about a paused blast: one for each time that a run loses its permission."""

from datetime import timedelta

from shared.blasts import braking
from shared.blasts.model import BlastState, StopReason
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Queue
from tests.models.blasts.acting import resume, send
from tests.models.blasts.studio import Studio, new_studio
from tests.standins.process import StandIns


def _pause(studio: Studio) -> None:
    blast = braking.pause(studio.blast(), StopReason.QUOTA, desk=studio.desk(), now=studio.now)
    assert blast.state is BlastState.PAUSED


def _orders(studio: Studio) -> list[dict[str, object]]:
    return [message for _, _, queue, message in studio.coming if queue is Queue.EMAILS]


def test_every_pause_is_told_once_also_the_second_within_the_hour(
    account: StorageAccount, provider: StandIns
) -> None:
    studio = new_studio(account, provider, shards=(0,), die_at=0)
    send(studio)
    studio.play(until=lambda: studio.totals().chosen == 1)
    for _ in range(3):  # Several calls are refused at once.
        _pause(studio)
    assert len(_orders(studio)) == 1
    studio.now += timedelta(minutes=1)
    resume(studio)
    _pause(studio)
    first, second = _orders(studio)
    assert first != second
