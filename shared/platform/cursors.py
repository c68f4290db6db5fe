"""Cursors of lists: opaque, and signed, so that nobody makes one up or uses one elsewhere."""

from collections.abc import Sequence

from shared.platform.problems import Invalid
from shared.platform.signing import Signer, TokenBroken, TokenPart


class Cursors:
    """Makes and reads the positions of lists."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def make(self, position: Sequence[TokenPart], *, scope: str) -> str:
        """Return a cursor; `scope` names the list and its owner, such as `fans|art_…`."""
        return self._signer.sign(position, purpose=f"cursor|{scope}")

    def read(self, cursor: str | None, *, scope: str) -> list[TokenPart] | None:
        """Return the position of a cursor, or None at a list's beginning.

        Raises:
            Invalid: not a cursor of this list.
        """
        if cursor is None:
            return None
        try:
            return self._signer.read(cursor, purpose=f"cursor|{scope}")
        except TokenBroken:
            raise Invalid.field("cursor", "This is not a cursor of this list.") from None
