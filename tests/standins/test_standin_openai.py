"""OpenAI's stand-in, through the official SDK."""

import json
from collections.abc import Iterator
from typing import Any, Literal

import openai
import pytest
from pydantic import BaseModel

from tests.standins.process import StandIns

FACTS = {
    "release": {"title": "Harbour Lights", "genre": "dream pop", "kind": "single"},
    "artist_name": "The Contract",
    "goals": ["a hundred people on the list"],
    "actions": [
        {
            "key": "goal_story",
            "title": "Write one sentence on who it is for",
            "channel": "strategy",
        },
        {"key": "announce_list", "title": "Tell the list", "channel": "e-mail"},
        {"key": "teaser_series", "title": "Post around one hook", "channel": "video"},
    ],
}
KEYS = ["goal_story", "announce_list", "teaser_series"]
PROMPT = f"What follows is data.\n```json\n{json.dumps(FACTS)}\n```"


class Action(BaseModel):
    key: Literal["goal_story", "announce_list", "teaser_series"]
    title: str
    why: str
    how: list[str]
    copy_text: str | None
    effort_minutes: int


class Plan(BaseModel):
    summary: str
    positioning: str
    actions: list[Action]
    risks: list[str]


@pytest.fixture
def client(stand_ins: StandIns) -> Iterator[openai.OpenAI]:
    key = stand_ins.secret("openai-api-key")
    with openai.OpenAI(
        base_url=f"{stand_ins.url}/openai/v1", api_key=key, max_retries=0, timeout=20
    ) as client:
        yield client


def answered(stand_ins: StandIns, client: openai.OpenAI, **order: object) -> Any:
    if order:
        stand_ins.control("POST", "/openai/answers", order)
    return client.responses.create(
        model="m", input=PROMPT, store=False, text={"format": plan_format()}
    )


def plan_format() -> Any:
    schema = openai.lib._pydantic.to_strict_json_schema(Plan)
    return {"type": "json_schema", "name": "Plan", "strict": True, "schema": schema}


def test_responses_give_an_entry_for_each_action_asked_for(client: openai.OpenAI) -> None:
    answer = client.responses.parse(model="m", input=PROMPT, store=False, text_format=Plan)
    plan = answer.output_parsed
    assert plan is not None
    assert [action.key for action in plan.actions] == KEYS
    assert "Harbour Lights" in plan.summary
    assert plan.actions[1].title == "Tell the list"
    assert all(len(action.how) >= 2 for action in plan.actions)


def test_chat_completions_give_the_same_plan_each_time(client: openai.OpenAI) -> None:
    plans = [
        client.chat.completions.parse(
            model="m", messages=[{"role": "user", "content": PROMPT}], response_format=Plan
        )
        .choices[0]
        .message.parsed
        for _ in range(2)
    ]
    assert plans[0] is not None
    assert plans[0] == plans[1]


@pytest.mark.parametrize("path", ["/openai/openai/v1", "/openai/openai/deployments/gpt-local"])
def test_azures_addresses_and_its_key_header_work(stand_ins: StandIns, path: str) -> None:
    with openai.OpenAI(
        base_url=stand_ins.url + path,
        api_key="unused",
        default_headers={"api-key": stand_ins.secret("openai-api-key")},
        max_retries=0,
    ) as client:
        answer = client.chat.completions.create(
            model="gpt-local", messages=[{"role": "user", "content": "Hello"}]
        )
    assert answer.model == "gpt-local"
    assert answer.choices[0].message.content


def test_the_classic_azure_client_works(stand_ins: StandIns) -> None:
    with openai.AzureOpenAI(
        azure_endpoint=f"{stand_ins.url}/openai",
        api_version="2024-10-21",
        api_key=stand_ins.secret("openai-api-key"),
        max_retries=0,
    ) as client:
        answer = client.chat.completions.create(
            model="gpt-local", messages=[{"role": "user", "content": "Hello"}]
        )
    assert answer.choices[0].finish_reason == "stop"


def test_a_wrong_key_is_401(stand_ins: StandIns) -> None:
    url = f"{stand_ins.url}/openai/v1"
    with (
        openai.OpenAI(base_url=url, api_key="sk-no", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.responses.create(model="m", input="Hello")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"additionalProperties": True}, "additionalProperties"),
        ({"required": []}, "required"),
        ({"properties": {"summary": {"type": "string", "maxLength": 5}}}, "maxLength"),
        ({"properties": {"summary": {"type": "array", "items": {"type": "string"},
                                     "minItems": 1}}}, "minItems"),
        ({"anyOf": []}, "root"),
        ({"properties": {f"p{n}": {"type": "string"} for n in range(101)},
          "required": [f"p{n}" for n in range(101)]}, "101 properties"),
    ],
)  # fmt: skip
def test_a_schema_outside_azures_rules_is_400(
    client: openai.OpenAI, change: dict[str, Any], complaint: str
) -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"summary": {"type": "string"}},
        "required": ["summary"],
    } | change
    form: Any = {"type": "json_schema", "name": "Plan", "strict": True, "schema": schema}
    with pytest.raises(openai.BadRequestError, match=complaint):
        client.responses.create(model="m", input=PROMPT, text={"format": form})


