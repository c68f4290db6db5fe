"""Writing a blob of unknown size in bounded memory: blocks are staged one by one, then committed.

Nobody sees the blob before the commit, and then all of it. Left without a commit, by an exception,
what was staged is taken away at once; where the process was killed, the service drops staged blocks
after a week.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

from shared.platform.ids import system_randomness
from shared.platform.problems import Problem
from shared.platform.storage.faults import AlreadyExists, Changed, StorageFault
from shared.platform.storage.retries import Tries

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient

BLOCK_BYTES: Final = 4 * 1024 * 1024


class BlockWriter:
    """A blob in the making. `with blobs.writer(...) as blob: blob.write(...)` commits at the end.

    `etag` is known after the commit.
    """

    def __init__(
        self,
        client: "BlobClient",
        *,
        content_type: str,
        metadata: Mapping[str, str] | None,
        overwrite: bool,
        if_match: str | None,
    ) -> None:
        self.etag = ""
        self._client = client
        self._content_type = content_type
        self._metadata = dict(metadata or {})
        self._overwrite = overwrite or if_match is not None
        self._if_match = if_match
        self._waiting = bytearray()
        self._blocks: list[str] = []
        self._digest = hashlib.md5(usedforsecurity=False)
        # Two writers of one blob never mix their blocks.
        self._mark = system_randomness(6).hex()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.commit()
        else:
            self.abandon()

    def write(self, data: bytes | memoryview) -> int:
        """Take more of the content, and return how many bytes that were."""
        self._digest.update(data)
        self._waiting += data
        while len(self._waiting) >= BLOCK_BYTES:
            self._stage(bytes(self._waiting[:BLOCK_BYTES]))
            del self._waiting[:BLOCK_BYTES]
        return len(data)

    def write_all(self, pieces: Iterable[bytes]) -> None:
        """Take the rest of the content piece by piece."""
        for piece in pieces:
            self.write(piece)

    def commit(self) -> None:
        """Make the blob of what was written.

        Raises:
            AlreadyExists: there is a blob, and it was not to be overwritten.
            Changed: the blob is not the version named.
        """
        from azure.storage.blob import BlobBlock

        from shared.platform.storage.vendor import call

        if self._waiting:
            self._stage(bytes(self._waiting))
            self._waiting.clear()
        tries = Tries()
        blocks = [BlobBlock(block_id=block) for block in self._blocks]
        try:
            answer = call(
                lambda: self._client.commit_block_list(blocks, **self._how()), tries=tries
            )
            self.etag = str(answer["etag"])
        except (AlreadyExists, Changed) as conflict:
            self._settle(conflict, tries)

    def abandon(self) -> None:
        """Take away what was staged. A blob that was there before stays as it is."""
        from shared.platform.storage.purging import discard_staged

        self._waiting.clear()
        if self._blocks:
            # The error that led here is the one to report, and the service forgets in the end.
            with suppress(StorageFault, Problem):
                discard_staged(self._client)

    def _stage(self, block: bytes) -> None:
        from shared.platform.storage.vendor import call

        number = f"{self._mark}-{len(self._blocks):06d}"
        name = base64.b64encode(number.encode()).decode()
        call(lambda: self._client.stage_block(name, block, length=len(block)))
        self._blocks.append(name)

    def _how(self) -> dict[str, Any]:
        from azure.core import MatchConditions
        from azure.storage.blob import ContentSettings

        how: dict[str, Any] = {
            "content_settings": ContentSettings(
                content_type=self._content_type, content_md5=bytearray(self._digest.digest())
            ),
            "metadata": self._metadata,
        }
        if self._if_match is not None:
            how |= {"etag": self._if_match, "match_condition": MatchConditions.IfNotModified}
        elif not self._overwrite:
            how["match_condition"] = MatchConditions.IfMissing
        return how

    def _settle(self, conflict: StorageFault, tries: Tries) -> None:
        """Take a conflict with our own lost answer for success: the content is what we wrote."""
        from shared.platform.storage.vendor import call

        if tries.uncertain:
            stored = call(self._client.get_blob_properties)
            if stored.content_settings.content_md5 == bytearray(self._digest.digest()):
                self.etag = stored.etag
                return
        raise AlreadyExists if not self._overwrite else conflict
