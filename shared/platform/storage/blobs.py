"""Blobs: uploads, downloads by range and stream, and links that open exactly one blob.

Whatever the size, a few MiB stand in memory: streams go up block by block, and come down range by
range under the ETag of the first, so that a blob replaced in between is an error and not a mix.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import quote

from shared.platform.storage.block_writer import BLOCK_BYTES, BlockWriter
from shared.platform.storage.faults import (
    AlreadyExists,
    Changed,
    Missing,
)
from shared.platform.storage.names import Container
from shared.platform.storage.retries import Tries

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient, BlobProperties

    from shared.platform.storage.account import StorageAccount

RANGE_BYTES: Final = 4 * 1024 * 1024
MAX_SINGLE_BYTES: Final = 4 * BLOCK_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobFacts:
    """What is known of a blob without reading it. `size` in bytes."""

    size: int
    etag: str
    content_type: str
    md5: bytes | None
    metadata: Mapping[str, str]


class Blobs:
    """The blobs of an account. One for a process, shared between threads.

    Every operation may raise StorageUnavailable and StorageRefused.
    """

    def __init__(self, account: "StorageAccount") -> None:
        self._account = account

    def upload(
        self,
        container: Container,
        name: str,
        data: bytes | IO[bytes] | Iterable[bytes],
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        overwrite: bool = False,
        if_match: str | None = None,
    ) -> str:
        """Write a blob and return its ETag. A stream is read to its end, a block at a time.

        Raises:
            AlreadyExists: there is a blob, and neither `overwrite` nor `if_match` was given.
            Changed: the blob is not the version that `if_match` names.
        """
        if not isinstance(data, bytes) or len(data) > MAX_SINGLE_BYTES:
            with self.writer(
                container,
                name,
                content_type=content_type,
                metadata=metadata,
                overwrite=overwrite,
                if_match=if_match,
            ) as blob:
                blob.write_all(_pieces(data))
            return blob.etag
        how = _how(content_type, metadata=metadata, overwrite=overwrite, if_match=if_match)
        return self._upload_at_once(self._client(container, name), data, how)

    def writer(
        self,
        container: Container,
        name: str,
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        overwrite: bool = False,
        if_match: str | None = None,
    ) -> BlockWriter:
        """Return a writer for a blob whose size is not known yet; use it in a `with`."""
        return BlockWriter(
            self._client(container, name),
            content_type=content_type,
            metadata=metadata,
            overwrite=overwrite,
            if_match=if_match,
        )

    def download(self, container: Container, name: str) -> bytes:
        """Return a small blob whole.

        Raises:
            Missing: there is no such blob.
        """
        return b"".join(self.stream(container, name))

    def read_range(
        self,
        container: Container,
        name: str,
        offset: int,
        length: int,
        *,
        etag: str | None = None,
    ) -> bytes:
        """Return up to `length` bytes from `offset` on; fewer, or none, at the end of the blob.

        Raises:
            Missing: there is no such blob.
            Changed: the blob is not the version that `etag` names.
        """
        from shared.platform.storage.ranges import read_range

        return read_range(self._client(container, name), offset, length, etag=etag)

    def stream(self, container: Container, name: str) -> Iterator[bytes]:
        """Yield the content in pieces of at most 4 MiB, all of one version.

        Raises:
            Missing: there is no such blob.
            Changed: it was replaced in the middle.
        """
        facts = self.properties(container, name)
        if facts is None:
            raise Missing
        for offset in range(0, facts.size, RANGE_BYTES):
            length = min(RANGE_BYTES, facts.size - offset)
            yield self.read_range(container, name, offset, length, etag=facts.etag)

    def properties(self, container: Container, name: str) -> BlobFacts | None:
        """Return what is known of a blob, or None when there is none."""
        from shared.platform.storage.vendor import call

        try:
            return _facts(call(self._client(container, name).get_blob_properties))
        except Missing:
            return None

    def delete(self, container: Container, name: str) -> bool:
        """Take a blob away with its snapshots, and tell whether it was there."""
        from shared.platform.storage.vendor import call

        tries = Tries()
        client = self._client(container, name)
        try:
            call(lambda: client.delete_blob(delete_snapshots="include"), tries=tries)
        except Missing:
            return tries.uncertain
        return True

    def purge(self, container: Container, prefix: str) -> int:
        """Take away everything whose name begins so, and return how many blobs that were.

        Snapshots, earlier versions and staged blocks that were never committed go too.

        Raises:
            ValueError: an empty prefix, which would empty the container.
        """
        from shared.platform.storage.purging import purge

        if not prefix:
            raise ValueError("A purge names what it takes away.")
        return purge(self._account.blob_service().get_container_client(container.value), prefix)

    def copy(
        self,
        source: Container,
        source_name: str,
        container: Container,
        name: str,
        *,
        if_match: str | None = None,
        content_type: str | None = None,
    ) -> str:
        """Copy a blob within the account, on the server, over what was there; return its ETag.

        `if_match` names the version to copy. `content_type` replaces the source's.

        Raises:
            Missing: there is no such source.
            Changed: the source is not the version named.
        """
        from shared.platform.storage.copying import copy_from

        link = self.download_link(source, source_name, ttl=timedelta(minutes=15))
        client = self._client(container, name)
        return copy_from(link, client, if_match=if_match, content_type=content_type)

    def upload_link(self, container: Container, name: str, *, ttl: timedelta) -> str:
        """Return an address to which exactly this blob can be PUT for `ttl`, and nothing read.

        The request needs the header `x-ms-blob-type: BlockBlob`.
        """
        return self._link(container, name, permission="cw", ttl=ttl)

    def download_link(
        self,
        container: Container,
        name: str,
        *,
        ttl: timedelta,
        filename: str | None = None,
        content_type: str | None = None,
    ) -> str:
        """Return an address from which exactly this blob can be read for `ttl`.

        With `filename` a browser saves it under that name; `content_type` replaces the stored one.
        """
        saved_as = quote(filename or "", safe="")
        return self._link(
            container,
            name,
            permission="r",
            ttl=ttl,
            disposition=f"attachment; filename*=UTF-8''{saved_as}" if filename else None,
            content_type=content_type,
        )

    def list(self, container: Container, prefix: str) -> Iterator[str]:
        """Yield the names of the blobs that begin so, in their order."""
        from shared.platform.storage.vendor import call

        service = self._account.blob_service().get_container_client(container.value)
        pages = service.list_blob_names(name_starts_with=prefix).by_page()
        while (page := call(lambda: next(pages, None))) is not None:
            yield from page

    def _client(self, container: Container, name: str) -> "BlobClient":
        return self._account.blob_service().get_blob_client(container.value, name)

    def _upload_at_once(self, client: "BlobClient", data: bytes, how: dict[str, Any]) -> str:
        from shared.platform.storage.vendor import call

        tries = Tries()
        try:
            answer = call(lambda: client.upload_blob(data, length=len(data), **how), tries=tries)
        except (AlreadyExists, Changed):
            stored = call(client.get_blob_properties) if tries.uncertain else None
            if stored is None or stored.content_settings.content_md5 != _md5(data):
                raise
            return str(stored.etag)
        return str(answer["etag"])

    def _link(
        self,
        container: Container,
        name: str,
        *,
        permission: str,
        ttl: timedelta,
        disposition: str | None = None,
        content_type: str | None = None,
    ) -> str:
        if ttl <= timedelta(0):
            raise ValueError("A link is valid for a while.")
        signature = self._account.sign_blob(
            container.value,
            name,
            permission=permission,
            ttl=ttl,
            disposition=disposition,
            content_type=content_type,
        )
        path = f"{container.value}/{quote(name, safe='~/')}"
        return f"{self._account.endpoints.blob}/{path}?{signature}"


def _pieces(data: bytes | IO[bytes] | Iterable[bytes]) -> Iterable[bytes]:
    if isinstance(data, bytes):
        view = memoryview(data)
        return (bytes(view[at : at + BLOCK_BYTES]) for at in range(0, len(view), BLOCK_BYTES))
    read = getattr(data, "read", None)
    return iter(lambda: bytes(read(BLOCK_BYTES)), b"") if read is not None else data


def _how(
    content_type: str,
    *,
    metadata: Mapping[str, str] | None,
    overwrite: bool,
    if_match: str | None,
) -> dict[str, Any]:
    from azure.core import MatchConditions
    from azure.storage.blob import ContentSettings

    how: dict[str, Any] = {
        "content_settings": ContentSettings(content_type=content_type),
        "metadata": dict(metadata or {}),
        "overwrite": overwrite or if_match is not None,
    }
    if if_match is not None:
        how |= {"etag": if_match, "match_condition": MatchConditions.IfNotModified}
    return how


def _md5(data: bytes) -> bytearray:
    return bytearray(hashlib.md5(data, usedforsecurity=False).digest())


def _facts(properties: "BlobProperties") -> BlobFacts:
    md5 = properties.content_settings.content_md5
    return BlobFacts(
        size=properties.size,
        etag=properties.etag or "",
        content_type=properties.content_settings.content_type or "",
        md5=bytes(md5) if md5 else None,
        metadata=dict(properties.metadata or {}),
    )
