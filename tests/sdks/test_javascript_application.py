"""JavaScript against the running application: a browser's upload, a webhook that Svix signed."""

import base64
import json
from datetime import UTC, datetime

import pytest

from local.demo.media import song
from tests.sdks.javascript import JavaScript
from tests.world import World

pytestmark = pytest.mark.stack


def test_a_file_goes_up_by_its_link_from_a_browsers_sdk(
    javascript: JavaScript, world: World
) -> None:
    artist = world.artist()
    release = artist.release(release_date="2030-03-01")["id"]
    wav = song()
    order = {
        "kind": "audio",
        "filename": "a.wav",
        "content_type": "audio/wav",
        "size_bytes": len(wav),
    }
    upload = artist.post(f"/api/releases/{release}/uploads", order)
    assert upload.status == 201, upload.text
    put = javascript.run(
        "upload.cjs",
        link=upload["put_url"],
        contentType="audio/wav",
        base64=base64.b64encode(wav).decode(),
    )
    assert put == {"status": 201}
    done = artist.post(f"/api/releases/{release}/uploads/{upload['id']}/complete")
    assert done.status == 200, done.text


def test_a_webhook_signed_by_svix_is_taken_and_a_changed_one_refused(
    javascript: JavaScript, world: World
) -> None:
    secret = world.control("GET", "/keyvault/secrets/clerk-webhook-secret")["value"]
    body = json.dumps({"type": "session.created", "object": "event", "data": {"id": "sess_js"}})
    at = datetime.now(UTC)
    to_sign = {"id": f"msg_js_{at.timestamp():.0f}", "at": at.isoformat()}
    made = javascript.run("svix.cjs", secret=secret, body=body, headers={}, toSign=to_sign)
    headers = {
        "Content-Type": "application/json",
        "svix-id": to_sign["id"],
        "svix-timestamp": str(made["timestamp"]),
        "svix-signature": made["signature"],
    }
    path = "/api/webhooks/clerk"
    assert world.call("POST", path, f"{body} ".encode(), headers).status == 400
    taken = world.call("POST", path, body.encode(), headers)
    assert taken.status in {200, 202, 204}, taken.text
