"""The API's document tells all of the API, and nothing that is not so."""

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_spec_validator import validate
from pydantic import BaseModel

import shared
from shared.edge import operations, problem_codes
from shared.edge.openapi import document, examples
from shared.platform.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
SIZE_MAX = 512 * 1024
SERVER = "https://api.artistos.studio"


def models() -> dict[str, type[BaseModel]]:
    """Every model that is sent or answered, by its name."""
    return {
        model.__name__: model
        for one in operations.every()
        for model in (one.terms.body, one.terms.raw_form, *one.answers.statuses.values())
        if model is not None
    }


def codes_in_the_code() -> Iterator[tuple[str, str]]:
    """Each code that is raised anywhere, with the class that it is raised as."""
    for path in (ROOT / "shared").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value), ast.unparse(node.func).partition(".")[0]


def problems() -> dict[str, type[Problem]]:
    for module in pkgutil.walk_packages(shared.__path__, "shared."):
        importlib.import_module(module.name)
    found: dict[str, type[Problem]] = {}
    waiting: list[type[Problem]] = [Problem]
    while waiting:
        one = waiting.pop()
        found[one.__name__] = one
        waiting += one.__subclasses__()
    return found


def test_it_is_an_openapi_document() -> None:
    validate(document.document(server=SERVER))


def test_every_model_has_an_example_that_fits_it_and_none_is_left_over() -> None:
    written = examples.written()
    assert written.keys() == models().keys()
    for name, model in models().items():
        model.model_validate_json(json.dumps(written[name]))


def test_every_code_that_is_raised_is_explained_under_its_status() -> None:
    classes = problems()
    wrong = {
        (code, raised)
        for code, raised in codes_in_the_code()
        if raised in classes and problem_codes.STATUSES.get(code) != classes[raised].status
    }
    assert wrong == set()
    defaults = {one.default_code: one.status for one in classes.values() if 400 <= one.status < 500}
    # A wrong method meets no operation, and nobody is forbidden anything without a finer code.
    assert defaults.keys() - problem_codes.STATUSES.keys() == {"method_not_allowed", "forbidden"}


def test_no_code_is_explained_that_nobody_raises_or_no_operation_has() -> None:
    raised = {code for code, _ in codes_in_the_code()}
    raised |= {one.default_code for one in problems().values()}
    had = {code for one in operations.every() for code in one.codes}
    assert problem_codes.STATUSES.keys() - (raised & had) == set()


def test_every_operation_says_what_it_is_and_who_may_ask() -> None:
    described: dict[str, Any] = document.document(server=SERVER)["paths"]
    every = [one for methods in described.values() for one in methods.values()]
    assert len({one["operationId"] for one in every}) == len(every)
    for one in every:
        assert one["summary"].endswith("."), one["operationId"]
        assert "security" in one
        assert any(status.startswith(("2", "3")) for status in one["responses"])


def test_the_document_stays_light_enough_to_be_read() -> None:
    assert len(json.dumps(document.document(server=SERVER))) < SIZE_MAX


def test_the_page_names_every_operation_and_every_code_and_no_other_host() -> None:
    page = document.page(server=SERVER)
    for one in operations.every():
        assert f'id="{one.name}"' in page
    for code in problem_codes.STATUSES:
        assert f'id="code-{code}"' in page
    assert "<script" not in page
    loaded = re.findall(r"""(?:src|href|action)=["'](?:https?:)?//|url\((?!data:)|@import""", page)
    assert loaded == []
