"""Resend: one mail, a batch, and the state of the sending domains. Answers are plain values.

Shapes and limits: resend.com/docs and the OpenAPI file of 2026-08-21. A caller decides what an
answer means; this module says what was answered, and whether a failed call may have arrived.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from shared.platform.clients.http import Answer, HttpClient
from shared.platform.problems import Unavailable
from shared.platform.secrets import SecretName, Secrets

MOST_IN_BATCH: Final = 100
KEY_MAX_CHARACTERS: Final = 256
DEFAULT_RATE: Final = 2.0  # Calls a second for a team, until the headers tell another.
SEND_SECONDS: Final = 30.0
_MOST_RETRY_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What Resend answered to a call that sends.

    `accepted` holds the ids of the mails taken, in their order; None when the answer is no success
    that can be read. `refused` holds the positions that a permissive batch left out.
    """

    status: int
    name: str = ""  # The error's name, such as `rate_limit_exceeded`.
    accepted: tuple[str, ...] | None = None
    refused: frozenset[int] = frozenset()
    retry_after: timedelta | None = None
    rate: float | None = None  # Calls a second that this very answer allows the team.


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRecord:
    """One DNS record of a sending domain, and whether Resend sees it."""

    record: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingDomain:
    """A sending domain as Resend reports it."""

    name: str
    status: str
    records: tuple[DomainRecord, ...]
    open_tracking: bool
    click_tracking: bool


class Resend:
    """Resend, asked with our key. Safe to use from several threads."""

    def __init__(self, http: HttpClient, secrets: Secrets) -> None:
        self._http = http
        self._secrets = secrets
        self._lock = threading.Lock()
        self._rate: float | None = None

    @property
    def rate(self) -> float | None:
        """Return the calls a second that the last answer allowed the team; None before any."""
        with self._lock:
            return self._rate

    def send(self, mail: Mapping[str, object], *, idempotency_key: str) -> Sending:
        """Send one mail.

        Raises:
            ServiceAway: no answer; its `sent` tells whether the call may have arrived.
            ValueError: an idempotency key that Resend would refuse.
        """
        headers = {"Idempotency-Key": _checked(idempotency_key)}
        answer = self._call("POST", "/emails", headers=headers, json=mail)
        if answer.status != 200:
            return _refusal(answer)
        mail_id = answer.members().get("id")
        accepted = (mail_id,) if isinstance(mail_id, str) else None
        return Sending(status=200, accepted=accepted)

    def send_batch(self, mails: bytes, *, count: int, idempotency_key: str) -> Sending:
        """Send a JSON array of `count` mails; bad ones are left out, the others go (permissive).

        Raises:
            ServiceAway: no answer; its `sent` tells whether the call may have arrived.
            ValueError: too many mails, or a key that Resend would refuse.
        """
        if not 1 <= count <= MOST_IN_BATCH:
            raise ValueError(f"A batch has 1 to {MOST_IN_BATCH} mails.")
        headers = {
            "Idempotency-Key": _checked(idempotency_key),
            "x-batch-validation": "permissive",
        }
        answer = self._call("POST", "/emails/batch", headers=headers, json=mails)
        sending = _batch_answer(answer, count) if answer.status == 200 else _refusal(answer)
        return replace(sending, rate=_seconds(answer.headers.get("ratelimit-limit")))

    def domains(self) -> list[SendingDomain]:
        """Return the team's sending domains with their DNS records. One call each, and the list.

        Raises:
            Unavailable: Resend is away, or the key may not read domains.
            ServiceAway: no answer.
        """
        listed = self._read("/domains").get("data")
        ids = [str(item["id"]) for item in _objects(listed) if "id" in item]
        return [_domain(self._read(f"/domains/{domain_id}")) for domain_id in ids]

    def _read(self, path: str) -> dict[str, object]:
        answer = self._call("GET", path)
        if answer.status != 200:
            raise Unavailable
        return answer.members()

    def _call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Answer:
        key = self._secrets.get(SecretName.RESEND_API_KEY)
        answer = self._http.call(
            method,
            path,
            headers={"Authorization": f"Bearer {key}", **(headers or {})},
            json=json,
            read_seconds=SEND_SECONDS,
        )
        self._note_rate(answer.headers)
        return answer

    def _note_rate(self, headers: Mapping[str, str]) -> None:
        told = _seconds(headers.get("ratelimit-limit"))
        if told:
            with self._lock:
                self._rate = told


def _checked(key: str) -> str:
    if not 1 <= len(key) <= KEY_MAX_CHARACTERS or not key.isascii() or not key.isprintable():
        raise ValueError("An idempotency key has 1 to 256 printable characters.")
    return key


def _batch_answer(answer: Answer, count: int) -> Sending:
    members = answer.members()
    ids = [item.get("id") for item in _objects(members.get("data"))]
    refused = frozenset(
        index
        for item in _objects(members.get("errors"))
        if isinstance(index := item.get("index"), int) and 0 <= index < count
    )
    readable = len(ids) + len(refused) == count and all(isinstance(mail, str) for mail in ids)
    accepted = tuple(str(mail) for mail in ids) if readable else None
    return Sending(status=200, accepted=accepted, refused=refused if readable else frozenset())


def _refusal(answer: Answer) -> Sending:
    seconds = _seconds(answer.headers.get("retry-after"))
    wait = None if seconds is None else min(timedelta(seconds=seconds), _MOST_RETRY_AFTER)
    name = answer.members().get("name")
    return Sending(
        status=answer.status, name=name if isinstance(name, str) else "", retry_after=wait
    )


def _seconds(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and 0 < value < 1e6 else None


def _domain(members: Mapping[str, object]) -> SendingDomain:
    return SendingDomain(
        name=str(members.get("name", "")),
        status=str(members.get("status", "")),
        records=tuple(
            DomainRecord(record=str(item.get("record", "")), status=str(item.get("status", "")))
            for item in _objects(members.get("records"))
        ),
        open_tracking=members.get("open_tracking") is True,
        click_tracking=members.get("click_tracking") is True,
    )


def _objects(value: object) -> Sequence[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
