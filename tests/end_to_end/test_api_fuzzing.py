"""The API is as its document says, whatever is sent: schemathesis, with every check on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world import World

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = "8"  # Of each kind for each operation; a longer run is by hand (schemathesis.toml).


def test_no_request_gets_an_answer_that_the_document_does_not_tell_of(world: World) -> None:
    artist = world.artist("Fuzzed")
    tokens = {"ARTIST_TOKEN": artist.token, "OPERATOR_TOKEN": world.operator_token()}
    ran = subprocess.run(
        [
            Path(sys.executable).with_name("st"),
            "run",
            f"{world.app}/api/openapi.json",
            "--no-color",
            *("--max-examples", EXAMPLES),
            *("--workers", "2"),
            *("--generation-database", "none"),
        ],
        cwd=ROOT,
        env={**os.environ, **tokens},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
