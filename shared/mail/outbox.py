"""Orders to mail: a template's name and ids on the queue `emails`, never an address or a text."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from shared.platform.storage.names import Queue
from shared.platform.storage.queues import Queues


class Template(StrEnum):
    """Every mail of the product but the artists' blasts."""

    FAN_CONFIRMATION = "fan_confirmation"
    PLAN_READY = "plan_ready"
    PLAN_APPROVED = "plan_approved"
    IS_IT_LIVE = "is_it_live"
    GO_LIVE_CONFIRMATION = "go_live_confirmation"
    DAILY_REMINDER = "daily_reminder"
    BLAST_TEST = "blast_test"
    BLAST_PAUSED = "blast_paused"
    EXPORT_READY = "export_ready"
    REPLY_TO_CONFIRMATION = "reply_to_confirmation"
    DELETION_SCHEDULED = "deletion_scheduled"
    DELETION_DONE = "deletion_done"
    PRIVACY_REQUEST_CONFIRMATION = "privacy_request_confirmation"
    PRIVACY_REQUEST_ANSWERED = "privacy_request_answered"
    POLICY_CHANGE = "policy_change"
    SPOTIFY_RECONNECT = "spotify_reconnect"


# The write that a mail tells of follows its order at once; this much later it has mostly happened.
_ANNOUNCED_AFTER: Final = timedelta(seconds=2)


class Outbox:
    """Orders mails. Redelivery sends nothing twice: each order's ids make its idempotency key."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues

    def order(
        self, template: Template, *, delay: timedelta = timedelta(0), **ids: str | int
    ) -> None:
        """Order one mail, named by its template and the ids that its composer needs."""
        self._queues.send(Queue.EMAILS, {"template": template.value, **ids}, delay=delay)

    def announce(self, template: Template, **ids: str | int) -> None:
        """Order the mail about a state that the caller writes next.

        The message goes first: a crash in between leaves an order whose composer finds the state
        not yet written, never a state of which nobody is told.
        """
        self.order(template, delay=_ANNOUNCED_AFTER, **ids)

    def put_off(
        self,
        template: Template,
        *,
        ids: Mapping[str, str | int],
        waiting: Mapping[str, int],
        delay: timedelta,
    ) -> None:
        """Order a mail again that could not go yet; `waiting` says how often that was, and why."""
        message = {"template": template.value, **waiting, **ids}
        self._queues.send(Queue.EMAILS, message, delay=delay)
