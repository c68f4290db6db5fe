"""The checks that a newcomer need not know: the test command runs them all."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.notices import NOT_RUN

ROOT = Path(__file__).resolve().parents[2]
# What pip-audit says of a package that its service did not tell it about.
UNKNOWN = "skip_reason"


def tool(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def holds(*command: str) -> None:
    done = tool(*command)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}{done.stderr}", pytrace=False)


def test_ruff_finds_nothing() -> None:
    holds("ruff", "check", ".")


def test_the_code_is_formatted() -> None:
    holds("ruff", "format", "--check", ".")


def test_types_hold_strictly() -> None:
    holds("mypy")


def test_bandit_finds_nothing() -> None:
    holds("bandit", "-q", "-c", "pyproject.toml", "-r", ".")


def test_no_pinned_package_has_a_known_hole(
    record_property: Callable[[str, object], None],
) -> None:
    options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json"]
    done = tool("pip_audit", "-r", "requirements.txt", *options)
    if not done.stdout.startswith("{"):
        record_property(NOT_RUN, "pip-audit: the advisory service could not be reached")
        return
    packages = json.loads(done.stdout)["dependencies"]
    unknown = [package["name"] for package in packages if UNKNOWN in package]
    if unknown:
        what = "every package" if len(unknown) == len(packages) else ", ".join(unknown)
        record_property(NOT_RUN, f"pip-audit on {what}: not known to the advisory service")
    assert [package for package in packages if package.get("vulns")] == []
