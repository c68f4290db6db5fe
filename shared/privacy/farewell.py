"""The last mail to an account: that it is erased. The address goes with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.mail import letters
from shared.mail.letters import Letter, Letterhead
from shared.mail.orders import Order, Skipped
from shared.mail.outbox import Template
from shared.mail.postman import Postman
from shared.platform import telemetry
from shared.platform.envelopes import Envelopes
from shared.platform.storage.faults import Changed, Missing
from shared.privacy.erasing import bound
from shared.privacy.erasure_store import ErasureStore
from shared.privacy.model import Erasure, ErasureState
from shared.privacy.publishing import day_text

ADDRESS_KEPT_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """Sends `deletion_done`, and forgets the address."""

    erasures: ErasureStore
    envelopes: Callable[[], Envelopes]
    head: Letterhead

    def __call__(self, order: Order, *, postman: Postman, now: datetime) -> Skipped | None:
        """Do the order whole. Repeated, the provider takes the mail once."""
        del now
        erasure = self.erasures.find(order.text("erasure_id"))
        if erasure is None or erasure.farewell is None:
            return Skipped.NO_ADDRESS
        if erasure.finished_at is None:
            return Skipped.NOT_YET
        sealed = self.envelopes().open(erasure.farewell, purpose=bound(erasure.erasure_id))
        letter = Letter(
            template=Template.DELETION_DONE,
            to=sealed.decode(),
            facts={
                "finished_at": day_text(erasure.finished_at),
                "erasure_id": erasure.erasure_id,
            },
        )
        mail = letters.mail(letter, to=sealed.decode(), head=self.head)
        postman.send(mail, idempotency_key=order.idempotency_key)
        telemetry.event("mail_sent", template=order.template.value)
        self._forget(erasure)
        return None

    def forget_old(self, *, now: datetime) -> int:
        """Forget the addresses of mails that never went; return how many. For the retention."""
        old = [
            one
            for one in self.erasures.with_farewell()
            if one.state is ErasureState.FINISHED
            and one.finished_at is not None
            and now > one.finished_at + ADDRESS_KEPT_FOR
        ]
        for erasure in old:
            self._forget(erasure)
        return len(old)

    def _forget(self, erasure: Erasure) -> None:
        try:
            self.erasures.replace(replace(erasure, farewell=None))
        except (Changed, Missing):
            telemetry.event("farewell_kept", erasure_id=erasure.erasure_id, reason="changed")
