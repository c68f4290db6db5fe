"""Who writes the words: the model when it can, the playbook when it cannot, and it is said which.

At most two calls in a run. What may be better at once is asked again at once, what was refused or
filtered is not; an answer that broke the rules is asked for once more with the rules' names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.campaigns.facts import CampaignFacts
from shared.campaigns.schedule import Frame
from shared.plans import prompting, writing
from shared.plans.model import MOST_RUNS, Plan, Source, SourceKind, safety_identifier
from shared.plans.wire_schema import NAME, SCHEMA
from shared.plans.writing import Nonsense, Words
from shared.platform import telemetry
from shared.platform.clients.openai import Failure, LanguageModel, Question, Said
from shared.releases.model import Release

# Thirty actions take about 6,000 tokens; a model's reasoning counts among them, too.
MAX_OUTPUT_TOKENS: Final = 16_000
_CALLS: Final = 2
_ASKED_AGAIN: Final = frozenset({Failure.AWAY, Failure.CUT, Failure.EMPTY})
_OPERATORS_WORK: Final = frozenset({Failure.NO_QUOTA, Failure.REFUSED_US})


class ModelBusy(Exception):
    """The model takes nothing just now, and billed nothing; `wait` says when to come again."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is written about: the plan as claimed, its release, and the frame of its day."""

    plan: Plan
    release: Release
    facts: CampaignFacts
    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The model, and the key that hides from its provider whom it writes for."""

    model: LanguageModel
    hash_key: bytes

    def write(self, subject: Subject) -> tuple[Words, Source]:
        """Return a plan's words and who wrote them.

        Raises:
            ModelBusy: come again later.
        """
        if subject.plan.runs > MOST_RUNS:
            return _by_playbook(subject, reason="runs_used_up")
        asked = prompting.prompt(
            subject.release,
            facts=subject.facts,
            frame=subject.frame,
            wishes=subject.plan.wishes,
        )
        reason, tokens = "", MAX_OUTPUT_TOKENS
        faults: tuple[str, ...] = ()
        for _ in range(_CALLS):
            said = self._ask(subject.plan, asked.instructions, asked.text(faults=faults), tokens)
            if said.failure is None:
                try:
                    return self._judged(said, subject, names=asked.names)
                except Nonsense as nonsense:
                    reason, faults = "nonsense", nonsense.faults
                    continue
            reason = said.failure.value
            if said.failure is Failure.RATE_LIMITED and subject.plan.runs < MOST_RUNS:
                raise ModelBusy(said.retry_after)
            if said.failure not in _ASKED_AGAIN:
                break
            tokens = MAX_OUTPUT_TOKENS * (2 if said.failure is Failure.CUT else 1)
        return _by_playbook(subject, reason=reason)

    def _judged(
        self, said: Said, subject: Subject, *, names: Mapping[str, str]
    ) -> tuple[Words, Source]:
        try:
            words = writing.of_model(
                said.text or "",
                facts=subject.facts,
                frame=subject.frame,
                wishes=subject.plan.wishes,
                names=names,
            )
        except Nonsense as nonsense:
            telemetry.event(
                "plan_answer_refused", plan_id=subject.plan.plan_id, reason=nonsense.faults[0]
            )
            raise
        source = Source(
            kind=SourceKind.AI,
            model=said.model or self.model.name,
            prompt_version=prompting.VERSION,
            replaced=words.replaced,
        )
        return words, source

    def _ask(self, plan: Plan, instructions: str, data: str, tokens: int) -> Said:
        said = self.model.ask(
            Question(
                instructions=instructions,
                data=data,
                schema_name=NAME,
                schema=SCHEMA,
                safety_identifier=safety_identifier(plan.artist_id, key=self.hash_key),
                max_output_tokens=tokens,
            )
        )
        tell = telemetry.alarm if said.failure in _OPERATORS_WORK else telemetry.event
        tell(
            "model_asked",
            plan_id=plan.plan_id,
            model=said.model or self.model.name,
            outcome=said.failure.value if said.failure else "answered",
            status=said.status,
            code=said.code,
            tokens_in=said.tokens_in,
            tokens_out=said.tokens_out,
        )
        return said


def _by_playbook(subject: Subject, *, reason: str) -> tuple[Words, Source]:
    words = writing.of_playbook(subject.facts, subject.frame)
    return words, Source(kind=SourceKind.PLAYBOOK, reason=reason)
