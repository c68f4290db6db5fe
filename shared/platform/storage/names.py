"""Every table, queue and container there is. What stands in them: docs and datamap.yaml."""

from enum import StrEnum
from typing import Final


class Table(StrEnum):
    """A table of the account."""

    ARTISTS = "Artists"
    CLERK_USERS = "ClerkUsers"
    SLUGS = "Slugs"
    RELEASES = "Releases"
    PLANS = "Plans"
    DUE_ACTIONS = "DueActions"
    SCHEDULE = "Schedule"
    FANS = "Fans"
    FAN_STATS = "FanStats"
    MAILBOXES = "Mailboxes"
    MAILBOX_INDEX = "MailboxIndex"
    BLASTS = "Blasts"
    BLAST_CHUNKS = "BlastChunks"
    SUPPRESSIONS = "Suppressions"
    LIMITS = "Limits"
    EXPORTS = "Exports"
    UPLOADS = "Uploads"
    IDEMPOTENCY = "Idempotency"
    SPOTIFY = "Spotify"
    DELIVERIES = "Deliveries"
    PERFORMANCE = "Performance"
    POISON_MESSAGES = "PoisonMessages"
    ERASURES = "Erasures"
    PRIVACY_REQUESTS = "PrivacyRequests"
    POLICIES = "Policies"
    AUDIT = "Audit"


class Queue(StrEnum):
    """A queue with a trigger. Its poison queue is `poison_name(queue)`."""

    PLAN_REQUESTS = "plan-requests"
    EMAILS = "emails"
    BLAST_STARTS = "blast-starts"
    BLAST_CHUNKS = "blast-chunks"
    SPOTIFY_SYNCS = "spotify-syncs"
    EXPORTS = "exports"
    ERASURES = "erasures"
    FAN_FOLDS = "fan-folds"
    FAN_WALKS = "fan-walks"


class Container(StrEnum):
    """A blob container. `uploads` holds what nobody has checked yet, `media` what was."""

    UPLOADS = "uploads"
    MEDIA = "media"
    EXPORTS = "exports"
    GEOIP = "geoip"


TABLES: Final[tuple[str, ...]] = tuple(table.value for table in Table)
QUEUES: Final[tuple[str, ...]] = tuple(queue.value for queue in Queue)
CONTAINERS: Final[tuple[str, ...]] = tuple(container.value for container in Container)


def poison_name(queue: Queue | str) -> str:
    """Return the name under which the host sets aside a queue's hopeless messages."""
    return f"{queue}-poison"
