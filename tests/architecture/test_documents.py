"""What is made from the code is equal to it."""

import ast
import difflib
import subprocess
import sys
from pathlib import Path

from shared.edge import triggers

ROOT = Path(__file__).resolve().parents[2]
ROUTES = ROOT / "docs" / "ROUTES.md"
SHOW_DECLARED = "from local import triggers; print(triggers.document(), end='')"


def test_the_document_of_triggers_is_what_the_application_holds() -> None:
    """After a change: `python3 -m local routes > docs/ROUTES.md`."""
    # An application is indexed once a process, hence another one.
    made = subprocess.check_output([sys.executable, "-m", "local", "routes"], cwd=ROOT, text=True)
    written = ROUTES.read_text(encoding="utf-8")
    changed = difflib.unified_diff(written.splitlines(), made.splitlines(), "written", "made")
    assert list(changed) == [], "run `python3 -m local routes > docs/ROUTES.md`"


def test_the_host_is_told_of_every_trigger_that_a_module_declares() -> None:
    """After a change: `python3 -m local triggers`."""
    command = [sys.executable, "-c", SHOW_DECLARED]
    declared = subprocess.check_output(command, cwd=ROOT, text=True)
    written = triggers.FILE.read_text(encoding="utf-8")
    changed = difflib.unified_diff(written.splitlines(), declared.splitlines(), "file", "declared")
    assert list(changed) == [], "run `python3 -m local triggers`"


def test_a_cold_start_imports_no_room() -> None:
    program = "import function_app, sys; print(sorted(n for n in sys.modules if 'shared.' in n))"
    printed = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True)
    assert ast.literal_eval(printed) == [
        "shared.edge",
        "shared.edge.host_index",
        "shared.edge.triggers",
    ]
