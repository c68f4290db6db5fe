"""Rows of tables: read, write under a condition, query, and whole transactions.

Nothing of the SDK is imported before the first operation. What a lost answer means: when an attempt
ended without an answer and the next one meets a conflict, the stored row is read back, and when it
is what was sent, the write counts as done. Two writers of exactly equal rows could then both be
told yes, so a row that claims something for one writer carries a random token. A transaction counts
as done when every one of its operations is found done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from shared.platform.storage.batches import BATCH_HEADERS, batch_body, entity_path, etags_of
from shared.platform.storage.faults import AlreadyExists, Changed, Missing, TransactionFailed
from shared.platform.storage.filters import Filter
from shared.platform.storage.listings import (
    conditions,
    continuation,
    parameters,
    selection,
    token_of,
)
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Delete, Insert, Merge, Operation, Replace, Upsert
from shared.platform.storage.retries import Tries
from shared.platform.storage.rows import Row, decode, encode, holds_values, same_values

if TYPE_CHECKING:
    from shared.platform.storage.account import StorageAccount
    from shared.platform.storage.wire import Answer, TableWire

# Neither ETags nor types: half the bytes of a page.
_PLAIN: Final = {"Accept": "application/json;odata=nometadata"}
_WRITE: Final = {"Content-Type": "application/json", "Prefer": "return-no-content"}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of their keys; `token` continues, and is None at the end.

    A page may be empty and still have a token: a server stops after five seconds of looking.
    """

    rows: list[Row]
    token: str | None


class Tables:
    """The tables of an account. One for a process, shared between threads."""

    def __init__(self, account: "StorageAccount") -> None:
        self._account = account
        self._stores = {table: TableStore(account, table) for table in Table}

    def table(self, name: Table) -> "TableStore":
        """Return the way to one table."""
        return self._stores[name]


