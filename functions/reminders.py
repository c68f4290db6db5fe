"""The timer of daily reminders."""

from shared.edge.timers import Tick, Timers

timers = Timers()


@timers.on("0 */15 * * * *")
def daily_reminders(tick: Tick) -> None:
    """Remind the artists whose local reminder time has come, once on each day of theirs."""
    tick.app.reminders.tick(now=tick.now)
