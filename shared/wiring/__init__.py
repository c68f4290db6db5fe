"""The only place where things are put together.

`App` is made once for each process, at the first call and not at import: importing the application
touches no network. Its members are made when they are first asked for, and import then what they
are made of: a request pays for the rooms that it asks, and for no other (docs/decisions/0016).

It is built in floors, each a class in a module of its own, so that a floor only uses what lies
below it. From the bottom: `ground`, `account_room`, `fan_room`, `capture_room`, `performance_room`,
`blast_room`, `plan_room`, `view_room`, `privacy_room`, `app`. `app` holds the hooks by which lower
rooms are told of higher ones; where a lower floor calls one, it declares it without a body.
"""

import threading

from shared.platform import settings
from shared.platform.clock import Clock, SystemClock
from shared.wiring.app import App

_lock = threading.Lock()
_clock: Clock = SystemClock()
_app: App | None = None


def configure(*, clock: Clock) -> None:
    """Choose the clock, before the first request. The local host does; the cloud keeps its own."""
    global _clock, _app
    with _lock:
        _clock, _app = clock, None


def current() -> App:
    """Return the process's application, made at the first call.

    Raises:
        SettingsError: names every setting that is missing or malformed.
    """
    global _app  # noqa: PLW0603 - one application for each process
    with _lock:
        if _app is None:
            _app = App(settings.read(), clock=_clock)
        return _app


__all__ = ["App", "configure", "current"]
