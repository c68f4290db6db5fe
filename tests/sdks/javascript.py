"""Running a script with the official JavaScript SDKs: what it finds out comes back as JSON."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.stack.files import CACHE
from local.stack.locks import exclusive
from local.stack.node import Node, find_node

HERE = Path(__file__).parent
HOME = CACHE / "js"
FILES = ("package.json", "package-lock.json")
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class JavaScript:
    """The SDKs of `package.json`, installed once under `.local/js/`."""

    node: Node

    def run(self, script: str, **given: object) -> Any:
        """Run a script of this folder with what it is given, and return what it prints."""
        done = subprocess.run(
            [self.node.node, str(HERE / script)],
            env={**self.node.environment, "NODE_PATH": str(HOME / "node_modules")},
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def installed() -> JavaScript:
    """Return the SDKs, fetching them the first time; an interrupted fetch is begun again."""
    node = find_node()
    stamp = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()
    with exclusive(CACHE / "js.lock", waiting="Another test fetches the JavaScript SDKs; waiting"):
        if not (HOME / stamp).exists():
            _fetch(node, stamp)
    return JavaScript(node)


def _fetch(node: Node, stamp: str) -> None:
    draft = HOME.with_name(f"js.draft.{os.getpid()}")
    draft.mkdir(parents=True)
    try:
        for name in FILES:
            shutil.copy(HERE / name, draft)
        node.npm("ci", "--ignore-scripts", cwd=draft)
        (draft / stamp).touch()
        shutil.rmtree(HOME, ignore_errors=True)
        draft.replace(HOME)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
