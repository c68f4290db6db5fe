"""Everything that listens, in one process and one loop."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from local.standins.certificate import certificate_files
from local.standins.clerk import Clerk
from local.standins.control import Control
from local.standins.control_vendors import Vendors
from local.standins.delayed import Delayed
from local.standins.entra import Entra
from local.standins.environment import Environment
from local.standins.keyvault import KeyVault
from local.standins.maxmind import MaxMind
from local.standins.openai import OpenAI
from local.standins.outbox import Outbox
from local.standins.resend import Resend
from local.standins.s4a import SpotifyForArtists
from local.standins.spotify import Spotify
from local.standins.storage_proxy import StorageProxy
from local.standins.wire import ResettableProtocol
from local.standins.world import World, make_world


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyPorts:
    """Where a proxy listens, and where Azurite's service is."""

    listen: int
    azurite: int


class PortInUseError(Exception):
    """A port that the stand-ins were given belongs to another program."""


class _Listener(uvicorn.Server):
    """uvicorn without its hands on the signals: several of them share this process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class StandIns:
    """The whole process: vendors, vault, proxies, courier."""

    def __init__(self, environment: Environment, proxies: dict[str, ProxyPorts]) -> None:
        self._environment = environment
        self._world = make_world(environment)
        self._delayed = Delayed(self._world.state)
        self._ports = proxies
        self._proxies = {
            service: StorageProxy(
                service,
                ports.azurite,
                faults=self._world.faults,
                observer=self._delayed.observe if service == "queues" else None,
            )
            for service, ports in proxies.items()
        }
        self._listeners: list[uvicorn.Server] = []

    async def run(self) -> None:
        """Serve until a signal says stop."""
        doors = [_bound(port) for port in (self._environment.port, self._environment.vault_port)]
        back_doors = {name: _bound(ports.listen) for name, ports in self._ports.items()}
        certificate, key = certificate_files(self._environment.state)
        self._listeners = [
            _listener(self._front()),
            _listener(self._vault_app(), tls=(certificate, key)),
        ]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        courier = asyncio.create_task(self._world.courier.run())
        servers = [
            await proxy.listen(back_doors[service]) for service, proxy in self._proxies.items()
        ]
        try:
            pairs = zip(self._listeners, doors, strict=True)
            await asyncio.gather(*(listener.serve([door]) for listener, door in pairs))
        finally:
            await self._close(servers, courier)

    def _stop(self) -> None:
        for listener in self._listeners:
            listener.should_exit = True
            # Requests that hang on purpose would hold up the end.
            listener.force_exit = True

    async def _close(self, servers: list[asyncio.Server], courier: "asyncio.Task[None]") -> None:
        for server in servers:
            server.close()
        for proxy in self._proxies.values():
            proxy.close_connections()
        courier.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await courier
        self._world.state.close()

    def _ready(self) -> bool:
        return all(listener.started for listener in self._listeners)

    def _vault_app(self) -> ASGIApp:
        return self._world.counter("keyvault", KeyVault(self._world).app())

    def _front(self) -> Starlette:
        world = self._world
        vendors = Vendors(
            clerk=Clerk(world),
            resend=Resend(world),
            openai=OpenAI(world),
            spotify=Spotify(world),
            s4a=SpotifyForArtists(world),
            entra=Entra(world),
            maxmind=MaxMind(world),
        )
        outbox = Outbox(vendors.resend.mailbox)
        control = Control(world, vendors, delayed=self._delayed).app(ready=self._ready)
        return Starlette(
            routes=[
                Route("/", _to_outbox),
                Route("/outbox", outbox.show_list),
                Mount("/outbox", outbox.app()),
                Mount("/_control", control),
                *_mounts(world, vendors),
            ]
        )


def _mounts(world: World, vendors: Vendors) -> list[Mount]:
    apps = {
        "clerk": vendors.clerk.app(),
        "resend": vendors.resend.app(),
        "openai": vendors.openai.app(),
        "spotify": vendors.spotify.app(),
        "s4a": vendors.s4a.app(),
        "entra": vendors.entra.app(),
        "maxmind": vendors.maxmind.app(),
    }
    return [Mount(f"/{service}", world.counter(service, app)) for service, app in apps.items()]


def _bound(port: int) -> socket.socket:
    """Return a socket bound to a port of this machine.

    Raises:
        PortInUseError: another program has it.
    """
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except OSError as error:
        door.close()
        raise PortInUseError(f"Port {port} is in use by another program.") from error
    return door


def _listener(app: ASGIApp, *, tls: tuple[Path, Path] | None = None) -> uvicorn.Server:
    certificate, key = tls or (None, None)
    config = uvicorn.Config(
        app,
        http=ResettableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    return _Listener(config)


async def _to_outbox(request: Request) -> Response:
    del request
    return RedirectResponse("/outbox", 302)


def serve(environment: Environment, proxies: dict[str, ProxyPorts]) -> None:
    """Run the stand-ins until the process is told to stop."""
    try:
        asyncio.run(StandIns(environment, proxies).run())
    except PortInUseError as error:
        sys.exit(str(error))
