"""The steps of the journey, in order. Each says in a few words what it saw, and may be repeated."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from local.demo import media
from local.demo.scene import ARTIST_NAME, Scene, StepFailed

# Three fans in three countries: documented in MaxMind's own test data.
FANS = {
    "ada": ("81.2.69.142", "GB"),
    "kim": ("89.160.20.112", "SE"),
    "sam": ("216.160.83.56", "US"),
}
TIMERS = (
    "dispatch",
    "daily_reminders",
    "spotify_sync",
    "retention",
    "policy_notices",
    "clerk_reconciliation",
    "geoip_refresh",
)
WEEKS_AHEAD = 7


def sign_in(scene: Scene) -> str:
    """Sign in at Clerk; its webhook tells us of the new user."""
    if "user_id" not in scene.found:
        body = {
            "email": scene.email,
            "provider": "oauth_google",
            "provider_user_id": f"g-{scene.tag}",
        }
        scene.found["user_id"] = scene.control("POST", "/clerk/users", body)["user_id"]
    scene.settle()
    return "a Clerk user, and its signed webhook"


def onboard(scene: Scene) -> str:
    """Finish the onboarding."""
    body = {
        "artist_name": ARTIST_NAME,
        "slug": scene.slug,
        "time_zone": "Europe/Berlin",
        "birth_date": "1994-05-02",
        "bio": "Slow songs for fast cities.",
        "postal_address": "12 Harbour Lane, 10115 Berlin, DE",
        "reply_to": scene.email,
    }
    me = scene.artist("PUT", "/api/me", body, status=(200, 201))
    scene.artist("PATCH", "/api/me", {"settings": {"capture": {"accent_colour": "#b4472f"}}})
    return f"{me['artist_name']} at {me['page_url']}"


def release(scene: Scene) -> str:
    """Create a release."""
    body = {
        "title": "Slow Fire",
        "kind": "single",
        "genre": "indie pop",
        "mood_tags": ["warm", "night"],
        "release_date": _day(7 * WEEKS_AHEAD),
        "language": "en",
        "collaborators": [{"name": "Noor Haddad", "role": "producer"}],
        "royalty_splits": [
            {"name": "Mia Lind", "role": "writer", "percent": "66.67"},
            {"name": "Noor Haddad", "role": "producer", "percent": "33.33"},
        ],
    }
    key = {"Idempotency-Key": f"demo-release-{scene.tag}"}
    made = scene.artist("POST", "/api/releases", body, key, status=201)
    scene.found["release_id"] = made["id"]
    return f"“{made['title']}”, out on {made['release_date']}"


def upload(scene: Scene) -> str:
    """Upload audio and artwork straight to storage, and have them checked."""
    _upload(scene, "audio", "slow-fire.wav", "audio/wav", media.song())
    _upload(scene, "artwork", "cover.png", "image/png", media.cover())
    files = scene.artist("GET", _release(scene))["files"]
    audio, artwork = files["audio"], files["artwork"]
    return (
        f"{audio['duration_seconds']:.1f} s of audio at {audio['sample_rate_hz']} Hz, "
        f"artwork of {artwork['width_px']} px"
    )


def ask_for_plan(scene: Scene) -> str:
    """Ask for a marketing plan; a queue function writes it."""
    body = {
        "goals": ["100 confirmed fans"],
        "budget_cents": 20_000,
        "currency": "EUR",
        "hours_per_week": 5,
        "no_go_channels": ["paid_ads"],
    }
    key = {"Idempotency-Key": f"demo-plan-{scene.tag}"}
    asked = scene.artist("POST", f"{_release(scene)}/plans", body, key, status=202)
    scene.found["plan_id"] = asked["id"]
    scene.settle()
    plan = scene.artist("GET", f"/api/plans/{asked['id']}").json
    if plan["state"] != "draft":
        raise StepFailed(f"the plan is {plan['state']}")
    return (
        f"{len(plan['actions'])} dated actions, {len(plan['closed'])} doors closed, "
        f"written by {plan['source']['kind']}"
    )


def approve_plan(scene: Scene) -> str:
    """Approve the plan as it was read; its mail goes out."""
    path = f"/api/plans/{scene.found['plan_id']}"
    read = scene.artist("GET", path)
    if read["state"] == "draft":
        scene.artist("POST", f"{path}/approve", {}, {"If-Match": str(read.headers["ETag"])})
    scene.settle()
    mail = scene.mail(scene.email, "plan")
    return f"approved; mail “{mail['subject']}”"


def fans_join(scene: Scene) -> str:
    """Three fans from three countries join on the capture page and confirm by mail."""
    page = scene.public("GET", f"/a/{scene.slug}")
    for name, (address, _) in FANS.items():
        info = scene.public("GET", f"/api/capture/{scene.slug}")
        body = {
            "email": scene.fan_address(name),
            "consent": True,
            "form_token": info["form_token"],
            "source": "demo",
        }
        client = {"X-Local-Client-IP": address}
        scene.public("POST", f"/api/capture/{scene.slug}", body, client, status=202)
    scene.settle()
    for name in FANS:
        confirmation = scene.mail(scene.fan_address(name))
        scene.found[f"mail-{name}"] = confirmation
        scene.press(scene.link(confirmation, "confirm"))
    places = {fan["email"]: fan["country"] for fan in _fans(scene)}
    wrong = [n for n, (_, country) in FANS.items() if places[scene.fan_address(n)] != country]
    seen = ", ".join(sorted({str(place) for place in places.values()}))
    note = f" (the places of {', '.join(wrong)} differ in this database)" if wrong else ""
    return f"a page of {len(page.body) // 1024} KB; fans in {seen}{note}"


def send_blast(scene: Scene) -> str:
    """Write to all fans: cut into chunks, sent by the queue function."""
    key = {"Idempotency-Key": f"demo-blast-{scene.tag}"}
    body = {
        "subject": "Slow Fire is coming",
        "preview_text": "You hear it first.",
        "body_markdown": "Hello,\n\n**Slow Fire** comes out soon. You are the first to know.",
        "release_id": scene.found["release_id"],
    }
    draft = scene.artist("POST", "/api/blasts", body, key, status=201)
    blast = f"/api/blasts/{draft['id']}"
    preview = scene.artist("GET", f"{blast}/preview")
    if scene.artist("GET", blast)["state"] == "draft":
        expected = {"expected_recipients": preview["recipients"]}
        scene.artist("POST", f"{blast}/send", expected, status=202)
    report = _until_sent(scene, blast)
    headers = scene.mail(scene.fan_address("ada"), "Slow Fire")["headers"]
    if headers.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        raise StepFailed("the mail has no one-click header")
    return f"{report['accepted']} of {report['chosen']} accepted, with one-click unsubscribe"


def fan_leaves(scene: Scene) -> str:
    """One fan leaves with one click, as a mail program does it."""
    mail = scene.mail(scene.fan_address("sam"), "Slow Fire")
    address = str(mail["headers"]["List-Unsubscribe"]).strip("<>")
    scene.press(address, "List-Unsubscribe=One-Click")
    status = {fan["email"]: fan["status"] for fan in _fans(scene)}[scene.fan_address("sam")]
    if status != "unsubscribed":
        raise StepFailed(f"the fan is {status}")
    return "unsubscribed at once, without a page or a sign-in"


def spotify(scene: Scene) -> str:
    """Connect Spotify with consent, and withdraw it."""
    begun = scene.artist("POST", "/api/spotify/connect")
    at_spotify = scene.public("GET", begun["authorize_url"], status=(302, 303))
    back = scene.public("GET", str(at_spotify.headers["Location"]), status=303)
    state = scene.artist("GET", "/api/spotify")["state"]
    if state != "connected":
        raise StepFailed(f"the connection is {state}, after {back.headers['Location']}")
    address = {"artist_url": "https://open.spotify.com/artist/0TnOYISbd1XYRBk9myaseg"}
    scene.artist("PUT", "/api/spotify", address)
    scene.fire("spotify_sync")
    scene.settle()
    scene.artist("DELETE", "/api/spotify")
    return "connected, synced, withdrawn; its tokens and numbers are gone"


def import_numbers(scene: Scene) -> str:
    """Import a Spotify for Artists export: the artist's own numbers."""
    rows = "".join(
        f"{_day(-offset)},{80 + offset},{1500 + offset},{700 - offset},{40},{120 + 3 * offset},"
        f"{offset % 7},{5},{560 - offset}\r\n"
        for offset in range(3, 40)
    )
    head = (
        "date,listeners,monthly listeners,monthly active listeners,super listeners,streams,"
        "playlist adds,saves,followers\r\n"
    )
    imported = scene.artist(
        "POST",
        "/api/performance/imports",
        f"\ufeff{head}{rows}".encode(),
        {"Content-Type": "text/csv"},
    )
    return f"{imported['accepted']} days of an {imported['kind'].replace('_', ' ')}"


