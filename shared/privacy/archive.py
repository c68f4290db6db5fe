"""A ZIP written straight into a blob, in bounded memory, with a signed list of what is in it.

Each file is hashed while it is written. `manifest.json` lists name, size and SHA-256 of each, and
`manifest.sig` is the Ed25519 signature of exactly those bytes, in base64: whoever has the public
half (`GET /api/policy`) can tell that nothing was changed or left out.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import orjson

from shared.platform.storage.block_writer import BlockWriter

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
_ALREADY_SMALL: Final = (".jpg", ".jpeg", ".png", ".webp", ".mp3", ".m4a", ".ogg", ".flac")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """The half of the signing key that everybody may have."""

    key_id: str
    base64: str


class ManifestKey:
    """Signs manifests with Ed25519. Never printed."""

    def __init__(self, pem: str) -> None:
        self._key = _loaded(pem)

    @property
    def public(self) -> PublicKey:
        """Return the public half: 32 bytes in base64, and the beginning of their SHA-256."""
        raw = self._key.public_key().public_bytes_raw()
        return PublicKey(
            key_id=hashlib.sha256(raw).hexdigest()[:16], base64=base64.b64encode(raw).decode()
        )

    def sign(self, content: bytes) -> bytes:
        """Return the signature of these bytes."""
        return self._key.sign(content)


class Archive:
    """A ZIP in the making. Names are unique; what is written is never held."""

    def __init__(self, blob: BlockWriter, *, made_at: datetime) -> None:
        self._zip = zipfile.ZipFile(_Forward(blob), "w", zipfile.ZIP_DEFLATED)
        self._made_at = made_at
        self._files: list[dict[str, str | int]] = []

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one file, piece by piece."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(self._entry(name), "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
        self._files.append({"name": name, "size_bytes": size, "sha256": digest.hexdigest()})

    def close(self, facts: Mapping[str, object], *, key: ManifestKey) -> None:
        """Write the signed manifest, and end the ZIP."""
        members = {
            **facts,
            "signature": SIGNATURE,
            "algorithm": "Ed25519",
            "key_id": key.public.key_id,
            "files": self._files,
        }
        manifest = orjson.dumps(members, option=orjson.OPT_INDENT_2)
        self._zip.writestr(self._entry(MANIFEST), manifest)
        self._zip.writestr(self._entry(SIGNATURE), base64.b64encode(key.sign(manifest)))
        self._zip.close()

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._made_at.timetuple()[:6])
        entry.compress_type = (
            zipfile.ZIP_STORED if name.lower().endswith(_ALREADY_SMALL) else zipfile.ZIP_DEFLATED
        )
        return entry


class _Forward(io.RawIOBase):
    """A file that only goes forward, so that the ZIP never asks to go back."""

    def __init__(self, blob: BlockWriter) -> None:
        self._blob = blob

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        return self._blob.write(bytes(data))  # type: ignore[call-overload]  # A buffer.


def _loaded(pem: str) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("The manifest's key is not an Ed25519 key.")
    return key
