"""A small language for tests over the running stack: artists, fans, mails, time. HTTP alone.

What a test does here is what the outside can do: call the API, read the mails at the stand-in, move
the clock, fire a timer, wait until nothing is under way.
"""

import os
import re
import secrets
import signal
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from local.demo.client import Answer, send
from local.host.clock import read_offset
from local.stack.files import DataFolder

# London, in every GeoLite2 City file. Tests take turns: one network may sign up 30 in ten minutes.
ADDRESSES = tuple(f"81.2.69.{last}" for last in range(100, 200))
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that the provider accepted."""

    members: Mapping[str, Any]

    @property
    def subject(self) -> str:
        return str(self.members["subject"])

    @property
    def kind(self) -> str:
        """The template of a mail of ours, by its tag."""
        return str({tag["name"]: tag["value"] for tag in self.members["tags"]}.get("kind", ""))

    @property
    def headers(self) -> Mapping[str, str]:
        return self.members.get("headers") or {}

    @property
    def text(self) -> str:
        return str(self.members["text"])

    @property
    def html(self) -> str:
        return str(self.members["html"])

    def link(self, kind: str) -> str:
        """Return the path of a link in the mail, such as `/f/…/confirm`."""
        found = re.search(rf"https?://[^\s\"'<>)/]+(/[^\s\"'<>)]+/{kind})\b", self.text + self.html)
        assert found, f"no {kind} link in the mail {self.subject!r}"
        return found.group(1)


@dataclass(slots=True)
class Artist:
    """An onboarded artist with a session."""

    world: "World"
    user_id: str
    token: str
    email: str
    slug: str
    id: str = ""

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self.world.call(
            method, path, body, {"Authorization": f"Bearer {self.token}", **(headers or {})}
        )

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, None, headers)

    def post(
        self, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self.call("POST", path, body, headers)

    def sign_in_again(self) -> None:
        """Get a fresh session, as after a long time away."""
        self.token = self.world.token(self.user_id)

    def fans(self) -> dict[str, str]:
        """Return the statuses of the artist's fans by address."""
        return {item["email"]: item["status"] for item in self.get("/api/fans")["items"]}

    def release(self, **fields: object) -> Answer:
        """Create a release."""
        body = {"title": "First Light", "kind": "single", "genre": "indie pop", **fields}
        made = self.post("/api/releases", body)
        assert made.status == 201, made.text
        return made

    def ask_for_plan(self, release_id: str, **fields: object) -> str:
        """Ask for a plan; return its id at once, before it is written."""
        asked = self.post(f"/api/releases/{release_id}/plans", {"hours_per_week": 6, **fields})
        assert asked.status == 202, asked.text
        return str(asked["id"])

    def plan(self, release_id: str) -> Answer:
        """Ask for a plan and read it when it is written."""
        path = f"/api/plans/{self.ask_for_plan(release_id)}"
        self.world.until(lambda: self.get(path)["state"] == "draft", f"the plan at {path}")
        return self.get(path)

    def approve(self, plan: Answer) -> None:
        """Approve a plan as it was read."""
        path = f"/api/plans/{plan['id']}/approve"
        approved = self.post(path, {}, {"If-Match": str(plan.headers["ETag"])})
        assert approved.status == 200, approved.text

    def draft(self, **fields: object) -> str:
        """Write a draft blast; return its path."""
        body = {"subject": "News", "preview_text": "Soon", "body_markdown": "It is **out**."}
        draft = self.post("/api/blasts", {**body, **fields})
        assert draft.status == 201, draft.text
        return f"/api/blasts/{draft['id']}"

    def send(self, blast: str) -> None:
        """Send a blast to everybody whom its preview counts."""
        recipients = self.get(f"{blast}/preview")["recipients"]
        sent = self.post(f"{blast}/send", {"expected_recipients": recipients})
        assert sent.status == 202, sent.text

    def report(self, blast: str) -> dict[str, Any]:
        """Return a blast's report, which always adds up."""
        report: dict[str, Any] = self.get(f"{blast}/report").json
        told = sum(report[one] for one in ("accepted", "failed", "uncertain", "pending"))
        assert report["chosen"] == told + sum(report["suppressed"].values()), report
        return report