def look(scene: Scene) -> str:
    """Read the dashboard, the list and its export."""
    dashboard = scene.artist("GET", "/api/dashboard").json
    listed = _fans(scene)
    export = scene.artist("GET", "/api/fans/export.csv").text
    rows = len(export.strip().splitlines()) - 1
    if rows != len(listed):
        raise StepFailed(f"the export has {rows} rows, the list {len(listed)}")
    streams = dashboard["streams"]["value"]
    return f"{dashboard['fans']['total']} fans, {streams} streams in 28 days, {rows} rows exported"


def own_data(scene: Scene) -> str:
    """Export everything that is held on the artist."""
    asked = scene.artist("POST", "/api/me/exports", status=202)
    scene.settle()
    export = scene.artist("GET", f"/api/me/exports/{asked['id']}")
    if not export["url"]:
        raise StepFailed(f"the export is {export['state']}")
    link = scene.artist("GET", export["url"], status=302)
    archive = scene.public("GET", str(link.headers["Location"]))
    return f"a signed archive of {len(archive.body) // 1024} KB"


def delete_and_restore(scene: Scene) -> str:
    """Delete the account, see the page gone, and restore it within the grace."""
    if scene.artist("GET", "/api/me")["deletion"] is None:
        scene.artist("DELETE", "/api/me", status=202)
    scene.public("GET", f"/a/{scene.slug}", status=404)
    purge = scene.artist("GET", "/api/me")["deletion"]["purge_after"]
    scene.artist("POST", "/api/me/restore", status=202)
    scene.public("GET", f"/a/{scene.slug}")
    scene.settle()
    return f"would have been purged after {purge}; restored"


