"""The mails of a run, written once: each recipient's own parts are put between ready bytes.

The same recipients give the same bytes, since the provider compares a repeated call's body with the
first one's.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from shared.blasts.composing import MARKER
from shared.blasts.model import Blast, Content
from shared.blasts.store import BlastStore
from shared.fans.selection import Selection
from shared.fans.tokens import BlastRef, FanRef, FanTokens
from shared.platform.ids import ArtistId, BlastId

# Noncharacters of Unicode stand for what is filled in: composing takes them out of every text.
_ADDRESS: Final = "\ufdd1"
_TOKEN: Final = MARKER
_POSITION: Final = "\ufdd3"
_CHUNK: Final = "\ufdd4"
_GENERATION: Final = "\ufdd5"
_FILLED: Final = re.compile(b"\xef\xb7([\x91-\x95])")  # The same five in UTF-8.
_KEPT: Final = 8  # Mailings in memory: about 100 KB each.


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One mail of a call: who gets it, and where in the chunk they stand."""

    position: int
    hashed: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """A run's mail, and what a chunk must know of its blast."""

    blast_id: BlastId
    artist_id: ArtistId
    frozen_at: datetime
    segment: Selection
    key_id: str
    pieces: Sequence[bytes]  # Between them stand, in turn, what `slots` names.
    slots: Sequence[str]

    def batch(
        self, recipients: Iterable[Recipient], *, chunk: str, generation: int, tokens: FanTokens
    ) -> bytes:
        """Return the body of one call, in the order of the recipients given.

        The pieces stand in it once for each mail, and nowhere else: it is joined at once.
        """
        fixed = {_CHUNK: chunk.encode(), _GENERATION: str(generation).encode()}
        parts: list[bytes] = []
        for recipient in recipients:
            ref = BlastRef(self.blast_id, chunk, recipient.position)
            token = tokens.fan(FanRef(self.artist_id, recipient.hashed, ref), key_id=self.key_id)
            own = fixed | {
                _ADDRESS: orjson.dumps(recipient.address)[1:-1],
                _TOKEN: token.encode(),
                _POSITION: str(recipient.position).encode(),
            }
            parts += (b"," if parts else b"[", self.pieces[0])
            for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
                parts += (own[slot], piece)
        return b"".join((*parts, b"]")) if parts else b"[]"


def prepared(blast: Blast, content: Content, *, frozen_at: datetime, base_url: str) -> Mailing:
    """Return the mailing of a blast whose content is frozen."""
    split = _FILLED.split(orjson.dumps(_payload(blast, content, base_url)))
    return Mailing(
        blast_id=blast.blast_id,
        artist_id=blast.artist_id,
        frozen_at=frozen_at,
        segment=blast.segment,
        key_id=content.key_id,
        pieces=split[0::2],
        slots=[chr(0xFD40 + last[0]) for last in split[1::2]],
    )


class Mailings:
    """The mailings that this process has at hand. What is frozen never changes."""

    def __init__(self, blasts: BlastStore, *, base_url: str) -> None:
        self._blasts = blasts
        self._base_url = base_url
        self._known: OrderedDict[str, Mailing] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, artist_id: ArtistId, blast_id: BlastId) -> Mailing | None:
        """Return a running blast's mailing, or None when it has none. One read at the first."""
        with self._lock:
            known = self._known.get(blast_id)
            if known is not None:
                self._known.move_to_end(blast_id)
                return known
        blast = self._blasts.find(artist_id, blast_id)
        if blast is None or blast.content is None or blast.started_at is None:
            return None
        mailing = prepared(
            blast, blast.content, frozen_at=blast.started_at, base_url=self._base_url
        )
        with self._lock:
            self._known[blast_id] = mailing
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return mailing

    def forget(self, blast_id: str) -> None:
        """Drop a mailing from memory: its blast is gone."""
        with self._lock:
            self._known.pop(blast_id, None)


def _payload(blast: Blast, content: Content, base_url: str) -> dict[str, object]:
    payload: dict[str, object] = {
        "from": content.sender,
        "to": [_ADDRESS],
        "subject": content.subject,
        "html": content.html,
        "text": content.text,
        "headers": headers(content, f"{base_url}/f/{_TOKEN}/unsubscribe"),
        "tags": [
            {"name": "artist", "value": blast.artist_id},
            {"name": "blast", "value": blast.blast_id},
            {"name": "chunk", "value": _CHUNK},
            {"name": "position", "value": _POSITION},
            {"name": "generation", "value": _GENERATION},
        ],
    }
    if content.reply_to:
        payload["reply_to"] = [content.reply_to]
    return payload


def headers(content: Content, unsubscribe_url: str) -> dict[str, str]:
    """Return a fan mail's headers: RFC 8058 (one click), RFC 2919 (List-Id), and `bulk`."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": content.list_id,
        "Precedence": "bulk",
    }
