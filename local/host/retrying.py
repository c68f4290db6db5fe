"""The `@retry` decorator, as the real host reads it: every value is a string."""

import re
from datetime import timedelta
from typing import Any

from local.host.functions import Retry

CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)")
FOR_EVER = -1


def read_retry(policy: dict[str, Any]) -> Retry:
    """Return the policy that the decorator's strings describe.

    Raises:
        ValueError: a value is missing or malformed.
    """
    strategy = policy.get("strategy")
    count = str(policy.get("max_retry_count"))
    if not re.fullmatch(r"-1|\d+", count):
        raise ValueError(f"max_retry_count must be a whole number or -1, not {count!r}")
    if strategy == "fixed_delay":
        delay = _clock(policy, "delay_interval")
        return Retry(max_count=int(count), delay=delay, most_delay=delay)
    if strategy == "exponential_backoff":
        least, most = _clock(policy, "minimum_interval"), _clock(policy, "maximum_interval")
        return Retry(max_count=int(count), delay=least, most_delay=most)
    raise ValueError(f"the retry strategy {strategy!r} is not known")


def delay_before(retry: Retry, *, attempt: int) -> timedelta | None:
    """Return how long to wait before a retry counted from 1, or None when it is enough."""
    if retry.max_count != FOR_EVER and attempt > retry.max_count:
        return None
    doubled: timedelta = retry.delay * (1 << min(attempt - 1, 30))
    return min(doubled, retry.most_delay)


def _clock(policy: dict[str, Any], name: str) -> timedelta:
    found = CLOCK.fullmatch(str(policy.get(name)))
    if not found:
        raise ValueError(f"{name} must be a time such as 00:00:05")
    hours, minutes, seconds = map(int, found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
