"""How large a mail may become, and that a call's mails are in memory once."""

import tracemalloc
from dataclasses import dataclass, replace
from typing import cast

import pytest

from shared.blasts import mailing, writing
from shared.blasts.composing import Stationery
from shared.blasts.desk import Desk
from shared.blasts.mailing import Recipient
from shared.fans.tokens import FanTokens
from shared.platform.problems import Conflict
from shared.platform.signing import Signer
from tests.models.blasts.test_composing import ARTIST, BLAST, DESK, NOW, RING, composed


@dataclass(frozen=True)
class WritingDesk:
    """What of a desk a writer needs."""

    stationery: Stationery = DESK

    def signer(self) -> Signer:
        return Signer(RING)


def write(body: str) -> None:
    blast = replace(BLAST, body_markdown=body)
    writing.written(blast, artist=ARTIST, desk=cast("Desk", WritingDesk()))


@pytest.mark.parametrize("body", ["# a\n" * 4000, "> a\n\n" * 3200])
def test_a_short_text_that_grows_too_large_is_not_mailed(body: str) -> None:
    with pytest.raises(Conflict) as refused:
        write(body)
    assert refused.value.code == "mail_too_large"


@pytest.mark.parametrize("body", ["🔥" * 16_000, "&" * 16_000, "word " * 3_200])
def test_the_longest_text_is(body: str) -> None:
    write(body)


def test_a_call_s_mails_are_in_memory_once() -> None:
    content = composed(body_markdown="word " * 3_200).content
    sent = mailing.prepared(BLAST, content, frozen_at=NOW, base_url="https://artistos.example")
    people = [Recipient(position=n, hashed=f"{n:032x}", address=f"f{n}@x.dev") for n in range(100)]
    tokens = FanTokens(lambda: Signer(RING))
    tracemalloc.start()
    body = sent.batch(people, chunk="000001", generation=1, tokens=tokens)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(body) > 3_000_000
    assert peak < 1.3 * len(body)
