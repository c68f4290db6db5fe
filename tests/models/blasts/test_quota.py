"""The provider's quota: it stops a run as what it is, and is blamed on no list."""

import pytest

from shared.blasts import starting
from shared.blasts.model import BlastState, StopReason
from shared.blasts.starting import SendOrder
from shared.platform.storage.account import StorageAccount
from tests.models.blasts.studio import NOW, Studio, new_studio
from tests.standins.process import StandIns

QUOTA = {"reason": "reached_daily_quota"}


@pytest.fixture
def half_sent(account: StorageAccount, provider: StandIns) -> Studio:
    """Return a studio whose first chunk has gone, and whose second has not."""
    studio = new_studio(account, provider, shards=(0, 3), die_at=0)
    order = SendOrder(expected_recipients=2, send_at=NOW)
    starting.send(studio.blast(), order, artist=studio.artist, desk=studio.desk(), now=NOW)
    studio.play(until=lambda: studio.copies().total() == 1)
    return studio


def mailed(studio: Studio) -> str:
    return next(fan for fan, copies in studio.copies().items() if copies)


def test_a_quota_reached_pauses_the_run_and_counts_as_no_bounce(half_sent: Studio) -> None:
    half_sent.hear("email.failed", mailed(half_sent), failed=QUOTA)
    blast = half_sent.blast()
    assert (blast.state, blast.stopped_for) == (BlastState.PAUSED, StopReason.QUOTA)
    assert half_sent.totals().mail_bounced == 0


def test_another_failure_counts_and_does_not_pause_by_itself(half_sent: Studio) -> None:
    half_sent.hear("email.failed", mailed(half_sent), failed={"reason": "unknown"})
    assert half_sent.blast().state is BlastState.SENDING
    assert half_sent.totals().mail_bounced == 1
