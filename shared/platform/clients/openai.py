"""The language model: one question with a strict schema, through the official SDK.

OpenAI's Responses API, or Azure OpenAI's v1 surface, which is the same behind another address with
the application's identity in place of a key. The SDK repeats nothing: whether a call is made again
is the caller's to decide, since each may be billed. Forms and errors: openai-python 3.54.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from shared.platform.secrets import SecretName, Secrets
from shared.platform.settings import PlanModelSettings

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from openai import APIStatusError, OpenAI
    from openai.types.responses import Response

SECONDS: Final = 60.0
_MOST_RETRY_AFTER: Final = timedelta(seconds=50)
_USUAL_RETRY_AFTER: Final = timedelta(seconds=5)
# Foundry resources and plain Azure OpenAI resources ask for tokens of different audiences.
_FOUNDRY_HOST: Final = ".services.ai.azure.com"
_FOUNDRY_SCOPE: Final = "https://ai.azure.com/.default"
_AZURE_SCOPE: Final = "https://cognitiveservices.azure.com/.default"


class Failure(StrEnum):
    """Why there is no text."""

    REFUSED = "refused"  # The model says no; asking again changes nothing.
    FILTERED = "content_filter"
    CUT = "cut"  # The answer was longer than allowed.
    AWAY = "away"  # No connection, or the service failed.
    TIMEOUT = "timeout"  # It may have been billed.
    RATE_LIMITED = "rate_limited"  # Nothing was billed; `retry_after` says when to come again.
    NO_QUOTA = "no_quota"
    REFUSED_US = "refused_us"  # Key, rights, model or request are wrong: an operator's work.
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. `schema` is strict JSON Schema inside Azure's set (contracts.md 4.4)."""

    instructions: str
    data: str
    schema_name: str
    schema: Mapping[str, Any]
    safety_identifier: str
    max_output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came back: a text, or why there is none."""

    text: str | None = None
    failure: Failure | None = None
    model: str | None = None
    status: int | None = None
    code: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    retry_after: timedelta = _USUAL_RETRY_AFTER


class LanguageModel:
    """The model of the settings. Safe to use from several threads."""

    def __init__(
        self,
        settings: PlanModelSettings,
        secrets: Secrets,
        *,
        identity: Callable[[], "TokenCredential"],
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._identity = identity
        self._lock = threading.Lock()
        self._made: OpenAI | None = None

    @property
    def name(self) -> str:
        """Return the model's (or deployment's) name."""
        return self._settings.model

    def ask(self, question: Question) -> Said:
        """Ask once, and return what came back; no failure of the service is raised."""
        import openai

        try:
            response = self._client().responses.create(
                model=self._settings.model,
                instructions=question.instructions,
                input=[{"role": "user", "content": question.data}],
                text={
                    "format": {
                        "type": "json_schema",
                        "strict": True,
                        "name": question.schema_name,
                        "schema": dict(question.schema),
                    }
                },
                max_output_tokens=question.max_output_tokens,
                safety_identifier=question.safety_identifier,
                store=False,
            )
        except openai.APITimeoutError:
            return Said(failure=Failure.TIMEOUT)
        except openai.APIConnectionError:
            return Said(failure=Failure.AWAY)
        except openai.APIStatusError as error:
            return _refusal(error)
        except openai.APIError:
            return Said(failure=Failure.AWAY)
        return _said(response)

    def close(self) -> None:
        """Give the connections back; the next question makes new ones."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _client(self) -> "OpenAI":
        with self._lock:
            if self._made is None:
                self._made = self._new_client()
            return self._made

    def _new_client(self) -> "OpenAI":
        from openai import DefaultHttpxClient, OpenAI

        azure = self._settings.azure_endpoint
        base = f"{azure}/openai/v1/" if azure else self._settings.openai_base_url
        return OpenAI(
            api_key=self._identity_token if azure else self._api_key,
            base_url=base,
            timeout=SECONDS,
            max_retries=0,
            http_client=DefaultHttpxClient(trust_env=False, follow_redirects=False),
        )

    def _api_key(self) -> str:
        return self._secrets.get(SecretName.OPENAI_API_KEY)

    def _identity_token(self) -> str:
        host = self._settings.azure_endpoint or ""
        scope = _FOUNDRY_SCOPE if host.endswith(_FOUNDRY_HOST) else _AZURE_SCOPE
        return self._identity().get_token(scope).token


def _said(response: "Response") -> Said:
    usage = response.usage
    parts = [
        part
        for item in response.output or ()
        if item.type == "message"
        for part in item.content or ()
    ]
    # A reasoning item may come first, and a text may come in pieces: nothing is read by position.
    text = "".join(part.text for part in parts if part.type == "output_text")
    return Said(
        text=text,
        failure=_failure_of(response, text, refused=any(p.type == "refusal" for p in parts)),
        model=response.model,
        status=200,
        tokens_in=usage.input_tokens if usage else 0,
        tokens_out=usage.output_tokens if usage else 0,
    )


def _failure_of(response: "Response", text: str, *, refused: bool) -> Failure | None:
    if refused:
        return Failure.REFUSED
    if response.status == "incomplete":
        details = response.incomplete_details
        filtered = details is not None and details.reason == "content_filter"
        return Failure.FILTERED if filtered else Failure.CUT
    if response.status not in {"completed", None}:
        return Failure.AWAY
    return None if text else Failure.EMPTY


def _refusal(error: "APIStatusError") -> Said:
    code = str(error.code or "")
    return Said(
        failure=_failure_of_status(error.status_code, code, kind=str(error.type or "")),
        status=error.status_code,
        code=code[:64],
        retry_after=_retry_after(error.response.headers),
    )


def _failure_of_status(status: int, code: str, *, kind: str) -> Failure:
    if status == 429:
        quota = "insufficient_quota" in {code, kind}
        return Failure.NO_QUOTA if quota else Failure.RATE_LIMITED
    if code == "content_filter":
        return Failure.FILTERED
    if status >= 500 or status in {408, 409}:
        return Failure.AWAY
    return Failure.REFUSED_US


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        return min(timedelta(seconds=max(0.0, seconds)), _MOST_RETRY_AFTER)
    return _USUAL_RETRY_AFTER
