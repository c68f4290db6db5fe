"""A Spotify for Artists provider: our own contract, since no public API exists.

`GET /v1/artists/{id}/timeline?from&to` gives the same numbers as the artist's CSV export, for a
partner's feed or a vendor. Unknown members are dropped: only numbers and days leave this module.
"""

from dataclasses import dataclass
from datetime import date

from shared.platform.clients.http import HttpClient
from shared.platform.problems import RetryLater
from shared.platform.secrets import SecretName, Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineDay:
    """One UTC day's numbers by metric name; a metric that was not measured is absent."""

    day: date
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Days with numbers, and until when they are complete."""

    complete_until: date | None
    days: tuple[TimelineDay, ...]


class SpotifyForArtists:
    """The provider, asked with our token."""

    def __init__(self, http: HttpClient, secrets: Secrets) -> None:
        self._http = http
        self._secrets = secrets

    def timeline(self, spotify_artist_id: str, *, first: date, last: date) -> Timeline | None:
        """Return the artist's days, or None when the provider does not know the artist.

        Raises:
            RetryLater: the provider is away or asks us to wait.
        """
        token = self._secrets.get(SecretName.SPOTIFY_FOR_ARTISTS_TOKEN)
        answer = self._http.call(
            "GET",
            f"/v1/artists/{spotify_artist_id}/timeline",
            headers={"Authorization": f"Bearer {token}"},
            query={"from": first.isoformat(), "to": last.isoformat()},
        )
        if answer.status == 404:
            return None
        members = answer.members()
        rows = members.get("rows")
        if answer.status != 200 or not isinstance(rows, list):
            raise RetryLater("spotify_for_artists_away")
        complete = members.get("complete_until")
        return Timeline(
            complete_until=_day(complete),
            days=tuple(
                TimelineDay(day=day, numbers=_numbers(row))
                for row in rows
                if isinstance(row, dict) and (day := _day(row.get("date"))) is not None
            ),
        )


def _numbers(row: dict[str, object]) -> dict[str, int]:
    return {
        name: value
        for name, value in row.items()
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0
    }


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
