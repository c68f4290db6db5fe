"""What is known of an audio file without decoding it: length, sample rate, and that it parses."""

import struct
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from shared.releases.files import kinds
from shared.releases.files.chunked import aiff, wav
from shared.releases.files.flac_frames import last_sample
from shared.releases.files.kinds import Format
from shared.releases.files.mp4 import m4a
from shared.releases.files.mpeg import flac, mp3
from shared.releases.files.ogg import ogg
from shared.releases.files.reading import Damaged, Source
from shared.releases.files.splice import Splice, SpliceFile
from shared.releases.model import FileFacts

# Stores take 44.1 kHz and more (playbook.md, the delivery's gate); less is a warning, not an end.
STORE_SAMPLE_RATE_HZ: Final = 44_100
OPUS_RATE_HZ: Final = 48_000
LONGEST_SECONDS: Final = 24 * 3600
_SPLICES: Final[dict[Format, Callable[[Source], Splice]]] = {
    kinds.WAV: wav,
    kinds.AIFF: aiff,
    kinds.FLAC: flac,
    kinds.MP3: mp3,
    kinds.OGG: ogg,
    kinds.M4A: m4a,
}
# What mutagen raises on files that are not what they say, beside its own error.
_PARSER_FAULTS: Final = (
    ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, ZeroDivisionError,
    AssertionError, AttributeError, NotImplementedError, OSError,
    RecursionError, struct.error,
)  # fmt: skip


class Checked(NamedTuple):
    """A file that passed: as it is kept, and what was found."""

    splice: Splice
    facts: FileFacts


class _Stream(NamedTuple):
    """What mutagen says of a stream; 0 where it does not say."""

    seconds: float
    rate: int
    frame_offset: int  # MP3
    is_sketchy: bool  # MP3
    block_size: int  # FLAC
    samples: int  # FLAC


def checked(source: Source, form: Format) -> Checked:
    """Return an audio file as it is kept, and its facts.

    Raises:
        Damaged: it does not parse, ends too early, or has no sound.
    """
    splice = _SPLICES[form](source)
    stream = _stream(splice, form)
    if form is kinds.MP3:
        splice = _from_first_frame(splice, stream)
    if form is kinds.FLAC:
        _check_flac_end(splice, stream)
    if not 0 < stream.seconds < LONGEST_SECONDS:
        raise Damaged("The file has no sound in it.", field="duration_seconds")
    low = stream.rate < STORE_SAMPLE_RATE_HZ
    return Checked(
        splice,
        FileFacts(
            content_type=form.media_type,
            extension=form.extension,
            duration_seconds=round(stream.seconds, 3),
            sample_rate_hz=stream.rate,
            warnings=(f"{stream.rate:,} Hz is below the 44,100 Hz of stores.",) if low else (),
        ),
    )


def _stream(splice: Splice, form: Format) -> _Stream:
    from mutagen import MutagenError

    try:
        info = _parser(splice, form)(SpliceFile(splice)).info
        return _Stream(
            seconds=float(info.length or 0),
            # Opus has one rate for all (RFC 7845); mutagen does not repeat it.
            rate=int(getattr(info, "sample_rate", 0) or OPUS_RATE_HZ),
            frame_offset=int(getattr(info, "frame_offset", 0)),
            is_sketchy=bool(getattr(info, "sketchy", False)),
            block_size=int(getattr(info, "max_blocksize", 0)),
            samples=int(getattr(info, "total_samples", 0)),
        )
    except (MutagenError, *_PARSER_FAULTS):
        raise Damaged(f"It cannot be read as {form.name}.") from None


def _parser(splice: Splice, form: Format) -> Callable[[SpliceFile], Any]:
    from mutagen import aiff as mutagen_aiff
    from mutagen import flac as mutagen_flac
    from mutagen import mp3 as mutagen_mp3
    from mutagen import mp4, oggopus, oggvorbis, wave

    is_opus = form is kinds.OGG and b"OpusHead" in splice.read_at(0, 64)
    parsers: dict[Format, Callable[[SpliceFile], Any]] = {
        kinds.WAV: wave.WAVE,
        kinds.AIFF: mutagen_aiff.AIFF,
        kinds.FLAC: mutagen_flac.FLAC,
        kinds.MP3: mutagen_mp3.MP3,
        kinds.M4A: mp4.MP4,
        kinds.OGG: oggopus.OggOpus if is_opus else oggvorbis.OggVorbis,
    }
    return parsers[form]


def _from_first_frame(splice: Splice, stream: _Stream) -> Splice:
    """Return an MP3 file from its first frame on: what stands before it is no sound."""
    if stream.is_sketchy:
        raise Damaged("It cannot be read as MP3.")
    return splice.without_start(stream.frame_offset)


def _check_flac_end(splice: Splice, stream: _Stream) -> None:
    """Find the last frame, and see that it reaches the samples that the header promises."""
    reached = last_sample(splice, block_size=stream.block_size)
    if stream.samples and reached < stream.samples:
        raise Damaged("The file ends too early.")
