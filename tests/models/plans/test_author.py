"""Who writes a plan's words: the model, through the official SDK, or the playbook."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from azure.identity import ManagedIdentityCredential

from shared.plans.authoring import Author, ModelBusy
from shared.plans.model import MOST_RUNS, SourceKind
from shared.plans.writing import of_playbook
from shared.platform.clients.openai import Failure, LanguageModel, Question, Said
from shared.platform.secrets import SecretName
from shared.platform.settings import PlanModelSettings
from tests.models.plans.arranging import subject
from tests.standins.process import IDENTITY_HEADER, StandIns, free_port, start_process

CALLS = {
    "refusal": 1, "content_filter": 1, "content_filter_output": 1, "no_quota": 1,
    "cut": 2, "not_json": 2, "wrong_schema": 2, "server_error": 2,
}  # fmt: skip


class KnownSecrets:
    """The stand-in vault's secrets."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def get(self, name: SecretName) -> str:
        return self._stand_ins.secret(name.value)


@pytest.fixture(scope="module")
def model_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    process = start_process(tmp_path_factory.mktemp("model"), "http://127.0.0.1:9")
    yield process.stand_ins
    process.stop()


@pytest.fixture
def stand_ins(model_process: StandIns) -> StandIns:
    model_process.start_afresh()
    model_process.control("POST", "/openai/answers", {})
    return model_process


def model_at(stand_ins: StandIns, url: str | None = None) -> LanguageModel:
    settings = PlanModelSettings(
        openai_base_url=url or f"{stand_ins.url}/openai/v1", azure_endpoint=None, model="m"
    )

    def no_identity() -> None:
        raise AssertionError

    return LanguageModel(settings, KnownSecrets(stand_ins), identity=no_identity)  # type: ignore[arg-type]  # Never asked.


@pytest.fixture
def author(stand_ins: StandIns) -> Iterator[Author]:
    model = model_at(stand_ins)
    yield Author(model=model, hash_key=b"k" * 32)
    model.close()


def test_the_model_writes_a_word_for_each_action(author: Author, stand_ins: StandIns) -> None:
    about = subject()
    words, source = author.write(about)
    assert (source.kind, source.replaced) == (SourceKind.AI, 0)
    assert set(words.actions) == about.frame.keys
    own = of_playbook(about.facts, about.frame)
    assert words.summary != own.summary
    assert "Ada Lind" in words.positioning
    assert len(stand_ins.seen("openai")) == 1


@pytest.mark.parametrize("scenario", sorted(CALLS))
def test_a_failing_model_leaves_the_word_to_the_playbook(
    author: Author, stand_ins: StandIns, scenario: str
) -> None:
    stand_ins.control("POST", "/openai/answers", {"scenario": scenario})
    about = subject()
    words, source = author.write(about)
    assert (source.kind, source.model) == (SourceKind.PLAYBOOK, None)
    assert words == of_playbook(about.facts, about.frame)
    assert len(stand_ins.seen("openai")) == CALLS[scenario]


@pytest.mark.parametrize("scenario", ["not_json", "cut", "server_error"])
def test_one_failure_is_forgiven(author: Author, stand_ins: StandIns, scenario: str) -> None:
    stand_ins.control("POST", "/openai/answers", {"scenario": scenario, "times": 1})
    assert author.write(subject())[1].kind is SourceKind.AI


def test_a_busy_model_is_come_back_to_and_not_for_ever(author: Author, stand_ins: StandIns) -> None:
    stand_ins.control("POST", "/openai/answers", {"scenario": "rate_limited"})
    with pytest.raises(ModelBusy) as busy:
        author.write(subject())
    assert busy.value.wait.total_seconds() == 1.5
    assert author.write(subject(runs=MOST_RUNS))[1].reason == "rate_limited"
    calls = len(stand_ins.seen("openai"))
    assert author.write(subject(runs=MOST_RUNS + 1))[1].reason == "runs_used_up"
    assert len(stand_ins.seen("openai")) == calls


def test_a_model_that_is_not_there_counts_as_away(stand_ins: StandIns) -> None:
    model = model_at(stand_ins, f"http://127.0.0.1:{free_port()}/v1")
    assert Author(model=model, hash_key=b"k" * 32).write(subject())[1].reason == Failure.AWAY
    model.close()


def test_what_is_asked_is_not_stored_and_names_nobody(author: Author, stand_ins: StandIns) -> None:
    author.write(subject())
    body = stand_ins.seen("openai")[0]["body"]
    assert body["store"] is False
    assert "Zora" not in str(body)
    assert "Ada Lind" not in str(body)
    assert str(subject().plan.artist_id) not in str(body)


def test_azure_is_asked_with_the_applications_identity(
    stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{stand_ins.url}/entra/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    settings = PlanModelSettings(
        openai_base_url=None, azure_endpoint=f"{stand_ins.url}/openai", model="deployment"
    )
    model = LanguageModel(settings, KnownSecrets(stand_ins), identity=ManagedIdentityCredential)
    question = Question(
        instructions="Be brief.",
        data="{}",
        schema_name="Word",
        schema={
            "type": "object",
            "additionalProperties": False,
            "required": ["word"],
            "properties": {"word": {"type": "string"}},
        },
        safety_identifier="hash",
        max_output_tokens=100,
    )
    said = model.ask(question)
    model.close()
    assert said.failure is None
    assert replace(said, text=None) == Said(
        model="deployment", status=200, tokens_in=900, tokens_out=said.tokens_out
    )
