"""The host is killed with -9 in the middle of everything: nothing is lost, nothing comes twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from local import demo
from tests.stored import Stored
from tests.world import Artist, World

pytestmark = pytest.mark.stack

BACK_SECONDS = 15
SLOW = 4  # Seconds that each third party takes, so that the kill meets all of them at work.
UNDER_WAY_SECONDS = 6
SUBJECT = "Sent through a crash"


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was under way when the host died, and how long it was away."""

    artist: Artist
    away: float
    plan_id: str
    export_id: str
    blast: str
    fans: list[str]
    newcomer: str


@pytest.fixture(scope="module")
def aftermath(stack: World) -> Iterator[Aftermath]:
    """A plan, an export, a blast and a sign-up, all cut off at once, and then left to recover."""
    stack.calm()
    artist = stack.artist("Unkillable")
    fans = stack.fans(artist, 5)
    release = artist.release(release_date="2031-05-02")
    blast = artist.draft(subject=SUBJECT)
    stack.control("POST", "/config", {"openai_latency_seconds": SLOW})
    stack.faults(service="resend", path="/emails/batch", delay_seconds=SLOW, times=1)
    stack.faults(service="blobs", path="/exports/", method="PUT", delay_seconds=SLOW, times=1)
    plan_id = artist.ask_for_plan(release["id"])
    export_id = artist.post("/api/me/exports")["id"]
    artist.send(blast)
    stack.until(lambda: _asked(stack, "resend", "/emails/batch"), "the call for the chunk")
    stack.until(lambda: _asked(stack, "openai", "/"), "the call for the plan")
    newcomer = "joined-before-the-crash@fan-mail.dev"
    assert stack.sign_up(artist, newcomer).status == 202
    away = stack.kill()
    stack.control("POST", "/config", {"openai_latency_seconds": 0})
    # A claim on a chunk is left alone for 90 seconds of the application's time: they are over. So
    # far ahead that a later blast, back in real time, need not queue for its slot behind this one.
    stack.at(datetime.now(UTC) + timedelta(hours=2))
    stack.idle(150)
    artist.sign_in_again()
    # The feed's next look after the blast, minutes away: nothing needs it, and nobody waits for it.
    Stored(stack.watched).clear("blast-starts")
    yield Aftermath(artist, away, plan_id, export_id, blast, fans, newcomer)
    stack.calm()


def test_the_host_is_back_in_seconds(aftermath: Aftermath) -> None:
    assert aftermath.away < BACK_SECONDS


def test_a_fan_who_was_told_yes_gets_the_mail_once_and_is_there(
    stack: World, aftermath: Aftermath
) -> None:
    assert aftermath.artist.fans()[aftermath.newcomer] == "pending"
    (mail,) = stack.mails(aftermath.newcomer)
    stack.form(mail.link("confirm"))
    assert aftermath.artist.fans()[aftermath.newcomer] == "subscribed"


def test_the_plan_that_was_being_written_is_written(stack: World, aftermath: Aftermath) -> None:
    plan = aftermath.artist.get(f"/api/plans/{aftermath.plan_id}")
    assert plan["state"] == "draft"
    assert plan["source"]["kind"] == "ai"
    assert plan["actions"]
    ready = [mail for mail in stack.mails(aftermath.artist.email) if mail.kind == "plan_ready"]
    assert len(ready) == 1


def test_the_blast_that_was_being_sent_reaches_everybody_once(
    stack: World, aftermath: Aftermath
) -> None:
    for fan in aftermath.fans:
        assert sum(mail.subject == SUBJECT for mail in stack.mails(fan)) == 1, fan
    report = aftermath.artist.report(aftermath.blast)
    assert (report["chosen"], report["accepted"]) == (5, 5)


def test_the_export_that_was_being_built_is_whole(stack: World, aftermath: Aftermath) -> None:
    export = aftermath.artist.get(f"/api/me/exports/{aftermath.export_id}")
    assert export["state"] == "ready", export.text
    link = stack.call("GET", export["url"])
    assert stack.call("GET", str(link.headers["Location"])).body.startswith(b"PK")
    ready = [mail for mail in stack.mails(aftermath.artist.email) if mail.kind == "export_ready"]
    assert len(ready) == 1


def test_nothing_was_set_aside_as_hopeless(stack: World, aftermath: Aftermath) -> None:
    assert stack.given_up(aftermath.artist) == []


def test_the_journey_gets_through_though_the_host_dies_under_it(world: World) -> None:
    with ThreadPoolExecutor(1) as pool:
        journey = pool.submit(demo.run, world.app, world.standins)
        with pytest.raises(TimeoutError):
            journey.result(timeout=UNDER_WAY_SECONDS)
        assert world.kill() < BACK_SECONDS
        assert journey.result(timeout=180)


def _asked(stack: World, service: str, path: str) -> bool:
    seen = stack.control("GET", f"/requests?service={service}")["items"]
    return any(path in request["path"] for request in seen)
