"""OpenAI and Azure OpenAI: chat completions and responses, with structured outputs and failures."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from typing import Any, Literal

import jwt
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.fault_bodies import openai_error
from local.standins.openai_answers import answer_body
from local.standins.openai_plan import facts_in, instance_of
from local.standins.openai_schema import faults_of
from local.standins.wire import LONGEST_HANG_SECONDS, json_answer, json_body, note
from local.standins.world import World

Scenario = Literal[
    "refusal", "cut", "content_filter", "content_filter_output", "not_json", "wrong_schema",
    "rate_limited", "no_quota", "server_error", "timeout",
]  # fmt: skip
_AUDIENCES = ("https://cognitiveservices.azure.com", "https://ai.azure.com")


class Order(BaseModel):
    """What `POST /_control/openai/answers` takes.

    `body` is what the model writes (text, or JSON), or with `choices` or `output` in it the whole
    answer. Without `times` the order stays until the next one, or until it is cleared.
    """

    model_config = ConfigDict(extra="forbid")

    scenario: Scenario | None = None
    body: Any = None
    times: int | None = Field(default=None, ge=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, whichever of the two forms it came in."""

    form: Literal["chat", "responses"]
    model: str
    text: str
    schema_name: object
    schema: dict[str, Any] | None
    stores: bool


