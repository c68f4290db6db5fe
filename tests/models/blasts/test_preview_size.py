"""A preview's size is that of the mail as it goes, with a recipient's token in its links."""

from dataclasses import replace

from shared.blasts import previewing
from shared.blasts.composing import GMAIL_CLIPS_AT
from shared.platform.storage.account import StorageAccount
from tests.models.blasts.studio import new_studio
from tests.standins.process import StandIns


def test_a_mail_that_only_its_token_makes_too_large_is_told(
    account: StorageAccount, provider: StandIns
) -> None:
    studio = new_studio(account, provider, shards=(0,), die_at=0)

    def previewed(ands: int) -> tuple[int, bool]:
        blast = replace(studio.blast(), body_markdown="&" * ands)
        found = previewing.preview(blast, artist=studio.artist, desk=studio.desk(), now=studio.now)
        return len(found.html.encode()), "too_large" in {each.code for each in found.warnings}

    small, _ = previewed(10)
    ands = 10 + (GMAIL_CLIPS_AT - 200 - small) // len("&amp;")
    shown, too_large = previewed(ands)
    assert GMAIL_CLIPS_AT - 300 < shown < GMAIL_CLIPS_AT
    assert too_large
    assert not previewed(ands - 200)[1]
