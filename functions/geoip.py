"""The city database's weekly refresh."""

from shared.edge.timers import Tick, Timers
from shared.platform import geoip_refresh as refreshing

timers = Timers()


@timers.on("0 0 5 * * 3")
def geoip_refresh(tick: Tick) -> None:
    """Fetch the newest city database, and swap it in when it opens and answers."""
    refreshing.refresh(maxmind=tick.app.maxmind, blobs=tick.app.blobs, now=tick.now)
