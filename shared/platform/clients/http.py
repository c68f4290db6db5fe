"""How outside services are called: time-outs, no redirects, bounded answers, our own name.

Nothing is retried here. A caller knows whether repeating is safe; for queue work the queue repeats.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from shared.platform.problems import RetryLater

if TYPE_CHECKING:
    import requests

USER_AGENT = "ArtistOS/1.0 (+https://artistos.studio)"  # Resend refuses requests without a name.
CONNECT_SECONDS = 3.05
READ_SECONDS = 10.0
ANSWER_MAX_BYTES = 16 * 1024 * 1024
_POOL = 16


class ServiceAway(RetryLater):
    """An outside service gave no usable answer.

    `sent` tells whether the request may have arrived: after a refused connection it cannot have.
    """

    def __init__(self, service: str, *, sent: bool) -> None:
        super().__init__(f"{service}_away")
        self.service = service
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Return the body as JSON, or None when it is none: proxies answer HTML."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def members(self) -> dict[str, object]:
        """Return the body's members when it is a JSON object, else nothing."""
        parsed = self.json()
        return parsed if isinstance(parsed, dict) else {}


class HttpClient:
    """One service at one base address, over kept connections. Safe to use from several threads."""

    def __init__(self, base_url: str, *, service: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._service = service
        self._local = threading.local()

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        """Return the service's answer, whatever its status.

        Raises:
            ServiceAway: no connection, no answer in time, or one that broke off.
        """
        import requests

        sent_headers = {"User-Agent": USER_AGENT, "Accept": "application/json", **(headers or {})}
        body: bytes | None = None
        if json is not None:
            body = json if isinstance(json, bytes) else orjson.dumps(json)
            sent_headers["Content-Type"] = "application/json"
        try:
            with self._session().request(
                method,
                f"{self._base_url}{path}",
                headers=sent_headers,
                params=query,
                data=form if form is not None else body,
                timeout=(CONNECT_SECONDS, read_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, response.headers, self._bounded(response))
        except requests.exceptions.ConnectTimeout:
            raise ServiceAway(self._service, sent=False) from None
        except requests.exceptions.ConnectionError as error:
            raise ServiceAway(self._service, sent=not _refused(error)) from None
        except requests.exceptions.RequestException:
            raise ServiceAway(self._service, sent=True) from None

    def _session(self) -> "requests.Session":
        import requests
        from requests.adapters import HTTPAdapter

        # A requests.Session is not promised to be thread-safe, so each thread has its own.
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.mount("https://", HTTPAdapter(pool_maxsize=_POOL))
            session.mount("http://", HTTPAdapter(pool_maxsize=_POOL))
            self._local.session = session
        return session

    def _bounded(self, response: "requests.Response") -> bytes:
        body = b""
        for piece in response.iter_content(64 * 1024):
            body += piece
            if len(body) > ANSWER_MAX_BYTES:
                raise ServiceAway(self._service, sent=True)
        return body


def _refused(error: "requests.exceptions.ConnectionError") -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}
