"""HTTP as the real host serves it: which function answers, what it is given, what goes back."""

import socket
from typing import Any

import pytest

from local.host.front import BODY_LIMIT
from tests.local.harness import RunningHost


def test_the_first_name_wins_however_unspecific_its_route(host: RunningHost) -> None:
    assert host.call("GET", "/items/export").json["function"] == "a_wide"


def test_a_constraint_that_fails_leaves_the_path_to_the_next_route(host: RunningHost) -> None:
    assert host.call("GET", "/numbers/7").json == {"function": "c_number", "n": "7"}
    assert host.call("GET", "/numbers/seven").json == {"function": "d_word", "n": "seven"}


def test_literals_ignore_case_and_parameters_keep_it(host: RunningHost) -> None:
    assert host.call("GET", "/ITEMS/aBc").json["id"] == "aBc"


def test_values_are_decoded_but_a_slash_in_them_stays_encoded(host: RunningHost) -> None:
    assert host.call("GET", "/items/caf%C3%A9%2Fbar").json["id"] == "café%2Fbar"


@pytest.mark.parametrize("path", ["/items/7/", "/Items/7"])
def test_a_slash_at_the_end_is_ignored(host: RunningHost, path: str) -> None:
    assert host.call("GET", path).json["id"] == "7"


@pytest.mark.parametrize("path", ["/nowhere", "/items", "//items/7", "/items//", "/_local/else"])
def test_what_no_route_matches_is_an_empty_404(host: RunningHost, path: str) -> None:
    reply = host.call("GET", path)
    assert (reply.status, reply.body) == (404, b"")


@pytest.mark.parametrize("verb", ["POST", "HEAD", "OPTIONS", "TRACE"])
def test_a_verb_that_is_not_declared_is_an_empty_404(host: RunningHost, verb: str) -> None:
    reply = host.call(verb, "/items/7")
    assert (reply.status, reply.body) == (404, b"")


def test_a_disabled_function_is_not_there(host: RunningHost) -> None:
    assert host.call("GET", "/asleep").status == 404


def test_query_values_fold_and_empty_ones_vanish(host: RunningHost) -> None:
    given = host.call("GET", "/echo?a=1&A=2&b=&c=x%20y+z&b=3").json
    assert given["params"] == {"a": "1,2", "b": "3", "c": "x y z"}


def test_headers_arrive_in_lower_case(host: RunningHost) -> None:
    assert (
        host.call("GET", "/echo", headers={"X-Mixed": "Kept"}).json["headers"]["x-mixed"] == "Kept"
    )


def test_the_front_end_appends_the_address_that_the_caller_claims(host: RunningHost) -> None:
    headers = {"X-Forwarded-For": "1.2.3.4", "X-Local-Client-IP": "81.2.69.142"}
    given = host.call("GET", "/echo", headers=headers).json["headers"]
    assert given["x-forwarded-for"].startswith("1.2.3.4, 81.2.69.142:")
    assert given["client-ip"].startswith("81.2.69.142:")
    assert "x-local-client-ip" not in given


def test_an_ipv6_address_is_bracketed(host: RunningHost) -> None:
    given = host.call("GET", "/echo", headers={"X-Local-Client-IP": "2001:db8::1"}).json
    assert given["headers"]["x-forwarded-for"].startswith("[2001:db8::1]:")


def test_the_url_takes_its_scheme_from_the_front_end(host: RunningHost) -> None:
    given = host.call("GET", "/echo?a=b", headers={"X-Forwarded-Proto": "https"}).json
    assert given["url"] == f"https://127.0.0.1:{host.port}/echo?a=b"


def test_a_body_with_a_length_arrives_and_a_chunked_one_is_empty(host: RunningHost) -> None:
    assert host.call("POST", "/echo", b"whole").json["body"] == "whole"
    assert host.call("POST", "/echo", iter([b"in ", b"parts"])).json["body"] == ""


def test_an_enormous_body_is_refused_before_it_is_read(host: RunningHost) -> None:
    reply = host.call("POST", "/echo", b"", {"Content-Length": str(BODY_LIMIT + 1)})
    assert reply.status == 413


def test_long_addresses_and_heavy_headers_are_refused(host: RunningHost) -> None:
    assert host.call("GET", "/echo?" + "a" * 9000).status == 414
    assert host.call("GET", "/echo", headers={"X-Heavy": "a" * 40_000}).status == 431


def test_of_a_repeated_header_the_last_survives_and_cookies_all_do(host: RunningHost) -> None:
    headers = host.call("GET", "/headers").headers
    assert headers.get_all("Link") == ["<two>"]
    assert headers.get_all("Set-Cookie") == ["a=1; HttpOnly; Path=/", "b=2; Secure"]


def test_custom_headers_yield_to_the_function(host: RunningHost) -> None:
    headers = host.call("GET", "/headers").headers
    assert (headers["X-Frame-Options"], headers["X-Own"]) == ("DENY", "function")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", ["/boom", "/nothing"])
def test_a_failing_function_is_an_empty_500(host: RunningHost, path: str) -> None:
    reply = host.call("GET", path)
    assert (reply.status, reply.body) == (500, b"")


def test_the_reason_of_a_failure_is_in_the_log_without_the_hosts_frames(host: RunningHost) -> None:
    host.call("GET", "/boom")
    log = host.log.read_text(encoding="utf-8")
    assert "the reason stays in the log" in log
    assert "invocation.py" not in log


def test_the_context_names_function_invocation_and_trace(host: RunningHost) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    given: dict[str, Any] = host.call("GET", "/echo", headers={"traceparent": trace}).json
    assert (given["function"], given["trace"]) == ("echo", trace)
    assert len(given["invocation"]) == 36


def test_the_hosts_own_functions_list_names_every_function(host: RunningHost) -> None:
    listed = {function["name"]: function for function in host.call("GET", "/admin/functions").json}
    assert listed["work"]["queue"] == "jobs"
    assert listed["asleep"]["isDisabled"]
    assert listed["daily"]["schedule"] == "0 0 8 * * *"


def test_a_client_that_goes_before_its_body_is_whole_calls_nothing(host: RunningHost) -> None:
    with socket.create_connection(("127.0.0.1", host.port)) as wire:
        wire.sendall(b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert host.idle().status == 200
    assert "[jobs_add" not in host.log.read_text(encoding="utf-8")
