"""A file's way from a stranger's bytes to a checked blob, also through a process that dies."""

import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from shared.platform.problems import Conflict, Invalid, NotFound, UnsupportedMedia
from shared.platform.storage.names import Container
from shared.releases import downloading, uploading
from shared.releases.model import FileKind, media_prefix
from shared.releases.schemas import UploadRequest
from shared.releases.sweeping import sweep
from shared.releases.uploading import DirectFile
from tests.models.releases import making
from tests.models.releases.room import Killed, Room, Steps, later, put

WAV = making.wav(0.5)
OTHER = making.wav(0.7)
TAGGED = making.with_riff_chunk(WAV, b"LIST", b"INFO" + making.SECRET)


def reasons(refused: Invalid) -> dict[str, str]:
    return {error.field: error.detail for error in refused.errors}


def test_a_file_arrives_is_checked_and_becomes_the_release_s_own(room: Room) -> None:
    release = room.release()
    upload_id = room.sent(release.release_id, WAV)
    kept = room.complete(release.release_id, upload_id)
    assert kept.file.sha256 == hashlib.sha256(WAV).hexdigest()
    assert kept.file.filename == "song.wav"
    assert kept.file.facts.duration_seconds == 0.5
    found = room.read(release.release_id)
    assert found is not None
    assert found.audio == kept.file
    assert room.blobs(Container.UPLOADS) == []
    (name,) = room.blobs(Container.MEDIA)
    assert name == f"{media_prefix(room.artist_id, release.release_id)}audio-{upload_id}"
    assert room.stores.blobs.download(Container.MEDIA, name) == WAV


def test_tags_never_reach_what_is_kept(room: Room) -> None:
    release = room.release()
    kept = room.complete(release.release_id, room.sent(release.release_id, TAGGED))
    (name,) = room.blobs(Container.MEDIA)
    assert room.stores.blobs.download(Container.MEDIA, name) == WAV
    assert kept.file.size_bytes == len(WAV)


def test_completing_again_answers_the_same(room: Room) -> None:
    release = room.release()
    upload_id = room.sent(release.release_id, WAV)
    first = room.complete(release.release_id, upload_id)
    assert room.complete(release.release_id, upload_id).file == first.file
    room.complete(release.release_id, room.sent(release.release_id, OTHER))
    assert room.complete(release.release_id, upload_id).file == first.file
    assert len(room.blobs(Container.MEDIA)) == 1


def test_what_is_refused_is_gone_and_every_reason_is_told_each_time(room: Room) -> None:
    release = room.release()
    data = making.picture_of(700, 500)
    upload_id = room.sent(
        release.release_id, data, kind="artwork", content_type="image/jpeg", promised=9
    )
    for _ in range(2):
        with pytest.raises(Invalid) as refused:
            room.complete(release.release_id, upload_id)
        assert refused.value.code == "file_refused"
        assert {"size_bytes", "content_type", "width_px"} <= reasons(refused.value).keys()
    assert room.blobs(Container.UPLOADS) == room.blobs(Container.MEDIA) == []


def test_nothing_arrived_yet_can_still_arrive(room: Room) -> None:
    release = room.release()
    request = UploadRequest(
        kind=FileKind.AUDIO, filename="a.wav", content_type="audio/wav", size_bytes=len(WAV)
    )
    upload, link = uploading.promise(
        release.release_id,
        request,
        artist_id=room.artist_id,
        stores=room.stores,
        ids=room.ids,
        now=room.now,
    )
    with pytest.raises(Invalid) as early:
        room.complete(release.release_id, upload.upload_id)
    assert early.value.code == "nothing_uploaded"
    assert put(link.url, WAV) == 201
    assert room.complete(release.release_id, upload.upload_id).file.size_bytes == len(WAV)


