"""`host.json` and its overrides: what an operator sets for the host itself."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

OVERRIDE_PREFIX = "AzureFunctionsJobHost__"
TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")


class HostSetupError(Exception):
    """The host cannot start; every reason is named."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The host does not start:\n" + "\n".join(f"  - {f}" for f in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """One setting for all queue functions, as in Azure."""

    batch_size: int
    new_batch_threshold: int
    max_dequeue_count: int
    visibility_timeout: timedelta
    max_polling_interval: timedelta
    base64: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    route_prefix: str
    custom_headers: Mapping[str, str]
    max_outstanding_requests: int | None
    max_concurrent_requests: int | None
    function_timeout: timedelta | None
    queues: QueueSettings


def read_host_json(root: Path, environ: Mapping[str, str]) -> HostSettings:
    """Return the host's settings from `host.json`, each value open to an app setting's override.

    Raises:
        HostSetupError: the file is missing or not JSON, or values are out of their range.
    """
    path = root / "host.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HostSetupError(["host.json is missing beside function_app.py"]) from None
    except ValueError as fault:
        raise HostSetupError([f"host.json is not JSON: {fault}"]) from fault
    for name, value in environ.items():
        if name.startswith(OVERRIDE_PREFIX):
            _override(document, name.removeprefix(OVERRIDE_PREFIX).split("__"), value)
    return _settings(_Values(document))


def _override(document: dict[str, Any], path: list[str], value: str) -> None:
    for depth, wanted in enumerate(path):
        name = next((key for key in document if key.lower() == wanted.lower()), wanted)
        if depth == len(path) - 1:
            document[name] = value
        else:
            document = document.setdefault(name, {})


class _Values:
    """Reads values by path and remembers every fault."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.faults: list[str] = []

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON holds anything; the caller checks.
        value: Any = self._document
        for name in path.split("."):
            there = value if isinstance(value, dict) else {}
            value = next((there[key] for key in there if key.lower() == name.lower()), None)
        return value

    def whole(self, path: str, *, default: int, least: int, most: int = 2**31) -> int:
        value = self.get(path)
        try:
            number = default if value is None else int(value)
        except (TypeError, ValueError):
            number = least - 1
        if not least <= number <= most:
            self.faults.append(f"host.json {path} must be a whole number from {least} to {most}")
        return number

    def limit(self, path: str) -> int | None:
        value = self.whole(path, default=-1, least=-1)
        return None if value == -1 else value

    def span(self, path: str, *, default: timedelta) -> timedelta:
        value = self.get(path)
        if value is None:
            return default
        found = TIME_SPAN.fullmatch(str(value))
        if not found:
            self.faults.append(f"host.json {path} must be a time such as 00:00:30, not {value!r}")
            return default
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _settings(values: _Values) -> HostSettings:
    if values.get("version") != "2.0":
        values.faults.append('host.json needs "version": "2.0"')
    prefix = values.get("extensions.http.routePrefix")
    settings = HostSettings(
        route_prefix="api" if prefix is None else str(prefix).strip("/"),
        custom_headers=_headers(values),
        max_outstanding_requests=values.limit("extensions.http.maxOutstandingRequests"),
        max_concurrent_requests=values.limit("extensions.http.maxConcurrentRequests"),
        function_timeout=_function_timeout(values),
        queues=_queues(values),
    )
    if values.faults:
        raise HostSetupError(values.faults)
    return settings


def _headers(values: _Values) -> dict[str, str]:
    headers = values.get("extensions.http.customHeaders") or {}
    if not isinstance(headers, dict):
        values.faults.append("host.json extensions.http.customHeaders must be an object")
        return {}
    return {str(name): str(value) for name, value in headers.items()}


def _function_timeout(values: _Values) -> timedelta | None:
    if str(values.get("functionTimeout")) == "-1":
        return None
    return values.span("functionTimeout", default=timedelta(minutes=30))


def _queues(values: _Values) -> QueueSettings:
    at = "extensions.queues."
    batch = values.whole(at + "batchSize", default=16, least=1, most=32)
    encoding = str(values.get(at + "messageEncoding") or "base64").lower()
    if encoding not in {"base64", "none"}:
        values.faults.append("host.json extensions.queues.messageEncoding is base64 or none")
    polling = values.span(at + "maxPollingInterval", default=timedelta(minutes=1))
    return QueueSettings(
        batch_size=batch,
        new_batch_threshold=values.whole(at + "newBatchThreshold", default=batch // 2, least=0),
        max_dequeue_count=values.whole(at + "maxDequeueCount", default=5, least=1),
        visibility_timeout=values.span(at + "visibilityTimeout", default=timedelta(0)),
        max_polling_interval=max(polling, timedelta(milliseconds=100)),
        base64=encoding == "base64",
    )