def timers(scene: Scene) -> str:
    """Fire every timer once."""
    for timer in TIMERS:
        scene.fire(timer)
    scene.settle()
    return ", ".join(TIMERS)


JOURNEY: tuple[tuple[str, Callable[[Scene], str]], ...] = (
    ("An artist signs in", sign_in),
    ("and is onboarded", onboard),
    ("announces a release", release),
    ("uploads the song and its cover", upload),
    ("asks for a marketing plan", ask_for_plan),
    ("approves it", approve_plan),
    ("Fans join and confirm", fans_join),
    ("The artist mails them", send_blast),
    ("One fan leaves", fan_leaves),
    ("Spotify comes and goes", spotify),
    ("Numbers are imported", import_numbers),
    ("The artist looks at it all", look),
    ("takes the own data along", own_data),
    ("deletes the account and thinks better of it", delete_and_restore),
    ("Every timer fires once", timers),
)


def _upload(scene: Scene, kind: str, filename: str, content_type: str, content: bytes) -> None:
    body = {
        "kind": kind,
        "filename": filename,
        "content_type": content_type,
        "size_bytes": len(content),
    }
    promised = scene.artist("POST", f"{_release(scene)}/uploads", body, status=201)
    scene.public("PUT", promised["put_url"], content, promised["headers"], status=201)
    scene.artist("POST", f"{_release(scene)}/uploads/{promised['id']}/complete")


def _until_sent(scene: Scene, blast: str) -> dict[str, int]:
    for _ in range(20):
        scene.settle()
        report: dict[str, int] = scene.artist("GET", f"{blast}/report").json
        if report["chosen"] and report["accepted"] == report["chosen"]:
            return report
        scene.fire("dispatch")
    raise StepFailed(f"the blast did not go out: {json.dumps(report)}")


def _fans(scene: Scene) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = scene.artist("GET", "/api/fans")["items"]
    return listed


def _release(scene: Scene) -> str:
    return f"/api/releases/{scene.found['release_id']}"


def _day(offset: int) -> str:
    return (datetime.now(UTC) + timedelta(days=offset)).date().isoformat()
