"""Every route is reachable: the host tries functions in the order of their names."""

import re
from itertools import combinations

from shared.edge import operations
from shared.edge.operations import Operation


def example_path(route: str) -> str:
    return re.sub(r"\{(\w+)\}", "x1", route)


def fits(route: str, path: str) -> bool:
    pattern = "/".join(
        re.sub(r"\\\{(\w+)\\\}", r"[^/]+", re.escape(part)) for part in route.split("/")
    )
    return re.fullmatch(pattern, path, re.IGNORECASE) is not None


def in_host_order() -> list[Operation]:
    return sorted(operations.every(), key=lambda operation: operation.name.upper())


def test_no_operation_is_shadowed_by_an_earlier_name() -> None:
    shadowed = [
        f"{later.method} /{later.route} ({later.name}) is taken by {earlier.name}"
        for earlier, later in combinations(in_host_order(), 2)
        if earlier.method == later.method and fits(earlier.route, example_path(later.route))
    ]
    assert shadowed == []


def test_names_are_unique_and_legal() -> None:
    names = [operation.name for operation in operations.every()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,127}", name) for name in names)


def test_no_route_uses_what_the_host_keeps() -> None:
    kept = [o.route for o in operations.every() if o.route.startswith(("admin", "runtime"))]
    assert kept == []


def test_component_names_are_unique() -> None:
    models = {
        model
        for operation in operations.every()
        for model in (operation.terms.body, *operation.answers.statuses.values())
        if model is not None
    }
    names = [model.__name__ for model in models]
    assert len(names) == len(set(names)), sorted(names)
