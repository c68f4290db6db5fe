"""Entra: the operators' issuer, and the endpoint that gives managed identities their tokens."""

import secrets
import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.environment import TENANT
from local.standins.signing import replaced
from local.standins.wire import json_answer
from local.standins.world import World

_IDENTITY_TOKEN_SECONDS = 24 * 3600


class Entra:
    """Metadata, keys, and the managed identity endpoint of App Service."""

    def __init__(self, world: World) -> None:
        self._world = world

    def app(self) -> Starlette:
        configuration = "/.well-known/openid-configuration"
        return Starlette(
            routes=[
                Route("/v2.0" + configuration, self.configuration),
                Route("/{tenant}/v2.0" + configuration, self.configuration),
                Route("/v2.0/keys", self.keys),
                Route("/discovery/v2.0/keys", self.keys),
                Route("/msi/token", self.identity_token),
            ]
        )

    async def configuration(self, request: Request) -> Response:
        del request
        base = f"{self._world.environment.base_url}/entra"
        return json_answer(
            {
                "issuer": self._world.environment.entra_issuer,
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token"],
                "subject_types_supported": ["pairwise"],
            }
        )

    async def keys(self, request: Request) -> Response:
        del request
        return json_answer(self._world.entra_key.jwks())

    async def identity_token(self, request: Request) -> Response:
        """Answer as App Service does to a managed identity. On real time, like all of Azure."""
        if request.headers.get("x-identity-header") != self._world.environment.identity_header:
            return json_answer({"statusCode": 401, "message": "Invalid identity header."}, 401)
        resource = request.query_params.get("resource", "").rstrip("/")
        if not resource or not request.query_params.get("api-version"):
            return json_answer({"statusCode": 400, "message": "resource or api-version?"}, 400)
        now = int(time.time())
        claims = {
            "aud": resource,
            "iss": f"https://sts.windows.net/{TENANT}/",
            "oid": "5d6a3c1e-0000-4000-8000-00000000f001",
            "tid": TENANT,
            "iat": now,
            "nbf": now,
            "exp": now + _IDENTITY_TOKEN_SECONDS,
        }
        return json_answer(
            {
                "access_token": self._world.entra_key.sign(claims),
                "expires_on": str(now + _IDENTITY_TOKEN_SECONDS),
                "resource": resource,
                "token_type": "Bearer",  # nosec B105 - a word of the protocol
            }
        )

    def operator_token(
        self,
        *,
        roles: list[str],
        claims: dict[str, Any] | None,
        header: dict[str, Any] | None,
        expires_in: int,
    ) -> str:
        """Return a token as an operator's browser would bring it."""
        now = int(self._world.clock.timestamp())
        fresh = {
            "aud": self._world.environment.entra_audience,
            "iss": self._world.environment.entra_issuer,
            "oid": "5d6a3c1e-0000-4000-8000-00000000e001",
            "sub": "operator-of-the-local-stack",
            "tid": TENANT,
            "roles": roles,
            "ver": "2.0",
            "uti": secrets.token_urlsafe(16),
            "iat": now,
            "nbf": now,
            "exp": now + expires_in,
        }
        return self._world.entra_key.sign(replaced(fresh, claims), header=header)
