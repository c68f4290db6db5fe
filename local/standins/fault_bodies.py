"""The body of a failure, in the form that each service gives its own."""

from http import HTTPStatus
from typing import Any

import orjson

from local.standins.faults import Fault

HTML = (
    b"<html><head><title>502 Bad Gateway</title></head>"
    b"<body><center><h1>502 Bad Gateway</h1></center></body></html>"
)

_CLERK = {
    400: "bad_request", 401: "authentication_invalid", 403: "authorization_invalid",
    404: "resource_not_found", 422: "form_param_value_invalid", 429: "too_many_requests",
}  # fmt: skip
_RESEND = {
    400: "validation_error", 401: "missing_api_key", 403: "invalid_api_key", 404: "not_found",
    405: "method_not_allowed", 409: "concurrent_idempotent_requests", 422: "validation_error",
    429: "rate_limit_exceeded", 451: "security_error", 500: "application_error",
}  # fmt: skip
_OPENAI = {
    400: ("invalid_request_error", None), 401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"), 429: ("requests", "rate_limit_exceeded"),
}  # fmt: skip
_STORAGE = {
    400: "InvalidInput", 403: "AuthorizationFailure", 404: "ResourceNotFound", 409: "Conflict",
    412: "UpdateConditionNotSatisfied", 413: "RequestBodyTooLarge", 429: "TooManyRequests",
    500: "InternalError", 503: "ServerBusy", 504: "OperationTimedOut",
}  # fmt: skip


def phrase(status: int) -> str:
    """Return the words for a status, also for one that no standard names."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Status"


def clerk_error(code: str, message: str) -> dict[str, Any]:
    error = {"message": message, "long_message": message, "code": code, "meta": {}}
    return {"errors": [error], "clerk_trace_id": "trace-of-the-stand-in"}


def resend_error(status: int, name: str, message: str) -> dict[str, Any]:
    return {"statusCode": status, "name": name, "message": message}


def openai_error(
    message: str, *, kind: str, code: str | None, param: str | None = None
) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def storage_error(service: str, status: int) -> tuple[bytes, dict[str, str]]:
    """Return an error of Azure Storage as body and headers: JSON for tables, else XML."""
    code = _STORAGE.get(status, "InternalError")
    text = f"{phrase(status)} (ordered at the stand-in)."
    if service == "tables":
        error = {"odata.error": {"code": code, "message": {"lang": "en-US", "value": text}}}
        return orjson.dumps(error), {"content-type": "application/json", "x-ms-error-code": code}
    xml = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
    )
    return xml.encode(), {"content-type": "application/xml", "x-ms-error-code": code}


def _vendor_error(service: str, status: int) -> object:
    text = f"{phrase(status)} (ordered at the stand-in)"
    if service == "clerk":
        return clerk_error(_CLERK.get(status, "internal_clerk_error"), text)
    if service == "resend":
        return resend_error(status, _RESEND.get(status, "internal_server_error"), text)
    if service == "openai":
        kind, code = _OPENAI.get(status, ("server_error", None))
        return openai_error(text, kind=kind, code=code)
    if service == "spotify":
        return {"error": {"status": status, "message": text}}
    return {"error": {"code": phrase(status).replace(" ", ""), "message": text}}


def failure(fault: Fault) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer that a fault gives."""
    status = fault.status or 502
    if status in {204, 304}:
        return status, dict(fault.headers), b""
    if fault.kind == "html":
        return status, {"content-type": "text/html; charset=utf-8"} | fault.headers, HTML
    if isinstance(fault.body, str):
        return status, {"content-type": "text/plain"} | fault.headers, fault.body.encode()
    if fault.body is not None:
        headers = {"content-type": "application/json"} | fault.headers
        return status, headers, orjson.dumps(fault.body)
    if fault.service in {"tables", "queues", "blobs"}:
        body, headers = storage_error(fault.service, status)
        return status, headers | fault.headers, body
    headers = {"content-type": "application/json"} | fault.headers
    return status, headers, orjson.dumps(_vendor_error(fault.service, status))
