"""Starts the stack in order, keeps it running, and ends it in the opposite order."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType, MappingProxyType

from local.host.clock import read_offset
from local.stack import azurite, geoip
from local.stack.children import Child
from local.stack.compact import recover
from local.stack.console import say
from local.stack.environment import (
    FRONTEND_ORIGIN,
    application_settings,
    azurite_connection,
    child_environment,
)
from local.stack.files import ROOT, DataFolder
from local.stack.locks import sole_use
from local.stack.parts import azurite_part, host_part, standins_part
from local.stack.ports import Ports, choose_ports
from local.stack.provision import provision

WATCH_SECONDS = 0.1


class Interrupted(Exception):
    """Somebody asked the stack to end."""


class Stack:
    """Azurite, the stand-ins and the host, looked after by one loop in this process."""

    def __init__(
        self, ports: Ports, data: DataFolder, *, app: Path, settings: Mapping[str, str]
    ) -> None:
        self.ports = ports
        self.data = data
        usual = application_settings(ports, data=data, geoip=geoip.database())
        self.settings = usual | dict(settings)
        self._app = app
        self._environment = child_environment(self.settings)
        self._children: list[Child] = []
        self._interrupted = threading.Event()

    def start(self, *, with_host: bool = True) -> None:
        """Start all parts, each as soon as what it needs is there."""
        self.data.make()
        self._reset_clock()
        self._add(Child(azurite_part(self.ports, self.data, self._environment)))
        self._add(Child(standins_part(self.ports, self.data, self._environment)))
        say("Starting Azurite and the stand-ins")
        self.watch_until(self._all_ready)
        provision(azurite_connection(self.ports), origins=[FRONTEND_ORIGIN])
        if with_host:
            say("Starting the function host")
            environment = self._environment
            self._add(Child(host_part(self.ports, self.data, environment, root=self._app)))
            self.watch_until(self._all_ready)

    def watch_until(self, done: Callable[[], bool]) -> None:
        """Look after every part until something is done.

        Raises:
            StackError: a part does not come up.
            Interrupted: somebody asked to end.
        """
        while not done():
            if self._interrupted.wait(WATCH_SECONDS):
                raise Interrupted
            for child in self._children:
                child.look_after()

    def interrupt(self) -> None:
        """Have the watching end; a second call ends the parts without waiting for them."""
        if self._interrupted.is_set():
            for child in self._children:
                child.kill()
        self._interrupted.set()

    def stop(self) -> None:
        """End the parts, the last one first, so that nothing loses what it stands on."""
        for child in reversed(self._children):
            child.stop()
        self._children.clear()

    def _add(self, child: Child) -> None:
        child.start()
        self._children.append(child)

    def _all_ready(self) -> bool:
        return all(child.became_ready for child in self._children)

    def _reset_clock(self) -> None:
        """Begin in real time; next runs that were reckoned on a moved clock mean nothing then."""
        if read_offset(self.data.clock):
            self.data.timers.unlink(missing_ok=True)
        self.data.clock.unlink(missing_ok=True)


@contextlib.contextmanager
def running_stack(
    *,
    data: Path,
    port_base: int | None,
    with_host: bool = True,
    app: Path = ROOT,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Stack]:
    """Run a stack for the length of a block, and leave nothing behind it.

    `settings` of the application take the place of those that it has on this machine.

    Raises:
        StackError: the data is in use, a port is taken, or a part does not start.
    """
    folder = DataFolder(data.resolve())
    note = "http://127.0.0.1:" + str(port_base or 7071)
    with sole_use(folder.lock, of=folder.root, note=note):
        ports = choose_ports(port_base)
        recover(folder)
        azurite.install()
        stack = Stack(ports, folder, app=app, settings=settings)
        with _signals_to(stack):
            try:
                stack.start(with_host=with_host)
                yield stack
            finally:
                stack.stop()


@contextlib.contextmanager
def _signals_to(stack: Stack) -> Iterator[None]:
    def interrupted(number: int, frame: FrameType | None) -> None:
        del number, frame
        stack.interrupt()

    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupted) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