class TableStore:
    """One table.

    Every operation may raise StorageUnavailable (the outcome of a write is then not known),
    StorageRefused, and ValueError or TypeError for rows and keys that a table cannot hold.
    """

    def __init__(self, account: "StorageAccount", table: Table) -> None:
        self._account = account
        self._table = table.value

    def get(self, partition: str, key: str, *, select: Sequence[str] | None = None) -> Row | None:
        """Return a row, or None when it is not there. `select` names the properties to read."""
        path = entity_path(self._table, partition, key)
        if select is not None:
            path += "?" + urlencode({"$select": selection(select)})
        answer = self._wire.send("GET", path)
        if answer.status == 200:
            return decode(answer.json(), partition=partition)
        fault = _fault(answer)
        if isinstance(fault, Missing):
            return None
        raise fault

    def insert(self, row: Row) -> Row:
        """Write a row that must not be there yet, and return it with its ETag.

        Raises:
            AlreadyExists: there is a row under these keys that this call did not write.
        """
        tries = Tries()
        answer = self._wire.send(
            "POST", f"/{self._table}", headers=_WRITE, body=encode(row), tries=tries
        )
        if answer.status in {201, 204}:
            return _written(row, answer.etag)
        fault = _fault(answer)
        if isinstance(fault, AlreadyExists) and tries.uncertain:
            stored = self.get(row.partition, row.key)
            if stored is not None and same_values(row, stored):
                return _written(row, stored.etag)
        raise fault

    def replace(self, row: Row, *, etag: str) -> Row:
        """Write a row whole in place of the version that `etag` names (`"*"`: any).

        Raises:
            Changed: another version is stored.
            Missing: there is no such row.
        """
        tries = Tries()
        answer = self._put(row, "PUT", etag=etag, tries=tries)
        if answer.status == 204:
            return _written(row, answer.etag)
        fault = _fault(answer)
        if isinstance(fault, Changed) and tries.uncertain:
            stored = self.get(row.partition, row.key)
            if stored is not None and same_values(row, stored):
                return _written(row, stored.etag)
        raise fault

    def merge(self, row: Row, *, etag: str) -> Row:
        """Write these values over those of the version that `etag` names (`"*"`: any, a fence).

        The row that comes back holds the values sent, not those beside them.

        Raises:
            Changed: another version is stored.
            Missing: there is no such row; a merge never makes one.
        """
        tries = Tries()
        answer = self._put(row, "PATCH", etag=etag, tries=tries)
        if answer.status == 204:
            return _written(row, answer.etag)
        fault = _fault(answer)
        if isinstance(fault, Changed) and tries.uncertain and row.values:
            stored = self.get(row.partition, row.key)
            if stored is not None and holds_values(row, stored):
                return _written(row, stored.etag)
        raise fault

    def upsert(self, row: Row) -> Row:
        """Write a row whole, whatever was there before.

        Only for rows with a single writer, or whose writers all write the same.
        """
        answer = self._put(row, "PUT", etag=None, tries=None)
        if answer.status == 204:
            return _written(row, answer.etag)
        raise _fault(answer)

    def put(self, row: Row, *, over: Row | None) -> Row:
        """Write a row where none was, or over the version that was read; return what is stored.

        Raises:
            AlreadyExists: somebody wrote one where none was.
            Changed, Missing: somebody changed it, or took it away.
        """
        return self.insert(row) if over is None else self.replace(row, etag=over.etag or "*")

    def delete(self, partition: str, key: str, *, etag: str = "*") -> bool:
        """Take a row away, and tell whether it was there.

        Raises:
            Changed: another version than `etag` names is stored.
        """
        tries = Tries()
        path = entity_path(self._table, partition, key)
        answer = self._wire.send("DELETE", path, headers={"If-Match": etag}, tries=tries)
        if answer.status == 204:
            return True
        fault = _fault(answer)
        if isinstance(fault, Missing):
            # Gone at the second attempt: most likely by the first, whose answer was lost.
            return tries.uncertain
        raise fault

    def query(
        self,
        *,
        partition: str | None = None,
        first: str | None = None,
        last: str | None = None,
        where: Filter | None = None,
        select: Sequence[str] | None = None,
        page_size: int | None = None,
    ) -> Iterator[Row]:
        """Yield all rows with keys in [first, last) that fulfil `where`, in the order of keys.

        Pages are read as they are needed, `page_size` (at most 1,000) rows at a time. Each row is
        as of its own page's reading.
        """
        wanted = conditions(partition, first=first, last=last, where=where)
        query = parameters(wanted, select=select, limit=page_size)
        token: str | None = ""
        while token is not None:
            page = self._page(query, token=token, partition=partition)
            yield from page.rows
            token = page.token

    def raw_pages(
        self,
        *,
        partition: str,
        first: str,
        last: str,
        select: Sequence[str],
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows with keys in [first, last) as the service sends them, page by page.

        For where thousands are read: `RowKey` and the properties selected, absent where they are
        not stored; moments and binaries are texts. A tenth of the cost of rows.
        """
        wanted = conditions(partition, first=first, last=last, where=None)
        query = parameters(wanted, select=select, limit=None)
        token: str | None = ""
        while token is not None:
            answer = self._listed(query, token=token, headers=_PLAIN)
            yield answer.json()["value"]
            token = token_of(answer.headers)

    def page(
        self,
        *,
        partition: str,
        first: str | None = None,
        last: str | None = None,
        where: Filter | None = None,
        select: Sequence[str] | None = None,
        limit: int,
        token: str | None = None,
    ) -> Page:
        """Return one page of the server's: at most `limit` rows (1 to 1,000), from `token` on.

        Raises:
            ValueError: a limit outside the range, or a token that no page gave.
        """
        wanted = conditions(partition, first=first, last=last, where=where)
        query = parameters(wanted, select=select, limit=limit)
        return self._page(query, token=token or "", partition=partition)

    def transact(self, partition: str, operations: Sequence[Operation]) -> list[str]:
        """Carry out 1 to 100 operations on rows of one partition, all or none.

        Returns the new ETag for each operation, empty for a delete.

        Raises:
            TransactionFailed: nothing was written; it tells which operation failed and why.
            ValueError: not a transaction that the service would take.
        """
        wire, tries = self._wire, Tries()
        body = batch_body(wire.base, self._table, partition, operations)
        answer = wire.send("POST", "/$batch", headers=BATCH_HEADERS, body=body, tries=tries)
        if answer.status != 202:
            raise _fault(answer)
        try:
            return etags_of(answer.body, operations)
        except TransactionFailed:
            done = self._found_done(partition, operations) if tries.uncertain else None
            if done is None:
                raise
            return done

    @property
    def _wire(self) -> "TableWire":
        return self._account.table_wire()

    def _put(self, row: Row, method: str, *, etag: str | None, tries: Tries | None) -> "Answer":
        headers = _WRITE if etag is None else {**_WRITE, "If-Match": etag}
        path = entity_path(self._table, row.partition, row.key)
        return self._wire.send(method, path, headers=headers, body=encode(row), tries=tries)

    def _listed(
        self, query: str, *, token: str, headers: Mapping[str, str] | None = None
    ) -> "Answer":
        path = f"/{self._table}()?{query}{continuation(token)}"
        answer = self._wire.send("GET", path, headers=headers)
        if answer.status != 200:
            raise _fault(answer)
        return answer

    def _page(self, query: str, *, token: str, partition: str | None) -> Page:
        answer = self._listed(query, token=token)
        rows = [decode(entity, partition=partition) for entity in answer.json()["value"]]
        return Page(rows, token_of(answer.headers))

    def _found_done(self, partition: str, operations: Sequence[Operation]) -> list[str] | None:
        """Return the ETags when the rows are as the transaction would have left them."""
        etags: list[str] = []
        for operation in operations:
            stored = self.get(partition, operation.key)
            if not _is_done(operation, stored):
                return None
            etags.append((stored.etag if stored else None) or "")
        return etags


def _is_done(operation: Operation, stored: Row | None) -> bool:
    match operation:
        case Insert(row=row) | Replace(row=row) | Upsert(row=row):
            return stored is not None and same_values(row, stored)
        case Merge(row=row):
            return stored is not None and holds_values(row, stored)
        case Delete():
            return stored is None


def _fault(answer: "Answer") -> Exception:
    from shared.platform.storage.wire import fault_of

    return fault_of(answer)


def _written(row: Row, etag: str | None) -> Row:
    return Row(row.partition, row.key, row.values, etag)
