"""Reading the policy: as a page, and as JSON with the key that signs manifests."""

from datetime import datetime

from shared.platform.problems import NotFound
from shared.privacy import datamap, pages, register
from shared.privacy.archive import ManifestKey
from shared.privacy.policy_store import PolicyStore
from shared.privacy.schemas import ManifestKeyView, PolicyDocument


def page(version: str | None, *, policies: PolicyStore, now: datetime) -> str:
    """Return a version as a page; None is the one in force.

    Raises:
        NotFound: there is no such version.
    """
    found = policies.all()
    held = found.in_force(now=now)
    policy = held if version is None else found.find(version)
    if policy is None:
        raise NotFound("There is no such version of the policy.")
    return pages.policy_page(
        policy,
        all_versions=found,
        processors=datamap.read().processors,
        in_force=policy.is_in_force(now=now),
    )


def document(
    *, policies: PolicyStore, key: ManifestKey, base_url: str, contact: str, now: datetime
) -> PolicyDocument:
    """Return the policy in force with everything beside it."""
    public = key.public
    return PolicyDocument.of(
        policies.all(),
        key=ManifestKeyView(algorithm="Ed25519", key_id=public.key_id, public_key=public.base64),
        processors=register.processors(datamap.read()),
        base_url=base_url,
        contact=contact,
        now=now,
    )
