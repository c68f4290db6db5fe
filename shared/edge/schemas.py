"""Shapes that belong to no room: the problem document, a list, and being alive."""

from typing import Literal

from shared.platform.schemas import Answer


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
