"""The SDKs' own authentication before our transport, and none of their other policies.

The policies left out do what is done here already (retries, errors, the date) or not wanted
(redirects, logging of addresses, tracing hooks, proxies): together they cost as much as a request's
signing, sending and reading. Imported with the SDKs, on first use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import cast

from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import HTTPPolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest

from shared.platform.storage.transport import AnyRequest, AnyResponse, LeanTransport, PlainResponse
from shared.platform.storage.vendor import (
    PASSING_STATUSES,
    passing_status,
    vendor_errors_translated,
)

Authentication = HTTPPolicy[AnyRequest, AnyResponse] | SansIOHTTPPolicy[AnyRequest, AnyResponse]


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """What a service said, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LeanPipeline:
    """Signed requests of one service. Safe to share between threads."""

    def __init__(self, authentication: Authentication, transport: LeanTransport) -> None:
        policies: list[Authentication] = [authentication]
        self._pipeline = Pipeline(transport, policies)

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> PlainAnswer:
        """Send a request, once, and return the answer, whatever its status, unless it may pass.

        Raises:
            Passing: there was no answer, or one that trying again may better.
            StorageRefused: no token was to be had.
        """
        dated = {**headers, "x-ms-date": formatdate(usegmt=True)}
        with vendor_errors_translated():
            request = HttpRequest(method, url, headers=dated, content=body)
            response = cast(PlainResponse, self._pipeline.run(request, plain=True).http_response)
            content = response.read()
        status = response.status_code
        if status in PASSING_STATUSES:
            raise passing_status(status, response.headers.get("Retry-After"))
        return PlainAnswer(status, response.headers, content)
