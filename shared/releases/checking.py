"""From bytes that a stranger sent to a file that we keep: every check, every reason."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.platform.storage.blobs import Blobs
from shared.platform.storage.names import Container
from shared.releases.files import artwork, audio, kinds
from shared.releases.files.audio import Checked
from shared.releases.files.kinds import Format
from shared.releases.files.reading import BlobSource, Damaged, MemorySource, Source, whole
from shared.releases.model import LARGEST_BYTES, FileKind, MediaFile, Upload

Reasons = list[tuple[str, str]]
_NEEDS_MEMORY: Final = FileKind.ARTWORK  # 25 MB at most; sound is never read whole.


class Refused(Exception):
    """The file is not kept. `reasons`: fields and sentences, all of them."""

    def __init__(self, reasons: Reasons) -> None:
        super().__init__("; ".join(field for field, _ in reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that passed, and where its bytes come from."""

    checked: Checked
    source: Source


def examined(source: Source, upload: Upload) -> Examined:
    """Return what is kept of a file, and its facts.

    Raises:
        Refused: with every reason.
        Missing, Changed: the blob is gone, or was written again meanwhile.
    """
    reasons = _size_reasons(source.size, upload)
    form = kinds.recognised(source)
    reasons += _format_reasons(form, upload)
    if form is None or form.kind is not upload.kind or source.size > LARGEST_BYTES[upload.kind]:
        raise Refused(reasons)
    if form.kind is _NEEDS_MEMORY:
        source = MemorySource(whole(source))
    try:
        checked = _checked(source, form)
    except Damaged as damaged:
        raise Refused([*reasons, (damaged.field, damaged.detail)]) from None
    except artwork.Unfit as unfit:
        raise Refused([*reasons, *unfit.reasons]) from None
    if reasons:
        raise Refused(reasons)
    return Examined(checked, source)


def stored(found: Examined, upload: Upload, *, blobs: Blobs) -> MediaFile:
    """Write a file that passed to where it is kept, over an earlier try, and return it.

    What is kept as it came is copied by the server. A few MiB stand in memory.
    """
    splice, facts = found.checked
    digest = hashlib.sha256()
    if isinstance(found.source, BlobSource) and splice.is_whole:
        for piece in splice.stream():
            digest.update(piece)
        blobs.copy(
            Container.UPLOADS,
            upload.arrives_at,
            Container.MEDIA,
            upload.kept_at,
            if_match=found.source.etag,
            content_type=facts.content_type,
        )
    else:
        blobs.upload(
            Container.MEDIA,
            upload.kept_at,
            _hashed(splice.stream(), digest),
            content_type=facts.content_type,
            overwrite=True,
        )
    return MediaFile(
        upload_id=upload.upload_id,
        kind=upload.kind,
        filename=upload.filename,
        size_bytes=splice.size,
        sha256=digest.hexdigest(),
        facts=facts,
    )


def _checked(source: Source, form: Format) -> Checked:
    if isinstance(source, MemorySource) and form.kind is FileKind.ARTWORK:
        return artwork.checked(source, form)
    return audio.checked(source, form)


def _size_reasons(size: int, upload: Upload) -> Reasons:
    reasons = []
    if size != upload.size_bytes:
        reasons.append(
            ("size_bytes", f"{upload.size_bytes:,} bytes were announced, {size:,} arrived.")
        )
    if size > LARGEST_BYTES[upload.kind]:
        reasons.append(("size_bytes", too_large(upload.kind)))
    return reasons


def _format_reasons(form: Format | None, upload: Upload) -> Reasons:
    if form is None or form.kind is not upload.kind:
        accepted = kinds.accepted(upload.kind)
        return [("file", f"It is none of what {upload.kind.value} can be: {accepted}.")]
    announced = kinds.named(upload.content_type, kind=upload.kind)
    if form is not announced:
        return [("content_type", f"It is {form.name}, and was announced as something else.")]
    return []


def too_large(kind: FileKind) -> str:
    """Return the sentence about a file that is too large."""
    return f"{kind.value.title()} has {LARGEST_BYTES[kind] // 1_000_000} MB at most."


def _hashed(stream: Iterator[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    for piece in stream:
        digest.update(piece)
        yield piece
