"""The application in the official Python worker: what is deployed is what the library accepts."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.stack.environment import application_settings
from local.stack.files import DEFAULT_DATA, ROOT, DataFolder
from local.stack.ports import Ports
from tests.worker.official import official_worker
from tests.worker.python313 import python313

HERE = Path(__file__).parent


def found_by(python: str | Path, script: list[str], given: object, environment: Any) -> Any:
    done = subprocess.run(
        [python, *script],
        cwd=ROOT,
        env=environment,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    ports = Ports(proxy_blob=10000, proxy_queue=10001, proxy_table=10002)
    return application_settings(ports, data=DataFolder(DEFAULT_DATA), geoip=Path("city.mmdb"))


@pytest.fixture(scope="module")
def worker(settings: dict[str, str]) -> Any:
    """Return what the worker says, started without any setting of the application."""
    base = python313()
    assert base is not None
    given = {"root": str(ROOT), "settings": settings}
    script = [str(HERE / "drive_worker.py")]
    return found_by(official_worker(base), script, given, {"PATH": os.environ["PATH"]})


def test_every_trigger_is_indexed_as_by_the_local_host(
    worker: Any, settings: dict[str, str]
) -> None:
    script = ["-m", "tests.worker.our_index"]
    ours = found_by(sys.executable, script, settings, {**os.environ, **settings})
    assert worker["bindings"].keys() == ours.keys()
    assert worker["bindings"] == ours


def test_each_trigger_is_a_kind_that_the_product_uses(worker: Any) -> None:
    kinds = {
        binding["type"]
        for bindings in worker["bindings"].values()
        for binding in bindings
        if binding["type"].endswith("Trigger")
    }
    assert kinds == {"httpTrigger", "queueTrigger", "timerTrigger"}


def test_the_worker_answers_a_request(worker: Any) -> None:
    assert worker["health"]["status"] == 200
    assert json.loads(worker["health"]["body"])
