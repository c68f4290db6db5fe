"""A deleted release is gone, whatever dies on the way and whoever still writes."""

from datetime import timedelta

import pytest

from shared.artists.audit import AuditTrail
from shared.platform.problems import NotFound, StalePrecondition
from shared.platform.storage.names import Container
from shared.platform.storage.tables import Tables
from tests.models.releases import making
from tests.models.releases.room import Killed, Room, Steps, later

WAV = making.wav(0.2)


def gone(room: Room, release_id: str) -> bool:
    return (
        room.read(release_id) is None
        and room.stores.releases.owner(release_id) is None
        and room.blobs(Container.MEDIA) == []
    )


def test_deleting_a_release_takes_its_files_and_tells_who_hangs_on_it(room: Room) -> None:
    release = room.release()
    room.complete(release.release_id, room.sent(release.release_id, WAV))
    picture = making.picture()
    art = room.sent(release.release_id, picture, kind="artwork", content_type="image/png")
    room.complete(release.release_id, art)
    assert room.stores.releases.owner(release.release_id) == room.artist_id
    delete(room, release.release_id)
    assert gone(room, release.release_id)
    assert room.gone == [release.release_id]
    with pytest.raises(NotFound):
        delete(room, release.release_id)


def test_what_comes_by_a_link_after_the_deletion_goes_with_the_last_look(room: Room) -> None:
    release = room.release()
    upload_id = room.sent(release.release_id, WAV)
    delete(room, release.release_id)
    with pytest.raises(NotFound):
        room.complete(release.release_id, upload_id)
    name = f"{room.artist_id}/{upload_id}"
    room.stores.blobs.upload(Container.UPLOADS, name, b"late", content_type="audio/wav")
    follow(later(room, room.now + timedelta(minutes=66)))
    assert room.blobs(Container.UPLOADS) == []
    assert list(room.stores.uploads.every(room.artist_id)) == []


def test_a_stale_version_deletes_nothing(room: Room) -> None:
    release = room.release()
    with pytest.raises(StalePrecondition):
        delete(room, release.release_id, if_match='"stale"')
    assert room.read(release.release_id) == release


def test_a_deletion_that_dies_anywhere_is_ended_by_the_timer(room: Room) -> None:
    die_at, died = 1, True
    while died:
        release = room.release()
        room.complete(release.release_id, room.sent(release.release_id, WAV))
        room.gone.clear()
        try:
            room.eraser(Steps(die_at)).delete(
                release.release_id, artist_id=room.artist_id, if_match=None, now=room.now
            )
            died = False
        except Killed:
            if room.read(release.release_id) is not None:
                # Nothing has happened yet: the artist sees the release, and deletes it again.
                delete(room, release.release_id)
            follow(later(room, room.now + timedelta(minutes=3)))
        assert gone(room, release.release_id)
        assert release.release_id in room.gone
        assert release.release_id in audited(room)
        die_at += 1
    assert die_at > 6
    follow(later(room, room.now + timedelta(hours=3)))
    assert later(room, room.now + timedelta(days=9)).due() == []


def test_an_account_s_end_takes_all_releases_and_uploads(room: Room) -> None:
    for _ in range(2):
        release = room.release()
        room.complete(release.release_id, room.sent(release.release_id, WAV))
    room.sent(release.release_id, WAV)
    eraser = room.eraser()
    assert eraser.erase_artist(room.artist_id) == 4
    assert eraser.erase_artist(room.artist_id) == 0
    assert eraser.erase_uploads(room.artist_id) >= 3
    assert room.blobs(Container.MEDIA) == room.blobs(Container.UPLOADS) == []
    assert list(room.stores.releases.every(room.artist_id)) == []
    assert list(room.stores.uploads.every(room.artist_id)) == []


def test_news_of_a_release_arrives_even_if_the_process_dies(room: Room) -> None:
    die_at, died = 1, True
    while died:
        release = room.release()
        room.told.clear()
        try:
            room.change(release.release_id, release_date="2027-03-05", steps=Steps(die_at))
            died = False
        except Killed:
            follow(later(room, room.now + timedelta(minutes=3)))
        found = room.read(release.release_id)
        assert found is not None
        if found.release_date is not None:
            assert ("2027-03-05", "scheduled") in room.told
        die_at += 1
    assert later(room, room.now + timedelta(days=1)).due() == []


def audited(room: Room) -> list[object]:
    """Return which deletions the artist can read of."""
    entries, _ = AuditTrail(Tables(room.account)).page(room.artist_id, limit=100)
    assert len({entry.entry_id for entry in entries}) == len(entries)
    return [entry.facts["release_id"] for entry in entries]


def delete(room: Room, release_id: str, *, if_match: str | None = None) -> None:
    room.eraser().delete(release_id, artist_id=room.artist_id, if_match=if_match, now=room.now)


def follow(room: Room) -> None:
    """Do what the timer does with what is due."""
    for due in room.due():
        if due.kind.value == "release-erasure":
            room.eraser().follow_up(due, now=room.now)
        else:
            room.announcer().follow_up(due, now=room.now)
