"""Every code that a problem document may hold, what it means, and who may meet it.

The codes of an operation follow from its terms, and it declares those of its own rules. What is
raised beyond them is an alarm: the API's document would be untrue.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from shared.edge.call import SAFE_METHODS, Access
from shared.edge.terms import Terms

# By status; the sentence is for whoever writes a client.
CODES: Final[Mapping[int, Mapping[str, str]]] = {
    400: {
        "invalid_json": "The body is not JSON that is read here: broken, a name twice, too deep.",
        "invalid_signature": "The webhook is not signed by its sender, or too old.",
    },
    401: {
        "unauthenticated": "No valid token: forged, foreign, malformed or missing.",
        "token_expired": "The token was valid, and its time is over: get a fresh one.",
        "session_pending": "The session has tasks left at Clerk.",
    },
    403: {
        "account_closing": "The account is being deleted; it can be restored.",
        "impersonated": "An impersonated session only reads.",
        "not_an_operator": "A valid token without the operator's role.",
        "not_eligible": "This service cannot be used.",
        "origin_not_allowed": "With the cookie, unsafe methods need an allowed Origin.",
        "reauthentication_required": "This needs a sign-in of the last ten minutes.",
    },
    404: {
        "not_found": "Not there, or not yours.",
        "not_onboarded": "The account is not made yet: `PUT /api/me`.",
    },
    409: {
        "conflict": "Others change the same thing at this moment: repeat it.",
        "count_changed": "The filter fits another number of fans, which stands beside.",
        "count_pending": "The recipients are still being counted: repeat it in a moment.",
        "idempotency_key_in_use": "The first request under this key still runs.",
        "invalid_state": "Its state does not allow this.",
        "mail_too_large": "The blast, laid out, is larger than a mail may be.",
        "no_email_address": "The account has no e-mail address.",
        "no_recipients": "Nobody would get this mail.",
        "not_replayable": "It cannot be read, and can only be discarded.",
        "recipients_changed": "The number of recipients differs, and stands beside.",
        "sender_incomplete": "A blast needs a sender's name and a postal address.",
        "slug_taken": "Somebody else has this slug.",
        "version_taken": "This version is published; a version never changes.",
    },
    411: {"length_required": "Send the body with its Content-Length."},
    412: {"stale_version": "If-Match names another version than the one that stands."},
    413: {"too_large": "The body is larger than this takes."},
    415: {"unsupported_media_type": "This takes another media type."},
    422: {
        "file_refused": "The file cannot be used, for every reason in `errors`.",
        "form_token_expired": "The form is over a day old: get a new token.",
        "idempotency_key_invalid": "A key has 1 to 255 characters.",
        "idempotency_key_reused": "The key was used with another body.",
        "notice_too_short": "A material change is announced 14 days ahead.",
        "nothing_uploaded": "Nothing has arrived at the upload's address.",
        "unknown_export": "This is no export of Spotify for Artists that is known.",
        "validation_failed": "Every wrong field stands in `errors`.",
    },
    428: {"if_match_required": "Send the ETag that you read in If-Match; `*` does not count."},
    429: {"too_many_requests": "Too many; Retry-After says when to repeat."},
    503: {
        "clerk_unavailable": "Clerk is away.",
        "keys_unavailable": "The keys that tokens are checked with cannot be fetched.",
        "secrets_unavailable": "Key Vault is away.",
        "storage_unavailable": "Storage is away; repeating is safe.",
        "unavailable": "Something that this needs is away; repeating is safe.",
    },
}
STATUSES: Final = {code: status for status, codes in CODES.items() for code in codes}

_ALWAYS: Final = frozenset(
    {
        "length_required",
        "secrets_unavailable",
        "storage_unavailable",
        "too_large",
        "too_many_requests",
        "unavailable",
    }
)
_TOKENS: Final = frozenset(
    {"unauthenticated", "token_expired", "session_pending", "keys_unavailable"}
)
_BODY: Final = frozenset({"unsupported_media_type", "validation_failed"})
_KEY: Final = frozenset(
    {"idempotency_key_in_use", "idempotency_key_invalid", "idempotency_key_reused"}
)
_ACCESS: Final[Mapping[Access, frozenset[str]]] = {
    Access.PUBLIC: frozenset(),
    Access.WEBHOOK: frozenset({"invalid_signature", "invalid_json"}),
    Access.SESSION: _TOKENS,
    Access.CLOSING_ARTIST: _TOKENS | {"not_onboarded"},
    Access.ARTIST: _TOKENS | {"not_onboarded", "account_closing"},
    Access.OPERATOR: _TOKENS | {"not_an_operator"},
}
_BY_SESSION: Final = frozenset({Access.SESSION, Access.CLOSING_ARTIST, Access.ARTIST})


def codes_of(method: str, route: str, *, terms: Terms, own: Iterable[str]) -> frozenset[str]:
    """Return the codes of an operation: what follows from its terms, and its own.

    Raises:
        KeyError: a code that nobody knows.
    """
    codes = {*_ALWAYS, *_ACCESS[terms.access], *own}
    if terms.access in _BY_SESSION and method not in SAFE_METHODS:
        codes |= {"impersonated", "origin_not_allowed"}
    if terms.fresh_sign_in:
        codes.add("reauthentication_required")
    if "{" in route:
        codes.add("not_found")
    if terms.body is not None or (terms.raw_media and terms.access is not Access.WEBHOOK):
        codes |= _BODY
    if terms.body is not None and not terms.form:
        codes.add("invalid_json")
    if terms.query is not None or "stale_version" in codes:
        codes.add("validation_failed")
    if terms.idempotent:
        codes |= _KEY
    return frozenset(code for code in codes if STATUSES[code])