class OpenAI:
    """Both surfaces, under `/v1`, `/openai/v1` and Azure's classic path of a deployment."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._order: Order | None = None

    def app(self) -> Starlette:
        routes = []
        for prefix in ("/v1", "/openai/v1", "/openai/deployments/{deployment}"):
            routes.append(Route(prefix + "/chat/completions", self.chat, methods=["POST"]))
            routes.append(Route(prefix + "/responses", self.responses, methods=["POST"]))
            routes.append(Route(prefix + "/models", self.models))
        return Starlette(routes=routes)

    def order(self, order: Order) -> None:
        nothing = order.scenario is None and order.body is None
        self._order = None if nothing else order

    def clear(self) -> None:
        self._order = None

    async def models(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        return json_answer({"object": "list", "data": [{"id": "stand-in", "object": "model"}]})

    async def chat(self, request: Request) -> Response:
        body = await json_body(request)
        if refused := self._refused(request) or _no_object(body):
            return refused
        wanted = (body.get("response_format") or {}).get("json_schema") or {}
        asked = Asked(
            form="chat",
            model=str(request.path_params.get("deployment") or body.get("model", "")),
            text=_texts(body.get("messages")),
            schema_name=wanted.get("name"),
            schema=wanted.get("schema"),
            stores=body.get("store") is not False,
        )
        return await self._answer(request, asked)

    async def responses(self, request: Request) -> Response:
        body = await json_body(request)
        if refused := self._refused(request) or _no_object(body):
            return refused
        wanted = (body.get("text") or {}).get("format") or {}
        asked = Asked(
            form="responses",
            model=str(request.path_params.get("deployment") or body.get("model", "")),
            text=_texts(body.get("input")),
            schema_name=wanted.get("name"),
            schema=wanted.get("schema"),
            stores=body.get("store") is not False,
        )
        return await self._answer(request, asked)

    async def _answer(self, request: Request, asked: Asked) -> Response:
        careless = _careless(asked)
        for remark in careless:
            note(request, remark)
        if careless and self._world.config.openai_refuse_careless_prompts:
            return _error(400, careless[0], kind="invalid_request_error")
        if asked.schema is not None and (broken := faults_of(asked.schema_name, asked.schema)):
            text = f"Invalid schema for response_format '{asked.schema_name}': {broken[0]}."
            return _error(400, text, kind="invalid_request_error", param=_schema_param(asked))
        await asyncio.sleep(self._world.config.openai_latency_seconds)
        order = self._taken_order(request)
        if order is None:
            return _headed(answer_body(asked.form, asked.model, text=_written(asked)))
        if order.scenario is None:
            return _headed(_as_ordered(order.body, asked))
        return await _scenario(order.scenario, asked)

    def _taken_order(self, request: Request) -> Order | None:
        named = request.headers.get("x-stand-in-scenario")
        if named:
            return Order.model_validate({"scenario": named})
        order = self._order
        if order is not None and order.times is not None:
            order.times -= 1
            if order.times == 0:
                self._order = None
        return order

    def _refused(self, request: Request) -> Response | None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        key = request.headers.get("api-key") or bearer
        if key == self._world.vault.value("openai-api-key") or self._is_identity(key):
            return None
        text = "Incorrect API key provided." if key else "You didn't provide an API key."
        return _error(401, text, kind="invalid_request_error", code="invalid_api_key")

    def _is_identity(self, token: str) -> bool:
        for audience in _AUDIENCES:
            try:
                self._world.entra_key.verify(token, audience=audience)
            except jwt.PyJWTError:
                continue
            return True
        return False


async def _scenario(scenario: Scenario, asked: Asked) -> Response:
    if scenario == "timeout":
        await asyncio.sleep(LONGEST_HANG_SECONDS)
    errors: dict[str, Response] = {
        "content_filter": json_answer(_FILTERED_PROMPT, 400),
        "rate_limited": _error(
            429, "Rate limit reached.", kind="requests", code="rate_limit_exceeded",
            headers={"retry-after-ms": "1500", "retry-after": "2"},
        ),
        "no_quota": _error(
            429, "You exceeded your current quota.",
            kind="insufficient_quota", code="insufficient_quota",
        ),
        "server_error": _error(500, "The server had an error.", kind="server_error"),
    }  # fmt: skip
    if scenario in errors:
        return errors[scenario]
    written = _written(asked)
    forms = {
        "refusal": answer_body(asked.form, asked.model, refusal="I can't help with that."),
        "cut": answer_body(asked.form, asked.model, text=_half(written), ended="length"),
        "content_filter_output": answer_body(
            asked.form, asked.model, text=_half(written), ended="content_filter"
        ),
        "not_json": answer_body(asked.form, asked.model, text="Sure! Here is a plan: first, "),
        "wrong_schema": answer_body(asked.form, asked.model, text='{"surprise": true}'),
    }
    return _headed(forms.get(scenario) or answer_body(asked.form, asked.model, text=written))


def _as_ordered(body: object, asked: Asked) -> dict[str, Any]:
    if isinstance(body, dict) and {"choices", "output"} & set(body):
        return body
    text = body if isinstance(body, str) else json.dumps(body)
    return answer_body(asked.form, asked.model, text=text)


def _written(asked: Asked) -> str:
    facts = facts_in(asked.text)
    if asked.schema is None:
        return f"A few honest words about “{facts.words['title']}”."
    return json.dumps(instance_of(asked.schema, facts), ensure_ascii=False)


def _half(text: str) -> str:
    return text[: len(text) // 2]


def _careless(asked: Asked) -> list[str]:
    """Return what a prompt of this product must not do."""
    remarks = []
    if asked.stores:
        remarks.append("store is not false")
    if "@" in asked.text:
        remarks.append("the prompt holds an @")
    return remarks


def _texts(messages: object) -> str:
    """Return the text of the user's messages; a single string is one."""
    if isinstance(messages, str):
        return messages
    texts = []
    for message in messages if isinstance(messages, list) else []:
        content = message.get("content") if message.get("role") == "user" else None
        if isinstance(content, str):
            texts.append(content)
        texts += [str(part.get("text", "")) for part in content or () if isinstance(part, dict)]
    return "\n".join(texts)


def _schema_param(asked: Asked) -> str:
    return "response_format" if asked.form == "chat" else "text.format.schema"


def _no_object(body: object) -> Response | None:
    if isinstance(body, dict):
        return None
    return _error(400, "We could not parse the JSON body.", kind="invalid_request_error")


def _headed(body: dict[str, Any]) -> Response:
    headers = {
        "x-request-id": f"req_{uuid.uuid4().hex}",
        "openai-processing-ms": "20",
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
    }
    return json_answer(body, headers=headers)


def _error(
    status: int,
    message: str,
    *,
    kind: str,
    code: str | None = None,
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    shown = {"x-request-id": f"req_{uuid.uuid4().hex}"} | (headers or {})
    return json_answer(openai_error(message, kind=kind, code=code, param=param), status, shown)


_SAFE = {"filtered": False, "severity": "safe"}
_FILTERED_PROMPT = {
    "error": {
        "code": "content_filter",
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
        "management policy. Please modify your prompt and retry.",
        "param": "prompt",
        "type": None,
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {
                "hate": _SAFE,
                "self_harm": _SAFE,
                "sexual": _SAFE,
                "violence": _SAFE,
                "jailbreak": {"filtered": True, "detected": True},
            },
        },
    }
}
