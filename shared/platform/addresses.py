"""Where people are reached and from where they ask: e-mail addresses, and clients' networks.

An address is compared by NFKC, without regard to case, its domain as mail servers write it; plus
tags and dots stay, since they are different mailboxes at most providers. A client's network is read
from the hop of X-Forwarded-For that our own front wrote, and is used in memory only.
"""

import ipaddress
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from shared.platform.keyed_hash import keyed_hash
from shared.platform.problems import Invalid

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

ADDRESS_MAX_CHARS: Final = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets.
MAILBOX_HASH_CHARS: Final = 32
_IPV6_NETWORK_BYTES: Final = 8  # A client has a network of 64 bits to itself.

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address: as typed, as compared, and as mail servers take it."""

    typed: str
    normalised: str
    deliverable: str

    @property
    def mail_to(self) -> str | None:
        """Return the deliverable form where it differs from the typed one."""
        return self.deliverable if self.deliverable != self.typed else None

    @classmethod
    def parse(cls, text: str, *, field: str = "email") -> "EmailAddress":
        """Return the address that a text is, without the space around it.

        Raises:
            Invalid: not an address that mail could go to; the text is never repeated.
        """
        # Line breaks and other controls are no slip of the finger: they stay, and are refused.
        typed = text.strip(" \u00a0")
        found = _validated(typed[: ADDRESS_MAX_CHARS + 1], field=field)
        domain = (found.ascii_domain or found.domain).lower()
        normalised = f"{_folded(found.local_part)}@{domain}"
        # What is compared is what is mailed: else a spelling that somebody made up would be mailed,
        # bounce, and shut out the person whose mailbox it is compared as. Only the case of plain
        # letters is left as typed, which some servers mind.
        is_plain = typed.isascii() and typed.lower() == normalised
        local = found.local_part
        if not local.isascii():
            local = _folded(local)
            # Some letters become several, one of which no address holds: an accent by itself.
            _validated(f"{local}@{domain}", field=field)
        return cls(
            typed=typed,
            normalised=normalised,
            deliverable=typed if is_plain else f"{local}@{domain}",
        )


def mailbox_hash(normalised_address: str, *, key: bytes) -> str:
    """Return the keyed hash under which a mailbox is known over all artists."""
    return _keyed("mailbox", normalised_address, key=key)


def client_address(forwarded_for: str | None, *, hops: int) -> Address | None:
    """Return the client's address, or None when it is not known.

    Args:
        forwarded_for: the X-Forwarded-For header; what a client wrote itself stands on the left.
        hops: which entry from the right our own front wrote; 1 is the last.
    """
    entries = [part.strip() for part in (forwarded_for or "").split(",")]
    if len(entries) < hops:
        return None
    try:
        found = ipaddress.ip_address(_without_port(entries[-hops]))
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        plain = found if found.scope_id is None else ipaddress.IPv6Address(int(found))
        return found.ipv4_mapped or plain
    return found


def network_hash(address: Address | None, *, key: bytes, now: datetime) -> str:
    """Return the keyed hash of a client's network, another one each day.

    All clients whose address is not known count as one network.
    """
    network = "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        network = str(address)
    elif address is not None:
        network = address.packed[:_IPV6_NETWORK_BYTES].hex()
    return _keyed(f"network|{now.date().isoformat()}", network, key=key)


def _validated(text: str, *, field: str) -> "ValidatedEmail":
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise Invalid.field(field, "This does not look like an e-mail address.") from None


def _folded(local: str) -> str:
    """Return a local part as it is compared: compatible forms, caseless letter by letter.

    A sharp s is no double s: they are two mailboxes. Small letters may be of two parts, so that
    they are put together once more: without that a Greek name in capitals would be another mailbox
    than the same in small letters.
    """
    compatible = unicodedata.normalize("NFKC", local)
    while (folded := unicodedata.normalize("NFKC", _caseless(compatible))) != compatible:
        compatible = folded
    return folded


def _caseless(text: str) -> str:
    if text.isascii():
        return text.lower()
    forms = ((letter.casefold(), letter.lower(), letter) for letter in text)
    return "".join(next(form for form in each if len(form) == 1) for each in forms)


def _keyed(purpose: str, text: str, *, key: bytes) -> str:
    return keyed_hash(key, f"{purpose}\n{text}".encode()).hex()[:MAILBOX_HASH_CHARS]


def _without_port(entry: str) -> str:
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    host, colon, _ = entry.partition(":")
    return host if colon and entry.count(":") == 1 else entry
