"""The provider's webhooks: verified, then taken."""

from collections.abc import Mapping
from datetime import datetime

import orjson

from shared.blasts import feedback
from shared.blasts.desk import Desk
from shared.platform.problems import InvalidJson
from shared.platform.signatures import verified_delivery_id


def receive(
    raw: bytes,
    headers: Mapping[str, str],
    *,
    secret: str,
    desk: Desk,
    mailbox_key: bytes,
    now: datetime,
) -> str:
    """Take one delivery, and return what it came to; the same delivery again changes nothing.

    Raises:
        InvalidSignature: the provider did not sign it, or not within five minutes of now.
        InvalidJson: it is not an event.
    """
    verified_delivery_id(raw, headers=headers, secret=secret, now=now)
    try:
        payload = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise InvalidJson("The webhook is no JSON.") from None
    if not isinstance(payload, dict):
        raise InvalidJson("The webhook is no event.")
    return feedback.take(payload, mailbox_key=mailbox_key, desk=desk, now=now)
