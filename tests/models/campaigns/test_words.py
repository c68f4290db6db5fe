import pytest
from hypothesis import given, settings

from shared.campaigns import claims
from shared.campaigns.catalogue import PITCH_MAX_CHARS, catalogue
from shared.campaigns.claims import ClaimCode, forbidden_claims
from shared.campaigns.facts import CampaignFacts
from shared.campaigns.schedule import plan_frame
from shared.campaigns.wording import action_words, plan_words
from tests.models.campaigns.arranging import facts, live
from tests.models.campaigns.test_frame_laws import drawn_facts


def found_in(text: str, about: CampaignFacts | None = None) -> set[ClaimCode]:
    given_facts = about or facts()
    violations = forbidden_claims(
        text,
        allowed_numbers=claims.allowed_numbers(given_facts),
        allowed_words=claims.allowed_words(given_facts),
        forbidden_words=claims.forbidden_words(given_facts),
    )
    return {violation.code for violation in violations}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("You will reach 73,500 people.", ClaimCode.NUMBER, id="a number from nowhere"),
        pytest.param("Aim for 10k streams.", ClaimCode.NUMBER, id="a number with a k"),
        pytest.param("Thousands will hear it.", ClaimCode.NUMBER_WORD, id="a number as a word"),
        pytest.param("This doubles your reach.", ClaimCode.NUMBER_WORD, id="doubling"),
        pytest.param("A guaranteed placement.", ClaimCode.PROMISE, id="guaranteed"),
        pytest.param("It will go viral.", ClaimCode.PROMISE, id="viral"),
        pytest.param("Editors are sure to add it.", ClaimCode.PROMISE, id="sure to"),
        pytest.param("See www.example.org for more.", ClaimCode.LINK, id="www"),
        pytest.param("See https://evil.example/x", ClaimCode.LINK, id="https"),
        pytest.param("Go to playlists.io today.", ClaimCode.LINK, id="a bare domain"),
        pytest.param("Write to anna@label.example.", ClaimCode.ADDRESS, id="an address"),
        pytest.param("Tag @bigcurator in it.", ClaimCode.ADDRESS, id="a handle"),
        pytest.param("<script>x</script>", ClaimCode.MARKUP, id="markup"),
        pytest.param("![x](y)", ClaimCode.MARKUP, id="a picture"),
        pytest.param("Send it to Pitchfork.", ClaimCode.NAME, id="an outlet"),
        pytest.param("Pitchfork likes this.", ClaimCode.NAME, id="an outlet that leads"),
        pytest.param("Ask your friend Maria to post.", ClaimCode.NAME, id="a person"),
    ],
)
def test_a_claim_that_nobody_gave_is_found(text: str, code: ClaimCode) -> None:
    assert code in found_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Pitch “Harbour” in Spotify for Artists at least 7 days before the day.",
        "Write to your 12 fans on Thursday, 18 June 2026.",
        "It's indie pop by Ada Lind. Bandcamp, TikTok and SoundExchange come later.",
        "You have 200 EUR and 8 hours a week.",
    ],
)
def test_what_was_given_or_stands_in_the_catalogue_may_be_said(text: str) -> None:
    assert found_in(text) == set()


def test_a_title_may_be_repeated_unless_it_is_a_link() -> None:
    def codes(title: str) -> set[ClaimCode]:
        found = forbidden_claims(
            f"Today {title} is here.",
            allowed_numbers=frozenset(),
            allowed_words=claims.allowed_words(facts()),
            given=(title,),
        )
        return {violation.code for violation in found}

    assert codes("Guaranteed 10k Thousands") == set()
    assert codes("evil.com") == {ClaimCode.LINK}


def test_a_pitch_has_its_length() -> None:
    long = forbidden_claims(
        "a" * 501,
        allowed_numbers=frozenset(),
        allowed_words=frozenset(),
        max_chars=PITCH_MAX_CHARS,
    )
    assert [violation.code for violation in long] == [ClaimCode.LENGTH]


def test_numbers_that_the_artist_typed_may_be_repeated() -> None:
    numbers = claims.allowed_numbers(facts(), "Goal: 4,321 fans, 07:30, 2.50")
    assert {"4321", "7", "30", "2.5"} <= numbers


def test_words_that_would_be_untrue_are_named() -> None:
    assert ClaimCode.WORD in found_in("It's coming soon.", live(10))
    assert ClaimCode.WORD in found_in("My original song.", facts(cover=True))
    assert ClaimCode.WORD in found_in("It\u2019s out, listen.", facts(-3))
    assert ClaimCode.WORD in found_in("A catchy chorus.", facts(has_audio=False))


@settings(max_examples=60, deadline=None)
@given(drawn_facts())
def test_the_playbooks_own_words_keep_its_rules(about: CampaignFacts) -> None:
    frame = plan_frame(about)
    whole = plan_words(about, frame)
    notes = (*frame.questions, *frame.assumptions, *frame.risks)
    texts = [whole.summary, whole.positioning, whole.target_audience]
    texts += [kpi.label for kpi in whole.kpis] + [note.text for note in notes]
    texts += [closed.reason for closed in frame.closed]
    for key in frame.keys:
        words = action_words(key, about)
        texts += [words.title, words.why, *words.how, words.done_test, words.copy or ""]
    # What the artist typed is theirs; the rest is ours and keeps the rules.
    title = " ".join(about.title.split())
    mine = [text.replace(f"“{title}”", "it") for text in texts]
    numbers = claims.allowed_numbers(about)
    allowed = claims.allowed_words(about)
    for text, without in zip(texts, mine, strict=True):
        found = forbidden_claims(without, allowed_numbers=numbers, allowed_words=allowed)
        assert not found, text


@settings(max_examples=60, deadline=None)
@given(drawn_facts())
def test_no_template_is_left_unfilled(about: CampaignFacts) -> None:
    for key in plan_frame(about).keys:
        words = action_words(key, about)
        text = "\n".join((words.why, *words.how, words.copy or ""))
        if not {"{", "}"} & set(about.title):
            assert not {"{", "}"} & set(text)
        assert words.why


@pytest.mark.parametrize("key", ["spotify_pitch", "late_pitch_attempt"])
def test_the_longest_names_still_fit_a_pitch(key: str) -> None:
    long = facts(title="W" * 200, artist_name="M" * 200, genre="G" * 200)
    copy = action_words(key, long).copy

    assert copy is not None
    assert len(copy) <= PITCH_MAX_CHARS
    assert action_words(key, long).copy_kind == "pitch"


def test_without_audio_nothing_is_said_of_how_it_feels() -> None:
    silent = facts(has_audio=False)
    assert "bright" not in plan_words(silent, plan_frame(silent)).positioning
    assert "bright" in plan_words(facts(), plan_frame(facts())).positioning


def test_a_release_without_a_title_is_spoken_of_by_its_kind() -> None:
    words = action_words("release_blast", facts(title=" ", artist_name=""))
    assert words.copy is not None
    assert "Your single can be heard" in words.copy or "your single can be heard" in words.copy
    assert "[your name]" in words.copy


def test_every_action_can_be_worded() -> None:
    for key in catalogue().actions:
        assert action_words(key, facts()).how


def test_summaries_fit_the_kind_of_plan() -> None:
    for about, words in (
        (facts(45), "comes out on"),
        (facts(None), "no day yet"),
        (live(30), "is out"),
        (facts(-3), "nobody has said"),
    ):
        assert words in plan_words(about, plan_frame(about)).summary
