"""What happens to a mail after Resend took it, told by webhooks."""

from collections.abc import Callable
from typing import Any, Unpack

from local.standins.courier import Forgery
from local.standins.mailbox import Mailbox
from local.standins.resend_rules import bare
from local.standins.world import World

_WEBHOOK_PATH = "/api/webhooks/resend"
_SUPPRESSED = "resend-suppression"
_FATES: dict[str, tuple[str, ...]] = {
    "bounced": ("email.sent", "email.bounced"),
    "softbounced": ("email.sent", "email.bounced"),
    "complained": ("email.sent", "email.delivered", "email.complained"),
    "suppressed": ("email.sent", "email.suppressed"),
    "delayed": ("email.sent", "email.delivery_delayed"),
    "failed": ("email.failed",),
}
_USUAL = ("email.sent", "email.delivered")


def _bounce(mail: dict[str, Any]) -> dict[str, Any]:
    if mail["to"][0].startswith("softbounced"):
        kind, sub = "Transient", "MailboxFull"
    else:
        kind, sub = "Permanent", "General"
    text = "The recipient's mail server rejected the mail."
    return {"bounce": {"type": kind, "subType": sub, "message": text, "diagnosticCode": []}}


def _suppression(mail: dict[str, Any]) -> dict[str, Any]:
    del mail
    return {
        "suppressed": {
            "type": "OnAccountSuppressionList",
            "reason": "previous_bounce",
            "message": "The address is on the suppression list.",
            "diagnosticCode": [],
        }
    }


def _nothing(mail: dict[str, Any]) -> dict[str, Any]:
    del mail
    return {}


_EXTRAS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "email.bounced": _bounce,
    "email.suppressed": _suppression,
    "email.failed": lambda _: {"failed": {"reason": "reached_daily_quota"}},
}


class MailEvents:
    """Sends the webhooks, and keeps Resend's own suppression list."""

    def __init__(self, world: World, mailbox: Mailbox) -> None:
        self._world = world
        self._mailbox = mailbox

    def accepted(self, mails: list[dict[str, Any]], *, lane: str) -> None:
        """Let what follows from acceptance happen: sent, then delivered or the address's fate."""
        wanted = self._world.config.resend_webhooks
        if wanted is False:
            return
        for mail in mails:
            for event in self._fate(mail):
                if wanted is True or event in wanted:
                    self.send(event, mail, lane=lane)

    def send(
        self,
        event: str,
        mail: dict[str, Any],
        *,
        extra: dict[str, Any] | None = None,
        lane: str | None = None,
        message_id: str | None = None,
        **forgery: Unpack[Forgery],
    ) -> str:
        """Send one event of a mail; `extra` replaces what the type says by itself."""
        details = extra if extra is not None else _EXTRAS.get(event, _nothing)(mail)
        self._mailbox.set_last_event(mail["id"], event.removeprefix("email."))
        self._suppress(event, mail, details)
        payload = {
            "type": event,
            "created_at": self._world.clock.instant(),
            "data": _members(mail) | details,
        }
        for _ in range(self._world.config.resend_webhook_repeat):
            message_id = self._world.courier.send(
                _WEBHOOK_PATH,
                secret="resend-webhook-secret",  # nosec B106 - a name in the vault
                payload=payload,
                lane=lane,
                message_id=message_id,
                **forgery,
            )
        return message_id or ""

    def suppressions(self) -> dict[str, dict[str, Any]]:
        return self._world.state.all(_SUPPRESSED)

    def forgive(self, address: str) -> None:
        self._world.state.delete(_SUPPRESSED, address.lower())

    def _fate(self, mail: dict[str, Any]) -> tuple[str, ...]:
        address = bare(mail["to"][0]).lower()
        if self._world.state.get(_SUPPRESSED, address):
            return _FATES["suppressed"]
        name = address.partition("@")[0].partition("+")[0]
        return _FATES.get(name, _USUAL)

    def _suppress(self, event: str, mail: dict[str, Any], details: dict[str, Any]) -> None:
        permanent = details.get("bounce", {}).get("type") == "Permanent"
        if event != "email.complained" and not permanent:
            return
        address = bare(mail["to"][0]).lower()
        origin = "bounce" if permanent else "complaint"
        document = {
            "id": mail["id"],
            "email": address,
            "origin": origin,
            "source_id": mail["id"],
            "created_at": self._world.clock.instant(),
        }
        self._world.state.put(_SUPPRESSED, address, document)


def _members(mail: dict[str, Any]) -> dict[str, Any]:
    headers = mail.get("headers") or {}
    return {
        "email_id": mail["id"],
        "message_id": mail["message_id"],
        "created_at": mail["accepted_at"],
        "from": mail["from"],
        "to": mail["to"],
        "subject": mail["subject"],
        "tags": {tag["name"]: tag["value"] for tag in mail.get("tags") or []},
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
    }
