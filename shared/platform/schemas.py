"""The bases of everything that we are sent and that we answer."""

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written_as_a_day(given: object) -> object:
    # Pydantic takes seconds since 1970 as well, and texts of them.
    if isinstance(given, str) and _DAY.fullmatch(given):
        return date.fromisoformat(given)
    raise ValueError("A day is written like 2026-12-31.")


IsoDate = Annotated[date, BeforeValidator(_written_as_a_day)]


class Answer(BaseModel):
    """The base of everything that we answer."""

    # Schemas are built at their first use: a cold start pays only for what it serves.
    model_config = ConfigDict(frozen=True, defer_build=True)


class Request(BaseModel):
    """The base of everything that we are sent: unknown fields are refused, types are strict."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, str_strip_whitespace=True, defer_build=True
    )


def _as_a_change(schema: dict[str, Any], model: type["Change"]) -> None:
    """Describe a change as it is read: what is left out stays, so there are no defaults."""
    for name, part in schema.get("properties", {}).items():
        part.pop("default", None)
        if name in model.stays and "anyOf" in part:
            options = [option for option in part.pop("anyOf") if option.get("type") != "null"]
            part.update(options[0] if len(options) == 1 else {"anyOf": options})


class Change(Request):
    """The base of what a PATCH sends: what is left out stays, null empties what may be empty."""

    model_config = ConfigDict(json_schema_extra=_as_a_change)
    stays: ClassVar[frozenset[str]] = frozenset()  # What can be changed, and not be emptied.

    @field_validator("*")
    @classmethod
    def _is_not_emptied(cls, given: object, info: ValidationInfo) -> object:
        if given is None and info.field_name in cls.stays:
            raise ValueError("This can be changed, and not be emptied.")
        return given
