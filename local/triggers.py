"""The list that `function_app.py` is made from: `python3 -m local triggers`."""

import importlib
import json

from local.stack.console import say
from local.stack.files import ROOT
from shared.edge import triggers


def main() -> int:
    """Write `functions/triggers.json` anew, from what the modules of `functions/` declare."""
    triggers.FILE.write_text(document(), encoding="utf-8")
    say(f"Written: {triggers.FILE.relative_to(ROOT)}")
    return 0


def document() -> str:
    """Return the list as the file has it: a line for each trigger, by module and name."""
    for path in sorted((ROOT / "functions").glob("[!_]*.py")):
        importlib.import_module(f"functions.{path.stem}")
    entries = sorted(triggers.declared(), key=lambda entry: (entry["module"], entry["name"]))
    return "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n"
