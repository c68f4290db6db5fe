"""Key Vault: the challenge, then secrets and their versions, as the REST API gives them."""

from typing import Any

import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.environment import TENANT
from local.standins.wire import json_answer, json_body
from local.standins.world import World

RESOURCE = "https://vault.azure.net"


class KeyVault:
    """The vault's data plane, for secrets."""

    def __init__(self, world: World) -> None:
        self._world = world

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/secrets/{name}", self.read),
                Route("/secrets/{name}/", self.read),
                Route("/secrets/{name}", self.write, methods=["PUT"]),
                Route("/secrets/{name}/versions", self.list_versions),
                Route("/secrets/{name}/{version}", self.read),
                Route("/{anything:path}", self.unknown, methods=["GET", "PUT", "POST", "DELETE"]),
            ]
        )

    async def read(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        name, wanted = request.path_params["name"], request.path_params.get("version")
        for version in reversed(self._world.vault.versions(name)):
            if wanted in {None, version["version"]}:
                return json_answer(self._bundle(name, version))
        return _missing(name)

    async def write(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        body = await json_body(request)
        if not isinstance(body, dict) or not isinstance(body.get("value"), str):
            return _error(400, "BadParameter", "The property 'value' is missing.")
        name = request.path_params["name"]
        return json_answer(self._bundle(name, self._world.vault.put(name, body["value"])))

    async def list_versions(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        name = request.path_params["name"]
        bundles = [self._bundle(name, version) for version in self._world.vault.versions(name)]
        for bundle in bundles:
            del bundle["value"]
        return json_answer({"value": bundles, "nextLink": None}) if bundles else _missing(name)

    async def unknown(self, request: Request) -> Response:
        return self._refused(request) or _error(404, "NotFound", "No such resource.")

    def _refused(self, request: Request) -> Response | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            self._world.entra_key.verify(token, audience=RESOURCE)
        except jwt.PyJWTError:
            authority = f"{self._world.environment.base_url}/entra/{TENANT}"
            challenge = f'Bearer authorization="{authority}", resource="{RESOURCE}"'
            answer = _error(401, "Unauthorized", "AKV10000: Request is missing a Bearer token.")
            answer.headers["WWW-Authenticate"] = challenge
            return answer
        return None

    def _bundle(self, name: str, version: dict[str, Any]) -> dict[str, Any]:
        address = f"{self._world.environment.vault_url}/secrets/{name}/{version['version']}"
        attributes = {
            "enabled": True,
            "created": version["created"],
            "updated": version["created"],
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        }
        return {"value": version["value"], "id": address, "attributes": attributes}


def _missing(name: str) -> Response:
    text = f"A secret with (name/id) {name} was not found in this key vault."
    return _error(404, "SecretNotFound", text)


def _error(status: int, code: str, message: str) -> Response:
    return json_answer({"error": {"code": code, "message": message}}, status)