def test_the_upload_link_opens_one_blob_to_write_for_an_hour(room: Room) -> None:
    release = room.release()
    request = UploadRequest(
        kind=FileKind.AUDIO, filename="a.wav", content_type="audio/wav", size_bytes=9
    )
    upload, link = uploading.promise(
        release.release_id,
        request,
        artist_id=room.artist_id,
        stores=room.stores,
        ids=room.ids,
        now=room.now,
    )
    signed = parse_qs(urlsplit(link.url).query)
    assert (signed["sr"], signed["sp"]) == (["b"], ["cw"])
    assert urlsplit(link.url).path.endswith(f"/uploads/{room.artist_id}/{upload.upload_id}")
    other = link.url.replace(upload.upload_id, room.ids.make("upl", now=room.now))
    assert put(other, b"x") == 403


@pytest.mark.parametrize(
    ("kind", "content_type", "size", "field"),
    [
        (FileKind.AUDIO, "text/html", 10, "content_type"),
        (FileKind.AUDIO, "image/png", 10, "content_type"),
        (FileKind.AUDIO, "audio/wav", 500_000_001, "size_bytes"),
        (FileKind.ARTWORK, "image/png", 25_000_001, "size_bytes"),
        (FileKind.ARTWORK, "image/svg+xml", 10, "content_type"),
    ],
)
def test_what_we_do_not_take_gets_no_link(
    room: Room, kind: FileKind, content_type: str, size: int, field: str
) -> None:
    release = room.release()
    request = UploadRequest(kind=kind, filename="a", content_type=content_type, size_bytes=size)
    with pytest.raises(Invalid) as refused:
        uploading.promise(
            release.release_id,
            request,
            artist_id=room.artist_id,
            stores=room.stores,
            ids=room.ids,
            now=room.now,
        )
    assert reasons(refused.value).keys() == {field}


def test_a_new_file_takes_the_place_of_the_old_one(room: Room) -> None:
    release = room.release()
    room.complete(release.release_id, room.sent(release.release_id, WAV))
    second = room.sent(release.release_id, OTHER)
    room.complete(release.release_id, second)
    assert [name.endswith(f"audio-{second}") for name in room.blobs(Container.MEDIA)] == [True]


def test_a_small_file_can_come_directly(room: Room) -> None:
    release = room.release()
    kept = direct(room, release.release_id, making.picture())
    assert (kept.file.facts.width_px, kept.file.filename) == (1500, "artwork.png")
    with pytest.raises(UnsupportedMedia):
        direct(room, release.release_id, b"x", content_type="text/html")
    with pytest.raises(Invalid) as refused:
        direct(room, release.release_id, making.bomb())
    assert refused.value.code == "file_refused"
    assert len(room.blobs(Container.MEDIA)) == 1


def direct(
    room: Room, release_id: str, data: bytes, *, content_type: str = "image/png"
) -> uploading.Kept:
    return uploading.put_direct(
        release_id,
        "artwork",
        DirectFile(data, content_type),
        if_match=None,
        artist_id=room.artist_id,
        stores=room.stores,
        ids=room.ids,
        now=room.now,
    )


def test_a_download_link_reads_one_file_under_a_neutral_name(room: Room) -> None:
    release = room.release()
    room.complete(release.release_id, room.sent(release.release_id, WAV))
    link = downloading.link(
        release.release_id, "audio", artist_id=room.artist_id, stores=room.stores
    )
    assert parse_qs(urlsplit(link.url).query)["sp"] == ["r"]
    with urlopen(link.url, timeout=10) as answer:
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''audio.wav"
        assert answer.headers["Content-Type"] == "audio/wav"
        assert answer.read() == WAV


def test_another_artist_finds_nothing(room: Room) -> None:
    release = room.release()
    upload_id = room.sent(release.release_id, WAV)
    stranger = Room(account=room.account, artist_id=type(room.artist_id)("art_stranger"))
    with pytest.raises(NotFound):
        stranger.complete(release.release_id, upload_id)
    with pytest.raises(NotFound):
        downloading.link(
            release.release_id, "audio", artist_id=stranger.artist_id, stores=room.stores
        )


def test_a_removed_file_is_gone(room: Room) -> None:
    release = room.release()
    room.complete(release.release_id, room.sent(release.release_id, WAV))
    remove = {
        "artist_id": room.artist_id, "if_match": None, "stores": room.stores, "now": room.now
    }  # fmt: skip
    uploading.remove(release.release_id, "audio", **remove)  # type: ignore[arg-type]  # one dict for two calls
    assert room.blobs(Container.MEDIA) == []
    with pytest.raises(NotFound):
        uploading.remove(release.release_id, "audio", **remove)  # type: ignore[arg-type]  # as above


