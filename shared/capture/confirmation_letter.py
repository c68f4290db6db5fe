"""The one mail that asks a visitor to confirm: nothing in it was typed by anybody."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.fans.model import CONFIRM_FOR
from shared.fans.tokens import Confirmation, FanRef, FanTokens
from shared.mail import letters
from shared.mail.letters import Letter, Letterhead
from shared.mail.outbox import Template
from shared.mail.postman import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim to mail a fan: by which order's nonce, and when it was made."""

    fan: FanRef
    nonce: str
    at: datetime

    @property
    def idempotency_key(self) -> str:
        return f"{Template.FAN_CONFIRMATION.value}/{self.nonce}"


def written(
    claim: Claim, *, to: str, artist_name: str, tokens: FanTokens, head: Letterhead
) -> Mail:
    """Return the mail of a claim: the same bytes however often it is written."""
    open_until = claim.at + CONFIRM_FOR
    confirmation = Confirmation(claim.fan.artist_id, claim.fan.hashed, claim.nonce, open_until)
    own = f"{head.public_base_url}/f/{tokens.fan(claim.fan)}"
    letter = Letter(
        template=Template.FAN_CONFIRMATION,
        to=to,
        facts={
            "artist_name": artist_name,
            "confirm_url": f"{head.public_base_url}/f/{tokens.confirm(confirmation)}/confirm",
            "unsubscribe_url": f"{own}/unsubscribe",
            "data_url": f"{own}/data",
            "hours": int(CONFIRM_FOR.total_seconds() // 3600),
        },
    )
    mail = letters.mail(letter, to=to, head=head)
    one_click = {
        "List-Unsubscribe": f"<{own}/unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return replace(mail, headers={**mail.headers, **one_click})
