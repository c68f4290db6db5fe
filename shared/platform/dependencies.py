"""What the product depends on, and how each is looked at: states, counts and ages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.platform.checkup import Check
from shared.platform.clients.resend import Resend
from shared.platform.clock import Clock, SystemClock
from shared.platform.geoip import GeoIp
from shared.platform.limits import Limits
from shared.platform.poison import PoisonMessages
from shared.platform.secrets import SecretName, Secrets
from shared.platform.storage.names import Queue, Table, poison_name
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables

_QUEUE_IS_OLD: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Everything that a deep look asks."""

    tables: Tables
    queues: Queues
    poison: PoisonMessages
    secrets: Secrets
    resend: Resend
    geoip: GeoIp
    limits: Limits
    clock: Clock

    @property
    def checks(self) -> Mapping[str, Check]:
        """Return a check for each dependency."""
        return {
            "tables": self._tables,
            "queues": self._queues,
            "poison": self._poison,
            "key_vault": self._vault,
            "senders": self._senders,
            "geoip": self._places,
            "confirmations": self._confirmations,
        }

    def _tables(self) -> Mapping[str, object]:
        self.tables.table(Table.SCHEDULE).get("health", "health")
        return {}

    def _queues(self) -> Mapping[str, object]:
        # Messages carry the service's own times, so that their age is by the machine's clock.
        now = SystemClock().now()
        oldest = {queue.value: self.queues.oldest_visible_since(queue) for queue in Queue}
        ages = {
            name: int((now - since).total_seconds()) if since else 0
            for name, since in oldest.items()
        }
        is_old = max(ages.values()) > _QUEUE_IS_OLD.total_seconds()
        return {
            "state": _state(is_well=not is_old),
            "oldest_seconds": ages,
            "messages": {queue.value: self.queues.approximate_count(queue) for queue in Queue},
        }

    def _poison(self) -> Mapping[str, object]:
        kept = sum(1 for _ in self.poison.every())
        queued = sum(self.queues.approximate_count(poison_name(queue)) for queue in Queue)
        return {"state": _state(is_well=kept + queued == 0), "kept": kept, "queued": queued}

    def _vault(self) -> Mapping[str, object]:
        self.secrets.get(SecretName.MAILBOX_KEY)
        return {}

    def _senders(self) -> Mapping[str, object]:
        # The policy promises that no opens or clicks are tracked: on is as bad as unverified.
        domains = self.resend.domains()
        tracking = [one.name for one in domains if one.open_tracking or one.click_tracking]
        are_verified = bool(domains) and all(one.status == "verified" for one in domains)
        return {
            "state": _state(is_well=are_verified and not tracking),
            "domains": [{"name": one.name, "status": one.status} for one in domains],
            "tracking": tracking,
        }

    def _places(self) -> Mapping[str, object]:
        now = self.clock.now()
        # Asking for nobody's place waits for the file where this process has not read it yet.
        self.geoip.locate(None, now=now)
        built = self.geoip.built_at()
        age = (now - built).days if built else None
        return {"state": _state(is_well=built is not None), "age_days": age}

    def _confirmations(self) -> Mapping[str, object]:
        return {"waiting": self.limits.total("waiting")}


def _state(*, is_well: bool) -> str:
    return "ok" if is_well else "degraded"