def test_an_upload_that_is_never_completed_is_swept_after_a_day(room: Room) -> None:
    release = room.release()
    upload_id = room.sent(release.release_id, WAV)
    sweep(stores=room.stores, now=room.now + timedelta(hours=24))
    assert room.stores.uploads.find(room.artist_id, upload_id) is not None
    tomorrow = later(room, room.now + timedelta(hours=26))
    with pytest.raises(NotFound):
        tomorrow.complete(release.release_id, upload_id)
    sweep(stores=room.stores, now=tomorrow.now)
    assert room.stores.uploads.find(room.artist_id, upload_id) is None
    assert room.blobs(Container.UPLOADS) == []


def test_what_is_written_to_a_link_after_completion_is_swept_too(room: Room) -> None:
    release = room.release()
    request = UploadRequest(
        kind=FileKind.AUDIO, filename="a.wav", content_type="audio/wav", size_bytes=len(WAV)
    )
    upload, link = uploading.promise(
        release.release_id,
        request,
        artist_id=room.artist_id,
        stores=room.stores,
        ids=room.ids,
        now=room.now,
    )
    put(link.url, WAV)
    room.complete(release.release_id, upload.upload_id)
    put(link.url, b"late")
    sweep(stores=room.stores, now=room.now + timedelta(hours=2))
    assert room.blobs(Container.UPLOADS) == []
    assert len(room.blobs(Container.MEDIA)) == 1
    assert room.read(release.release_id).audio is not None  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize("data", [WAV, TAGGED], ids=["copied", "written"])
def test_a_process_that_dies_anywhere_leaves_nothing_that_the_next_try_does_not_end(
    room: Room, *, data: bytes
) -> None:
    release = room.release()
    room.complete(release.release_id, room.sent(release.release_id, OTHER))
    die_at, died = 1, True
    while died:
        upload_id = room.sent(release.release_id, data)
        try:
            room.complete(release.release_id, upload_id, steps=Steps(die_at))
            died = False
        except Killed:
            kept = room.complete(release.release_id, upload_id)
            assert kept.file.sha256 == hashlib.sha256(WAV).hexdigest()
        found = room.read(release.release_id)
        assert found is not None
        assert found.audio is not None
        assert [name.rpartition("-")[2] for name in room.blobs(Container.MEDIA)] == [upload_id]
        assert room.blobs(Container.UPLOADS) == []
        die_at += 1
    assert die_at > 7


def test_what_a_dying_process_leaves_and_nobody_repeats_is_swept(room: Room) -> None:
    release = room.release()
    die_at, died = 1, True
    while died:
        upload_id = room.sent(release.release_id, TAGGED)
        try:
            room.complete(release.release_id, upload_id, steps=Steps(die_at))
            died = False
        except Killed:
            die_at += 1
    sweep(stores=room.stores, now=room.now + timedelta(hours=26))
    found = room.read(release.release_id)
    assert found is not None
    assert found.audio is not None
    assert [name.rpartition("-")[2] for name in room.blobs(Container.MEDIA)] == [
        found.audio.upload_id
    ]
    assert room.blobs(Container.UPLOADS) == []
    assert list(room.stores.uploads.every(room.artist_id)) == []


def test_a_file_that_is_sent_again_while_it_is_checked_is_not_mixed(room: Room) -> None:
    release = room.release()
    upload_id = room.sent(release.release_id, WAV)
    upload = room.stores.uploads.find(room.artist_id, upload_id)
    assert upload is not None
    source = uploading._arrived(upload, room.stores.blobs)
    room.stores.blobs.upload(
        Container.UPLOADS, upload.arrives_at, WAV, content_type="audio/wav", overwrite=True
    )
    with pytest.raises(Conflict):
        uploading._taken_in(upload, lambda: source, stores=room.stores, now=room.now)
    assert room.blobs(Container.MEDIA) == []
