"""Logs hold an allow-list of fields and constant names: every call in the product is read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shared.platform.telemetry import FIELDS

ROOT = Path(__file__).resolve().parents[2]
CALLS = {"event", "alarm", "bug"}


def telemetry_calls() -> Iterator[tuple[str, ast.Call]]:
    for room in ("functions", "shared"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "telemetry"
                    and node.func.attr in CALLS
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_event_has_a_constant_name_and_declared_fields() -> None:
    faults = []
    for where, call in telemetry_calls():
        name = call.args[0] if call.args else None
        if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
            faults.append(f"{where}: the name is not a constant")
        faults += [
            f"{where}: {keyword.arg}" for keyword in call.keywords if keyword.arg not in FIELDS
        ]
    assert faults == []


def test_the_runbook_says_what_to_do_about_every_alarm() -> None:
    runbook = (ROOT / "docs" / "RUNBOOK.md").read_text(encoding="utf-8")
    raised = {
        str(call.args[0].value)
        for _, call in telemetry_calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "alarm"
        and isinstance(call.args[0], ast.Constant)
    }
    told = set(
        re.findall(
            r"`([a-z_]+)`",
            "\n".join(line for line in runbook.splitlines() if line.startswith("| alarm ")),
        )
    )
    assert raised - told == set()


def test_no_field_is_allowed_that_nobody_writes() -> None:
    written = {keyword.arg for _, call in telemetry_calls() for keyword in call.keywords}
    # `alarm` is what telemetry itself adds to an alarm.
    assert FIELDS - {"alarm"} == written


def test_nothing_but_telemetry_writes_logs() -> None:
    writing = re.compile(
        r"\b(logging|_?logger|log)\.(debug|info|warning|error|exception|log)\(|\bprint\("
    )
    writers = [
        str(path.relative_to(ROOT))
        for room in ("functions", "shared")
        for path in (ROOT / room).rglob("*.py")
        if writing.search(path.read_text()) and path.name != "telemetry.py"
    ]
    assert writers == []
