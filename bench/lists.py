"""CPU of reading a list: the export against a bare listing of the SDK, a page, the counts.

Storage is a stub that answers at once with the same page each time, in a process of its own.
"""

import hashlib
import resource
import time
from collections.abc import Callable

from azure.data.tables import TableServiceClient

from bench.figures import cpu_milliseconds, table
from bench.in_process import application, stub
from bench.made_fans import ARTIST
from shared.edge import replies
from shared.fans import exporting, reading
from shared.fans.exporting import ExportFormat
from shared.fans.keys import DATA_ROWS, SHARDS, partition
from shared.fans.queries import FanQuery
from shared.fans.schemas import FanStats
from shared.platform.storage.names import Container
from shared.wiring import App

EXPORTED = 100_000
A_MILLION = 1_000_000
FEW, MANY = 100, 100_000
PAGE_BUDGET_MS = 8
MEMORY_BUDGET_MIB = 100
_COLUMNS = [name for name in exporting.COLUMNS if name not in {"country_name", "subscribed_at"}]


def run() -> None:
    """Measure the export, the memory that a million needs, a page, and the counts."""
    _exports()
    _memory()
    _reading()


def _exports() -> None:
    with stub(fans=EXPORTED) as connection:
        app = application(connection)
        bare = _rate(lambda: _bare_listing(connection))
        cases = {how.value: _rate(_export(app, how)) for how in ExportFormat}
    rows = [("azure-data-tables, the same columns listed, nothing written", bare)]
    rows += [(f"the export as {name}, all fields", rate) for name, rate in cases.items()]
    table(
        f"Export of {EXPORTED:,} fans (the budget is 1.5 of the bare listing's rate)",
        ("work", "fans a second of CPU", "CPU µs a fan", "rate, ratio"),
        [(name, f"{rate:,.0f}", f"{1e6 / rate:.1f}", f"{rate / bare:.2f}") for name, rate in rows],
    )


def _memory() -> None:
    with stub(fans=A_MILLION) as connection:
        app = application(connection)
        for _ in exporting.pieces(ARTIST, ExportFormat.CSV, fans=app.fans):
            break
        before, began = _peak_mib(), time.perf_counter()
        name = f"{ARTIST}/bench.csv"
        with app.blobs.writer(
            Container.EXPORTS, name, content_type="text/csv", overwrite=True
        ) as blob:
            blob.write_all(exporting.pieces(ARTIST, ExportFormat.CSV, fans=app.fans))
        took, more = time.perf_counter() - began, _peak_mib() - before
    table(
        "A million fans into a blob, block by block",
        ("seconds, the stub's own time included", "peak memory over idle, MiB", "budget"),
        [(f"{took:.1f}", f"{more:.0f}", str(MEMORY_BUDGET_MIB))],
    )


def _reading() -> None:
    rows = []
    for fans in (FEW, MANY):
        with stub(fans=fans) as connection:
            app = application(connection)
            page = cpu_milliseconds(_page(app), times=50)
            counts = cpu_milliseconds(_stats(app), times=50)
        rows.append((f"{fans:,}", f"{page:.2f}", str(PAGE_BUDGET_MS), f"{counts:.2f}"))
    table(
        "Reading a list, from storage to the answer's JSON",
        ("fans", "a page of 100, CPU ms", "budget", "stats, CPU ms"),
        rows,
    )


def _bare_listing(connection: str) -> int:
    first, last = DATA_ROWS
    fans = TableServiceClient.from_connection_string(connection).get_table_client("Fans")
    count = 0
    for shard in SHARDS:
        keys = f"RowKey ge '{first}' and RowKey lt '{last}'"
        where = f"PartitionKey eq '{partition(ARTIST, shard)}' and {keys}"
        for _ in fans.query_entities(where, select=["RowKey", *_COLUMNS]):
            count += 1
    return count


def _export(app: App, how: ExportFormat) -> Callable[[], int]:
    def export() -> int:
        digest = hashlib.sha256()
        for piece in exporting.pieces(ARTIST, how, fans=app.fans):
            digest.update(piece)
        return EXPORTED

    return export


def _page(app: App) -> Callable[[], object]:
    asked = FanQuery(limit=100)
    return lambda: replies.ok(reading.listed(ARTIST, asked, fans=app.fans, cursors=app.cursors))


def _stats(app: App) -> Callable[[], object]:
    return lambda: replies.ok(FanStats.of(app.fan_counters.exact(ARTIST), as_of=app.clock.now()))


def _rate(work: Callable[[], int]) -> float:
    began = time.process_time()
    count = work()
    return count / (time.process_time() - began)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
