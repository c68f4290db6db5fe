"""Faults that were ordered: which request goes wrong next, and how."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Service = Literal[
    "clerk", "resend", "openai", "spotify", "s4a", "entra", "keyvault", "maxmind",
    "tables", "queues", "blobs",
]  # fmt: skip


class Fault(BaseModel):
    """One order: these requests of this service go wrong like this.

    `times` counts the requests that it still takes; without it the fault stays until it is cleared.
    `path` is a part of the path and query. `after_accept` lets the service do its work first, and
    loses or replaces its answer. A fault with neither status nor kind delays and adds headers.
    """

    model_config = ConfigDict(extra="forbid")

    service: Service
    status: int | None = Field(default=None, ge=200, le=599)
    kind: Literal["reset", "timeout", "html"] | None = None
    path: str | None = None
    method: str | None = None
    headers: Annotated[dict[str, str], BeforeValidator(lambda given: given or {})] = {}
    body: Any = None
    times: int | None = Field(default=None, ge=1)
    after_accept: bool = False
    delay_seconds: float = Field(default=0, ge=0, le=600)

    @property
    def spoils_the_answer(self) -> bool:
        return self.status is not None or self.kind is not None

    def hits(self, service: str, *, method: str, path: str) -> bool:
        return (
            self.service == service
            and (self.path is None or self.path in path)
            and (self.method is None or self.method == method)
        )


class Faults:
    """The orders that stand, oldest first."""

    def __init__(self) -> None:
        self.standing: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.standing.append(fault)

    def clear(self) -> None:
        self.standing.clear()

    def take(self, service: str, *, method: str, path: str) -> Fault | None:
        """Return the fault for this request, and count it; None when the request goes well."""
        for fault in self.standing:
            if fault.hits(service, method=method, path=path):
                self._count(fault)
                return fault
        return None

    def _count(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self.standing.remove(fault)
