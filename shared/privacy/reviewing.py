"""The proofs of erasures, as operators read them."""

from dataclasses import dataclass

from shared.platform.cursors import Cursors
from shared.platform.problems import NotFound
from shared.privacy.erasure_store import ErasureStore
from shared.privacy.model import Erasure

_SCOPE = "erasures"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasuresPage:
    """A page of erasures."""

    erasures: list[Erasure]
    next_cursor: str | None


def listed(
    *, erasures: ErasureStore, cursors: Cursors, limit: int, cursor: str | None
) -> ErasuresPage:
    """Return erasures, the newest first.

    Raises:
        Invalid: not a cursor of this list.
    """
    position = cursors.read(cursor, scope=_SCOPE)
    found = erasures.newest(limit=limit + 1, after=str(position[0]) if position else None)
    page = found[:limit]
    more = len(found) > limit
    next_cursor = cursors.make([page[-1].erasure_id], scope=_SCOPE) if more else None
    return ErasuresPage(erasures=page, next_cursor=next_cursor)


def read(erasure_id: str, *, erasures: ErasureStore) -> Erasure:
    """Return an erasure.

    Raises:
        NotFound: there is no such erasure, or it has not begun.
    """
    found = erasures.find(erasure_id)
    if found is None:
        raise NotFound
    return found
