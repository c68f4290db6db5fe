"""The draft of a blast that a plan's action becomes, whatever its release is called."""

from dataclasses import replace

from shared.blasts import markdown
from shared.plans import blast_drafts
from shared.plans.model import PlanAction
from tests.models.plans.arranging import release, written

SLY = "Night [x](https://evil.example) {{artist_name}}"


def mail_to_fans() -> PlanAction:
    return next(action for action in written()[1] if action.key == "announce_list")


def test_the_longest_title_has_a_draft() -> None:
    title = "T" * 200
    request = blast_drafts.request_of(mail_to_fans(), release(title=title))
    assert title in markdown.merged(request.subject, {"release_title": title})


def test_the_longest_copy_has_a_draft() -> None:
    action = replace(mail_to_fans(), copy="c" * 16_001)
    assert blast_drafts.request_of(action, release()).body_markdown == "c" * 16_000


def test_a_title_is_never_read_as_a_link_or_a_field() -> None:
    action = replace(mail_to_fans(), copy=f"Hear {SLY} now.")
    request = blast_drafts.request_of(action, release(title=SLY))
    fields = {"release_title": SLY, "artist_name": "Ada"}
    assert markdown.merged(request.subject, fields) == f"About {SLY}"
    body = markdown.rendered(request.body_markdown, fields)
    assert body.text == f"Hear {SLY} now."
    assert "href" not in body.html


def test_an_ordinary_title_stands_as_it_is() -> None:
    action = mail_to_fans()
    request = blast_drafts.request_of(action, release())
    assert (request.subject, request.body_markdown) == ("About Harbour", action.copy)
