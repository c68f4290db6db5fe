"""The HTTP door: turns a use-case call into a trigger, with its manners.

`Door` has decorators that say all that the outside may know of an operation: who may
ask, what they may send, what is answered. The trigger reads and authorises the request, claims its
idempotency key, runs the handler and renders its reply or problem.
"""

from collections.abc import Callable
from dataclasses import replace
from inspect import cleandoc
from typing import Any, TypeVar

import azure.functions as func
from pydantic import BaseModel

from shared import wiring
from shared.edge import auth, bodies, envelope, manners, operations, problem_codes, triggers
from shared.edge.call import Call
from shared.edge.operations import Answers, Operation
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform import ids, telemetry
from shared.platform.clients.http import ServiceAway
from shared.platform.idempotency import Claim, StoredAnswer
from shared.platform.problems import Problem, Unavailable
from shared.platform.storage.faults import StorageUnavailable

Handler = Callable[[Call[Any]], Reply]
AnyHandler = TypeVar("AnyHandler", bound=Callable[..., Reply])


class Door:
    """A feature's HTTP operations."""

    def __init__(self, tag: str) -> None:
        self._tag = tag

    def on(
        self,
        method: str,
        route: str,
        *,
        terms: Terms,
        answers: dict[int, type[BaseModel] | None],
        media: str | tuple[str, ...] = "application/json",
        problems: tuple[str, ...] = (),
    ) -> Callable[[AnyHandler], AnyHandler]:
        """Register a handler for a method on a route.

        Args:
            answers: the statuses of success with their models.
            media: the media types of success; a model's is JSON, whatever else there is.
            problems: the codes of problems beyond those that follow from the terms.
        """

        def register(handler: AnyHandler) -> AnyHandler:
            codes = problem_codes.codes_of(method, route, terms=terms, own=problems)
            trigger = _trigger(handler, terms, codes)
            summary, _, description = cleandoc(handler.__doc__ or "").partition("\n\n")
            operations.register(
                Operation(
                    name=handler.__name__,
                    method=method,
                    route=route,
                    terms=terms,
                    summary=summary.replace("\n", " "),
                    description=description,
                    tag=self._tag,
                    answers=Answers(statuses=answers, media=_several(media)),
                    codes=codes,
                    trigger=trigger,
                )
            )
            triggers.declare(trigger, like=handler, route=route, method=method)
            return handler

        return register


def _several(media: str | tuple[str, ...]) -> tuple[str, ...]:
    return (media,) if isinstance(media, str) else media


def _trigger(
    handler: Callable[..., Reply], terms: Terms, codes: frozenset[str]
) -> Callable[[func.HttpRequest], func.HttpResponse]:
    def trigger(req: func.HttpRequest) -> func.HttpResponse:
        headers = {name.lower(): value for name, value in req.headers.items()}
        request_id = ids.request_id()
        with telemetry.correlation(request_id):
            try:
                reply = _answered(req, headers, handler=handler, terms=terms)
            except Problem as problem:
                _note(problem, handler.__name__, codes)
                reply = _rendered(problem, request_id, terms=terms)
            except Exception as error:  # noqa: BLE001 - the last line: logs the bug, says 500.
                telemetry.bug("request_broke", error, function=handler.__name__)
                reply = _rendered(envelope.our_fault(), request_id, terms=terms)
            if reply.etag is not None and not terms.versioned:
                telemetry.alarm("etag_undeclared", function=handler.__name__)
        return manners.response(
            reply, headers, method=req.method, request_id=request_id, terms=terms
        )

    return trigger


def _answered(
    req: func.HttpRequest,
    headers: dict[str, str],
    *,
    handler: Callable[..., Reply],
    terms: Terms,
) -> Reply:
    try:
        call = _read(req, headers, terms=terms)
        if terms.idempotent and "idempotency-key" in headers:
            return _once(call, handler)
        return handler(call)
    except ServiceAway:
        raise Unavailable from None


def _read(req: func.HttpRequest, headers: dict[str, str], *, terms: Terms) -> Call[Any]:
    app = wiring.current()
    now = app.clock.now()
    raw = bodies.checked_size(req.get_body(), headers, limit=terms.body_limit)
    caller = auth.caller(
        headers,
        method=req.method,
        access=terms.access,
        fresh_sign_in=terms.fresh_sign_in,
        app=app,
        now=now,
    )
    return Call(
        app=app,
        now=now,
        ids=app.ids,
        caller=caller,
        route=dict(req.route_params),
        query=dict(req.params),
        headers=headers,
        body=_body(raw, headers, terms),
        raw=raw,
    )


def _body(raw: bytes, headers: dict[str, str], terms: Terms) -> BaseModel | None:
    if terms.body is None:
        return None
    reader = bodies.form_body if terms.form else bodies.json_body
    return reader(raw, headers, terms.body)


def _once(call: Call[Any], handler: Handler) -> Reply:
    """Answer a repeated request with the first answer; run the handler for the first."""
    owner = call.owner
    keys = call.app.idempotency_keys
    request = b"\n".join(
        [handler.__name__.encode(), *(value.encode() for value in call.route.values()), call.raw]
    )
    claim = keys.claim(
        owner, call.headers["idempotency-key"], request=request, now=call.now, ids=call.ids
    )
    if isinstance(claim, StoredAnswer):
        headers = {"Location": claim.location} if claim.location else {}
        replayed = {**headers, "Idempotent-Replayed": "true"}
        return Reply(claim.status, claim.body, claim.content_type, replayed, claim.etag)
    reply = _worked(call, handler, claim)
    answer = StoredAnswer(
        status=reply.status,
        body=reply.body,
        content_type=reply.content_type or "",
        location=reply.headers.get("Location"),
        etag=reply.etag,
    )
    try:
        keys.settle(claim, answer)
    except StorageUnavailable:
        # The work is done and the caller may know it; a repeat meets its own rows.
        telemetry.event("idempotent_answer_not_kept", function=handler.__name__)
    return reply


def _worked(call: Call[Any], handler: Handler, claim: Claim) -> Reply:
    try:
        return handler(replace(call, ids=claim.ids, now=claim.first_tried_at))
    except Problem as problem:
        if problem.status < 500:
            call.app.idempotency_keys.release(claim)
        else:
            call.app.idempotency_keys.abandon(claim)
        raise
    except Exception:
        # Away, or a fault of ours: the work has ended, and a repeat need not wait for it.
        call.app.idempotency_keys.abandon(claim)
        raise


def _note(problem: Problem, name: str, codes: frozenset[str]) -> None:
    status, code = problem.status, problem.code
    if status >= 400 and code not in codes:
        # The API's document does not tell of it: a rule was added and not declared.
        telemetry.alarm("problem_undeclared", function=name, status=status, code=code)
    if status >= 500:
        telemetry.event("request_failed", function=name, status=status, code=code)
    else:
        telemetry.event("request_refused", function=name, status=status, code=code)


def _rendered(problem: Problem, request_id: str, *, terms: Terms) -> Reply:
    if terms.html:
        from shared.edge import pages

        try:
            return pages.problem_page(problem, request_id=request_id)
        except Exception as error:  # noqa: BLE001 - a page that breaks must not hide the problem.
            telemetry.bug("problem_page_broke", error)
    return envelope.render(problem, request_id=request_id)
