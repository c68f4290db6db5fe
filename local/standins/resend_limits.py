"""Resend's guards before a call is judged: key, client, rate, quota, idempotency."""

import hashlib
import math
import time
from typing import Any

import orjson
from starlette.requests import Request

from local.standins.resend_rules import Refusal
from local.standins.world import Config, World

_KIND = "resend-idempotency"
WINDOW_SECONDS = 24 * 3600


class RateLimit:
    """A token bucket of one second's worth, on real time."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._tokens = config.resend_rate_per_second
        self._at = time.monotonic()

    def take(self) -> bool:
        """Take a token; return whether there was one."""
        rate, now = self._config.resend_rate_per_second, time.monotonic()
        self._tokens = min(max(rate, 1), self._tokens + (now - self._at) * rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def headers(self, *, limited: bool) -> dict[str, str]:
        rate = self._config.resend_rate_per_second
        headers = {
            "ratelimit-limit": f"{rate:g}",
            "ratelimit-remaining": str(int(self._tokens)),
            "ratelimit-reset": "1",
        }
        wait = math.ceil(max(1 - self._tokens, 0) / rate)
        return headers | ({"retry-after": str(max(1, wait))} if limited else {})


def unwelcome(request: Request, *, world: World) -> Refusal | None:
    """Return why this client gets no hearing: no own User-Agent, no key, a wrong key."""
    if not request.headers.get("user-agent"):
        return Refusal(403, "validation_error", "A User-Agent header is required.")
    authorization = request.headers.get("authorization", "")
    if not authorization.startswith("Bearer "):
        return Refusal(401, "missing_api_key", "Missing API key in the authorization header.")
    if authorization.removeprefix("Bearer ") != world.vault.value("resend-api-key"):
        return Refusal(403, "invalid_api_key", "API key is invalid.")
    return None


def over_quota(config: Config) -> Refusal | None:
    period = config.resend_quota_exceeded
    if period is None:
        return None
    text = f"You have reached your {period} email sending quota."
    return Refusal(429, f"{period}_quota_exceeded", text)


class Idempotency:
    """The answers given under a key in the last 24 hours of the stand-ins' clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._running: set[str] = set()
        for key, kept in world.state.all(_KIND).items():
            if self._is_over(kept):
                world.state.delete(_KIND, key)

    def known_answer(self, key: str, payload: object) -> Refusal | dict[str, Any] | None:
        """Return the first answer for the same payload, a refusal, or None for a new key."""
        if not 1 <= len(key.partition(":")[2]) <= 256:
            text = "The idempotency key must be between 1 and 256 characters."
            return Refusal(400, "invalid_idempotency_key", text)
        if key in self._running:
            text = "Another request with the same idempotency key is in progress."
            return Refusal(409, "concurrent_idempotent_requests", text)
        kept = self._world.state.get(_KIND, key)
        if kept is None or self._is_over(kept):
            return None
        if kept["payload"] != _digest(payload):
            text = "This idempotency key was used with another request payload."
            return Refusal(409, "invalid_idempotent_request", text)
        answer: dict[str, Any] = kept["answer"]
        return answer

    def _is_over(self, kept: dict[str, Any]) -> bool:
        age: float = self._world.clock.timestamp() - kept["at"]
        return age >= WINDOW_SECONDS

    def start(self, key: str) -> None:
        self._running.add(key)

    def end(self, key: str) -> None:
        self._running.discard(key)

    def keep(self, key: str, payload: object, answer: dict[str, Any]) -> None:
        document = {
            "at": self._world.clock.timestamp(),
            "payload": _digest(payload),
            "answer": answer,
        }
        self._world.state.put(_KIND, key, document)


def _digest(payload: object) -> str:
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()
