"""Which function answers a path: route templates as ASP.NET Core reads them for Azure Functions.

Literals match without regard to case, parameters keep theirs, and candidates are tried in the order
of the functions' names: the first that matches path and verb wins, however unspecific it is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from local.host.constraints import Constraint, parse_constraint

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESERVED_PREFIXES = ("admin", "runtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What lies between two slashes of a template."""

    pattern: re.Pattern[str]
    constraints: Mapping[str, tuple[Constraint, ...]]
    catch_all: str | None = None
    optional: str | None = None
    default: str | None = None

    def match(self, text: str) -> dict[str, str] | None:
        found = self.pattern.fullmatch(text)
        if not found:
            return None
        values = found.groupdict()
        for name, constraints in self.constraints.items():
            if not all(allows(values[name]) for allows in constraints):
                return None
        return values

    def when_missing(self) -> dict[str, str] | None:
        """Return what a path that ends before this segment gives it, or None if it may not."""
        if self.optional is None:
            return None
        return {} if self.default is None else {self.optional: self.default}


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed route, prefix included."""

    text: str
    segments: tuple[Segment, ...]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the route parameters of a decoded path, or None if it does not fit.

        One slash at the end is ignored; an empty segment never matches.
        """
        parts = path.removeprefix("/").removesuffix("/").split("/") if path.strip("/") else []
        if path.startswith("//"):
            return None
        values: dict[str, str] = {}
        for index, segment in enumerate(self.segments):
            if segment.catch_all is not None:
                rest = "/".join(parts[index:])
                found = segment.match(rest) if rest else {}
                return None if found is None else values | found
            found = segment.match(parts[index]) if index < len(parts) else segment.when_missing()
            if found is None:
                return None
            values |= found
        return values if len(parts) <= len(self.segments) else None


def parse_template(text: str) -> Template:
    """Return the template that a route text describes.

    Raises:
        ValueError: the text is not a template, or uses what this host does not imitate.
    """
    parts = _split(text.strip("/"), "/")
    segments = tuple(_segment(part) for part in parts)
    for index, segment in enumerate(segments[:-1]):
        if segment.catch_all is not None:
            raise ValueError(f"{parts[index]!r} must be the last part of the route")
        if segment.optional is not None and segments[index + 1].optional is None:
            raise ValueError(f"{parts[index]!r} is optional, but a required part follows it")
    names = [name for segment in segments for name in segment.pattern.groupindex]
    if len(names) != len({name.lower() for name in names}):
        raise ValueError("a parameter's name is used twice")
    return Template(text, segments)


def decode_path(raw: bytes) -> str:
    """Return the path that routing sees: percent-decoded, `%2F` kept, dot segments resolved."""
    kept = re.sub(rb"%2[fF]", lambda found: b"%25" + found.group()[1:], raw)
    decoded = unquote_to_bytes(kept).decode(errors="replace")
    if "/." not in decoded:
        return decoded
    resolved: list[str] = []
    for part in decoded.split("/")[1:]:
        if part == "..":
            del resolved[-1:]
        elif part != ".":
            resolved.append(part)
    return "/" + "/".join(resolved)


class Routed(Protocol):
    """A function with a route, as the table needs it."""

    @property
    def name(self) -> str: ...
    @property
    def template(self) -> Template: ...
    @property
    def methods(self) -> frozenset[str] | None: ...


R = TypeVar("R", bound=Routed)


def in_order(routes: Iterable[R]) -> list[R]:
    """Return the order in which routes are tried: by function name, OrdinalIgnoreCase."""
    return sorted(routes, key=lambda route: route.name.upper())


def _segment(text: str) -> Segment:
    if not text:
        raise ValueError("a route may not hold an empty part")
    # Every second piece is a parameter, braces included.
    pieces = re.split(r"(\{(?:\{\{|\}\}|[^{}])*\})", text)
    literals, parameters = pieces[::2], pieces[1::2]
    if any(mark in literal for literal in literals for mark in "{}?"):
        raise ValueError(f"{text!r} is no route: a brace or a question mark stands alone")
    if len(parameters) == 1 and not any(literals):
        return _whole_parameter(parameters[0])
    return _mixed(literals, parameters)


def _mixed(literals: list[str], parameters: list[str]) -> Segment:
    pattern = f"(?i:{re.escape(literals[0])})"
    constraints = {}
    for parameter, literal in zip(parameters, literals[1:], strict=True):
        name, rules, mark = _parameter(parameter)
        if mark:
            raise ValueError(f"{parameter!r} beside other text must be given, and in one piece")
        pattern += f"(?P<{name}>.+)(?i:{re.escape(literal)})"
        constraints[name] = rules
    return Segment(pattern=re.compile(pattern), constraints=constraints)


def _whole_parameter(text: str) -> Segment:
    name, rules, mark = _parameter(text)
    if mark.startswith("*"):
        pattern = re.compile(f"(?P<{name}>.*)", re.DOTALL)
        return Segment(pattern=pattern, constraints={name: rules}, catch_all=name)
    return Segment(
        pattern=re.compile(f"(?P<{name}>.+)", re.DOTALL),
        constraints={name: rules},
        optional=name if mark else None,
        default=mark[1:] if mark.startswith("=") else None,
    )


def _parameter(text: str) -> tuple[str, tuple[Constraint, ...], str]:
    """Return a parameter's name, its constraints, and its mark: `*`, `?` or `=default`."""
    inside = text[1:-1].replace("{{", "{").replace("}}", "}")
    stars = len(inside) - len(inside.lstrip("*"))
    name_part, *rule_texts = _split(inside[stars:], ":")
    last = rule_texts[-1] if rule_texts else name_part
    mark = "*" * stars
    if last.endswith("?"):
        mark, last = "?", last[:-1]
    elif "=" in _outside_brackets(last):
        last, _, default = last.partition("=")
        mark = "=" + default
    if rule_texts:
        rule_texts[-1] = last
    else:
        name_part = last
    if not NAME.fullmatch(name_part):
        raise ValueError(f"{name_part!r} cannot name a route parameter")
    return name_part, tuple(parse_constraint(rule) for rule in rule_texts), mark


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark, except inside braces (when splitting at slashes) and round brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "{(") - (letter in "})")
        if letter == mark and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts if text else []


def _outside_brackets(text: str) -> str:
    return re.sub(r"\(.*\)", "", text)
