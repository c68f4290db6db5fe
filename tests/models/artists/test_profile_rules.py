"""What an artist may say of themselves, how old one must be, and how addresses change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from shared.artists import reply_to
from shared.artists.model import Artist, Deletion, SignIn, age_on
from shared.artists.schemas import Onboarding, ProfileChange
from shared.platform.ids import ArtistId, ErasureId, Ids
from shared.platform.problems import TooMany

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FORM: dict[str, Any] = {
    "artist_name": "The Contract",
    "slug": "the-contract",
    "time_zone": "Europe/Berlin",
    "birth_date": "1990-01-01",
}


def artist(**changes: Any) -> Artist:
    given: dict[str, Any] = {
        "artist_id": ArtistId("art_1"),
        "clerk_user_id": "user_1",
        "clerk_updated_at": 1,
        "email": "Ada@Mail.example",
        "sign_in": SignIn(),
        "artist_name": "Ada",
        "slug": "ada",
        "time_zone": "UTC",
        "age_checked_at": NOW,
        "created_at": NOW,
    }
    return Artist(**(given | changes))


def wrong(**changes: Any) -> set[str]:
    import json

    with pytest.raises(ValidationError) as refused:
        Onboarding.model_validate_json(json.dumps(FORM | changes))
    return {".".join(str(part) for part in item["loc"]) for item in refused.value.errors()}


@pytest.mark.parametrize(
    ("birth", "today", "age"),
    [
        ("2013-11-24", "2026-11-24", 13),
        ("2013-11-25", "2026-11-24", 12),
        ("2012-02-29", "2025-02-28", 12),
        ("2012-02-29", "2025-03-01", 13),
        ("2026-11-24", "2026-11-24", 0),
    ],
)
def test_age_is_counted_in_birthdays(birth: str, today: str, age: int) -> None:
    counted = age_on(date.fromisoformat(today), birth_date=date.fromisoformat(birth))
    assert counted == age


def test_every_wrong_field_is_named_at_once() -> None:
    assert wrong(artist_name="", slug="A B", time_zone="Mars/X", reply_to="x") == {
        "artist_name", "slug", "time_zone", "reply_to",
    }  # fmt: skip


@pytest.mark.parametrize("zone", ["../etc/passwd", "", "Berlin", "localtime", "Factory", "utc+1"])
def test_a_zone_is_one_of_the_database(zone: str) -> None:
    assert wrong(time_zone=zone) == {"time_zone"}


@pytest.mark.parametrize(
    "name", ["a\r\nBcc: x", "a\x00b", "a\u2028b", "a\u202eb", "x" * 101, "   ", "a\tb"]
)
def test_a_name_is_one_plain_line(name: str) -> None:
    assert wrong(artist_name=name) == {"artist_name"}
    assert wrong(sender_name=name) == {"sender_name"}


@pytest.mark.parametrize(
    "address",
    ["a", "a@", "a@b", "a@[127.0.0.1]", '"a b"@x.example', "a@x.example\nb", "a@x..example"],
)
def test_an_address_is_a_mailbox(address: str) -> None:
    assert wrong(reply_to=address) == {"reply_to"}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "//evil.example", "ftp://x.example", "https://", "https://a b", "x",
        "https://user:pw@evil.example/",
    ],
)  # fmt: skip
def test_a_link_leads_to_the_web(url: str) -> None:
    assert wrong(links=[{"label": "x", "url": url}]) == {"links.0.url"}


@pytest.mark.parametrize("extra", ["email", "id", "state", "epoch", "age_checked_at", "tenant_id"])
def test_what_is_not_the_artists_to_say_is_refused(extra: str) -> None:
    assert wrong(**{extra: "x"}) == {extra}


def test_the_birth_date_is_not_among_what_is_kept() -> None:
    import json

    assert "birth_date" not in Onboarding.model_validate_json(json.dumps(FORM)).changes()


@pytest.mark.parametrize(
    "body",
    [
        {"artist_name": None},
        {"slug": None},
        {"time_zone": None},
        {"settings": None},
        {"settings": {"reminder_time": "24:00"}},
        {"settings": {"reminder_time": "8:30"}},
        {"settings": {"reminders_enabled": "yes"}},
        {"settings": {"capture": {"accent_colour": "red"}}},
        {"settings": {"capture": {"accent_colour": "#12345"}}},
        {"settings": {"capture": {"script": "x"}}},
        {"birth_date": "1990-01-01"},
    ],
)
def test_a_change_is_checked_as_the_beginning_was(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProfileChange.model_validate(body)


def test_only_what_was_given_changes() -> None:
    change = ProfileChange.model_validate({"bio": None, "settings": {"double_opt_in": False}})
    assert change.changes() == {"bio": None, "settings": {"double_opt_in": False}}


def test_clerks_own_address_takes_replies_at_once() -> None:
    asked = reply_to.asked(artist(), "ada@mail.example", now=NOW, ids=Ids())
    assert asked.reply_to == "ada@mail.example"
    assert asked.pending_reply_to is None


def test_another_address_waits_and_the_old_one_counts_until_then() -> None:
    asked = reply_to.asked(artist(reply_to="old@x.example"), "new@x.example", now=NOW, ids=Ids())
    assert asked.reply_to == "old@x.example"
    assert asked.pending_reply_to is not None
    assert asked.pending_reply_to.address == "new@x.example"
    assert asked.pending_reply_to.is_open(now=NOW + timedelta(hours=71))
    assert not asked.pending_reply_to.is_open(now=NOW + timedelta(hours=72))


def test_asking_again_for_the_waiting_address_is_no_second_mail() -> None:
    once = reply_to.asked(artist(), "new@x.example", now=NOW, ids=Ids())
    assert reply_to.asked(once, "New@x.example", now=NOW, ids=Ids()) == once


def test_few_strangers_are_mailed_in_a_day() -> None:
    found = artist()
    for number in range(5):
        found = reply_to.asked(found, f"a{number}@x.example", now=NOW, ids=Ids())
    with pytest.raises(TooMany):
        reply_to.asked(found, "a6@x.example", now=NOW + timedelta(hours=23), ids=Ids())
    reply_to.asked(found, "a6@x.example", now=NOW + timedelta(hours=24), ids=Ids())


def test_no_address_is_an_answer_too() -> None:
    once = reply_to.asked(artist(reply_to="old@x.example"), None, now=NOW, ids=Ids())
    assert (once.reply_to, once.pending_reply_to) == (None, None)


def test_each_closing_and_restoring_has_its_epoch() -> None:
    deletion = Deletion(
        requested_at=NOW, purge_after=NOW, purge_deadline=NOW, erasure_id=ErasureId("era_1")
    )
    closed = artist().closing(deletion)
    restored = closed.restored()
    assert (closed.epoch, restored.epoch) == (2, 3)
    assert (closed.is_open, restored.is_open, restored.deletion) == (False, True, None)


def test_a_blast_needs_a_sender_and_an_address() -> None:
    assert not artist().may_send
    assert not artist(postal_address="  ").may_send
    assert artist(postal_address="1 Street").may_send
