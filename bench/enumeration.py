"""Does the time of a sign-up tell who is on the list? Known and unknown addresses, one by one.

The trigger is called in process on an emulator in memory, in random order, so that whatever the
machine does meets all kinds alike. AUC is the chance that a stranger's answer takes longer than a
known person's: 0.5 says nothing. The emulator's own work is in it (it writes rows that Azure
inserts in the same time as it merges them); the application's CPU alone stands beside it.
"""

import statistics
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from math import erfc, sqrt
from pathlib import Path

from bench.figures import table
from bench.in_process import Trigger, application, trigger
from bench.signup import ARTIST, SLUG, _request
from local.stack import azurite
from local.stack.provision import provision
from shared.capture.model import Form
from shared.fans import keys, transitions
from shared.fans.model import Fan, How, Lock, Step
from shared.platform.addresses import EmailAddress
from shared.wiring import App

TRIES = 2_000  # Of each kind.
NEW = "unknown"
KINDS = ("pending", "subscribed", "unsubscribed", "erased")

Times = list[tuple[float, float]]  # Milliseconds on the clock, and of CPU.


def run() -> None:
    """Measure all kinds in one run, and compare each with strangers."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "azurite.log"
        with azurite.running(["--inMemoryPersistence", "--silent"], log=log) as emulator:
            provision(emulator.connection_string, origins=["https://app.example.com"])
            times = _times(application(emulator.connection_string))
    rows = [_row(kind, times[kind], times[NEW]) for kind in (NEW, *KINDS)]
    table(
        f"Enumeration by time: {TRIES:,} sign-ups of each kind, shuffled",
        ("address", "median ms", "CPU ms", "AUC, clock", "AUC, CPU", "p, clock"),
        rows,
    )


def _times(app: App) -> dict[str, Times]:
    app.fan_fences.open(ARTIST, epoch=1)
    form = Form(artist_id=ARTIST, slug=SLUG, notice_version="v1", made_at=datetime.now(UTC))
    token = app.form_tokens.make(form)
    capture = trigger("capture_json")
    numbers = {kind: range(at * TRIES, (at + 1) * TRIES) for at, kind in enumerate((NEW, *KINDS))}
    for kind in KINDS:
        for number in numbers[kind]:
            _sign_up(capture, number, token)
            _become(app, kind, number)
    tries = [(kind, number) for kind, each in numbers.items() for number in each]
    # By a digest: shuffled, and in the same order each time.
    tries.sort(key=lambda each: sha256(repr(each).encode()).digest())
    times: dict[str, Times] = {kind: [] for kind in numbers}
    for kind, number in tries:
        times[kind].append(_sign_up(capture, number, token))
    return times


def _sign_up(capture: Trigger, number: int, token: str) -> tuple[float, float]:
    request = _request(number, token)
    began, cpu = time.perf_counter(), time.thread_time()
    answered = capture(request)
    spent = (time.perf_counter() - began) * 1000, (time.thread_time() - cpu) * 1000
    if answered.status_code != 202:
        raise AssertionError(answered.get_body())
    return spent


def _become(app: App, kind: str, number: int) -> None:
    normalised = EmailAddress.parse(f"fan-{number}@fan-mail.dev").normalised
    hashed = keys.fan_hash(ARTIST, normalised, key=app.fan_id_key)
    now = datetime.now(UTC)

    def joined(lock: Lock, fan: Fan | None) -> Step | None:
        return transitions.opted_in_singly(lock, fan, now=now) if fan else None

    def left(lock: Lock, fan: Fan | None) -> Step | None:
        return transitions.left(lock, fan, how=How.LINK, now=now)

    if kind == "subscribed":
        app.fan_changes.change(ARTIST, hashed, joined)
    elif kind == "unsubscribed":
        app.fan_changes.change(ARTIST, hashed, left)
    elif kind == "erased":
        app.fan_eraser.erase(ARTIST, hashed)


def _row(kind: str, known: Times, strangers: Times) -> tuple[str, ...]:
    clock, cpu = ([each[at] for each in known] for at in (0, 1))
    their_clock, their_cpu = ([each[at] for each in strangers] for at in (0, 1))
    medians = f"{statistics.median(clock):.2f}", f"{statistics.median(cpu):.2f}"
    if kind == NEW:
        return (kind, *medians, "", "", "")
    found = _auc(their_clock, clock), _auc(their_cpu, cpu)
    return (kind, *medians, *(f"{each:.3f}" for each in found), f"{_p(found[0]):.3f}")


def _auc(ones: Sequence[float], others: Sequence[float]) -> float:
    """Return the chance that one of `ones` is larger than one of `others` (Mann and Whitney)."""
    ordered = sorted(others)
    below = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in ones) / 2
    return below / (len(ones) * len(others))


def _p(auc: float) -> float:
    """Return how likely chance alone gives an AUC as far from one half, or further."""
    deviation = sqrt((2 * TRIES + 1) / (12 * TRIES * TRIES))
    return erfc(abs(auc - 0.5) / deviation / sqrt(2))
