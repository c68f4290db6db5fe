"""Spotify's stand-in, and the Spotify for Artists provider's."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.standins.process import StandIns

REDIRECT = "http://127.0.0.1:7071/api/spotify/callback"
VERIFIER = "v" * 64
ARTIST = "1TnOYISbd1XYRBk9myaseg"


def authorized(stand_ins: StandIns, **changes: str) -> dict[str, str]:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": "local-client",
        "redirect_uri": REDIRECT,
        "state": "st-1",
        "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    } | changes
    url = f"{stand_ins.url}/spotify/authorize"
    answer = requests.get(url, params=query, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    found = urlsplit(answer.headers["location"])
    assert f"{found.scheme}://{found.netloc}{found.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(found.query).items()}


def token(stand_ins: StandIns, secret: str | None = None, **form: str) -> requests.Response:
    secret = secret or stand_ins.secret("spotify-client-secret")
    url = f"{stand_ins.url}/spotify/api/token"
    return requests.post(url, data=form, auth=("local-client", secret), timeout=10)


def exchange(stand_ins: StandIns, given: str, /, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    } | changes
    return token(stand_ins, **form)


def connected(stand_ins: StandIns) -> dict[str, Any]:
    tokens: dict[str, Any] = exchange(stand_ins, authorized(stand_ins)["code"]).json()
    return tokens


def refreshed(stand_ins: StandIns, refresh_token: str) -> requests.Response:
    return token(stand_ins, grant_type="refresh_token", refresh_token=refresh_token)


def web_api(stand_ins: StandIns, path: str, access: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {access}"}
    return requests.get(f"{stand_ins.url}/spotify/v1{path}", headers=headers, timeout=10)


@pytest.fixture(autouse=True)
def usual_behaviour(stand_ins: StandIns) -> None:
    stand_ins.control(
        "POST",
        "/spotify",
        {
            "mode": "development",
            "rate_limited_seconds": 0,
            "quota_exceeded": False,
            "rotate_refresh_tokens": False,
            "unlisted_user": False,
        },
    )


def test_a_user_agrees_and_the_state_comes_back(stand_ins: StandIns) -> None:
    answer = authorized(stand_ins)
    assert answer["state"] == "st-1"
    tokens = exchange(stand_ins, answer["code"]).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["refresh_token"]


def test_a_user_declines(stand_ins: StandIns) -> None:
    assert authorized(stand_ins, deny="1") == {"error": "access_denied", "state": "st-1"}


def test_localhost_is_no_redirect_address(stand_ins: StandIns) -> None:
    query = {"response_type": "code", "client_id": "x", "redirect_uri": "http://localhost/cb"}
    answer = requests.get(f"{stand_ins.url}/spotify/authorize", params=query, timeout=10)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "w" * 64}, {"redirect_uri": REDIRECT + "/"}, {"code": "no"}]
)
def test_an_exchange_must_fit_its_authorisation(
    stand_ins: StandIns, changes: dict[str, str]
) -> None:
    answer = exchange(stand_ins, authorized(stand_ins)["code"], **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_works_once_and_for_ten_minutes(stand_ins: StandIns) -> None:
    code = authorized(stand_ins)["code"]
    assert exchange(stand_ins, code).ok
    assert exchange(stand_ins, code).json()["error"] == "invalid_grant"
    late = authorized(stand_ins)["code"]
    stand_ins.control("POST", "/clock", {"offset_seconds": 601})
    assert exchange(stand_ins, late).json()["error"] == "invalid_grant"


def test_the_client_secret_is_checked(stand_ins: StandIns) -> None:
    answer = token(stand_ins, secret="wrong", grant_type="client_credentials")
    assert answer.json()["error"] == "invalid_client"


def test_a_refresh_keeps_or_replaces_its_token(stand_ins: StandIns) -> None:
    refresh = connected(stand_ins)["refresh_token"]
    assert "refresh_token" not in refreshed(stand_ins, refresh).json()
    stand_ins.control("POST", "/spotify", {"rotate_refresh_tokens": True})
    successor = refreshed(stand_ins, refresh).json()["refresh_token"]
    assert refreshed(stand_ins, refresh).json()["error"] == "invalid_grant"
    assert refreshed(stand_ins, successor).ok


def test_a_connection_ends_by_revocation_and_after_six_months(stand_ins: StandIns) -> None:
    refresh = connected(stand_ins)["refresh_token"]
    stand_ins.control("POST", "/clock", {"offset_seconds": 183 * 86_400})
    assert refreshed(stand_ins, refresh).json()["error"] == "invalid_grant"
    tokens = connected(stand_ins)
    stand_ins.control("POST", "/spotify", {"revoke": True})
    assert refreshed(stand_ins, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert web_api(stand_ins, "/me", tokens["access_token"]).status_code == 401


def test_development_mode_hides_followers_and_popularity(stand_ins: StandIns) -> None:
    access = token(stand_ins, grant_type="client_credentials").json()["access_token"]
    artist = web_api(stand_ins, f"/artists/{ARTIST}", access).json()
    assert not {"followers", "popularity"} & set(artist)
    stand_ins.control("POST", "/spotify", {"mode": "extended"})
    extended = web_api(stand_ins, f"/artists/{ARTIST}", access).json()
    assert extended["name"] == artist["name"]
    assert extended["followers"]["total"] > 0


def test_the_web_api_answers_what_the_product_reads(stand_ins: StandIns) -> None:
    access = connected(stand_ins)["access_token"]
    assert web_api(stand_ins, "/me", access).json()["account_id"]
    assert web_api(stand_ins, f"/artists/{ARTIST}/albums?limit=10", access).json()["items"]
    assert web_api(stand_ins, f"/artists/{ARTIST}/albums?limit=11", access).status_code == 400
    found = web_api(stand_ins, "/search?q=Harbour&type=artist", access).json()
    assert found["artists"]["items"][0]["name"] == "Harbour"
    assert web_api(stand_ins, "/artists/0000000000000000000000", access).status_code == 404
    assert web_api(stand_ins, f"/artists/{ARTIST}/top-tracks", access).status_code == 403
    assert web_api(stand_ins, "/me", "no").status_code == 401


def test_limits_and_lists_are_enforced_on_request(stand_ins: StandIns) -> None:
    access = connected(stand_ins)["access_token"]
    stand_ins.control("POST", "/spotify", {"rate_limited_seconds": 3600})
    limited = web_api(stand_ins, "/me", access)
    assert limited.status_code == 429
    assert 3590 <= int(limited.headers["retry-after"]) <= 3601
    stand_ins.control("POST", "/spotify", {"rate_limited_seconds": 0, "quota_exceeded": True})
    assert web_api(stand_ins, "/me", access).json()["error"]["reason"] == "QUOTA_EXCEEDED"
    stand_ins.control("POST", "/spotify", {"quota_exceeded": False, "unlisted_user": True})
    unlisted = web_api(stand_ins, "/me", access)
    assert unlisted.status_code == 403
    assert unlisted.headers["content-type"].startswith("text/plain")


def test_streams_by_day_are_the_same_each_time(stand_ins: StandIns) -> None:
    url = f"{stand_ins.url}/s4a/v1/artists/{ARTIST}/timeline?from=2026-01-01&to=2026-01-31"
    assert requests.get(url, timeout=10).status_code == 401
    bearer = {"Authorization": f"Bearer {stand_ins.secret('spotify-for-artists-token')}"}
    first, again = (requests.get(url, headers=bearer, timeout=10).json() for _ in range(2))
    assert first == again
    assert len(first["rows"]) == 31
    assert set(first["rows"][0]) == {
        "date", "listeners", "monthly_listeners", "monthly_active_listeners", "super_listeners",
        "streams", "playlist_adds", "saves", "followers",
    }  # fmt: skip
    songs = requests.get(
        f"{stand_ins.url}/s4a/v1/artists/{ARTIST}/songs?period=28d", headers=bearer, timeout=10
    ).json()
    assert set(songs["rows"][0]) == {"song", "listeners", "streams", "saves", "release_date"}


def test_the_exports_have_the_heads_that_artists_download(stand_ins: StandIns) -> None:
    heads = {
        "audience": "date,listeners,monthly listeners,monthly active listeners,super listeners,"
        "streams,playlist adds,saves,followers",
        "audience_oldest": "date,listeners,streams,followers",
        "song": "date,streams",
        "songs": "song,listeners,streams,saves,release_date",
        "playlists": "title,author,listeners,streams,date_added",
    }
    for kind, head in heads.items():
        content = requests.get(f"{stand_ins.url}/_control/s4a/csv/{kind}", timeout=10).content
        assert content.startswith(b"\xef\xbb\xbf" + head.encode() + b"\r\n"), kind
