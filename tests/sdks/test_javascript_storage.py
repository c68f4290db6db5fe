"""The official JavaScript storage SDKs, unchanged: at Azurite itself and through the proxies."""

from itertools import count
from typing import Any

import pytest

from local.stack.azurite import connection_string
from tests.sdks.javascript import JavaScript
from tests.standins.process import StandIns

_numbers = count()


@pytest.fixture
def name() -> str:
    return f"js{next(_numbers)}"


def test_blobs_are_written_in_blocks_and_read_by_key_range_and_link(
    javascript: JavaScript, storage: str, name: str
) -> None:
    found = javascript.run("blobs.cjs", connection=storage, container=name)
    assert found == {
        "etag": True,
        "contentType": "text/plain; charset=utf-8",
        "metadata": {"release": "rel_1"},
        "again": 409,
        "stale": 412,
        "names": ["a/grüße.txt", "large.bin"],
        "text": "grüße",
        "range": "abcdefgabcdefg",
        "whole": True,
        "byLink": "grüße",
        "writeByReadLink": 403,
        "deleted": 202,
        "gone": 404,
    }


def test_messages_are_taken_changed_and_done(
    javascript: JavaScript, storage: str, name: str
) -> None:
    found = javascript.run("queues.cjs", connection=storage, queue=name)
    assert found == {
        "peeked": 1,
        "hidden": 0,
        "body": {"blast_id": "blast_1", "chunk": 1},
        "dequeued": [1, 2],
        "stale": "PopReceiptMismatch",
        "left": 1,
        "missing": "QueueNotFound",
    }


def test_rows_are_written_on_conditions_and_found_by_filters(
    javascript: JavaScript, storage: str, name: str
) -> None:
    found = javascript.run("tables.cjs", connection=storage, table=name)
    assert found == {
        "again": 409,
        "stale": 412,
        "refused": 409,
        "some": ["015", "016", "017", "018", "019"],
        "pages": [8, 8, 5],
        "name": "Grüße 🎵",
        "big": "9007199254740993",
        "fans": 3,
        "gone": 404,
        "half": 404,
    }


@pytest.mark.parametrize(
    ("service", "script", "place"),
    [
        ("blobs", "blobs.cjs", "container"),
        ("queues", "queues.cjs", "queue"),
        ("tables", "tables.cjs", "table"),
    ],
)
def test_a_fault_at_the_proxy_is_one_that_the_sdk_knows_and_retries(
    javascript: JavaScript, stand_ins: StandIns, name: str, service: str, script: str, place: str
) -> None:
    stand_ins.control("POST", "/faults", {"service": service, "status": 503, "times": 1})
    given: dict[str, Any] = {"connection": connection_string(**stand_ins.proxies), place: name}
    assert javascript.run(script, **given)
    assert stand_ins.control("GET", "/faults")["items"] == []
