"""A deep look at what the product depends on, which always ends.

Each check runs by itself; what has not answered in time is `timed_out`, and nothing waits for it.
A check gives facts that are states, counts and ages; the words of an error stay out.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.platform.schemas import Answer

WITHIN_SECONDS: Final = 5.0

Check = Callable[[], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `ok`, `degraded` when the check says so, `failed`, or `timed_out`."""

    state: str
    facts: Mapping[str, object]


class FindingView(Answer):
    """One dependency: `ok`, `degraded`, `failed` or `timed_out`, with what was measured."""

    name: str
    state: str
    facts: dict[str, object]


class HealthView(Answer):
    """Everything that the product depends on. `status` is `ok` when all of it is."""

    status: str
    items: list[FindingView]


def health(checks: Mapping[str, Check]) -> HealthView:
    """Return what a deep look finds."""
    found = examine(checks)
    is_well = all(finding.state == "ok" for finding in found.values())
    return HealthView(
        status="ok" if is_well else "degraded",
        items=[
            FindingView(name=name, state=finding.state, facts=dict(finding.facts))
            for name, finding in found.items()
        ],
    )


def examine(checks: Mapping[str, Check], *, within: float = WITHIN_SECONDS) -> dict[str, Finding]:
    """Run every check at once, and return what was found in time."""
    found: dict[str, Finding] = {}
    threads = [
        threading.Thread(target=_run, args=(name, check, found), daemon=True)
        for name, check in checks.items()
    ]
    end = time.monotonic() + within
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    taken = dict(found)
    return {name: taken.get(name, Finding("timed_out", {})) for name in checks}


def _run(name: str, check: Check, found: dict[str, Finding]) -> None:
    try:
        facts = dict(check())
    except Exception as error:  # noqa: BLE001 - whatever fails is what the look is for.
        found[name] = Finding("failed", {"error": type(error).__name__})
        return
    found[name] = Finding(str(facts.pop("state", "ok")), facts)
