"""The house stands as docs/ARCHITECTURE.md draws it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("functions", "shared")
OURS = (*PRODUCT, "local", "bench")

FILE_MAX_LINES = 350
FUNCTION_MAX_LINES = 40
TRIGGER_MAX_LINES = 12
VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "base",
    "info",
    "process",
    "data",
    "handle",
}


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from (ROOT / room).rglob("*.py")


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines of code, without its docstring and its signature."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_imports_point_down_the_stairs() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_no_file_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources(*OURS)
        if (count := len(path.read_text().splitlines())) > FILE_MAX_LINES
    }
    assert long == {}


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": count
        for path in sources(*OURS)
        for node in functions_of(path)
        if (count := lines_of(node)) > FUNCTION_MAX_LINES
    }
    assert long == {}


def test_triggers_call_one_use_case_and_decide_nothing() -> None:
    faults = {
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in sources("functions")
        for node in functions_of(path)
        if lines_of(node) > TRIGGER_MAX_LINES
        or any(isinstance(part, ast.If | ast.For | ast.While | ast.Try) for part in ast.walk(node))
    }
    assert faults == set()


def test_nothing_has_a_name_that_says_nothing() -> None:
    named = [(path, path.stem) for path in sources(*OURS)]
    named += [
        (path, node.name)
        for path in sources(*OURS)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    vague = {(str(path.relative_to(ROOT)), name) for path, name in named if _says_nothing(name)}
    assert vague == set()


def _says_nothing(name: str) -> bool:
    return name.strip("_").lower() in VAGUE


def test_each_room_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "shared").rglob("__init__.py")
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize("room", PRODUCT)
def test_what_ships_names_no_machine_path(room: str) -> None:
    pattern = re.compile(r"""["'](/work|/root|/home)/""")
    named = [str(p.relative_to(ROOT)) for p in sources(room) if pattern.search(p.read_text())]
    assert named == []


def test_triggers_know_the_host_and_nothing_else_outside() -> None:
    foreign = re.compile(
        r"^\s*(from|import) (requests|openai|azure\.(?!functions)|os|uuid|secrets|random)\b",
        re.MULTILINE,
    )
    found = [
        str(p.relative_to(ROOT)) for p in sources("functions") if foreign.search(p.read_text())
    ]
    assert found == []


def test_shared_is_this_repositorys() -> None:
    import shared

    assert Path(shared.__file__ or "").is_relative_to(ROOT)
