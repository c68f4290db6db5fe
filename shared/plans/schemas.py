"""What is sent about plans."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from shared.campaigns.catalogue import NO_GO_CHOICES
from shared.plans.model import ActionState, Wishes
from shared.platform.schemas import Change, IsoDate, Request
from shared.platform.texts import Lines, OneLine

_HOURS_OF_A_WEEK = 168


def _channel(text: str) -> str:
    if text not in NO_GO_CHOICES:
        raise ValueError(f"One of {', '.join(sorted(NO_GO_CHOICES))}.")
    return text


def _words(most: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=most)


Goal = Annotated[str, _words(200), OneLine]
Text = Annotated[str, _words(2000), Lines]
Copy = Annotated[str, _words(4000), Lines]
Title = Annotated[str, _words(200), OneLine]


class PlanRequest(Request):
    """What a plan should heed. Everything is optional; `budget_cents` is in minor units."""

    goals: Annotated[list[Goal], Field(max_length=10)] = Field(default_factory=list)
    budget_cents: Annotated[int, Field(ge=0, le=10**9)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    hours_per_week: Annotated[float, Field(ge=0, le=_HOURS_OF_A_WEEK)] | None = None
    no_go_channels: Annotated[
        list[Annotated[str, AfterValidator(_channel)]], Field(max_length=len(NO_GO_CHOICES))
    ] = Field(default_factory=list)
    notes: Text | None = None

    def as_wishes(self) -> Wishes:
        """Return the wishes as the model holds them."""
        return Wishes(
            goals=tuple(self.goals),
            budget_cents=self.budget_cents,
            currency=self.currency,
            hours_per_week=self.hours_per_week,
            no_go_channels=tuple(sorted(set(self.no_go_channels))),
            notes=self.notes,
        )


class RegenerateRequest(Request):
    """What should be different in the new plan."""

    feedback: Text


class ApproveRequest(Request):
    """Nothing: what is approved is named by If-Match."""


class ActionChange(Change):
    """What to change of an action; what is not sent stays."""

    state: ActionState | None = None
    due_date: Annotated[IsoDate | None, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))] = None
    title: Title | None = None
    copy_: Annotated[Copy | None, Field(alias="copy")] = None
    note: Text | None = None
    stays = frozenset({"state", "title"})

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by the model's names."""
        names = {"copy_": "copy"}
        return {names.get(name, name): getattr(self, name) for name in self.model_fields_set}


class PlanListQuery(Request):
    """A page of a list."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class CalendarQuery(Request):
    """The signed token of a calendar's link."""

    token: str = ""
