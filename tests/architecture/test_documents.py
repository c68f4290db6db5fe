"""Documents that are made from the code are equal to it."""

import difflib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUTES = ROOT / "docs" / "ROUTES.md"


def test_the_document_of_triggers_is_what_the_application_holds() -> None:
    """After a change: `python3 -m local routes > docs/ROUTES.md`."""
    # An application is indexed once a process, hence another one.
    made = subprocess.check_output([sys.executable, "-m", "local", "routes"], cwd=ROOT, text=True)
    written = ROUTES.read_text(encoding="utf-8")
    changed = difflib.unified_diff(written.splitlines(), made.splitlines(), "written", "made")
    assert list(changed) == [], "run `python3 -m local routes > docs/ROUTES.md`"
