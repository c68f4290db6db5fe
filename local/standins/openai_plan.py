"""Writes what a model would: an instance of the schema, made from the request's own facts.

Deterministic: one request, one answer. The facts are the JSON object in the user's message. Where
the schema asks for entries with a `key`, each entry of the facts' list of that name gets one, or
else each action.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from local.standins.openai_phrases import PROSE, listed, sentence
from local.standins.openai_schema import Schema, resolved

_FENCED = re.compile(r"```(?:json)?\s*\n(\{.*?\})\s*\n```", re.DOTALL)
_DEEPEST = 12
# How an entry may name what it is about.
_NAMES_OF_KEY = ("key", "action_key")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the request says: everything, its actions, and the words that texts are made of."""

    everything: dict[str, Any]
    actions: list[dict[str, Any]]
    words: dict[str, str] = field(default_factory=dict)

    def entries(self, name: str) -> list[dict[str, Any]]:
        """Return the keyed entries that the facts list under this name, else the actions."""
        listed_there = _first(
            self.everything, lambda part: isinstance(part, dict) and _are_keyed(part.get(name))
        )
        return listed_there[name] if isinstance(listed_there, dict) else self.actions


def facts_in(text: str) -> Facts:
    """Return the facts in a user's message; empty ones when it holds no JSON object."""
    everything = _json_object_in(text)
    release = _named(everything, "release") or _first(
        everything, lambda value: isinstance(value, dict) and "title" in value
    )
    found = release if isinstance(release, dict) else everything
    artist = _named(everything, "artist_name") or _named(everything, "artist")
    goals = _named(everything, "goals")
    goal = goals[0] if isinstance(goals, list) and goals else goals
    words = {
        "title": _word(found.get("title"), "the release"),
        "genre": _word(found.get("genre"), "music"),
        "kind": _word(found.get("kind"), "release"),
        "artist": _word(artist, "the artist"),
        "goal": _word(goal, "more listeners who stay"),
    }
    return Facts(everything, _actions_in(everything), words)


def instance_of(schema: Schema, facts: Facts) -> Any:  # noqa: ANN401 - any JSON
    """Return a JSON value that the schema allows."""
    return _Writer(schema, facts).write(schema, name="plan", action=None, depth=0)


class _Writer:
    def __init__(self, root: Schema, facts: Facts) -> None:
        self._root = root
        self._facts = facts

    def write(self, schema: Schema, *, name: str, action: dict[str, Any] | None, depth: int) -> Any:  # noqa: ANN401 - any JSON
        schema = resolved(schema, root=self._root)
        if "anyOf" in schema:
            chosen = self._option(schema["anyOf"], depth=depth)
            return self.write(chosen, name=name, action=action, depth=depth + 1)
        given = None if name in PROSE else (action or {}).get(name)
        if "const" in schema or "enum" in schema:
            allowed = schema.get("enum") or [schema["const"]]
            return given if given in allowed else allowed[0]
        kind = self._kind(schema)
        if kind in {"object", "array"}:
            write = self._object if kind == "object" else self._array
            return write(schema, name=name, action=action, depth=depth)
        if _fits(given, kind):
            return given
        if kind == "string" and not self._has_no_draft(schema, name=name, action=action):
            return sentence(name, words=self._facts.words, action=action)
        return {"integer": 0, "number": 0, "boolean": False}.get(kind)

    def _has_no_draft(self, schema: Schema, *, name: str, action: dict[str, Any] | None) -> bool:
        """Tell whether the facts mark drafts, and none is wanted of this action."""
        nullable = isinstance(schema.get("type"), list) and "null" in schema["type"]
        marked = any("draft" in entry for entry in self._facts.actions)
        return name == "copy" and nullable and marked and "draft" not in (action or {})

    def _option(self, options: list[Schema], *, depth: int) -> Schema:
        nothing = [option for option in options if option.get("type") == "null"]
        something = [option for option in options if option.get("type") != "null"]
        return (nothing or something)[0] if depth > _DEEPEST else (something or nothing)[0]

    @staticmethod
    def _kind(schema: Schema) -> str:
        kinds = schema.get("type", "string")
        if isinstance(kinds, list):
            return next((kind for kind in kinds if kind != "null"), "null")
        return str(kinds)

    def _object(
        self, schema: Schema, *, name: str, action: dict[str, Any] | None, depth: int
    ) -> dict[str, Any]:
        del name  # The members have names of their own, and one may be an action's key.
        by_key = {entry["key"]: entry for entry in self._facts.actions}
        return {
            member: self.write(
                part, name=member, action=by_key.get(member, action), depth=depth + 1
            )
            for member, part in schema.get("properties", {}).items()
        }

    def _array(
        self, schema: Schema, *, name: str, action: dict[str, Any] | None, depth: int
    ) -> list[Any]:
        if depth > _DEEPEST:
            return []
        item = resolved(schema["items"], root=self._root)
        key = next((key for key in _NAMES_OF_KEY if key in item.get("properties", {})), None)
        if action is None and key:
            entries = [entry | {key: entry["key"]} for entry in self._facts.entries(name)]
            allowed = resolved(item["properties"][key], root=self._root).get("enum")
            return [
                self.write(item, name=name, action=entry, depth=depth + 1)
                for entry in entries
                if allowed is None or entry["key"] in allowed
            ]
        if "enum" in item:
            return [item["enum"][0]]
        if self._kind(item) == "string":
            return listed(name, words=self._facts.words, action=action)
        return [self.write(item, name=name, action=action, depth=depth + 1)]


def _fits(value: object, kind: str) -> bool:
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str, "integer": int, "number": (int, float), "boolean": bool,
    }  # fmt: skip
    if kind not in kinds or (isinstance(value, bool) and kind != "boolean"):
        return False
    return isinstance(value, kinds[kind]) and value != ""


def _json_object_in(text: str) -> dict[str, Any]:
    candidates = _FENCED.findall(text) + [text[at.start() :] for at in re.finditer(r"\{", text)]
    for candidate in candidates[:50]:
        try:
            found, _ = json.JSONDecoder().raw_decode(candidate)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def _actions_in(value: object) -> list[dict[str, Any]]:
    named = _first(value, lambda part: isinstance(part, dict) and _are_keyed(part.get("actions")))
    if isinstance(named, dict):
        return list(named["actions"])
    found = _first(value, _are_keyed)
    return found if isinstance(found, list) else []


def _are_keyed(part: object) -> bool:
    return (
        isinstance(part, list)
        and bool(part)
        and all(isinstance(item, dict) and isinstance(item.get("key"), str) for item in part)
    )


def _named(value: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - any JSON
    holder = _first(value, lambda part: isinstance(part, dict) and name in part)
    return holder[name] if isinstance(holder, dict) else None


def _first(value: object, wanted: Any) -> object:  # noqa: ANN401 - a predicate on any JSON
    """Return the first part of a JSON value that is wanted, outermost first."""
    waiting = [value]
    while waiting:
        part = waiting.pop(0)
        if wanted(part):
            return part
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return None


def _word(value: object, otherwise: str) -> str:
    """Return a short text on one line, without markup, since a title may hold anything."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("artist_name")
    if not isinstance(value, str) or not value.strip():
        return otherwise
    return re.sub(r"(?:<[^>]*>|[<>`]|\s)+", " ", value).strip()[:80]
