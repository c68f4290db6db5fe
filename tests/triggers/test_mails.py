"""Single mails over the running stack: who sees the templates, and what throttling does."""

from shared.mail.outbox import Template
from tests.world import World


def test_operators_see_every_template_and_nobody_else_does(world: World) -> None:
    listed = world.operator("GET", "/api/ops/mail-templates")
    assert listed.status == 200
    named = {item["template"] for item in listed["items"]}
    assert named == {template.value for template in Template} - {"blast_test"}
    assert all(item["subject"] and item["html"] and item["text"] for item in listed["items"])
    artist = world.artist()
    assert artist.get("/api/ops/mail-templates").status == 403
    assert world.call("GET", "/api/ops/mail-templates").status == 401


def test_a_mail_that_the_provider_puts_off_or_loses_goes_once(world: World) -> None:
    artist = world.artist()
    address = f"patient-{artist.slug}@fan-mail.dev"
    limit = {"retry-after": "1"}
    world.faults(service="resend", path="/emails", status=429, headers=limit, times=2)
    world.sign_up(artist, address)
    world.idle()
    assert len(world.mails(address)) == 1
    assert world.mails(address)[0].headers["Auto-Submitted"] == "auto-generated"
    assert "@t." in world.mails(address)[0].members["from"]


def test_an_order_that_nobody_can_read_ends_in_the_poison_table(world: World) -> None:
    run = world.call("POST", "/admin/functions/emails_consume", {"input": '{"template": "none"}'})
    assert run["succeeded"] is False
