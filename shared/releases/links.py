"""Links to blobs, with the moment at which they end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import parse_qs, urlsplit

from shared.platform.clock import parse_instant


@dataclass(frozen=True, slots=True)
class Link:
    """An address that opens one blob until `expires_at`, by storage's clock."""

    url: str
    expires_at: datetime

    @classmethod
    def of(cls, url: str) -> Self:
        """Return a signed address with the end that its signature names."""
        return cls(url, parse_instant(parse_qs(urlsplit(url).query)["se"][0]))