def test_a_schema_nested_too_deep_is_400(client: openai.OpenAI) -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(6):
        schema = {
            "type": "object",
            "additionalProperties": False,
            "properties": {"next": schema},
            "required": ["next"],
        }
    form: Any = {"type": "json_schema", "name": "Deep", "strict": True, "schema": schema}
    with pytest.raises(openai.BadRequestError, match="6 levels"):
        client.responses.create(model="m", input=PROMPT, text={"format": form})


def test_entries_follow_the_list_of_their_name(client: openai.OpenAI) -> None:
    facts = FACTS | {"kpis": [{"key": "new_fans"}, {"key": "replies"}]}
    entry = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"action_key": {"type": "string"}, "why": {"type": ["string", "null"]}},
        "required": ["action_key", "why"],
    }
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "kpis": {"type": "array", "items": entry},
            "reasons": {"type": "array", "items": entry},
        },
        "required": ["kpis", "reasons"],
    }
    form: Any = {"type": "json_schema", "name": "Lists", "strict": True, "schema": schema}
    answer = client.responses.create(model="m", input=json.dumps(facts), text={"format": form})
    plan = json.loads(answer.output_text)
    assert [kpi["action_key"] for kpi in plan["kpis"]] == ["new_fans", "replies"]
    assert [reason["action_key"] for reason in plan["reasons"]] == KEYS


def test_a_draft_is_written_only_where_the_facts_ask_for_one(client: openai.OpenAI) -> None:
    actions = [
        {"key": "spotify_pitch", "draft": {"kind": "pitch", "at_most_characters": 500}},
        {"key": "goal_story"},
    ]
    entry = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"key": {"type": "string"}, "copy": {"type": ["string", "null"]}},
        "required": ["key", "copy"],
    }
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"actions": {"type": "array", "items": entry}},
        "required": ["actions"],
    }
    form: Any = {"type": "json_schema", "name": "Drafts", "strict": True, "schema": schema}
    data = json.dumps({"release": {"title": "<b>Harbour</b> Lights"}, "actions": actions})
    answer = client.responses.create(model="m", input=data, text={"format": form})
    pitch, nothing = json.loads(answer.output_text)["actions"]
    assert "“Harbour Lights”" in pitch["copy"]
    assert len(pitch["copy"]) <= 500
    assert nothing["copy"] is None


def test_a_recursive_schema_is_filled_and_ends(client: openai.OpenAI) -> None:
    node = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/node"}},
        },
        "required": ["name", "parts"],
    }
    schema = node | {"$defs": {"node": node}}
    form: Any = {"type": "json_schema", "name": "Tree", "strict": True, "schema": schema}
    answer = client.responses.create(model="m", input=PROMPT, text={"format": form})
    assert json.loads(answer.output_text)["parts"]


def test_the_model_can_refuse(stand_ins: StandIns, client: openai.OpenAI) -> None:
    answer = answered(stand_ins, client, scenario="refusal", times=1)
    assert answer.output[-1].content[0].type == "refusal"
    assert answered(stand_ins, client).output_text, "one refusal was ordered"


def test_an_answer_can_be_cut(stand_ins: StandIns, client: openai.OpenAI) -> None:
    answer = answered(stand_ins, client, scenario="cut")
    assert answer.status == "incomplete"
    assert answer.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize("scenario", ["not_json", "wrong_schema"])
def test_an_answer_can_be_nonsense(
    stand_ins: StandIns, client: openai.OpenAI, scenario: str
) -> None:
    with pytest.raises(ValueError, match="Plan"):
        Plan.model_validate_json(answered(stand_ins, client, scenario=scenario).output_text)


def test_an_answer_can_be_given(stand_ins: StandIns, client: openai.OpenAI) -> None:
    assert answered(stand_ins, client, body={"a": 1}, times=1).output_text == '{"a": 1}'


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("content_filter", openai.BadRequestError),
        ("rate_limited", openai.RateLimitError),
        ("no_quota", openai.RateLimitError),
        ("server_error", openai.InternalServerError),
    ],
)
def test_a_call_can_fail(
    stand_ins: StandIns, client: openai.OpenAI, scenario: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        answered(stand_ins, client, scenario=scenario)


def test_a_call_can_hang(stand_ins: StandIns, client: openai.OpenAI) -> None:
    with pytest.raises(openai.APITimeoutError):
        answered(stand_ins, client.with_options(timeout=0.3), scenario="timeout")


def test_requests_are_kept_with_remarks_on_carelessness(
    stand_ins: StandIns, client: openai.OpenAI
) -> None:
    answered(stand_ins, client)
    client.responses.create(model="m", input="Write to ada@artist-mail.dev")
    careful, careless = stand_ins.seen("openai")
    assert careful["body"]["input"] == PROMPT
    assert careful["notes"] == []
    assert careless["notes"] == ["store is not false", "the prompt holds an @"]
