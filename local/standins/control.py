"""The control calls: how tests and outside checks steer the stand-ins and look into them."""

from collections.abc import Awaitable, Callable

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.control_bodies import Body, explained, read
from local.standins.control_vendors import VendorControl, Vendors
from local.standins.delayed import Delayed
from local.standins.faults import Fault
from local.standins.wire import json_answer, json_body
from local.standins.world import Config, World

Handler = Callable[[Request], Awaitable[Response]]


class ClockOffset(Body):
    offset_seconds: float = 0


class Control:
    """Everything under `/_control` that concerns all vendors, and the vendors' own calls."""

    def __init__(self, world: World, vendors: Vendors, *, delayed: Delayed) -> None:
        self._world = world
        self._vendors = vendors
        self._delayed = delayed

    def app(self, *, ready: Callable[[], bool]) -> Starlette:
        return Starlette(
            routes=[
                Route("/ready", _readiness(ready)),
                *VendorControl(self._vendors, vault=self._world.vault).routes(),
                *self._routes(),
            ],
            exception_handlers={ValidationError: explained},
        )

    def _routes(self) -> list[Route]:
        post, delete = ["POST"], ["DELETE"]
        return [
            Route("/config", self.change_config, methods=post),
            Route("/config", self.reset_config, methods=delete),
            Route("/config", self.read_config),
            Route("/faults", self.order_fault, methods=post),
            Route("/faults", self.clear_faults, methods=delete),
            Route("/faults", self.list_faults),
            Route("/requests", self.list_requests),
            Route("/requests", self.clear_requests, methods=delete),
            Route("/pending", self.pending),
            Route("/webhooks", self.list_webhooks),
            Route("/webhooks", self.drop_webhooks, methods=delete),
            Route("/clock", self.read_clock),
            Route("/clock", self.move_clock, methods=post),
            Route("/delayed", self.list_delayed),
        ]

    async def change_config(self, request: Request) -> Response:
        changes = await json_body(request)
        wanted = Config.model_validate(
            self._world.config.model_dump() | (changes if isinstance(changes, dict) else {})
        )
        self._apply(wanted)
        return json_answer(wanted.model_dump())

    async def reset_config(self, request: Request) -> Response:
        del request
        self._apply(Config())
        return Response(status_code=204)

    async def read_config(self, request: Request) -> Response:
        del request
        return json_answer(self._world.config.model_dump())

    def _apply(self, wanted: Config) -> None:
        for name in Config.model_fields:
            setattr(self._world.config, name, getattr(wanted, name))

    async def order_fault(self, request: Request) -> Response:
        self._world.faults.add(await read(request, Fault))
        return json_answer({"ordered": True})

    async def clear_faults(self, request: Request) -> Response:
        del request
        self._world.faults.clear()
        self._vendors.openai.clear()
        return Response(status_code=204)

    async def list_faults(self, request: Request) -> Response:
        del request
        return json_answer({"items": [f.model_dump() for f in self._world.faults.standing]})

    async def list_requests(self, request: Request) -> Response:
        service = request.query_params.get("service")
        return json_answer({"items": self._world.requests.items(service=service)})

    async def clear_requests(self, request: Request) -> Response:
        del request
        self._world.requests.clear()
        return Response(status_code=204)

    async def pending(self, request: Request) -> Response:
        del request
        return json_answer({"webhooks": self._world.courier.pending()})

    async def list_webhooks(self, request: Request) -> Response:
        del request
        return json_answer({"items": self._world.courier.waiting()})

    async def drop_webhooks(self, request: Request) -> Response:
        del request
        self._world.courier.drop_waiting()
        return Response(status_code=204)

    async def read_clock(self, request: Request) -> Response:
        del request
        clock = self._world.clock
        return json_answer({"now": clock.instant(), "offset_seconds": clock.offset_seconds})

    async def move_clock(self, request: Request) -> Response:
        self._world.clock.move((await read(request, ClockOffset)).offset_seconds)
        return await self.read_clock(request)

    async def list_delayed(self, request: Request) -> Response:
        del request
        return json_answer({"items": self._delayed.items()})


def _readiness(ready: Callable[[], bool]) -> Handler:
    async def is_ready(request: Request) -> Response:
        del request
        return json_answer({"ready": ready()}, 200 if ready() else 503)

    return is_ready
