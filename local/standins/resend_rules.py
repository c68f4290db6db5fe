"""What Resend accepts: the rules for one mail, each with the error it gives."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from local.standins.fault_bodies import resend_error

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
_RESERVED = re.compile(
    r"(^|\.)(example\.(com|net|org)|test\.com|test|example|invalid|localhost)$", re.IGNORECASE
)
MOST_RECIPIENTS = 50


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail or a call is not taken."""

    status: int
    name: str
    message: str

    def body(self) -> dict[str, Any]:
        return resend_error(self.status, self.name, self.message)


def addresses(value: object) -> list[str]:
    """Return a string or a list of strings as a list."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def bare(address: str) -> str:
    """Return the address without its display name."""
    return parseaddr(address)[1] or address


def refusal_of(
    mail: object, *, domains: set[str], in_batch: bool, refuse_reserved: bool
) -> Refusal | None:
    """Return why this mail is not taken, or None when it is."""
    if not isinstance(mail, dict):
        return Refusal(422, "validation_error", "Each email must be an object.")
    return (
        _missing(mail)
        or _sender(mail, domains=domains)
        or _recipients(mail, refuse_reserved=refuse_reserved)
        or _tags(mail)
        or _headers(mail)
        or (_not_in_batch(mail) if in_batch else None)
    )


def _missing(mail: dict[str, Any]) -> Refusal | None:
    for field in ("from", "to", "subject"):
        if not mail.get(field):
            return Refusal(422, "missing_required_field", f"Missing `{field}` field.")
    if not any(mail.get(field) for field in ("html", "text", "template")):
        return Refusal(422, "missing_required_field", "Missing `html` or `text` field.")
    return None


def _sender(mail: dict[str, Any], *, domains: set[str]) -> Refusal | None:
    sender = mail["from"]
    if not isinstance(sender, str) or not _ADDRESS.fullmatch(bare(sender)):
        text = "Invalid `from` field. The email address needs to follow the `email@example.com`"
        return Refusal(422, "validation_error", f"{text} or `Name <email@example.com>` format.")
    domain = bare(sender).rpartition("@")[2].lower()
    if domain not in domains:
        text = f"The {domain} domain is not verified. Please, add and verify your domain."
        return Refusal(403, "validation_error", text)
    return None


def _recipients(mail: dict[str, Any], *, refuse_reserved: bool) -> Refusal | None:
    for field in ("to", "cc", "bcc", "reply_to"):
        given = mail.get(field)
        listed = addresses(given)
        if given and not listed:
            return Refusal(422, "validation_error", f"Invalid `{field}` field.")
        if len(listed) > MOST_RECIPIENTS:
            return Refusal(422, "validation_error", f"The `{field}` field takes 50 addresses.")
        for address in listed:
            if not _ADDRESS.fullmatch(bare(address)):
                text = "The email address needs to follow the `email@example.com` format."
                return Refusal(422, "validation_error", f"Invalid `{field}` field. {text}")
            if refuse_reserved and _RESERVED.search(bare(address).rpartition("@")[2]):
                text = "Please use our testing email address instead of domains like `example.com`."
                return Refusal(422, "validation_error", f"Invalid `{field}` field. {text}")
    return None


def _tags(mail: dict[str, Any]) -> Refusal | None:
    tags = mail.get("tags") or []
    well_formed = isinstance(tags, list) and all(
        isinstance(tag, dict)
        and isinstance(tag.get("name"), str)
        and isinstance(tag.get("value"), str)
        and _TAG.fullmatch(tag["name"])
        and _TAG.fullmatch(tag["value"])
        for tag in tags
    )
    if well_formed:
        return None
    text = "Tags should only contain ASCII letters, numbers, underscores, or dashes."
    return Refusal(422, "validation_error", text)


def _headers(mail: dict[str, Any]) -> Refusal | None:
    headers = mail.get("headers") or {}
    if isinstance(headers, dict) and all(
        isinstance(value, str) and not re.search(r"[\r\n]", name + value)
        for name, value in headers.items()
    ):
        return None
    return Refusal(422, "validation_error", "The `headers` field must map names to strings.")


def _not_in_batch(mail: dict[str, Any]) -> Refusal | None:
    for field in ("attachments", "scheduled_at"):
        if mail.get(field):
            text = f"The `{field}` field is not supported in batch emails."
            return Refusal(422, "validation_error", text)
    return None
