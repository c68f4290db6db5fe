"""The bodies of control calls: read by a model, and explained when they are wrong."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from local.standins.wire import json_answer, json_body

Model = TypeVar("Model", bound=BaseModel)


class Body(BaseModel):
    """A body in which a misspelt name is a mistake, not a wish that is ignored."""

    model_config = ConfigDict(extra="forbid")


async def read(request: Request, model: type[Model]) -> Model:
    """Return the body as the model says.

    Raises:
        ValidationError: it is something else; the caller is told what.
    """
    return model.model_validate(await json_body(request) or {})


async def explained(request: Request, error: Exception) -> Response:
    del request
    return json_answer({"error": str(error)}, 422)


def missing(what: str) -> Response:
    return json_answer({"error": f"There is no such {what}."}, 404)
