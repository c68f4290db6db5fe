"""Which links an artist may give, and what a way of writing cannot smuggle into a mail."""

import pytest
from pydantic import ValidationError

from shared.blasts import markdown
from shared.blasts.schemas import CallToActionRequest


@pytest.mark.parametrize(
    "url",
    [
        "https://e.x/\r\nBcc: evil@x.y",
        "https://e.x/\tb",
        "https://e.x\x00",
        "https://\u202ee.x",
        "https://e.x/ a b",
        "https://.",
        "https://a..b",
        "https://e.x:99999/",
        "https://e.x:abc/",
        "https://e.x\\@evil.com",
        "https://user:p@evil.com",
        "https://-a.x",
        "https://e.x/\u200b",
        "http://e.x",
    ],
)
def test_a_button_leads_to_a_plain_address(url: str) -> None:
    with pytest.raises(ValidationError):
        CallToActionRequest(label="Listen", url=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://music.dev",
        "https://music.dev:8443/a?b=c&d=%20#e",
        "https://bücher.example/größe",
        "https://xn--bcher-kva.example./",
        "https://my_band.bandcamp.com/@us/it's(here)",
    ],
)
def test_a_link_of_the_web_is_taken(url: str) -> None:
    assert CallToActionRequest(label="Listen", url=url).url == url


@pytest.mark.parametrize("url", ["https://.", "https://user:p@evil.com", "https://e.x:99999/"])
def test_a_link_in_the_body_that_leads_nowhere_is_told(url: str) -> None:
    assert markdown.rendered(f"[a]({url})", {}).broken_links


@pytest.mark.parametrize("entity", ["&#8238;", "&#x202e;", "&#13;", "&#x2066;"])
def test_an_entity_brings_in_nothing_that_text_may_not_hold(entity: str) -> None:
    body = markdown.rendered(f"a{entity}b [c{entity}d](https://music.dev)", {})
    assert body.text == "ab cd (https://music.dev)"
    assert ">cd</a>" in body.html


def test_a_refused_link_by_reference_is_told() -> None:
    assert markdown.rendered("[x][1]\n\n[1]: data:text/html;base64,AAAA", {}).has_bare_marks
    assert not markdown.rendered("[Chorus]: sing along", {}).has_bare_marks


@pytest.mark.parametrize("url", ["foo", "//evil.example/x", "https://u@h.example/", "http://e.x"])
def test_a_link_in_the_words_that_is_not_allowed_is_words(url: str) -> None:
    body = markdown.rendered(f"[here]({url}) and [there](https://good.example/)", {})
    assert body.html.count("href") == 1
    assert body.text == "here and there (https://good.example/)"
    assert body.broken_links == (url,)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("-\n- b\n\nAfter the list", "- b\n\nAfter the list"),
        ("1. a\n2.\n\nplain", "1. a\n\nplain"),
        ("- a\n  -\n\n  more\n- c", "- a\n\n  more\n\n- c"),
        ("- a\n  - b\n\n  more", "- a\n\n  - b\n\n  more"),
    ],
)
def test_an_item_s_mark_stands_before_its_own_words_alone(source: str, text: str) -> None:
    assert markdown.rendered(source, {}).text == text


@pytest.mark.parametrize(
    ("url", "link"),
    [
        (
            "https://m.example/?q={{release_title}}&z=1",
            "https://m.example/?q=Slow%20%26%20Low%20%231&z=1",
        ),
        ("https://m.example/{{ release_title }}", "https://m.example/Slow%20%26%20Low%20%231"),
        ("{{ page_url }}", "https://x.example/a/ada"),
        ("{{page_url}}?s=mail", "https://x.example/a/ada?s=mail"),
        (
            "https://m.example/?u={{page_url}}",
            "https://m.example/?u=https%3A%2F%2Fx.example%2Fa%2Fada",
        ),
        ("https://m.example/{{what}}", "https://m.example/{{what}}"),
    ],
)
def test_a_field_in_a_link_is_filled_as_an_address_or_as_a_value_in_one(
    url: str, link: str
) -> None:
    fields = {"release_title": "Slow & Low #1", "page_url": "https://x.example/a/ada"}
    button = CallToActionRequest(label="Listen", url=url)
    assert markdown.merged_link(button.url, fields) == link
    shown = link.replace("&", "&amp;").replace("{{", "%7B%7B").replace("}}", "%7D%7D")
    assert f'href="{shown}"' in markdown.rendered(f"[x](<{url}>)", fields).html
