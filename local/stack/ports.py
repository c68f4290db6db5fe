"""Which ports the stack listens on, and whether they are free."""

import contextlib
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from local.stack.problems import StackError

PROXY_DISTANCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """design.md fixes the first six. The fault proxies stand between application and Azurite."""

    app: int = 7071
    standins: int = 7080
    vault: int = 7081
    blob: int = 10000
    queue: int = 10001
    table: int = 10002
    proxy_blob: int
    proxy_queue: int
    proxy_table: int

    @property
    def app_url(self) -> str:
        return f"http://127.0.0.1:{self.app}"

    @property
    def standins_url(self) -> str:
        return f"http://127.0.0.1:{self.standins}"

    @property
    def vault_url(self) -> str:
        return f"https://127.0.0.1:{self.vault}"


def choose_ports(base: int | None) -> Ports:
    """Return the default ports, or six from `base` on, and three more for the proxies.

    Raises:
        StackError: names every port that is taken, and the option that gives others.
    """
    app = 7071 if base is None else base
    if not 1024 <= app <= 65_000:
        raise StackError(f"--port-base must be from 1024 to 65000, not {app}.")
    blob, queue, table = _proxies(app)
    proxies = {"proxy_blob": blob, "proxy_queue": queue, "proxy_table": table}
    if base is None:
        ports = Ports(**proxies)
    else:
        ports = Ports(
            app=base,
            standins=base + 1,
            vault=base + 2,
            blob=base + 3,
            queue=base + 4,
            table=base + 5,
            **proxies,
        )
    _insist_on_free(ports)
    return ports


def free_ports(count: int) -> list[int]:
    """Return ports that the system had free a moment ago."""
    with contextlib.ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def is_free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _proxies(app: int) -> Iterable[int]:
    wanted = [app + PROXY_DISTANCE + offset for offset in range(3)]
    return wanted if all(map(is_free, wanted)) else free_ports(3)


def _insist_on_free(ports: Ports) -> None:
    named = {
        ports.app: "the application",
        ports.standins: "the stand-ins",
        ports.vault: "the Key Vault stand-in",
        ports.blob: "Azurite's blobs",
        ports.queue: "Azurite's queues",
        ports.table: "Azurite's tables",
    }
    taken = [f"  port {port}, for {what}" for port, what in named.items() if not is_free(port)]
    if taken:
        raise StackError(
            "Another program listens where this stack would:\n"
            + "\n".join(taken)
            + "\nEnd it, or choose other ports with --port-base N (N to N+5 must be free)."
        )
