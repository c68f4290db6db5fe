"""A list of confirmed fans in the running stack's storage, without a mail for each of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from local import crowd
from local.crowd import Keys
from shared.platform.ids import ArtistId
from shared.platform.storage.account import StorageAccount
from tests.world import Artist, World


def gather(world: World, artist: Artist, addresses: Sequence[str]) -> dict[str, str]:
    """Put these on an artist's list as subscribed; return their hashes by address."""
    account = StorageAccount.from_connection_string(world.account)
    try:
        return crowd.gather(
            ArtistId(artist.id),
            addresses,
            page_slug=artist.slug,
            account=account,
            keys=_keys_of(world),
            now=datetime.now(UTC),
        )
    finally:
        account.close()


def _keys_of(world: World) -> Keys:
    """Return the keys under which the running application hashes addresses."""
    fan_id, mailbox = (
        str(world.control("GET", f"/keyvault/secrets/{name}")["value"])
        for name in ("fan-id-key", "mailbox-key")
    )
    return Keys.of(fan_id=fan_id, mailbox=mailbox)
