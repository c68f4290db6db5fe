"""Child processes: started, watched, started again when they die, ended in order."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.stack.console import say
from local.stack.files import ROOT
from local.stack.problems import StackError
from local.stack.tether import tethered

TRIES = 3
BACK_OFF_SECONDS = (0.0, 0.5, 1.5)
STOP_SECONDS = 20
# A program that refuses to start says why and exits so; trying again would not help.
REFUSED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What to run: one program of the stack."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    output: Path
    errors: Path
    is_ready: Callable[[int], bool]
    ready_seconds: float = 60


class Child:
    """One running part."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.became_ready = False
        self._deaths_at_start = 0
        self._not_before = 0.0
        self._started_at = 0.0
        self._log_from = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        part = self.part
        part.errors.parent.mkdir(parents=True, exist_ok=True)
        self._log_from = part.errors.stat().st_size if part.errors.exists() else 0
        with part.output.open("ab") as output, part.errors.open("ab") as errors:
            self._process = subprocess.Popen(
                tethered(part.command),
                cwd=ROOT,
                env=dict(part.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                # The terminal's Ctrl-C is for the supervisor, which ends its children in order.
                start_new_session=True,
            )
        self.became_ready = False
        self._started_at = time.monotonic()

    def look_after(self) -> None:
        """Notice readiness and death; start again what died, after a pause.

        Raises:
            StackError: the part does not come up; the end of its log says why.
        """
        if self._process is None:
            if time.monotonic() >= self._not_before:
                self.start()
            return
        code = self._process.poll()
        if code is not None:
            self._mourn(code)
        elif not self.became_ready:
            if self.part.is_ready(self._process.pid):
                self.became_ready = True
                self._deaths_at_start = 0
            elif time.monotonic() - self._started_at > self.part.ready_seconds:
                raise StackError(self._obituary(f"{self.part.name} does not answer."))

    def stop(self) -> None:
        """End it: politely first, then for certain."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _mourn(self, code: int) -> None:
        self._process = None
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if not self.became_ready:
            self._deaths_at_start += 1
            if code == REFUSED or self._deaths_at_start >= TRIES:
                raise StackError(self._obituary(f"{self.part.name} does not start: it {how}."))
        say(f"{self.part.name} {how}; starting it again")
        self._not_before = time.monotonic() + BACK_OFF_SECONDS[self._deaths_at_start]

    def _obituary(self, first_line: str) -> str:
        with self.part.errors.open("rb") as file:
            file.seek(self._log_from)
            said = file.read().decode(errors="replace").strip().splitlines()[-15:]
        return "\n".join([first_line, *(f"  {line}" for line in said), f"Log: {self.part.errors}"])
