"""Shapes that belong to no room: the problem document, a list, and being alive."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """The base of everything that we answer."""

    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """The base of everything that we are sent: unknown fields are refused, types are strict."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)


class Alive(Answer):
    """The application runs."""

    status: Literal["ok"]


class WrongField(Answer):
    """One wrong field."""

    field: str
    detail: str


class ProblemDocument(Answer):
    """RFC 9457: what went wrong."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[WrongField] | None = None
