"""What a slug may be. Pure.

A slug is ASCII, so that letters of other alphabets that look alike never meet it; digits and pairs
of letters that look like other letters are compared for the names that we protect.
"""

import re

MIN_CHARS, MAX_CHARS = 3, 40
_FORM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

# Words that mean something on a web site, or would pass for us on one.
_WORDS = """
    about abuse access account accounts admin administrator all api app apps artist artists
    artistos assets auth billing blast blasts blog bot callback capture cdn checkout confirm
    contact cookie cookies dashboard data demo dev dns docs download email erase error example
    export fan fans faq favicon feed file files forgot form forum ftp gdpr health help home host
    hostmaster image images imap img index info internal invite jobs js legal list lists local
    localhost login logout mail mailer me media news noreply null oauth official ops owner page
    pages password plan plans policy postmaster press pricing privacy public register release
    releases reply report reset robots root sales script security send server settings setup
    shop signin signout signup sitemap smtp source spam spotify staff start static stats status
    studio support system team terms test today token tokens tour trust unsubscribe update
    upload uploads user users verify web webhook webhooks webmaster well-known wiki www you
"""
RESERVED = frozenset(_WORDS.split())
PROTECTED = (
    "artistos", "artistos-studio", "admin", "administrator", "official", "postmaster", "privacy",
    "security", "spotify", "staff", "support",
)  # fmt: skip

_LOOKS_LIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "3": "e", "4": "a", "5": "s", "7": "t"})


def fault(slug: str) -> str | None:
    """Return what is wrong with a slug as a sentence, or None."""
    if not MIN_CHARS <= len(slug) <= MAX_CHARS:
        return f"A slug has {MIN_CHARS} to {MAX_CHARS} characters."
    if not _FORM.fullmatch(slug):
        return "A slug has the letters a to z, digits, and single hyphens between them."
    seen_as = skeleton(slug)
    if slug in RESERVED or seen_as in _PROTECTED_SKELETONS or _OUR_NAME in seen_as:
        return "This slug is reserved."
    return None


def skeleton(slug: str) -> str:
    """Return what a slug looks like at a glance: lookalikes become one letter, hyphens go."""
    plain = slug.replace("-", "").translate(_LOOKS_LIKE)
    return plain.replace("rn", "m").replace("vv", "w").replace("cl", "d")


_PROTECTED_SKELETONS = frozenset(map(skeleton, (*RESERVED, *PROTECTED)))
_OUR_NAME = skeleton("artistos")  # `artistos-official` is as much of a disguise.
