"""The contract of the local stack and the straight path, section by section, and the policy's text.

`contract` beside this file is a copy that is not edited; what it prints is what fails here.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world import World

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTRACT = HERE / "contract"
AS_GIVEN = "4b7dba60c1c9bb2e21d75e55a11b898e849c2f1a39660f87df98eb14dcf1e7b1"
SECTIONS = (
    "accounts",
    "releases",
    "plans",
    "fans",
    "blasts",
    "performance",
    "privacy",
    "operations",
    "stack",
)


def test_the_contract_is_as_it_was_given() -> None:
    assert hashlib.sha256(CONTRACT.read_bytes()).hexdigest() == AS_GIVEN


@pytest.mark.stack
@pytest.mark.parametrize("section", SECTIONS)
def test_every_line_of_the_contract_holds(world: World, section: str) -> None:
    done = subprocess.run(
        [sys.executable, CONTRACT, section],
        env={**os.environ, "APP": world.app, "STANDINS": world.standins},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    failing = [line for line in done.stdout.splitlines() if line.startswith("  FAILS")]
    if failing or done.returncode:
        pytest.fail("\n".join(failing) + done.stderr, pytrace=False)


def test_the_policy_that_ships_is_the_policy_as_published() -> None:
    published = (ROOT / "docs" / "policy" / "policy.txt").read_bytes()
    shipped = sorted((ROOT / "shared" / "privacy" / "policies").glob("*.txt"))
    assert shipped, "the product ships no policy"
    assert shipped[0].read_bytes() == published
