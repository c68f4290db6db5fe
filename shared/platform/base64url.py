"""Base64url without padding, in its one canonical form.

Python reads one value from several texts. What is signed or sealed must have one form only, so
that nobody can change a text and keep its meaning.
"""

import base64


def encode(raw: bytes) -> str:
    """Return the bytes as URL-safe text."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of a text that `encode` made.

    Raises:
        ValueError: any other text; the message never quotes it.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise ValueError("This is not base64url.") from None
    if encode(raw) != text:
        raise ValueError("This is not base64url in its canonical form.")
    return raw
