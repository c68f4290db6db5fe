"""One lean transport under every official storage client.

The SDKs' pipelines are cheap, their usual transport is not (performance.md, 1). This one goes over
`connections.py`; retries are in `retries.py`.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any, Final, Self, cast

from azure.core.configuration import ConnectionConfiguration
from azure.core.exceptions import (
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import HttpRequest as LegacyRequest
from azure.core.pipeline.transport import HttpResponse as LegacyResponse
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.rest._http_response_impl import HttpResponseImpl
from azure.core.utils import CaseInsensitiveDict

from shared.platform.storage.connections import (
    Body,
    BrokenOff,
    Connections,
    Headers,
    Incoming,
    NotSent,
    Timeouts,
)

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 15.0
# For rows and messages: so little that a second attempt fits into the retries' budget.
PLAIN_READ_SECONDS: Final = 8.0
_BLOCK_BYTES: Final = 64 * 1024
_TIMEOUTS: Final = Timeouts(connect=CONNECT_SECONDS, read=READ_SECONDS)
_PLAIN_TIMEOUTS: Final = Timeouts(connect=CONNECT_SECONDS, read=PLAIN_READ_SECONDS)

AnyRequest = HttpRequest | LegacyRequest
AnyResponse = HttpResponse | LegacyResponse


class LeanTransport(HttpTransport[AnyRequest, AnyResponse]):
    """Sends the requests of all storage clients of a process. Safe to share between threads.

    `ca_file` names a bundle of certificates to trust in place of the system's.
    """

    def __init__(self, *, ca_file: str | None = None) -> None:
        # The SDKs' retry policies read the timeouts from here.
        self.connection_config = ConnectionConfiguration(
            connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
        )
        self._connections = Connections(ca_file=ca_file)

    def send(self, request: AnyRequest, **options: Any) -> AnyResponse:  # noqa: ANN401 - the SDK's
        """Send a request; with `stream=True` the body of the answer is left to be read.

        With `plain=True` the answer has a status, headers and a body, and nothing of the SDK's.
        """
        if options.get("plain", False):
            plain = PlainResponse(self._exchanged(request, _PLAIN_TIMEOUTS))
            return cast(HttpResponse, plain)  # As the caller asked for.
        incoming = self._exchanged(request, _timeouts(options))
        if isinstance(request, LegacyRequest):
            return _LegacyResponse(request, incoming)
        response = _Response(request, incoming)
        if not options.get("stream", False):
            response.read()
        return response

    def _exchanged(self, request: AnyRequest, timeouts: Timeouts) -> Incoming:
        try:
            return self._connections.exchange(
                request.method, request.url, request.headers, _body(request), timeouts
            )
        except (NotSent, BrokenOff) as error:
            raise azure_error(error) from error

    def open(self) -> None:
        """Nothing: connections are opened by the first request."""

    def close(self) -> None:
        """Nothing: the transport serves all clients of the process and outlives each."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def shut(self) -> None:
        """Close the kept connections, as a test or a tool does at its end."""
        self._connections.shut()


class PlainResponse:
    """An answer with what an authentication policy and our own code look at."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self.status_code = incoming.status
        self.headers = Headers(incoming.pairs)

    def read(self) -> bytes:
        """Return the body, once."""
        return _read(self._incoming)


class _Response(HttpResponseImpl):
    """An answer in the SDKs' newer form."""

    def __init__(self, request: HttpRequest, incoming: Incoming) -> None:
        headers = _headers(incoming)
        super().__init__(
            request=request,
            internal_response=incoming,
            status_code=incoming.status,
            reason=incoming.reason,
            content_type=headers.get("Content-Type"),
            headers=headers,
            stream_download_generator=_Stream,
            block_size=_BLOCK_BYTES,
        )
        self._incoming = incoming

    def read(self) -> bytes:
        if self._content is None:
            self._content = _read(self._incoming)
        self._set_read_checks()  # type: ignore[no-untyped-call] # azure-core's own
        return self._content


class _LegacyResponse(LegacyResponse):
    """An answer in the SDKs' older form, which `azure-identity` still asks for."""

    def __init__(self, request: LegacyRequest, incoming: Incoming) -> None:
        super().__init__(request, incoming, block_size=_BLOCK_BYTES)
        self.status_code = incoming.status
        self.headers = _headers(incoming)
        self.reason = incoming.reason
        self.content_type = self.headers.get("Content-Type")
        self._incoming = incoming
        self._read: bytes | None = None

    def body(self) -> bytes:
        if self._read is None:
            self._read = _read(self._incoming)
        return self._read

    def stream_download(self, pipeline: object, **options: Any) -> Iterator[bytes]:  # noqa: ANN401 - the SDK's
        return _Stream(pipeline, self, **options)


class _Stream(Iterator[bytes]):
    """The body of an answer piece by piece, with what the blob client looks for on it."""

    def __init__(
        self,
        pipeline: object,  # noqa: ARG002 - the SDK's signature
        response: Any,  # noqa: ANN401 - either kind of response
        **options: Any,  # noqa: ANN401, ARG002 - the SDK's; we ask for bytes as they are kept
    ) -> None:
        self.response = response
        self._pieces = response.internal_response.pieces()
        self.content_length = int(response.headers.get("Content-Length", "0"))

    def __len__(self) -> int:
        return self.content_length

    def __next__(self) -> bytes:
        try:
            piece: bytes = next(self._pieces)
        except BrokenOff as error:
            raise azure_error(error) from error
        return piece


def azure_error(error: NotSent | BrokenOff) -> ServiceRequestError | ServiceResponseError:
    """Tell apart what the service cannot have seen from what it may have carried out."""
    is_late = isinstance(error.__cause__, TimeoutError)
    if isinstance(error, NotSent):
        kind = ServiceRequestTimeoutError if is_late else ServiceRequestError
        return kind(error, error=error)
    late = ServiceResponseTimeoutError if is_late else ServiceResponseError
    return late(error, error=error)


def _headers(incoming: Incoming) -> MutableMapping[str, str]:
    return CaseInsensitiveDict(incoming.pairs)


def _read(incoming: Incoming) -> bytes:
    try:
        return incoming.read()
    except BrokenOff as error:
        raise azure_error(error) from error


def _body(request: AnyRequest) -> Body:
    body = request.data if isinstance(request, LegacyRequest) else request.content
    return body.encode() if isinstance(body, str) else cast(Body, body)


def _timeouts(options: dict[str, Any]) -> Timeouts:
    connect = options.get("connection_timeout", CONNECT_SECONDS)
    read = options.get("read_timeout", READ_SECONDS)
    if connect == CONNECT_SECONDS and read == READ_SECONDS:
        return _TIMEOUTS
    return Timeouts(connect=connect, read=read)
