"""The bases of everything that we are sent and that we answer."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """The base of everything that we answer."""

    # Schemas are built at their first use: a cold start pays only for what it serves.
    model_config = ConfigDict(frozen=True, defer_build=True)


class Request(BaseModel):
    """The base of everything that we are sent: unknown fields are refused, types are strict."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, str_strip_whitespace=True, defer_build=True
    )
