"""The postman: puts a mail into its envelope and hands it to the provider, once for each key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from shared.platform import telemetry
from shared.platform.clients.http import ServiceAway
from shared.platform.clients.resend import Resend, Sending
from shared.platform.problems import GiveUp, RetryLater

PRODUCT: Final = "ArtistOS"
MAX_SUBJECT: Final = 998  # RFC 5322, 2.1.1: the longest line.
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_OVERRIDES: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_QUOTAS: Final = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})


class Stream(StrEnum):
    """The two streams, apart by subdomain, so that fan mail cannot spoil the mails of accounts."""

    TRANSACTIONAL = "t"
    FANS = "fans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one mailbox, written and ready."""

    to: str
    subject: str
    html: str
    text: str
    from_name: str = PRODUCT
    stream: Stream = Stream.TRANSACTIONAL
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


class MailThrottled(RetryLater):
    """The provider takes nothing just now, and took nothing of this call."""

    def __init__(self, reason: str, *, wait: timedelta) -> None:
        super().__init__(reason)
        self.wait = wait


class MailAway(RetryLater):
    """The provider is away or refuses us, for nobody knows how long."""

    def __init__(self, reason: str, *, may_have_gone: bool) -> None:
        super().__init__(reason)
        self.may_have_gone = may_have_gone


class Postman:
    """Sends single mails. Blasts go in batches of their own and share only the envelope."""

    def __init__(self, resend: Resend, *, domain: str) -> None:
        self._resend = resend
        self._domain = domain

    def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Send a mail; with the same key at most once in 24 hours, whatever is repeated.

        Raises:
            MailThrottled: rate or quota; nothing was sent.
            MailAway: no answer, a broken one, or our key is refused; the same key may be tried
                again within 24 hours.
            GiveUp: the provider will never take this mail.
        """
        payload = self.payload(mail, idempotency_key=idempotency_key)
        try:
            sending = self._resend.send(payload, idempotency_key=idempotency_key)
        except ServiceAway as away:
            raise MailAway(away.reason, may_have_gone=away.sent) from None
        _judge(sending)

    def payload(self, mail: Mail, *, idempotency_key: str) -> dict[str, object]:
        """Return the mail as the provider takes it: the same bytes for the same mail and key."""
        headers = {**mail.headers}
        if mail.stream is Stream.TRANSACTIONAL:
            headers |= _automatic(idempotency_key)
        payload: dict[str, object] = {
            "from": sender(mail.from_name, stream=mail.stream, domain=self._domain),
            "to": [mail.to],
            "subject": one_line(mail.subject)[:MAX_SUBJECT],
            "html": mail.html,
            "text": mail.text,
            "headers": headers,
            "tags": [{"name": name, "value": value} for name, value in mail.tags.items()],
        }
        if mail.reply_to:
            payload["reply_to"] = [mail.reply_to]
        return payload


def sender(name: str, *, stream: Stream, domain: str) -> str:
    """Return the From of a stream: a display name, and always an address of our own domain."""
    from email.utils import formataddr

    local = "hello" if stream is Stream.TRANSACTIONAL else "news"
    return formataddr((display_name(name), f"{local}@{stream.value}.{domain}"))


def display_name(name: str) -> str:
    """Return a name as a header may hold it: ASCII as it is, else RFC 2047 encoded words."""
    plain = one_line(name)
    if plain.isascii() and "=?" not in plain:
        return plain
    from email.header import Header

    return Header(plain, "utf-8").encode(linesep="")


def one_line(text: str) -> str:
    """Return a text as one line: breaks and controls are spaces, overrides of direction go."""
    return " ".join(_CONTROLS.sub(" ", _OVERRIDES.sub("", text)).split())


def _automatic(idempotency_key: str) -> dict[str, str]:
    # RFC 3834 stops vacation replies, X-Auto-Response-Suppress does so at Exchange, and an entity
    # of its own keeps Gmail from threading mails that only look alike.
    return {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Entity-Ref-ID": sha256(idempotency_key.encode()).hexdigest()[:32],
    }


def _judge(sending: Sending) -> None:
    if sending.status == 200 or sending.name == "invalid_idempotent_request":
        # Another body under this key means that an earlier call was taken: the mail has gone.
        return
    if sending.status == 429 or sending.name == "concurrent_idempotent_requests":
        raise _throttled(sending)
    if sending.status in {401, 403, 451}:
        telemetry.alarm("mail_provider_refused_us", status=sending.status, code=sending.name)
        raise MailAway("mail_provider_refused_us", may_have_gone=False)
    if 400 <= sending.status < 500:
        raise GiveUp("mail_refused")
    raise MailAway("mail_outcome_unknown", may_have_gone=True)


def _throttled(sending: Sending) -> MailThrottled:
    quota = sending.name in _QUOTAS
    if quota:
        telemetry.alarm("mail_quota_exceeded", code=sending.name)
    usual = timedelta(minutes=30) if quota else timedelta(seconds=5)
    return MailThrottled("mail_throttled", wait=sending.retry_after or usual)
