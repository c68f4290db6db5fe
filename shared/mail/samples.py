"""Every template with sample facts: what a composer gives, and what operators see."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shared.mail.outbox import Template

_ARTIST: Final = {"artist_name": "The Quiet Engines"}
_RELEASE: Final = {**_ARTIST, "release_title": "Slow Fire"}
_APP: Final = "https://app.artistos.example"
_PAGES: Final = "https://artistos.example"

# BLAST_TEST has no template of its own: it is the blast itself, with `[Test]` in its subject.
SAMPLES: Final[Mapping[Template, Mapping[str, object]]] = MappingProxyType(
    {
        Template.FAN_CONFIRMATION: {
            **_ARTIST,
            "confirm_url": f"{_PAGES}/f/sample/confirm",
            "unsubscribe_url": f"{_PAGES}/f/sample/unsubscribe",
            "data_url": f"{_PAGES}/f/sample/data",
            "hours": 72,
        },
        Template.PLAN_READY: {
            **_RELEASE,
            "action_count": 24,
            "plan_url": f"{_APP}/plans/pln_sample",
        },
        Template.PLAN_APPROVED: {
            **_RELEASE,
            "first_actions": ["Pitch to Spotify's editors, by 4 December", "Announce the date"],
            "plan_url": f"{_APP}/plans/pln_sample",
            "calendar_url": f"{_PAGES}/api/plans/pln_sample/calendar.ics?token=sample",
        },
        Template.IS_IT_LIVE: {**_RELEASE, "release_url": f"{_APP}/releases/rel_sample"},
        Template.GO_LIVE_CONFIRMATION: {
            **_RELEASE,
            "today_actions": ["Mail your fans", "Pin the link in your profiles"],
            "release_url": f"{_APP}/releases/rel_sample",
        },
        Template.DAILY_REMINDER: {
            **_ARTIST,
            "actions": [
                {
                    "title": "Pitch to Spotify's editors",
                    "release_title": "Slow Fire",
                    "due_date": "4 December",
                    "effort_minutes": 30,
                    "overdue": False,
                },
                {
                    "title": "Film three short clips",
                    "release_title": "Slow Fire",
                    "due_date": "2 December",
                    "effort_minutes": 60,
                    "overdue": True,
                },
            ],
            "actions_url": f"{_PAGES}/t/sample",
            "today_url": f"{_APP}/today",
            "settings_url": f"{_APP}/settings",
        },
        Template.BLAST_PAUSED: {
            **_ARTIST,
            "blast_subject": "Slow Fire is out",
            "reason_text": "4.2 % of the addresses no longer exist",
            "accepted": 1200,
            "blast_url": f"{_APP}/blasts/bls_sample",
        },
        Template.EXPORT_READY: {**_ARTIST, "export_url": f"{_APP}/exports/exp_sample"},
        Template.REPLY_TO_CONFIRMATION: {
            **_ARTIST,
            "confirm_url": f"{_PAGES}/reply-to/sample",
        },
        Template.DELETION_SCHEDULED: {
            **_ARTIST,
            "purge_after": "1 December 2026",
            "purge_deadline": "24 December 2026",
            "restore_url": f"{_APP}/account",
            "erasure_id": "era_sample",
        },
        Template.DELETION_DONE: {"finished_at": "1 December 2026", "erasure_id": "era_sample"},
        Template.PRIVACY_REQUEST_CONFIRMATION: {
            "kind_text": "a copy of everything that is held about this address",
            "due_at": "24 December 2026",
            "request_url": f"{_PAGES}/r/sample",
        },
        Template.PRIVACY_REQUEST_ANSWERED: {
            "kind_text": "a copy of everything that is held about this address",
            "answer_text": "It is put together, and can be read for 7 days.",
            "request_url": f"{_PAGES}/r/sample",
        },
        Template.POLICY_CHANGE: {
            **_ARTIST,
            "version": "2027-01-01",
            "effective_at": "1 January 2027",
            "summary": "We name a new sub-processor for maps. What is collected stays the same.",
            "policy_url": f"{_PAGES}/privacy/2027-01-01",
        },
        Template.SPOTIFY_RECONNECT: {**_ARTIST, "connect_url": f"{_APP}/spotify"},
    }
)
