"""An artist comes in, corrects what is wrong, and sees what was done; over HTTP."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.world import Artist, World

pytestmark = pytest.mark.stack


def form(artist: Artist, **changes: Any) -> dict[str, Any]:
    return {
        "artist_name": "The Contract",
        "slug": artist.slug,
        "time_zone": "Europe/Berlin",
        "birth_date": "1990-01-01",
    } | changes


def clerk_users(world: World) -> set[str]:
    seen = world.control("GET", "/requests?service=clerk")["items"]
    return {item["path"] for item in seen if item["method"] == "DELETE"}


# Coming in


def test_before_onboarding_there_is_nobody(world: World) -> None:
    visitor = world.visitor()
    assert visitor.get("/api/me")["code"] == "not_onboarded"
    assert visitor.get("/api/me/banners")["code"] == "not_onboarded"


def test_onboarding_takes_address_and_sign_in_from_clerk(world: World) -> None:
    visitor = world.visitor()
    made = visitor.call("PUT", "/api/me", form(visitor, bio="Loud.", links=[]))
    assert made.status == 201
    assert made["email"] == visitor.email
    assert made["sign_in"]["provider"] == "google"
    assert made["sender_name"] == "The Contract"
    assert made["page_url"].endswith(f"/a/{visitor.slug}")
    assert "birth_date" not in made.json
    read = visitor.get("/api/me")
    assert read.json == made.json
    assert read.headers["ETag"] == made.headers["ETag"]


def test_an_artist_without_an_address_comes_in_too(world: World) -> None:
    user = world.control("POST", "/clerk/users", {"provider": "oauth_tiktok"})
    visitor = world.visitor()
    visitor.token = world.token(user["user_id"])
    made = visitor.call("PUT", "/api/me", form(visitor))
    assert (made.status, made["email"], made["sign_in"]["provider"]) == (201, None, "tiktok")


def test_onboarding_again_changes_what_differs_and_keeps_the_id(world: World) -> None:
    artist = world.artist()
    again = artist.call("PUT", "/api/me", form(artist, artist_name="Other", bio="New."))
    assert (again.status, again["id"], again["artist_name"]) == (200, artist.id, "Other")


def test_many_at_once_for_one_slug_are_one_winner(world: World) -> None:
    visitors = [world.visitor() for _ in range(20)]
    slug = visitors[0].slug
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda one: one.call("PUT", "/api/me", form(one, slug=slug)), visitors)
        )
    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    loser = next(one for one, it in zip(visitors, answers, strict=True) if it.status == 409)
    assert loser.get("/api/me").status == 404
    assert loser.call("PUT", "/api/me", form(loser)).status in {200, 201, 409}


def test_one_user_many_times_at_once_is_one_artist(world: World) -> None:
    visitor = world.visitor()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: visitor.call("PUT", "/api/me", form(visitor)), range(6)))
    assert {answer.status for answer in answers} <= {200, 201}
    assert len({answer["id"] for answer in answers}) == 1


def test_storage_that_fails_is_a_503_at_worst_and_blocks_no_retry(world: World) -> None:
    for table in ("ClerkUsers", "Artists", "Slugs", "Fans"):
        visitor = world.visitor()
        world.faults(service="tables", status=500, times=3, path=table)
        first = visitor.call("PUT", "/api/me", form(visitor))
        world.control("DELETE", "/faults")
        assert first.status in {200, 201, 503}, first.text
        assert visitor.call("PUT", "/api/me", form(visitor)).status in {200, 201}


def test_clerk_away_is_503_and_the_retry_succeeds(world: World) -> None:
    visitor = world.visitor()
    world.faults(service="clerk", status=500, times=1, path="/v1/users")
    away = visitor.call("PUT", "/api/me", form(visitor))
    assert away.status == 503
    assert int(away.headers["Retry-After"]) > 0
    assert visitor.call("PUT", "/api/me", form(visitor)).status == 201


def test_a_child_is_refused_and_forgotten(world: World) -> None:
    child = world.visitor()
    born = (datetime.now(UTC) - timedelta(days=365 * 12)).date().isoformat()
    refused = child.call("PUT", "/api/me", form(child, birth_date=born))
    assert (refused.status, refused["code"]) == (403, "not_eligible")
    assert f"/clerk/v1/users/{child.user_id}" in clerk_users(world)
    older = child.call("PUT", "/api/me", form(child))
    assert (older.status, older["code"]) == (403, "not_eligible")
    assert child.get("/api/me").status == 404
    other = world.visitor()
    assert other.call("PUT", "/api/me", form(other, slug=child.slug)).status == 201


@pytest.mark.parametrize("birth_date", ["2999-01-01", "1800-01-01", "1990-02-30", "90-1-1", 1990])
def test_a_birth_date_that_nobody_has_erases_nobody(world: World, birth_date: object) -> None:
    visitor = world.visitor()
    assert visitor.call("PUT", "/api/me", form(visitor, birth_date=birth_date)).status == 422
    assert visitor.call("PUT", "/api/me", form(visitor)).status == 201


# Correcting


def test_a_change_needs_the_version_that_was_read(world: World) -> None:
    artist = world.artist()
    etag = artist.get("/api/me").headers["ETag"]
    changed = artist.call("PATCH", "/api/me", {"bio": "One."}, {"If-Match": etag})
    assert (changed.status, changed["bio"]) == (200, "One.")
    assert changed.headers["ETag"] == artist.get("/api/me").headers["ETag"] != etag
    stale = artist.call("PATCH", "/api/me", {"bio": "Two."}, {"If-Match": etag})
    assert stale.status == 412
    assert artist.get("/api/me", **{"If-None-Match": changed.headers["ETag"]}).status == 304
    weakened = f'"other", W/{changed.headers["ETag"]}'
    assert artist.get("/api/me", **{"If-None-Match": weakened}).status == 304
    any_of_them = artist.call("PATCH", "/api/me", {"bio": "One."}, {"If-None-Match": "*"})
    assert (any_of_them.status, any_of_them["bio"]) == (200, "One.")
    for unlike in ("", "etag", '"one" "two"'):
        refused = artist.call("PATCH", "/api/me", {"bio": "Two."}, {"If-Match": unlike})
        assert (refused.status, refused["errors"][0]["field"]) == (422, "If-Match")
    for other in ('"etag"', f"W/{changed.headers['ETag']}"):
        assert artist.call("PATCH", "/api/me", {"bio": "2."}, {"If-Match": other}).status == 412


def test_settings_change_one_by_one(world: World) -> None:
    artist = world.artist()
    artist.call("PATCH", "/api/me", {"settings": {"reminder_time": "07:15"}})
    look = {"accent_colour": "#AABBCC", "headline": "Hello"}
    changed = artist.call("PATCH", "/api/me", {"settings": {"capture": look}})
    assert changed["settings"]["reminder_time"] == "07:15"
    assert changed["settings"]["double_opt_in"] is True
    assert changed["settings"]["capture"]["accent_colour"] == "#aabbcc"
    kept = artist.call("PATCH", "/api/me", {"settings": {"capture": {"headline": None}}})
    assert kept["settings"]["capture"]["accent_colour"] == "#aabbcc"
    assert kept["settings"]["capture"]["headline"] is None


def test_a_slug_that_was_left_is_the_owners_for_ninety_days(world: World) -> None:
    artist, other = world.artist(), world.visitor()
    left = artist.slug
    changed = artist.call("PATCH", "/api/me", {"slug": left + "-new"})
    assert changed["slug"] == left + "-new"
    taken = other.call("PUT", "/api/me", form(other, slug=left))
    assert (taken.status, taken["code"]) == (409, "slug_taken")
    assert artist.call("PATCH", "/api/me", {"slug": left})["slug"] == left
    assert artist.call("PATCH", "/api/me", {"slug": left + "-new"}).status == 200
    world.at(datetime.now(UTC) + timedelta(days=91))
    other.token = world.token(other.user_id)
    assert other.call("PUT", "/api/me", form(other, slug=left)).status == 201


def test_a_slug_that_was_taken_back_stays(world: World) -> None:
    artist = world.artist()
    first = artist.slug
    for slug in (f"{first}-new", first):
        assert artist.call("PATCH", "/api/me", {"slug": slug}).status == 200
    world.at(datetime.now(UTC) + timedelta(days=91))
    world.timer("retention")
    assert world.call("GET", f"/a/{first}").status == 200
    other = world.visitor()
    taken = other.call("PUT", "/api/me", form(other, slug=first))
    assert (taken.status, taken["code"]) == (409, "slug_taken")


def test_nobody_keeps_ever_more_names_from_others(world: World) -> None:
    artist = world.artist()
    first = artist.slug
    for number in range(5):
        assert artist.call("PATCH", "/api/me", {"slug": f"{first}-{number}"}).status == 200
    refused = artist.call("PATCH", "/api/me", {"slug": f"{first}-5"})
    assert (refused.status, int(refused.headers["Retry-After"]) > 86_400) == (429, True)
    assert artist.call("PATCH", "/api/me", {"slug": f"{first}-3"}).status == 200
    assert world.visitor().call("PUT", "/api/me", form(artist, slug=f"{first}-5")).status == 201


def test_the_largest_profile_that_is_allowed_is_kept(world: World) -> None:
    wide = "\U0001f3b8"
    links = [
        {"label": wide * 60, "url": f"https://band.example/{number}".ljust(1000, "x")}
        for number in range(20)
    ]
    body = {"links": links, "bio": wide * 2000, "artist_name": wide * 100}
    artist = world.artist()
    kept = artist.call("PATCH", "/api/me", body)
    assert (kept.status, kept["links"]) == (200, links)


def test_one_mailbox_is_asked_three_times_a_day_whoever_asks(world: World) -> None:
    mailbox = f"victim-{secrets.token_hex(4)}@other-mail.dev"
    for written in (mailbox, mailbox.upper(), mailbox, mailbox, mailbox):
        world.artist(reply_to=written)
    world.idle()
    assert len(world.mails(mailbox)) == 3


def test_a_new_reply_address_waits_for_its_own_click(world: World) -> None:
    artist = world.artist()
    assert artist.get("/api/me")["reply_to"] == artist.email
    address = f"replies-{artist.slug}@band-mail.dev"
    asked = artist.call("PATCH", "/api/me", {"reply_to": address})
    assert (asked["reply_to"], asked["pending_reply_to"]) == (artist.email, address)
    world.idle()
    mail = world.mails(address)[0]
    link = next(part for part in mail.text.split() if "/m/" in part)
    path = "/m/" + link.partition("/m/")[2]
    assert "<form" in world.call("GET", path).text
    assert artist.get("/api/me")["pending_reply_to"] == address
    assert "Confirmed" in world.form(path).text
    assert "Confirmed" in world.form(path).text
    me = artist.get("/api/me")
    assert (me["reply_to"], me["pending_reply_to"]) == (address, None)
    assert world.call("GET", path[:-1] + ("A" if path[-1] != "A" else "B")).status == 404


def test_a_new_reply_address_needs_a_recent_sign_in(world: World) -> None:
    artist = world.artist()
    artist.token = world.token(artist.user_id, fva=[11, -1])
    refused = artist.call("PATCH", "/api/me", {"reply_to": "other@band-mail.dev"})
    assert (refused.status, refused["code"]) == (403, "reauthentication_required")
    assert artist.call("PATCH", "/api/me", {"bio": "Fine.", "reply_to": artist.email}).status == 200


# Notices, objections, the trail


def test_an_objection_is_made_once_and_stands_in_account_and_trail(world: World) -> None:
    artist = world.artist()
    body = {"processing": "product_analytics"}
    first, second = artist.post("/api/me/objections", body), artist.post("/api/me/objections", body)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert [o["processing"] for o in artist.get("/api/me")["objections"]] == ["product_analytics"]
    trail = [entry["what"] for entry in artist.get("/api/me/activity")["items"]]
    assert trail.count("objection_made") == 1
    assert artist.post("/api/me/objections", {"processing": "security"}).status == 422


def test_the_trail_is_paged_newest_first_and_belongs_to_its_artist(world: World) -> None:
    artist, other = world.artist(), world.artist()
    for processing in ("product_analytics", "service_improvement"):
        artist.post("/api/me/objections", {"processing": processing})
    seen: list[str] = []
    cursor: Any = ""
    while cursor is not None:
        page = artist.get(f"/api/me/activity?limit=1{cursor and '&cursor=' + cursor}")
        seen += [entry["what"] for entry in page["items"]]
        cursor = page["next_cursor"]
        foreign = other.get(f"/api/me/activity?limit=1&cursor={cursor}")
        assert foreign.status == 422
    assert seen == ["objection_made", "objection_made", "account_opened"]


@pytest.mark.parametrize("name", ["ban_x", "x", "ban_" + "0" * 24, "a'b", "..%2f", "%00"])
def test_a_notice_that_is_not_there_cannot_be_dismissed(world: World, name: str) -> None:
    assert world.artist().post(f"/api/me/banners/{name}/dismiss").status == 404


# Who asks


def test_a_cookie_changes_nothing_without_an_allowed_origin(world: World) -> None:
    artist = world.artist()
    cookie = {"Cookie": f"__session={artist.token}", "Content-Type": "application/json"}
    assert world.call("GET", "/api/me", None, cookie).status == 200
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        refused = world.call("PATCH", "/api/me", {"bio": "x"}, {**cookie, **origin})
        assert (refused.status, refused["code"]) == (403, "origin_not_allowed")
    allowed = {"Origin": "http://localhost:3000"}
    assert world.call("PATCH", "/api/me", {"bio": "x"}, {**cookie, **allowed}).status == 200


@pytest.mark.parametrize("other", ['prefs={"a":1}', "ab[0]=1", "a@b=1", "broken", "="])
def test_cookies_of_others_hide_no_session(world: World, other: str) -> None:
    artist = world.artist()
    for cookies in (f"{other}; __session={artist.token}", f"__session={artist.token};{other}"):
        assert world.call("GET", "/api/me", None, {"Cookie": cookies}).status == 200


def test_an_impersonated_session_only_reads(world: World) -> None:
    artist = world.artist()
    artist.token = world.token(artist.user_id, act={"sub": "user_support"})
    assert artist.get("/api/me").status == 200
    assert artist.call("PATCH", "/api/me", {"bio": "x"})["code"] == "impersonated"


def test_an_operator_is_nobody_here_and_an_artist_nobody_there(world: World) -> None:
    assert world.operator("GET", "/api/me").status == 401
    assert world.artist().get("/api/ops/mail-templates").status == 403
