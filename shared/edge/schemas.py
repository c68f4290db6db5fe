"""Shapes that belong to no room: the problem document, a list, and being alive."""

from typing import Annotated, Literal

from pydantic import Field

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
    recipients: Annotated[
        int | None, Field(description="With `recipients_changed`: how many it would go to now.")
    ] = None
    count: Annotated[
        int | None, Field(description="With `count_changed`: how many fans the filter fits now.")
    ] = None
