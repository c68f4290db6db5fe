"""Files that a crash may not leave half-written, and the folders of the stack."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".local"
DEFAULT_DATA = CACHE / "data"


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step: a reader sees the old text or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where a stack keeps everything: the layout that design.md fixes."""

    root: Path

    @property
    def azurite(self) -> Path:
        return self.root / "azurite"

    @property
    def access_log(self) -> Path:
        return self.root / "azurite-access.log"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def standins(self) -> Path:
        return self.root / "standins"

    @property
    def vault_certificate(self) -> Path:
        return self.standins / "vault-cert.pem"

    @property
    def clock(self) -> Path:
        return self.root / "clock.json"

    @property
    def timers(self) -> Path:
        return self.root / "timers.json"

    @property
    def lock(self) -> Path:
        return self.root / "stack.lock"

    def make(self) -> None:
        for folder in (self.azurite, self.logs, self.standins):
            folder.mkdir(parents=True, exist_ok=True)
