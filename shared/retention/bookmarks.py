"""How far a step of the nightly round came, where one night was too short for it."""

from typing import Final

from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

_PARTITION: Final = "retention"


class Bookmark:
    """Where steps go on: rows of the table Schedule, which are there only while there is a rest."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.SCHEDULE)

    def read(self, step: str) -> str | None:
        """Return the id behind which a step goes on, or None where it begins anew."""
        row = self._rows.get(_PARTITION, step)
        return row.need("reached", str) if row else None

    def put(self, step: str, reached: str | None) -> None:
        """Keep how far a step came; None: to the end."""
        if reached is None:
            self._rows.delete(_PARTITION, step)
        else:
            self._rows.upsert(Row(_PARTITION, step, {"reached": reached}))
