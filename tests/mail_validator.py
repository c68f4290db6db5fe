"""What a mailbox provider and the law ask of a fan mail, judged from the bytes that would go out.

`Resend` makes the message of the JSON that it takes: so does this, with the standard library's
strict policy, and reads it back. Sources: RFC 5322, 2047, 2369, 2919, 8058, and CAN-SPAM.
"""

import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any

ONCE = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe",
    "List-Unsubscribe-Post", "List-Id", "Precedence",
)  # fmt: skip
_LONGEST_LINE = 998  # RFC 5322, 2.1.1, without its end.
_LIST_ID = re.compile(r"[^<>]*<(?P<id>[a-z0-9-]+(\.[a-z0-9-]+)+)>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TRACKING = ("utm_", "mc_eid", "/open?", "/track", "pixel", "click.")


def as_sent(mail: Mapping[str, Any]) -> bytes:
    """Return the message that a provider makes of a mail's JSON."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = mail["from"]
    message["To"] = ", ".join(mail["to"])
    message["Subject"] = mail["subject"]
    message["Date"] = formatdate()
    message["Message-ID"] = mail.get("message_id") or "<one@mail.dev>"
    if mail.get("reply_to"):
        message["Reply-To"] = ", ".join(mail["reply_to"])
    for name, value in mail["headers"].items():
        message[name] = value
    message.set_content(mail["text"])
    message.add_alternative(mail["html"], subtype="html")
    return message.as_bytes()


def faults_of(mail: Mapping[str, Any], *, artist: str, address: str, domain: str) -> list[str]:
    """Return what is wrong with a fan mail of an artist at a postal address; nothing is right."""
    raw = as_sent(mail)
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return [
        *_wrong_lines(raw),
        *_wrong_headers(message, mail),
        *_wrong_texts(mail),
        *_wrong_sender(message, artist=artist, domain=domain),
        *_wrong_list(message, domain=domain),
        *_wrong_parts(message, mail, artist=artist, address=address),
    ]


def _wrong_lines(raw: bytes) -> Iterator[str]:
    head = raw.partition(b"\r\n\r\n")[0]
    if not head.isascii():
        yield "a header is not ASCII"
    if any(len(line) > _LONGEST_LINE for line in raw.split(b"\r\n")):
        yield "a line is too long"
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        yield "a line ends in another way than CRLF"


def _wrong_headers(message: EmailMessage, mail: Mapping[str, Any]) -> Iterator[str]:
    for name in ONCE:
        if len(message.get_all(name, [])) != 1:
            yield f"{name} is there {len(message.get_all(name, []))} times"
    for name in ("Bcc", "Cc", "Sender", "Auto-Submitted"):
        if name in message:
            yield f"{name} is there"
    for name, value in message.items():
        if getattr(value, "defects", ()):
            yield f"{name} has defects"
    if message["Subject"] != mail["subject"]:
        yield "the subject does not come back"


def _wrong_texts(mail: Mapping[str, Any]) -> Iterator[str]:
    given = (mail["from"], mail["subject"], *mail["headers"], *mail["headers"].values())
    if any(_CONTROLS.search(text) or "\n" in text for text in given):
        yield "a control character is in a header"


def _wrong_sender(message: EmailMessage, *, artist: str, domain: str) -> Iterator[str]:
    addresses = message["From"].addresses
    if len(addresses) != 1:
        yield "there is not one sender"
        return
    if addresses[0].domain != domain:
        yield "the sender is of another domain"
    if addresses[0].display_name != artist:
        yield f"the sender is called {addresses[0].display_name!r}"
    if "@" not in parseaddr(str(message["Reply-To"]))[1]:
        yield "nobody can answer"


def _wrong_list(message: EmailMessage, *, domain: str) -> Iterator[str]:
    if not re.fullmatch(r"<https?://[^\s<>,]+/f/[^\s<>,]+/unsubscribe>", _value(message, _LU)):
        yield "List-Unsubscribe is not one link"
    if _value(message, "List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        yield "List-Unsubscribe-Post is not RFC 8058's"
    found = _LIST_ID.fullmatch(_value(message, "List-Id"))
    if not found or not found["id"].endswith(f".{domain}") or len(found["id"]) > 255:
        yield "List-Id names no list of ours"


_LU = "List-Unsubscribe"


def _value(message: EmailMessage, name: str) -> str:
    return "".join(str(message[name]).split("\r\n"))


def _wrong_parts(
    message: EmailMessage, mail: Mapping[str, Any], *, artist: str, address: str
) -> Iterator[str]:
    parts = list(message.iter_parts())
    if [part.get_content_type() for part in parts] != ["text/plain", "text/html"]:
        yield "there are other parts than text and HTML"
        return
    for part, name in zip(parts, ("text", "html"), strict=True):
        if part.get_content_charset() != "utf-8":
            yield f"{name} is no UTF-8"
        content = str(part.get_content()).replace("\r\n", "\n").strip("\n")
        if content != str(mail[name]).replace("\r\n", "\n").strip("\n"):
            yield f"{name} does not come back"
        yield from _wrong_words(content, name, link=_value(message, _LU).strip("<>"))
        for fact in (address, f"signed up for news from {artist}"):
            if fact not in content.replace("&amp;", "&"):
                yield f"{name} does not say {fact!r}"
    if not re.search(r'<meta[^>]+charset="?utf-8', mail["html"], re.IGNORECASE):
        yield "the HTML says no charset, or another"


def _wrong_words(content: str, name: str, *, link: str) -> Iterator[str]:
    if link not in content:
        yield f"{name} has no link to unsubscribe"
    if "\ufffd" in content or re.search("[\ufdd0-\ufdef]", content):
        yield f"{name} holds what is no character"
    if any(sign in content for sign in _TRACKING):
        yield f"{name} tracks"
    if re.search(r'<(img|iframe|script|object|embed)\b(?![^>]*src="[^"]*/artwork/)', content):
        yield f"{name} fetches or runs something"
