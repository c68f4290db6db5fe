# ruff: noqa: ARG001, SIM112 - triggers are passed by name, used or not; Azure names its settings.
"""A small application whose only purpose is to show what the host does to it."""

import json
import os
import threading
import time
from typing import Any

import azure.functions as func
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
seen: list[dict[str, Any]] = []


def answer(value: object, status: int = 200) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(value), status_code=status, mimetype="application/json")


@app.route("seen", methods=["GET"])
def seen_read(req: func.HttpRequest) -> func.HttpResponse:
    return answer(seen)


@app.route("items/{id}", methods=["GET"])
def a_wide(req: func.HttpRequest) -> func.HttpResponse:
    return answer({"function": "a_wide", "id": req.route_params["id"]})


@app.route("items/export", methods=["GET"])
def b_narrow(req: func.HttpRequest) -> func.HttpResponse:
    return answer({"function": "b_narrow"})


@app.route("numbers/{n:int}", methods=["GET"])
def c_number(req: func.HttpRequest) -> func.HttpResponse:
    return answer({"function": "c_number", "n": req.route_params["n"]})


@app.route("numbers/{n}", methods=["GET"])
def d_word(req: func.HttpRequest) -> func.HttpResponse:
    return answer({"function": "d_word", "n": req.route_params["n"]})


@app.route("echo", methods=["GET", "POST"])
def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return answer(
        {
            "method": req.method,
            "url": req.url,
            "headers": dict(req.headers),
            "params": dict(req.params),
            "body": req.get_body().decode(),
            "function": context.function_name,
            "invocation": context.invocation_id,
            "trace": context.trace_context.trace_parent,
        }
    )


@app.route("headers", methods=["GET"])
def headers(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("text", headers={"X-Own": "function"})
    response.headers.add("Link", "<one>")
    response.headers.add("Link", "<two>")
    response.headers.add("Set-Cookie", "a=1; HttpOnly; Path=/")
    response.headers.add("Set-Cookie", "b=2; Secure")
    return response


@app.route("boom")
def boom(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("the reason stays in the log")


@app.route("nothing", methods=["GET"])
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None  # type: ignore[return-value]  # This is what the test is about.


@app.route("asleep", methods=["GET"])
def asleep(req: func.HttpRequest) -> func.HttpResponse:
    return answer("awake")


@app.route("jobs", methods=["POST"])
@app.queue_output(arg_name="out", queue_name="%JOBS_QUEUE%", connection="AzureWebJobsStorage")
def jobs_add(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    out.set(req.get_body().decode())
    return func.HttpResponse(status_code=202)


@app.route("jobs/late", methods=["POST"])
def jobs_add_late(req: func.HttpRequest) -> func.HttpResponse:
    with QueueClient.from_connection_string(
        os.environ["AzureWebJobsStorage"],
        os.environ["JOBS_QUEUE"],
        message_encode_policy=TextBase64EncodePolicy(),
    ) as jobs:
        jobs.send_message("{}", visibility_timeout=int(req.params["seconds"]))
    return func.HttpResponse(status_code=202)


@app.queue_trigger(arg_name="msg", queue_name="%JOBS_QUEUE%", connection="AzureWebJobsStorage")
def work(msg: func.QueueMessage) -> None:
    order = msg.get_json()
    seen.append({"function": "work", "order": order, "dequeue_count": msg.dequeue_count})
    if "slow" in order:
        time.sleep(order["slow"])
    if (msg.dequeue_count or 0) <= order.get("failures", 0):
        raise RuntimeError("as ordered")


@app.queue_trigger(arg_name="msg", queue_name="late-jobs", connection="AzureWebJobsStorage")
async def late_work(msg: func.QueueMessage) -> None:
    seen.append({"function": "late_work", "thread": threading.current_thread().name})


@app.timer_trigger(arg_name="timer", schedule="0 0 8 * * *")
def daily(timer: func.TimerRequest) -> None:
    seen.append({"function": "daily", "past_due": timer.past_due})
