"""What comes back of mails: bounces soft and hard, complaints, and whom they stop from what."""

from tests.triggers.test_blasts import blast_mails, draft, fans_of, report, send, sent
from tests.world import Artist, World


def _quiet_fans(world: World, artist: Artist, *names: str) -> list[str]:
    """Have fans whose confirmation mails arrive, whatever their addresses do later."""
    world.control("POST", "/config", {"resend_webhooks": False})
    addresses = fans_of(world, artist, *names)
    world.control("POST", "/config", {"resend_webhooks": True})
    return addresses


def test_the_third_soft_bounce_of_thirty_days_ends_it_at_every_artist_and_a_repeat_counts_once(
    world: World,
) -> None:
    artist = world.artist()
    (soft,) = _quiet_fans(world, artist, "softbounced+1")
    world.control("POST", "/config", {"resend_webhook_repeat": 3})
    for subject, status in (("One", "subscribed"), ("Two", "subscribed"), ("Three", "bounced")):
        blast = draft(artist, subject=subject)
        sent(world, artist, blast, 1)
        assert artist.fans()[soft] == status
        # The blast keeps that this mail came back, once however often it is told.
        assert report(artist, blast)["bounced"] == 1
    world.control("DELETE", "/config")
    assert send(artist, draft(artist), 0)["code"] == "no_recipients"
    before = len(world.mails(soft))
    assert world.sign_up(world.artist("Another"), soft).status == 202
    world.idle()
    assert len(world.mails(soft)) == before


def test_who_leaves_is_out_and_hears_so_though_the_blast_cannot_count_it(world: World) -> None:
    artist = world.artist()
    (here,) = fans_of(world, artist, "a")
    blast = draft(artist, subject="Counted?")
    sent(world, artist, blast, 1)
    leave = blast_mails(world, [here], "Counted?")[0][0].link("unsubscribe")
    world.faults(service="tables", path="BlastChunks", status=500)
    assert world.form(leave).status == 200
    world.control("DELETE", "/faults")
    assert artist.fans() == {here: "unsubscribed"}
    assert report(artist, blast)["delivered"] == 1
    assert report(artist, blast)["unsubscribed"] == 0
    assert world.form(leave).status == 200
    assert report(artist, blast)["unsubscribed"] == 1


def test_a_refusal_at_one_artist_stops_confirmations_at_all_and_says_why(world: World) -> None:
    first, second = world.artist("First"), world.artist("Second")
    bounced, complained = _quiet_fans(world, first, "bounced+f", "complained+f")
    world.control("POST", "/config", {"resend_webhooks": False})
    for fan in (bounced, complained):
        world.fan(second, fan)
    world.control("POST", "/config", {"resend_webhooks": True})
    sent(world, first, draft(first), 2)
    assert first.fans() == {bounced: "bounced", complained: "complained"}
    # At the other artist they are on the list still; the log over all artists keeps mail from them.
    blast = draft(second, subject="Never arrives")
    assert send(second, blast, 2).status == 202
    world.idle()
    assert blast_mails(world, [bounced, complained], "Never arrives") == [[], []]
    got = report(second, blast)["suppressed"]
    assert (got["bounced"], got["complained"]) == (1, 1)
    third = world.artist("Third")
    before = len(world.mails(bounced))
    assert world.sign_up(third, bounced).status == 202
    world.idle()
    assert len(world.mails(bounced)) == before


def test_a_complaint_or_leaving_stops_no_mail_of_account_and_privacy(world: World) -> None:
    artist, other = world.artist("Is a fan too"), world.artist("Other")
    mail = world.fan(other, artist.email)
    sent(world, other, draft(other), 1)
    order = {"type": "email.complained", "email_id": world.mails(artist.email)[0].members["id"]}
    world.control("POST", "/resend/events", order)
    world.idle()
    assert other.fans()[artist.email] == "complained"
    assert world.form(mail.link("unsubscribe")).status == 200
    assert artist.post(f"/api/blasts/{draft(artist)}/test").status == 202
    asked = {"kind": "access", "email": artist.email}
    assert world.call("POST", "/api/privacy/requests", asked).status == 202
    world.idle()
    kinds = {each.kind for each in world.mails(artist.email)}
    assert {"blast_test", "privacy_request_confirmation"} <= kinds


def test_opens_and_clicks_are_tracked_nowhere(world: World) -> None:
    artist = world.artist()
    domain = artist.get("/api/deliverability")["domain"]
    assert (domain["open_tracking"], domain["click_tracking"]) == (False, False)
    (here,) = fans_of(world, artist, "a")
    blast = draft(artist)
    sent(world, artist, blast, 1)
    mail = world.mails(here)[0]
    assert "https://music.example/slow" in mail.html  # As it was written, over no other host.
    before = {**report(artist, blast), "as_of": ""}
    for kind in ("email.opened", "email.clicked"):
        world.control("POST", "/resend/events", {"type": kind, "email_id": mail.members["id"]})
    world.idle()
    assert {**report(artist, blast), "as_of": ""} == before
