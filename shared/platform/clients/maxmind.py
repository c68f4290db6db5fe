"""MaxMind's download of GeoLite2 City: when it changed, and the archive into a file.

`GET …/download?suffix=tar.gz` with Basic authentication answers with a redirect to a store of
another host; our credentials never go there (dev.maxmind.com, "Updating databases", 2026-07).
"""

import hashlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final

from shared.platform.clients.http import CONNECT_SECONDS, USER_AGENT, ServiceAway
from shared.platform.secrets import SecretName, Secrets

if TYPE_CHECKING:
    import requests

ARCHIVE: Final = "tar.gz"
CHECKSUM: Final = "tar.gz.sha256"
_PATH: Final = "/geoip/databases/GeoLite2-City/download"
_READ_SECONDS: Final = 60.0
_PIECE: Final = 1024 * 1024
_ARCHIVE_MAX_BYTES: Final = 500 * 1024 * 1024
_CHECKSUM_MAX_BYTES: Final = 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class MaxMind:
    """The download service, entered with our account's license key."""

    def __init__(self, base_url: str, *, account_id: str, secrets: Secrets) -> None:
        self._url = base_url.rstrip("/") + _PATH
        self._account_id = account_id
        self._secrets = secrets

    def last_modified(self) -> str:
        """Return the Last-Modified of the newest archive; asking does not count as a download.

        Raises:
            ServiceAway: no usable answer.
        """
        with self._ask("HEAD", ARCHIVE) as answer:
            found = answer.headers.get("Last-Modified")
        if answer.status_code != 200 or not found:
            raise ServiceAway("maxmind", sent=True)
        return str(found)

    def download(self, into: IO[bytes]) -> None:
        """Write the newest archive into a file, checked against its published SHA-256.

        Raises:
            ServiceAway: no usable answer, or not the bytes that were announced.
        """
        digest = hashlib.sha256()
        size = 0
        for piece in self._pieces(ARCHIVE):
            size += len(piece)
            if size > _ARCHIVE_MAX_BYTES:
                raise ServiceAway("maxmind", sent=True)
            digest.update(piece)
            into.write(piece)
        announced = b"".join(self._pieces(CHECKSUM))[:_CHECKSUM_MAX_BYTES].decode(errors="replace")
        if announced.partition(" ")[0].strip().lower() != digest.hexdigest():
            raise ServiceAway("maxmind", sent=True)

    def _pieces(self, suffix: str) -> Iterator[bytes]:
        import requests

        try:
            with self._ask("GET", suffix) as answer:
                if answer.status_code == 200:
                    yield from answer.iter_content(_PIECE)
                    return
                location = answer.headers.get("Location")
                if answer.status_code not in _REDIRECTS or not location:
                    raise ServiceAway("maxmind", sent=True)
            with self._request("GET", str(location)) as stored:
                if stored.status_code != 200:
                    raise ServiceAway("maxmind", sent=True)
                yield from stored.iter_content(_PIECE)
        except requests.exceptions.RequestException:
            raise ServiceAway("maxmind", sent=True) from None

    def _ask(self, method: str, suffix: str) -> "requests.Response":
        key = self._secrets.get(SecretName.MAXMIND_LICENSE_KEY)
        return self._request(method, f"{self._url}?suffix={suffix}", auth=(self._account_id, key))

    def _request(
        self, method: str, url: str, *, auth: tuple[str, str] | None = None
    ) -> "requests.Response":
        import requests

        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.request(
                    method,
                    url,
                    auth=auth,
                    headers={"User-Agent": USER_AGENT},
                    timeout=(CONNECT_SECONDS, _READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                )
            except requests.exceptions.RequestException:
                raise ServiceAway("maxmind", sent=True) from None
