"""Route constraints: what `{id:guid}` or `{n:int:min(1)}` let through."""

import re
from collections.abc import Callable

Constraint = Callable[[str], bool]

INT32, INT64 = 2**31, 2**63
WHOLE = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
DASHED = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
GUID = re.compile(rf"[0-9a-f]{{32}}|{DASHED}|\{{{DASHED}\}}|\({DASHED}\)", re.IGNORECASE)
CALL = re.compile(r"(?P<kind>[a-z]+)(?:\((?P<argument>.*)\))?", re.IGNORECASE | re.DOTALL)


def parse_constraint(text: str) -> Constraint:
    """Return the check that a constraint's text names.

    Raises:
        ValueError: this host does not know the constraint, or its argument is wrong.
    """
    call = CALL.fullmatch(text)
    if not call:
        raise ValueError(f"{text!r} is not a route constraint")
    kind, argument = call["kind"].lower(), call["argument"]
    if argument is None and kind in PLAIN:
        return PLAIN[kind]
    if argument is not None and kind in WITH_ARGUMENT:
        try:
            return WITH_ARGUMENT[kind](argument)
        except (ValueError, re.error) as fault:
            raise ValueError(f"the constraint {text!r} is wrong: {fault}") from fault
    raise ValueError(f"the local host does not know the route constraint {text!r}")


def _whole_within(limit: int) -> Constraint:
    return lambda text: bool(WHOLE.fullmatch(text)) and -limit <= int(text) < limit


def _length(argument: str) -> Constraint:
    least, most = _pair(argument) if "," in argument else (int(argument), int(argument))
    return lambda text: least <= len(text) <= most


def _range(argument: str) -> Constraint:
    least, most = _pair(argument)
    return lambda text: bool(WHOLE.fullmatch(text)) and least <= int(text) <= most


def _regex(argument: str) -> Constraint:
    pattern = re.compile(argument, re.IGNORECASE)
    return lambda text: bool(pattern.search(text))


def _pair(argument: str) -> tuple[int, int]:
    least, _, most = argument.partition(",")
    return int(least), int(most)


PLAIN: dict[str, Constraint] = {
    "int": _whole_within(INT32),
    "long": _whole_within(INT64),
    "bool": lambda text: text.lower() in {"true", "false"},
    "guid": lambda text: bool(GUID.fullmatch(text)),
    "alpha": lambda text: bool(re.fullmatch("[A-Za-z]*", text)),
    "decimal": lambda text: bool(DECIMAL.fullmatch(text)) and "e" not in text.lower(),
    "double": lambda text: bool(DECIMAL.fullmatch(text)),
    "float": lambda text: bool(DECIMAL.fullmatch(text)),
    "required": bool,
}

WITH_ARGUMENT: dict[str, Callable[[str], Constraint]] = {
    "length": _length,
    "minlength": lambda argument: _length(f"{argument},{INT32}"),
    "maxlength": lambda argument: _length(f"0,{argument}"),
    "min": lambda argument: _range(f"{argument},{INT64}"),
    "max": lambda argument: _range(f"{-INT64},{argument}"),
    "range": _range,
    "regex": _regex,
}
