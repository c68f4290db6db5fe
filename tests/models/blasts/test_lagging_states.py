"""A state that lags behind its run: what the artist asks for is done all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.artists.model import AccountState
from shared.artists.store import ArtistStore
from shared.blasts import stopping
from shared.blasts.chunk_store import Ledger
from shared.blasts.model import Blast, BlastState, StopReason
from shared.blasts.run import Go
from shared.blasts.store import BlastStore
from shared.platform.problems import Conflict
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.tables import Tables
from tests.models.blasts.acting import cancel, resume, send
from tests.models.blasts.studio import Studio, new_studio
from tests.standins.process import StandIns


@pytest.fixture
def studio(account: StorageAccount, provider: StandIns) -> Studio:
    """Return a studio whose blast is cancelled before anybody was asked."""
    studio = new_studio(account, provider, shards=(0, 3), die_at=0)
    send(studio)
    studio.play(until=lambda: studio.totals().chosen == 2)
    cancel(studio)
    return studio


def _ledger(studio: Studio) -> Ledger:
    return Ledger(Tables(studio.account))


def _resume_dies_after_its_permission(studio: Studio) -> None:
    assert _ledger(studio).permit(studio.blast().blast_id, Go(at=studio.now))
    assert studio.blast().state is BlastState.CANCELLED


def test_a_cancel_stops_the_permission_that_stands(studio: Studio) -> None:
    _resume_dies_after_its_permission(studio)
    cancel(studio)
    studio.play()
    assert studio.blast().state is BlastState.CANCELLED
    assert studio.is_at_rest
    assert set(studio.copies().values()) == {0}
    with pytest.raises(Conflict):
        cancel(studio)


def test_a_repeated_resume_finishes_what_the_first_began(studio: Studio) -> None:
    _resume_dies_after_its_permission(studio)
    resume(studio)
    assert studio.blast().state is BlastState.SENDING
    with pytest.raises(Conflict):
        resume(studio)
    studio.play()
    assert studio.blast().state is BlastState.SENT
    assert set(studio.copies().values()) == {1}


def test_no_account_that_closes_at_this_moment_goes_on(studio: Studio) -> None:
    artists = ArtistStore(Tables(studio.account))
    artist = artists.by_id(studio.artist_id)
    assert artist
    artists.replace(replace(artist, state=AccountState.CLOSING))
    with pytest.raises(Conflict):
        resume(studio)
    assert (studio.blast().state, studio.blast().stopped_for) == (
        BlastState.PAUSED,
        StopReason.ACCOUNT_CLOSING,
    )
    studio.play()
    assert studio.is_at_rest
    assert set(studio.copies().values()) == {0}


def _goes_on(studio: Studio, blast: Blast) -> Blast | None:
    return stopping.going_on(blast, desk=studio.desk(), now=studio.now)


def test_no_state_says_sending_over_a_stop(studio: Studio) -> None:
    read_before = studio.blast()
    _resume_dies_after_its_permission(studio)
    cancel(studio)
    going = _goes_on(studio, read_before)
    assert going
    assert going.state is BlastState.CANCELLED
    assert studio.blast().state is BlastState.CANCELLED


def test_a_deletion_in_the_same_moment_wins(studio: Studio) -> None:
    blast = studio.blast()
    _resume_dies_after_its_permission(studio)
    assert BlastStore(Tables(studio.account)).delete(blast)
    assert _goes_on(studio, blast) is None


def test_a_state_follows_the_permission_it_finds(studio: Studio) -> None:
    read_before = studio.blast()
    desk = studio.desk()
    desk.blasts.replace(replace(read_before, updated_at=studio.now + timedelta(seconds=1)))
    _resume_dies_after_its_permission(studio)
    going = _goes_on(studio, read_before)
    assert going
    assert (going.state, going.stopped_for) == (BlastState.SENDING, None)