@dataclass(slots=True)
class World:
    """The running stack, seen from outside."""

    app: str
    standins: str
    data: Path
    account: str  # The connection string of its storage, past the stand-ins' faults.
    watched: str  # The same through them: who clears a queue past them leaves the host in wait.
    _operator: str | None = field(default=None)
    _addresses: Iterator[str] = field(default_factory=lambda: cycle(ADDRESSES))

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return send(method, self.app + path if path.startswith("/") else path, body, headers)

    def control(self, method: str, path: str, body: object = None) -> Answer:
        return send(method, f"{self.standins}/_control{path}", body)

    def artist(self, name: str = "Ada", **fields: object) -> Artist:
        """Return a new artist, signed in and onboarded."""
        artist = self.visitor()
        body = {
            "artist_name": name,
            "slug": artist.slug,
            "time_zone": "Europe/Berlin",
            "birth_date": "1990-01-01",
            "postal_address": "1 Street, 10115 Berlin, DE",
            "reply_to": artist.email,
            **fields,
        }
        onboarded = artist.call("PUT", "/api/me", body)
        assert onboarded.status in {200, 201}, onboarded.text
        artist.id = onboarded["id"]
        return artist

    def visitor(self, provider: str = "oauth_google") -> Artist:
        """Return somebody who has signed in and not been onboarded."""
        tag = secrets.token_hex(5)
        email = f"artist-{tag}@artist-mail.dev"
        user = self.control(
            "POST",
            "/clerk/users",
            {"email": email, "provider": provider, "provider_user_id": f"p{tag}"},
        )
        token = self.token(user["user_id"])
        return Artist(
            world=self, user_id=user["user_id"], token=token, email=email, slug=f"band-{tag}"
        )

    def token(self, user_id: str, **claims: object) -> str:
        """Return a session token; claims replace single ones."""
        made = self.control(
            "POST",
            "/clerk/tokens",
            {"user_id": user_id, "expires_in": 3600, "claims": claims},
        )
        return str(made["token"])

    def operator(self, method: str, path: str, body: object = None) -> Answer:
        """Call as an operator."""
        if self._operator is None:
            self._operator = self.operator_token()
        return self.call(method, path, body, {"Authorization": f"Bearer {self._operator}"})

    def given_up(self, artist: Artist) -> list[dict[str, Any]]:
        """Return the messages in the poison table that are this artist's, or name no artist."""
        items = self.operator("GET", "/api/ops/poison")["items"]
        return [one for one in items if one["message"].get("artist_id", artist.id) == artist.id]

    def operator_token(self) -> str:
        """Return an operator's access token."""
        return str(self.control("POST", "/entra/tokens", {"roles": ["Operator"]})["token"])

    def sign_up(
        self, artist: Artist, email: str, *, address: str | None = None, **fields: object
    ) -> Answer:
        """Join a list through the JSON door, from London unless an address is given."""
        info = self.call("GET", f"/api/capture/{artist.slug}")
        body = {"email": email, "consent": True, "form_token": info["form_token"], **fields}
        return self.call(
            "POST",
            f"/api/capture/{artist.slug}",
            body,
            {"X-Local-Client-IP": address or next(self._addresses)},
        )

    def sign_up_as_read(self, artist: Artist, email: str, **fields: str) -> str:
        """Join a list, and return the words of the notice that were shown."""
        notice = str(self.call("GET", f"/api/capture/{artist.slug}")["notice"])
        assert self.sign_up(artist, email, **fields).status == 202
        return notice

    def fan(self, artist: Artist, email: str, **options: Any) -> Mail:
        """Join a list and confirm; return the confirmation mail, whose links are the fan's."""
        before = len(self.mails(email))
        assert self.sign_up(artist, email, **options).status == 202
        self.until(lambda: len(self.mails(email)) > before, "the mail to a fan who signed up")
        mail = self.mails(email)[0]
        assert self.form(mail.link("confirm")).status in {200, 303}
        return mail

    def form(self, path: str, text: str = "", **headers: str) -> Answer:
        """Post a browser's form."""
        media = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.call("POST", path, text.encode(), {**media, **headers})

    def fans(self, artist: Artist, count: int) -> list[str]:
        """Have this many join and confirm; return their addresses."""
        tag = secrets.token_hex(3)
        emails = [f"fan-{number}-{tag}@fan-mail.dev" for number in range(count)]
        for email in emails:
            assert self.sign_up(artist, email).status == 202
        for email in emails:
            self.until(lambda email=email: self.mails(email), "the mail to a fan who signed up")  # type: ignore[misc]
            assert self.form(self.mails(email)[0].link("confirm")).status in {200, 303}
        return emails

    def mails(self, to: str) -> list[Mail]:
        """Return the mails to an address, the newest first."""
        query = urllib.parse.urlencode({"to": to, "limit": 200})
        return [Mail(item) for item in self.control("GET", f"/resend/emails?{query}")["items"]]

    def idle(self, timeout: int = 180) -> None:
        """Wait until no queue holds a message and nothing runs.

        An order for a sign-up that never came is looked for during two minutes: longer than that.
        """
        answer = send("GET", f"{self.app}/_local/idle?timeout={timeout}", timeout=timeout + 15)
        assert answer.status == 200, answer.text

    def timer(self, name: str) -> None:
        """Fire a timer by hand and wait for its end."""
        fired = self.call("POST", f"/admin/functions/{name}", {"input": ""})
        assert fired.status == 202, fired.text

    def at(self, moment: datetime | None) -> None:
        """Move the clock of everything; None brings it back."""
        body = {"now": moment.astimezone(UTC).isoformat()} if moment else {}
        assert self.call("POST", "/_local/clock", body).status == 200
        self._operator = None  # Its token was made for another time.

    def pid(self) -> int:
        """Return the host's process id."""
        return int(self.call("GET", "/_local/pid")["pid"])

    def kill(self) -> float:
        """Kill the host with -9, wait until it answers again, return after how many seconds."""
        former, began = self.pid(), time.monotonic()
        os.kill(former, signal.SIGKILL)
        self.until(lambda: self._is_back_since(former), "the host's return")
        return time.monotonic() - began

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait for something outside that can only be looked at."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < end, f"waited in vain for {what}"
            time.sleep(0.05)

    def _is_back_since(self, former: int) -> bool:
        try:
            return self.pid() != former
        except OSError:
            return False

    def faults(self, **fault: object) -> None:
        """Make a service fail at the wire."""
        assert self.control("POST", "/faults", fault).status in {200, 204}

    def calm(self) -> None:
        """Undo what a test did to time and weather; the provider takes mails as fast as they come.

        At Resend's own five a second, one file's mails to all artists keep the next file waiting.
        What runs under a moved clock ends before the clock is set back: a retention of next week
        would take what the next test has just made.
        """
        self.control("DELETE", "/faults")
        self.control("POST", "/config", {"resend_rate_per_second": 500})
        if read_offset(DataFolder(self.data).clock):
            self.until(lambda: not self._running(), "the end of what runs")
            self.at(None)

    def _running(self) -> object:
        """Return what runs at this moment; messages that wait do not count."""
        return self.call("GET", "/_local/idle?timeout=0").json.get("running")
