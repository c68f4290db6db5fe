"""Every night: what was kept for a time only goes."""

from shared.edge.timers import Tick, Timers
from shared.retention import nightly

timers = Timers()


@timers.on("0 30 3 * * *")
def retention(tick: Tick) -> None:
    """Take away what has had its time, room by room."""
    nightly.age(tick.app.nightly_steps, now=tick.now)
