"""MaxMind's download: Basic authentication, a redirect to a store that wants none, a limit."""

import base64
import hashlib
import io
import secrets
import tarfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from local.standins.places import synthetic_database
from local.standins.world import World

DOWNLOADS_A_DAY = 30


class MaxMindOrder(BaseModel):
    """What `POST /_control/maxmind` takes."""

    model_config = ConfigDict(extra="forbid")

    # Older than the file that npm carries: the stack keeps real places until a test asks otherwise.
    age_days: int = Field(default=365, ge=0)
    corrupt: bool = False
    wrong_checksum: bool = False


class MaxMind:
    """The download service for one account. On real time: databases grow old by it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._order = MaxMindOrder()
        self._presigned: dict[str, str] = {}
        self._archives: dict[datetime, bytes] = {}
        self._downloads: list[float] = []

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/geoip/databases/GeoLite2-City/download", self.download),
                Route("/store/{ticket}", self.store),
            ]
        )

    def order(self, order: MaxMindOrder) -> None:
        self._order = order

    async def download(self, request: Request) -> Response:
        if not self._knows(request):
            return PlainTextResponse("Invalid account ID or license key", 401)
        suffix = request.query_params.get("suffix", "")
        if suffix not in {"tar.gz", "tar.gz.sha256"}:
            return PlainTextResponse("Invalid suffix", 400)
        if request.method == "HEAD":
            return Response(headers=self._headers())
        if self._over_limit(suffix):
            return PlainTextResponse("Daily GeoIP database download limit reached", 429)
        ticket = secrets.token_urlsafe(24)
        self._presigned[ticket] = suffix
        # Another host name, as the real one's: a client must not take its credentials there.
        target = f"http://localhost:{self._world.environment.port}/maxmind/store/{ticket}"
        return RedirectResponse(target, 302)

    async def store(self, request: Request) -> Response:
        if "authorization" in request.headers:
            return PlainTextResponse("Only one auth mechanism allowed", 400)
        suffix = self._presigned.get(request.path_params["ticket"])
        if suffix is None:
            return PlainTextResponse("Not found", 404)
        archive = self._archive()
        if suffix == "tar.gz":
            return Response(archive, media_type="application/gzip", headers=self._headers())
        digest = hashlib.sha256(archive).hexdigest()
        if self._order.wrong_checksum:
            digest = digest[::-1]
        return PlainTextResponse(f"{digest}  {self._folder()}.tar.gz\n")

    def _knows(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        try:
            account, _, key = base64.b64decode(given).decode().partition(":")
        except ValueError:
            return False
        expected = self._world.environment.maxmind_account
        right_key = key == self._world.vault.value("maxmind-license-key")
        return right_key and bool(account) and expected in {"", account}

    def _over_limit(self, suffix: str) -> bool:
        if suffix != "tar.gz":
            return False
        now = datetime.now(UTC).timestamp()
        self._downloads = [at for at in self._downloads if now - at < 86_400]
        if len(self._downloads) >= DOWNLOADS_A_DAY:
            return True
        self._downloads.append(now)
        return False

    def _built_at(self) -> datetime:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=self._order.age_days)

    def _folder(self) -> str:
        return f"GeoLite2-City_{self._built_at():%Y%m%d}"

    def _headers(self) -> dict[str, str]:
        return {"last-modified": format_datetime(self._built_at(), usegmt=True)}

    def _archive(self) -> bytes:
        built_at = self._built_at()
        if self._order.corrupt:
            return _packed(self._folder(), b"this is no database", built_at=built_at)
        if built_at not in self._archives:
            database = synthetic_database(built_at)
            self._archives[built_at] = _packed(self._folder(), database, built_at=built_at)
        return self._archives[built_at]


def _packed(folder: str, database: bytes, *, built_at: datetime) -> bytes:
    notice = b"Synthetic places of the ArtistOS stand-in. No MaxMind data.\n"
    files = {"COPYRIGHT.txt": notice, "LICENSE.txt": notice, "GeoLite2-City.mmdb": database}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime = len(content), int(built_at.timestamp())
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
