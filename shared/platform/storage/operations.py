"""What a transaction is made of: up to 100 operations on different rows of one partition."""

from dataclasses import dataclass

from shared.platform.storage.rows import Row


@dataclass(frozen=True, slots=True)
class Insert:
    """Write a row that must not be there yet."""

    row: Row

    @property
    def key(self) -> str:
        return self.row.key


@dataclass(frozen=True, slots=True)
class Replace:
    """Write a row whole in place of the version that `etag` names."""

    row: Row
    etag: str

    @property
    def key(self) -> str:
        return self.row.key


@dataclass(frozen=True, slots=True)
class Merge:
    """Write these values over those of the version that `etag` names.

    With `etag="*"` and no values this is a fence: it changes nothing, and rolls the transaction
    back when the row is not there.
    """

    row: Row
    etag: str

    @property
    def key(self) -> str:
        return self.row.key


@dataclass(frozen=True, slots=True)
class Upsert:
    """Write a row whole, whatever was there before."""

    row: Row

    @property
    def key(self) -> str:
        return self.row.key


@dataclass(frozen=True, slots=True)
class Delete:
    """Take away the version that `etag` names; `"*"` takes any, but the row must be there."""

    key: str
    etag: str = "*"


Operation = Insert | Replace | Merge | Upsert | Delete
