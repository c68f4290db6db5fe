"""Who is on stage in the demo, and how they reach the application: HTTP alone."""

import re
import secrets
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.demo.client import Answer, send

ARTIST_NAME = "The Quiet Engines"
# A chunk whose host was killed is left to its owner for 90 seconds, and then asked again.
IDLE_SECONDS, IDLE_LOOKS = 45, 4


class StepFailed(Exception):
    """A step did not answer as it should; the message says what was asked and what came."""


@dataclass(slots=True)
class Scene:
    """The running stack, one artist, and what the steps find out on the way."""

    app: str
    standins: str
    tag: str = field(default_factory=lambda: secrets.token_hex(3))
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return f"the-quiet-engines-{self.tag}"

    @property
    def email(self) -> str:
        return f"artist-{self.tag}@artist-mail.dev"

    def fan_address(self, name: str) -> str:
        """Return a fan's address in this run of the demo."""
        return f"{name}-{self.tag}@fan-mail.dev"

    def control(self, method: str, path: str, body: object = None) -> Answer:
        """Call a control of the stand-ins."""
        return self._expect(send(method, f"{self.standins}/_control{path}", body), method, path)

    def artist(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        status: int | tuple[int, ...] = 200,
    ) -> Answer:
        """Call the API as the artist, whose session is made fresh each time."""
        bearer = {"Authorization": f"Bearer {self._session()}"}
        answer = send(method, self._url(path), body, {**bearer, **(headers or {})})
        return self._expect(answer, method, path, status)

    def public(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        status: int | tuple[int, ...] = 200,
    ) -> Answer:
        """Call as anybody."""
        answer = send(method, self._url(path), body, headers)
        return self._expect(answer, method, path, status)

    def press(self, path: str, form: str = "") -> Answer:
        """Press a page's button: a browser's form."""
        media = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.public("POST", path, form.encode(), media, status=(200, 303))

    def mail(self, to: str, words: str = "") -> Mapping[str, Any]:
        """Return the newest mail to an address whose subject holds these words."""
        query = urllib.parse.urlencode({"to": to, "limit": 100})
        items = self.control("GET", f"/resend/emails?{query}")["items"]
        found = [item for item in items if words.lower() in item["subject"].lower()]
        if not found:
            raise StepFailed(f"no mail with {words!r} in its subject reached the mailbox")
        mail: Mapping[str, Any] = found[0]
        return mail

    def link(self, mail: Mapping[str, Any], kind: str) -> str:
        """Return the path of a link of the mail, such as `/f/…/confirm`."""
        text = f"{mail['text']} {mail['html']}"
        link = re.search(rf"https?://[^\s\"'<>)/]+(/[^\s\"'<>)]+/{kind})\b", text)
        if link is None:
            raise StepFailed(f"the mail has no {kind} link")
        return link.group(1)

    def settle(self) -> None:
        """Wait until every queue is empty and nothing runs; a killed host's work included."""
        for _ in range(IDLE_LOOKS):
            look = send("GET", f"{self.app}/_local/idle?timeout={IDLE_SECONDS}", timeout=90)
            if look.status == 200:
                return
        raise StepFailed(f"the work does not end: {look.text[:300]}")

    def fire(self, function: str) -> None:
        """Fire a timer by hand."""
        self.public("POST", f"/admin/functions/{function}", {"input": ""}, status=202)

    def _session(self) -> str:
        body = {"user_id": self.found["user_id"], "expires_in": 600}
        return str(self.control("POST", "/clerk/tokens", body)["token"])

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self.app + path

    def _expect(
        self, answer: Answer, method: str, path: str, status: int | tuple[int, ...] = ()
    ) -> Answer:
        wanted = (status,) if isinstance(status, int) else status or (200, 201, 202, 204)
        if answer.status not in wanted:
            shown = path.partition("?")[0]
            raise StepFailed(f"{method} {shown} answered {answer.status}: {answer.text[:300]}")
        return answer


def patiently(scene: Scene, path: str, *, seconds: float) -> None:
    """Wait until the application answers again, as after a kill."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if send("GET", scene.app + path, timeout=2).status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise StepFailed("the application does not come back")
