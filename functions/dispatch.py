"""Every minute: what has come due."""

from shared.edge.timers import Tick, Timers
from shared.platform import dispatching

timers = Timers()


@timers.on("0 * * * * *")
def dispatch(tick: Tick) -> None:
    """Do what has come due: scheduled blasts, go-lives, looks after what may be stuck."""
    dispatching.dispatch(tick.app.schedule, tick.app.due_handlers, now=tick.now)
