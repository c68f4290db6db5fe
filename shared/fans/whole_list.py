"""Every fan of a list, newest first, read from the four shards side by side.

While a page of a shard is written out, the next one is under way: at most two pages of each stand
in memory, however long the list is.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from heapq import merge
from operator import itemgetter
from typing import Any

from shared.fans.keys import DATA_ROWS, SHARDS, partition
from shared.fans.store import FanStore
from shared.platform.ids import ArtistId

# A data row as the service sends it: its key and the properties that were asked for.
Entity = dict[str, Any]


def newest_first(artist_id: ArtistId, select: Sequence[str], *, fans: FanStore) -> Iterator[Entity]:
    """Yield the data rows of every fan, each as of its own page's reading.

    Keys never change, so that a fan who is there throughout comes once.
    """
    first, last = DATA_ROWS
    with ThreadPoolExecutor(len(SHARDS), thread_name_prefix="whole-list") as readers:
        shards = [
            _read_ahead(
                fans.rows.raw_pages(
                    partition=partition(artist_id, shard), first=first, last=last, select=select
                ),
                readers,
            )
            for shard in SHARDS
        ]
        yield from merge(*shards, key=itemgetter("RowKey"))


def _read_ahead(pages: Iterator[list[Entity]], readers: ThreadPoolExecutor) -> Iterator[Entity]:
    coming = readers.submit(next, pages, None)
    while (page := coming.result()) is not None:
        coming = readers.submit(next, pages, None)
        yield from page
