"""What storage can answer beside yes. Nothing of the vendor's errors leaves this package.

StorageFault
├── AlreadyExists      an insert met a row, a blob or a container that is there
├── Changed            the ETag names another version than the stored one
├── Missing            there is nothing under this key
├── TransactionFailed  nothing of it was written; `index` and `reason` say which operation and why
└── StorageRefused     the request itself is wrong, or not permitted: repeating cannot help

StorageUnavailable is a Problem (503): after bounded retries the outcome is still not known.
"""

from typing import ClassVar

from shared.platform.problems import Unavailable


class StorageFault(Exception):
    """An answer of the storage that the caller decides about. The text never holds a key."""


class AlreadyExists(StorageFault):
    """An insert met something that is there. It was not this call that put it there."""


class Changed(StorageFault):
    """Somebody wrote in between. Read again and decide anew; never repeat blindly."""


class Missing(StorageFault):
    """There is nothing under this key."""


Reason = type[AlreadyExists] | type[Changed] | type[Missing]


class TransactionFailed(StorageFault):
    """A transaction was rolled back whole.

    `index` counts the operations as given, from 0. `reason` is the class `AlreadyExists`,
    `Changed` or `Missing`: `if failed.index == 0 and failed.reason is Missing: ...`.
    """

    def __init__(self, index: int, reason: Reason) -> None:
        super().__init__(f"operation {index}: {reason.__name__}")
        self.index = index
        self.reason: Reason = reason


class StorageRefused(StorageFault):
    """The service refused the request for good: a wrong request or missing rights."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class StorageUnavailable(Unavailable):
    """Storage did not answer in time, or answered that it cannot now.

    A write may have happened all the same: whoever repeats it does so under the same condition.
    `kind` is a constant word for logs: `no_connection`, `no_answer`, `status_503`.
    """

    default_code: ClassVar[str] = "storage_unavailable"

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
