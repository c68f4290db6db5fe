"""What all stand-ins share: one clock, one memory, one list of faults, one courier."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp

from local.standins.clock import MovableClock
from local.standins.courier import Courier
from local.standins.environment import Environment
from local.standins.faults import Faults
from local.standins.requests_seen import RequestLog
from local.standins.signing import SigningKey
from local.standins.state import State
from local.standins.vault import Vault
from local.standins.wire import Counter


class Config(BaseModel):
    """How the vendors behave, changed by `POST /_control/config`; a restart starts afresh."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    resend_rate_per_second: float = Field(default=5, gt=0)
    resend_webhooks: bool | list[str] = True  # or the types that are sent
    resend_webhook_repeat: int = Field(default=1, ge=1, le=10)
    resend_quota_exceeded: Literal["daily", "monthly"] | None = None
    resend_reject_test_domains: bool = False
    resend_processing_seconds: float = Field(default=0, ge=0, le=60)
    clerk_webhooks: bool = True
    openai_latency_seconds: float = Field(default=0, ge=0, le=600)
    openai_refuse_careless_prompts: bool = False


@dataclass(slots=True, kw_only=True)
class World:
    """Everything that a vendor's module is given."""

    environment: Environment
    clock: MovableClock
    state: State
    faults: Faults
    requests: RequestLog
    vault: Vault
    courier: Courier
    entra_key: SigningKey
    config: Config

    def counter(self, service: str, app: ASGIApp) -> Counter:
        """Return the vendor's routes behind the record of requests and the faults."""
        return Counter(service, app, clock=self.clock, faults=self.faults, log=self.requests)


def make_world(environment: Environment) -> World:
    """Return a world that remembers what its folder holds."""
    environment.state.mkdir(parents=True, exist_ok=True)
    clock, state = MovableClock(), State(environment.state / "standins.db")
    vault = Vault(state)
    return World(
        environment=environment,
        clock=clock,
        state=state,
        faults=Faults(),
        requests=RequestLog(),
        vault=vault,
        courier=Courier(environment.app_url, clock=clock, state=state, secret=vault.value),
        entra_key=SigningKey(state, "entra", kid="entra-local-1"),
        config=Config(),
    )
