"""What is answered about an account's deletion and its undoing."""

from shared.artists.model import Artist, Deletion
from shared.platform.clock import instant
from shared.platform.schemas import Answer


class ClosingView(Answer):
    """A deletion that was asked for."""

    purge_after: str
    purge_deadline: str
    erasure_id: str

    @classmethod
    def of(cls, deletion: Deletion) -> "ClosingView":
        """Return a deletion as it is answered."""
        return cls(
            purge_after=instant(deletion.purge_after),
            purge_deadline=instant(deletion.purge_deadline),
            erasure_id=deletion.erasure_id,
        )


class RestoreView(Answer):
    """An account that is open again."""

    id: str
    state: str

    @classmethod
    def of(cls, artist: Artist) -> "RestoreView":
        """Return a restored account as it is answered."""
        return cls(id=artist.artist_id, state=artist.state.value)
