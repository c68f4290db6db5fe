"""What all stand-ins share: faults, the record of requests, the outbox, memory over a restart."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.standins.process import StandIns, start_process

JWKS = "/clerk/.well-known/jwks.json"


def get(stand_ins: StandIns, path: str, *, timeout: float = 10) -> requests.Response:
    return requests.get(stand_ins.url + path, timeout=timeout, allow_redirects=False)


def order(stand_ins: StandIns, **fault: object) -> None:
    stand_ins.control("POST", "/faults", fault)


def test_a_fault_counts_down(stand_ins: StandIns) -> None:
    order(stand_ins, service="clerk", status=503, times=2, headers={"Retry-After": "7"})
    answers = [get(stand_ins, JWKS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert answers[0].json()["errors"][0]["code"] == "internal_clerk_error"


def test_a_fault_without_a_count_stays_until_it_is_cleared(stand_ins: StandIns) -> None:
    order(stand_ins, service="clerk", status=500)
    assert {get(stand_ins, JWKS).status_code for _ in range(4)} == {500}
    stand_ins.control("DELETE", "/faults")
    assert get(stand_ins, JWKS).ok


def test_a_fault_hits_its_service_and_path_only(stand_ins: StandIns) -> None:
    order(stand_ins, service="clerk", status=500, path="/v1/users")
    order(stand_ins, service="spotify", status=500)
    assert get(stand_ins, JWKS).ok
    assert get(stand_ins, "/clerk/v1/users?limit=1").status_code == 500
    assert get(stand_ins, "/spotify/v1/me").json()["error"]["status"] == 500


def test_each_kind_of_fault(stand_ins: StandIns) -> None:
    order(stand_ins, service="clerk", kind="html", times=1)
    html = get(stand_ins, JWKS)
    assert (html.status_code, html.headers["content-type"][:9]) == (502, "text/html")
    order(stand_ins, service="clerk", kind="reset", times=1)
    with pytest.raises(requests.ConnectionError, match="reset"):
        get(stand_ins, JWKS)
    order(stand_ins, service="clerk", kind="timeout", times=1)
    with pytest.raises(requests.ReadTimeout):
        get(stand_ins, JWKS, timeout=0.3)
    order(stand_ins, service="clerk", delay_seconds=0.3, times=1)
    began = time.monotonic()
    assert get(stand_ins, JWKS).ok
    assert time.monotonic() - began >= 0.3


def test_an_answer_can_be_a_success_that_nobody_can_read(stand_ins: StandIns) -> None:
    order(stand_ins, service="clerk", status=200, kind="html", after_accept=True, times=1)
    answer = get(stand_ins, JWKS)
    assert answer.ok
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize("status", [204, 302, 418, 520])
def test_any_status_can_be_ordered(stand_ins: StandIns, status: int) -> None:
    order(stand_ins, service="clerk", status=status, headers=None, times=1)
    assert get(stand_ins, JWKS).status_code == status


def test_a_fault_can_have_a_body_of_its_own(stand_ins: StandIns) -> None:
    body = {"statusCode": 429, "name": "monthly_quota_exceeded", "message": "m"}
    order(stand_ins, service="resend", status=429, body=body, times=1)
    assert get(stand_ins, "/resend/domains").json() == body


def test_a_mistake_in_a_control_call_is_explained(stand_ins: StandIns) -> None:
    url = f"{stand_ins.url}/_control/faults"
    answer = requests.post(url, json={"service": "nobody", "statuss": 1}, timeout=10)
    assert answer.status_code == 422
    assert "statuss" in answer.json()["error"]


def test_requests_are_kept_with_their_bodies_and_answers(stand_ins: StandIns) -> None:
    url = f"{stand_ins.url}/spotify/api/token"
    requests.post(url, data={"grant_type": "client_credentials"}, timeout=10)
    requests.post(f"{stand_ins.url}/resend/emails", json={"subject": "s" * 5000}, timeout=10)
    (spotify,) = stand_ins.seen("spotify")
    assert spotify["body"] == "grant_type=client_credentials"
    assert (spotify["method"], spotify["path"]) == ("POST", "/spotify/api/token")
    (resend,) = stand_ins.seen("resend")
    assert resend["body"] == {"subject": "s" * 5000}
    assert resend["status"] == 401


def test_the_outbox_shows_each_mail_to_a_person(stand_ins: StandIns) -> None:
    html = "<h1>Hello</h1><script>alert(1)</script>"
    sent = {
        "from": "Band <news@fans.artistos.dev>",
        "to": ["fan@fan-mail.dev"],
        "subject": "<b>Out</b> now",
        "html": html,
        "text": "Hello in text",
        "headers": {"List-Id": "<a.fans.artistos.dev>"},
    }
    key = {"Authorization": f"Bearer {stand_ins.secret('resend-api-key')}"}
    requests.post(f"{stand_ins.url}/resend/emails", json=sent, headers=key, timeout=10)
    overview = get(stand_ins, "/outbox")
    assert overview.status_code == 200
    assert "&lt;b&gt;Out&lt;/b&gt; now" in overview.text
    (link,) = re.findall(r'href="(/outbox/[0-9a-f-]{36})"', overview.text)
    mail = get(stand_ins, link).text
    assert "Hello in text" in mail
    assert "List-Id" in mail
    assert "sandbox" in mail
    framed = get(stand_ins, f"{link}/html")
    assert framed.text == '<base target="_blank">' + html
    assert "sandbox" in framed.headers["content-security-policy"]
    assert "script-src" not in framed.headers["content-security-policy"]
    assert "default-src 'none'" in framed.headers["content-security-policy"]
    for page in (overview.text, mail):
        assert not re.search(r"""(src|href|url)[=(]["']?(https?:)?//""", page)
    assert "No mail went to" in get(stand_ins, "/outbox?to=nobody@fan-mail.dev").text


def test_a_busy_port_is_named_without_a_traceback(stand_ins: StandIns, tmp_path: Path) -> None:
    options = ["--port", str(stand_ins.port), "--vault-port", str(stand_ins.vault_port)]
    options += ["--state", str(tmp_path), "--app-url", "http://127.0.0.1:9"]
    ran = subprocess.run(
        [sys.executable, "-m", "local.standins", *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr == f"Port {stand_ins.port} is in use by another program.\n"


def test_a_restart_keeps_what_counts(tmp_path: Path) -> None:
    first = start_process(tmp_path, "http://127.0.0.1:9")
    try:
        before = first.stand_ins
        made = before.control("POST", "/clerk/users", {"email": "ada@artist-mail.dev"})
        event = {"type": "user.updated", "data": {"id": "user_x"}}
        waiting = before.control("POST", "/clerk/events", event)["svix_id"]
        secret, keys = before.secret("fan-id-key"), get(before, JWKS).json()
        certificate = (tmp_path / "vault-cert.pem").read_text()
    finally:
        first.stop()
    second = start_process(tmp_path, "http://127.0.0.1:9")
    try:
        after = second.stand_ins
        users = after.control("GET", "/clerk/users")["items"]
        assert [user["id"] for user in users] == [made["user_id"]]
        assert after.secret("fan-id-key") == secret
        assert get(after, JWKS).json() == keys
        assert (tmp_path / "vault-cert.pem").read_text() == certificate
        kept = [item["id"] for item in after.control("GET", "/webhooks")["items"]]
        assert waiting in kept or after.control("GET", "/pending")["webhooks"] > 0
    finally:
        second.stop()
