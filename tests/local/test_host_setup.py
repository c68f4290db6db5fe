"""What the host refuses at start: every reason, at once."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import pytest

from local.host.functions import Function
from local.host.hostjson import HostSettings, HostSetupError, read_host_json
from local.host.indexing import index

STORAGE = {"AzureWebJobsStorage": "a connection string"}
HEAD = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""


def indexed(
    folder: Path, code: str, settings: Mapping[str, str] | None = None
) -> tuple[Function, ...]:
    # Each has its own module name: Python imports a name once.
    script = f"app_{uuid4().hex}.py"
    (folder / script).write_text(HEAD + dedent(code), encoding="utf-8")
    environ = {"PYTHON_SCRIPT_FILE_NAME": script, **STORAGE, **(settings or {})}
    return index(folder, environ, route_prefix="")


def faults(folder: Path, code: str, settings: Mapping[str, str] | None = None) -> str:
    with pytest.raises(HostSetupError) as refused:
        indexed(folder, code, settings)
    return "\n".join(refused.value.faults)


def settings_of(folder: Path, document: object, environ: Mapping[str, str]) -> HostSettings:
    (folder / "host.json").write_text(json.dumps(document), encoding="utf-8")
    return read_host_json(folder, environ)


def test_every_fault_of_every_function_is_named_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        """
        @app.route("admin/x", methods=["GET"])
        def bad_route(req: func.HttpRequest) -> func.HttpResponse: ...

        @app.queue_trigger(arg_name="queue_msg", queue_name="jobs", connection="Storage")
        def bad_binding(queue_msg: func.QueueMessage) -> None: ...

        @app.timer_trigger(arg_name="timer", schedule="* * * * *")
        def bad_schedule(timer: func.TimerRequest) -> None: ...

        @app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="Other")
        def bad_settings(msg: func.QueueMessage) -> None: ...
        """,
    )
    assert "bad_route: the route 'admin/x' starts with admin or runtime" in found
    assert "bad_binding: the binding name 'queue_msg'" in found
    assert "bad_schedule: '* * * * *' has 5 fields" in found
    assert "bad_settings: the setting QUEUE is missing" in found
    assert "bad_settings: the setting Other is missing" in found


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        ("req: func.HttpRequest, more: str", "the parameter 'more' has no binding"),
        ("", "the binding 'req' has no parameter"),
        ("req: func.QueueMessage", "cannot be annotated"),
        ("req: func.HttpRequest | None", "an annotation that is not a type"),
        ("req: func.Out[str]", "'req' is an input"),
        ("req: func.HttpRequest, context: str", "annotated as func.Context"),
        ("req: 'Missing'", "an annotation cannot be resolved"),
    ],
)
def test_a_signature_that_the_worker_refuses_is_refused(
    tmp_path: Path, signature: str, reason: str
) -> None:
    code = f"""
        @app.route("x", methods=["GET"])
        def bad({signature}) -> func.HttpResponse: ...
        """
    assert reason in faults(tmp_path, code)


def test_an_output_must_be_annotated_as_one(tmp_path: Path) -> None:
    code = """
        @app.route("x")
        @app.queue_output(arg_name="out", queue_name="jobs", connection="AzureWebJobsStorage")
        def bad(req: func.HttpRequest, out: str) -> func.HttpResponse: ...
        """
    assert "'out' is an output" in faults(tmp_path, code)


def test_two_functions_may_not_share_a_route_and_a_verb(tmp_path: Path) -> None:
    code = """
        @app.route("items/{{id}}", methods=["GET", "POST"])
        def a_first(req: func.HttpRequest) -> func.HttpResponse: ...

        @app.route("/ITEMS/{{id}}/", methods=["{verb}"])
        def b_second(req: func.HttpRequest) -> func.HttpResponse: ...
        """
    assert "b_second: the route" in faults(tmp_path, code.format(verb="POST"))
    assert len(indexed(tmp_path, code.format(verb="PUT"))) == 2


@pytest.mark.parametrize("route", ["administrators", "Runtimes/x"])
def test_even_longer_words_that_begin_like_the_hosts_own_are_refused(
    tmp_path: Path, route: str
) -> None:
    code = f"""
        @app.route("{route}")
        def bad(req: func.HttpRequest) -> func.HttpResponse: ...
        """
    assert "the host's own" in faults(tmp_path, code)


def test_an_identity_connection_has_nothing_to_identify_to(tmp_path: Path) -> None:
    code = """
        @app.queue_trigger(arg_name="msg", queue_name="jobs", connection="Jobs")
        def bad(msg: func.QueueMessage) -> None: ...
        """
    settings = {"Jobs__queueServiceUri": "https://account.queue.core.windows.net"}
    assert "is an identity's" in faults(tmp_path, code, settings)


def test_a_second_name_for_the_application_is_refused(tmp_path: Path) -> None:
    assert "exactly one FunctionApp; it holds: app, other" in faults(tmp_path, "other = app")


def test_an_import_that_fails_says_where_and_why(tmp_path: Path) -> None:
    assert "KeyError: 'MISSING'" in faults(tmp_path, 'import os; os.environ["MISSING"]')


def test_a_missing_script_is_no_empty_application(tmp_path: Path) -> None:
    with pytest.raises(HostSetupError, match=r"function_app\.py is missing"):
        index(tmp_path, STORAGE, route_prefix="")


def test_functions_stand_in_the_order_in_which_routes_are_tried(tmp_path: Path) -> None:
    code = """
        @app.route("1")
        def a_b(req: func.HttpRequest) -> func.HttpResponse: ...

        @app.route("2")
        def aB(req: func.HttpRequest) -> func.HttpResponse: ...

        @app.route("3")
        def AA(req: func.HttpRequest) -> func.HttpResponse: ...
        """
    # OrdinalIgnoreCase compares capitals, and those come before the underscore.
    assert [function.name for function in indexed(tmp_path, code)] == ["AA", "aB", "a_b"]


def test_app_settings_override_host_json(tmp_path: Path) -> None:
    environ = {
        "AzureFunctionsJobHost__extensions__queues__batchSize": "3",
        "AzureFunctionsJobHost__Extensions__Http__RoutePrefix": "v1",
    }
    document = {"version": "2.0", "extensions": {"queues": {"batchSize": 9}}}
    settings = settings_of(tmp_path, document, environ)
    assert (settings.queues.batch_size, settings.queues.new_batch_threshold) == (3, 1)
    assert settings.route_prefix == "v1"


def test_host_json_left_empty_means_the_hosts_defaults(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"version": "2.0"}, {})
    queues = settings.queues
    assert (queues.batch_size, queues.new_batch_threshold, queues.max_dequeue_count) == (16, 8, 5)
    assert (queues.visibility_timeout, queues.base64) == (timedelta(0), True)
    assert (settings.route_prefix, settings.function_timeout) == ("api", timedelta(minutes=30))


def test_every_wrong_value_of_host_json_is_named(tmp_path: Path) -> None:
    queues = {"batchSize": 33, "visibilityTimeout": "soon", "messageEncoding": "utf8"}
    with pytest.raises(HostSetupError) as refused:
        settings_of(tmp_path, {"version": "1", "extensions": {"queues": queues}}, {})
    found = "\n".join(refused.value.faults)
    for name in ("version", "batchSize", "visibilityTimeout", "messageEncoding"):
        assert name in found
