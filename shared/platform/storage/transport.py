"""One lean transport under every official storage client.

The SDKs' pipelines are cheap, their usual transport is not (performance.md, 1): this one speaks
urllib3 directly. One pool of kept-alive connections and one TLS context for the process, no
redirects, no proxies or credentials from the environment, no retries (`retries.py` has them).
"""

import ssl
import threading
from collections.abc import Iterator, MutableMapping
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

import urllib3
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
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 15.0
_CONNECTIONS: Final = 32
_BLOCK_BYTES: Final = 64 * 1024
_ONCE: Final = urllib3.Retry(total=False, redirect=False)
_TIMEOUT: Final = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)

AnyRequest = HttpRequest | LegacyRequest
AnyResponse = HttpResponse | LegacyResponse
Raw = urllib3.BaseHTTPResponse


class LeanTransport(HttpTransport[AnyRequest, AnyResponse]):
    """Sends the requests of all storage clients of a process. Safe to share between threads.

    `ca_file` names a bundle of certificates to trust in place of the system's.
    """

    def __init__(self, *, ca_file: str | None = None) -> None:
        # The SDKs' retry policies read the timeouts from here.
        self.connection_config = ConnectionConfiguration(
            connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
        )
        self._ca_file = ca_file
        self._pools: dict[tuple[str, str], urllib3.HTTPConnectionPool] = {}
        self._making = threading.Lock()

    def send(self, request: AnyRequest, **options: Any) -> AnyResponse:  # noqa: ANN401 - the SDK's
        """Send a request; with `stream=True` the body of the answer is left to be read."""
        raw = self._answer(request, _timeout(options))
        if isinstance(request, LegacyRequest):
            return _LegacyResponse(request, raw)
        response = _Response(request, raw)
        if not options.get("stream", False):
            response.read()
        return response

    def _answer(self, request: AnyRequest, timeout: urllib3.Timeout) -> Raw:
        scheme, host, path, query, _ = urlsplit(request.url)
        pool = self._pools.get((scheme, host)) or self._open_pool(scheme, host)
        try:
            return pool.urlopen(
                request.method,
                f"{path}?{query}" if query else path,
                body=_body(request),
                headers=request.headers,
                retries=_ONCE,
                redirect=False,
                timeout=timeout,
                preload_content=False,
                decode_content=False,
            )
        except (HTTPError, OSError) as error:
            raise _azure_error(error) from error

    def _open_pool(self, scheme: str, host: str) -> urllib3.HTTPConnectionPool:
        with self._making:
            return self._pools.setdefault((scheme, host), self._new_pool(scheme, host))

    def _new_pool(self, scheme: str, host: str) -> urllib3.HTTPConnectionPool:
        # `maxsize` kept connections; a burst above it opens more and drops them afterwards.
        name, port = urlsplit(f"//{host}").hostname or "", urlsplit(f"//{host}").port
        if scheme != "https":
            return urllib3.HTTPConnectionPool(name, port, maxsize=_CONNECTIONS)
        context = ssl.create_default_context(cafile=self._ca_file)
        return urllib3.HTTPSConnectionPool(name, port, maxsize=_CONNECTIONS, ssl_context=context)

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
        with self._making:
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close()


class _Response(HttpResponseImpl):
    """An answer in the SDKs' newer form."""

    def __init__(self, request: HttpRequest, raw: Raw) -> None:
        super().__init__(
            request=request,
            internal_response=raw,
            status_code=raw.status,
            reason=raw.reason,
            content_type=raw.headers.get("Content-Type"),
            headers=cast(MutableMapping[str, str], raw.headers),
            stream_download_generator=_Stream,
            block_size=_BLOCK_BYTES,
        )

    def read(self) -> bytes:
        if self._content is None:
            self._content = _read(cast(Raw, self._internal_response))
        self._set_read_checks()  # type: ignore[no-untyped-call] # azure-core's own
        return self._content


class _LegacyResponse(LegacyResponse):
    """An answer in the SDKs' older form, which `azure-identity` still asks for."""

    def __init__(self, request: LegacyRequest, raw: Raw) -> None:
        super().__init__(request, raw, block_size=_BLOCK_BYTES)
        self.status_code = raw.status
        self.headers = cast(MutableMapping[str, str], raw.headers)
        self.reason = raw.reason
        self.content_type = raw.headers.get("Content-Type")
        self._read: bytes | None = None

    def body(self) -> bytes:
        if self._read is None:
            self._read = _read(cast(Raw, self.internal_response))
        return self._read

    def stream_download(self, pipeline: object, **options: Any) -> Iterator[bytes]:  # noqa: ANN401 - the SDK's
        return _Stream(pipeline, self, **options)


class _Stream(Iterator[bytes]):
    """The body of an answer piece by piece, with what the blob client looks for on it."""

    def __init__(
        self,
        pipeline: object,  # noqa: ARG002 - the SDK's signature
        response: Any,  # noqa: ANN401 - either kind of response
        *,
        decompress: bool = True,
    ) -> None:
        self.response = response
        self._raw = cast(Raw, response.internal_response)
        self._pieces = self._raw.stream(_BLOCK_BYTES, decode_content=decompress)
        self.content_length = int(self._raw.headers.get("Content-Length", "0"))

    def __len__(self) -> int:
        return self.content_length

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            self._raw.close()
            raise
        except (HTTPError, OSError) as error:
            self._raw.close()
            raise _azure_error(error) from error


def _read(raw: Raw) -> bytes:
    try:
        return raw.read(decode_content=True)
    except (HTTPError, OSError) as error:
        raise _azure_error(error) from error


def _body(request: AnyRequest) -> Any:  # noqa: ANN401 - what urllib3 takes
    body = request.data if isinstance(request, LegacyRequest) else request.content
    return body.encode() if isinstance(body, str) else body


def _timeout(options: dict[str, Any]) -> urllib3.Timeout:
    connect = options.get("connection_timeout", CONNECT_SECONDS)
    read = options.get("read_timeout", READ_SECONDS)
    if connect == CONNECT_SECONDS and read == READ_SECONDS:
        return _TIMEOUT
    return urllib3.Timeout(connect=connect, read=read)


def _azure_error(error: Exception) -> ServiceRequestError | ServiceResponseError:
    """Tell apart what the service cannot have seen from what it may have carried out."""
    if isinstance(error, NewConnectionError | SSLError | LocationParseError):
        return ServiceRequestError(error, error=error)
    if isinstance(error, ConnectTimeoutError):
        return ServiceRequestTimeoutError(error, error=error)
    if isinstance(error, ReadTimeoutError):
        return ServiceResponseTimeoutError(error, error=error)
    return ServiceResponseError(error, error=error)
