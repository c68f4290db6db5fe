"""HMAC-SHA-256, the one way in which the product hashes with a key."""

import hmac


def keyed_hash(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of HMAC-SHA-256 (RFC 2104).

    Not by `hmac.digest`: it gives up the interpreter's lock for its two microseconds, and beside
    a busy thread waits five milliseconds to have it back. The object's way keeps it for messages
    under two kilobytes.
    """
    return hmac.new(key, message, "sha256").digest()
