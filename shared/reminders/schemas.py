"""What the page of a reminder mail sends."""

from typing import Annotated

from pydantic import Field

from shared.platform.schemas import Request
from shared.reminders.model import TaskAnswer


class TaskForm(Request):
    """One press of a button."""

    action: Annotated[str, Field(max_length=64)]
    do: TaskAnswer
