"""Names, parameters and annotations of a function, by the rules of the Python worker."""

import inspect
import re
import typing
from collections.abc import Callable, Iterable
from typing import Any

import azure.functions as func
from azure.functions import meta

FUNCTION_NAME = re.compile(r"[a-z][a-z0-9_\-]{0,127}", re.IGNORECASE)
BINDING_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]{0,127}|\$return")
CONTEXT = "context"


def name_faults(function: str, bindings: Iterable[dict[str, Any]]) -> list[str]:
    """Return what the host's rules for names object to."""
    faults = []
    if not FUNCTION_NAME.fullmatch(function) or function.lower() == "host":
        faults.append("a function's name is a letter, then letters, digits, _ or -, and not 'host'")
    faults += [
        f"the binding name {binding['name']!r} may hold letters and digits only, no underscore"
        for binding in bindings
        if not BINDING_NAME.fullmatch(binding["name"])
    ]
    return faults


def wants_context(call: Callable[..., Any]) -> bool:
    return CONTEXT in inspect.signature(call).parameters


def parameter_faults(call: Callable[..., Any], bindings: Iterable[dict[str, Any]]) -> list[str]:
    """Return where parameters, annotations and bindings disagree."""
    bound = {binding["name"]: binding for binding in bindings}
    parameters = dict(inspect.signature(call).parameters)
    if CONTEXT not in bound:
        parameters.pop(CONTEXT, None)
    faults = [f"the parameter {name!r} has no binding" for name in parameters.keys() - bound]
    missing = bound.keys() - parameters.keys() - {"$return"}
    faults += [f"the binding {name!r} has no parameter" for name in missing]
    try:
        hints = typing.get_type_hints(call)
    except Exception as fault:
        return [*sorted(faults), f"an annotation cannot be resolved: {fault}"]
    faults += _context_faults(hints) if CONTEXT not in bound else []
    for name in sorted(parameters.keys() & bound.keys()):
        faults += _annotation_faults(name, hints.get(name), bound[name])
    return sorted(faults)


def _context_faults(hints: dict[str, Any]) -> list[str]:
    hint = hints.get(CONTEXT)
    if hint is None or getattr(hint, "__name__", "") == "Context":
        return []
    return ["the parameter 'context' must be annotated as func.Context"]


def _annotation_faults(name: str, hint: object, binding: dict[str, Any]) -> list[str]:
    is_out = typing.get_origin(hint) is func.Out or hint is func.Out
    wants_out = binding["direction"] == "OUT"
    if hint is None:
        return [f"the output {name!r} must be annotated as func.Out[…]"] if wants_out else []
    if is_out != wants_out:
        kind = "an output" if wants_out else "an input"
        return [f"{name!r} is {kind}, but is annotated as {hint}"]
    inner = (typing.get_args(hint) or (str,))[0] if is_out else hint
    if not is_out and not isinstance(inner, type):
        return [f"{name!r} has an annotation that is not a type: {inner}"]
    return _converter_faults(name, inner, binding)


def _converter_faults(name: str, hint: object, binding: dict[str, Any]) -> list[str]:
    registry = meta.get_binding_registry()  # type: ignore[no-untyped-call]  # Untyped library.
    converter = registry.get(binding["type"])
    if converter is None:
        return []
    check = (
        converter.check_output_type_annotation
        if binding["direction"] == "OUT"
        else converter.check_input_type_annotation
    )
    if check(hint):
        return []
    return [f"{name!r} cannot be annotated as {hint} on a {binding['type']}"]
