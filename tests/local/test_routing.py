"""Route templates: what matches, what it is given, and what is no route."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.routing import decode_path, parse_template

GUID = "0af76519-16cd-43dd-8448-eb211c80319c"


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("", "/", {}),
        ("api/me", "/api/me", {}),
        ("api/me", "/API/Me/", {}),
        ("api/me", "/api", None),
        ("api/me", "/api/me/more", None),
        ("api/{id}", "/api/", None),
        ("a/{slug}", "/a/My-Page", {"slug": "My-Page"}),
        ("a/{id?}", "/a", {}),
        ("a/{id?}", "/a/1", {"id": "1"}),
        ("a/{id=all}", "/a", {"id": "all"}),
        ("a/{id=all}/{kind?}", "/a", {"id": "all"}),
        ("{*path}", "/", {}),
        ("{*path}", "/any/thing", {"path": "any/thing"}),
        ("files/{*path}", "/files/a/b", {"path": "a/b"}),
        ("files/{*path}", "/file", None),
        ("art/{size}.jpg", "/art/300.jpg", {"size": "300"}),
        ("art/{size}.jpg", "/art/300.JPG", {"size": "300"}),
        ("art/{size}.jpg", "/art/.jpg", None),
        ("art/{name}.{kind}", "/art/a.b.c", {"name": "a.b", "kind": "c"}),
        ("n/{n:int}", "/n/-12", {"n": "-12"}),
        ("n/{n:int}", "/n/2147483648", None),
        ("n/{n:long}", "/n/2147483648", {"n": "2147483648"}),
        ("n/{n:int:min(3)}", "/n/2", None),
        ("n/{n:range(1,3)}", "/n/3", {"n": "3"}),
        ("n/{n:max(3)}", "/n/4", None),
        ("n/{n:bool}", "/n/TRUE", {"n": "TRUE"}),
        ("n/{n:guid}", f"/n/{GUID}", {"n": GUID}),
        ("n/{n:guid}", "/n/no-guid", None),
        ("n/{n:alpha}", "/n/abc1", None),
        ("n/{n:length(2)}", "/n/abc", None),
        ("n/{n:length(2,3)}", "/n/abc", {"n": "abc"}),
        ("n/{n:minlength(2)}", "/n/a", None),
        ("n/{n:maxlength(2)}", "/n/abc", None),
        ("n/{n:decimal}", "/n/1.50", {"n": "1.50"}),
        ("n/{n:regex(^x[0-9]{{2}}$)}", "/n/X12", {"n": "X12"}),
        ("n/{n:int?}", "/n", {}),
    ],
)
def test_a_template_matches(template: str, path: str, values: dict[str, str] | None) -> None:
    assert parse_template(template).match(path) == values


@pytest.mark.parametrize(
    "text",
    [
        "a//b",
        "a/{id",
        "a/id}",
        "a/{}",
        "a/{1d}",
        "a/{*rest}/b",
        "a/{id?}/b",
        "a/{id}/{ID}",
        "a/{id:datetime}",
        "a/{id:range(1)}",
        "a/{id:regex([)}",
        "a/x{id?}",
        "a?b",
    ],
)
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_template(text)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/a%20b", "/a b"),
        (b"/a%2Fb%2fc", "/a%2Fb%2fc"),
        (b"/%C3%A9", "/é"),
        (b"/a/../b/./c", "/b/c"),
        (b"/a/%2E%2E/b", "/b"),
        (b"/..", "/"),
        (b"/.well-known/x", "/.well-known/x"),
    ],
)
def test_a_path_is_decoded_once_and_keeps_its_encoded_slashes(raw: bytes, path: str) -> None:
    assert decode_path(raw) == path


@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."} and "/" not in text))
def test_any_value_comes_through_a_path_unchanged(text: str) -> None:
    raw = quote(text, safe="").encode()
    assert parse_template("x/{value}/y").match(decode_path(b"/x/" + raw + b"/y")) == {"value": text}
