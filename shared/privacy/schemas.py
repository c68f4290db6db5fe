"""What is answered about exports, requests, erasures and policies, and what is asked."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from shared.platform.clock import instant, parse_instant
from shared.platform.schemas import Answer, Request
from shared.privacy.exporting import Handout
from shared.privacy.minors import MinorErasure
from shared.privacy.model import (
    Erasure,
    Export,
    Outcome,
    Policies,
    Policy,
    PrivacyRequest,
    RequestKind,
)
from shared.privacy.register import ProcessorView


def _instant(text: str) -> str:
    try:
        parse_instant(text)
    except ValueError:
        raise ValueError("Give an instant with its zone, such as 2027-01-01T00:00:00Z.") from None
    return text


Address = Annotated[str, StringConstraints(min_length=3, max_length=320)]
Moment = Annotated[str, StringConstraints(max_length=40), AfterValidator(_instant)]


class ExportView(Answer):
    """An export. `url` is there when the file is, for this session, until `expires_at`."""

    id: str
    state: str
    kind: str
    requested_at: str
    size_bytes: int | None
    progress_percent: int
    url: str | None
    expires_at: str | None

    @classmethod
    def of(cls, handout: Handout) -> "ExportView":
        """Return an export as it is answered."""
        export = handout.export
        return cls(
            id=export.export_id,
            state=export.state.value,
            kind=export.kind.value,
            requested_at=instant(export.requested_at),
            size_bytes=export.size_bytes,
            progress_percent=export.progress_percent,
            url=handout.url,
            expires_at=_maybe(handout.expires_at),
        )

    @classmethod
    def asked(cls, export: Export) -> "ExportView":
        """Return an export that was just asked for."""
        return cls.of(Handout(export=export))


class PrivacyRequestForm(Request):
    """What somebody asks for, and the address it is about."""

    kind: Annotated[RequestKind, Field(strict=False)]
    email: Address


class PrivacyRequestView(Answer):
    """A privacy request as the register has it."""

    id: str
    kind: str
    state: str
    received_at: str
    due_at: str
    confirmed_at: str | None = None
    answered_at: str | None = None
    extended_at: str | None = None
    outcome: str | None = None
    overdue: bool = False

    @classmethod
    def of(cls, request: PrivacyRequest, *, now: datetime) -> "PrivacyRequestView":
        """Return a request as it is answered."""
        return cls(
            id=request.request_id,
            kind=request.kind.value,
            state=request.state.value,
            received_at=instant(request.received_at),
            due_at=instant(request.due_at),
            confirmed_at=_maybe(request.confirmed_at),
            answered_at=_maybe(request.answered_at),
            extended_at=_maybe(request.extended_at),
            outcome=request.outcome.value if request.outcome else None,
            overdue=request.is_overdue(now=now),
        )


class PrivacyRequestPage(Answer):
    """The register: what is due first leads."""

    items: list[PrivacyRequestView]
    next_cursor: str | None


class HoldingView(Answer):
    """What one artist holds of a person."""

    artist_name: str
    fields: dict[str, object]
    data_url: str


class SubjectReport(Answer):
    """Everything that is held of a person on fan lists."""

    request_id: str
    items: list[HoldingView]


class RequestResolution(Request):
    """An operator's answer. The words go to the person, and are forgotten after a week."""

    outcome: Annotated[Outcome, Field(strict=False)]
    answer: Annotated[str, StringConstraints(min_length=1, max_length=5000)]


class RequestExtension(Request):
    """More time for a request; the person is told why by the operator's own mail."""

    days: Annotated[int, Field(ge=1, le=60)]


class OpsPageQuery(Request):
    """A page of a list of operators."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class StoreCountView(Answer):
    """What an erasure found, deleted, and found again in a store."""

    store: str
    found: int
    deleted: int
    residue: int


class CertificateView(Answer):
    """The proof of an erasure, chained to the one before it."""

    hash: str
    previous_hash: str


class ErasureView(Answer):
    """An erasure: what was deleted where and when, and nobody's data."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, validate_by_name=True)

    id: str
    erasure_class: Annotated[str, Field(alias="class")]
    state: str
    started_at: str
    swept_at: str | None
    finished_at: str | None
    stores: list[StoreCountView]
    certificate: CertificateView | None

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureView":
        """Return an erasure as it is answered."""
        proof = erasure.certificate
        return cls(
            id=erasure.erasure_id,
            erasure_class=erasure.erasure_class,
            state=erasure.state.value,
            started_at=instant(erasure.started_at),
            swept_at=_maybe(erasure.swept_at),
            finished_at=_maybe(erasure.finished_at),
            stores=[
                StoreCountView(
                    store=one.store, found=one.found, deleted=one.deleted, residue=one.residue
                )
                for one in erasure.stores
            ],
            certificate=CertificateView(hash=proof.hash, previous_hash=proof.previous_hash)
            if proof
            else None,
        )


class ErasurePage(Answer):
    """Erasures, the newest first."""

    items: list[ErasureView]
    next_cursor: str | None


class MinorReport(Request):
    """A report of a child. Without `confirm` it is only counted. The reason is not kept."""

    clerk_user_id: Annotated[str, StringConstraints(min_length=3, max_length=128)] | None = None
    email: Address | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    confirm: bool = False


class MinorErasureView(Answer):
    """What is held of a reported child, and the erasure once it was confirmed."""

    dry_run: bool
    accounts: int
    fan_lists: int
    clerk_users: int
    erasure_id: str | None

    @classmethod
    def of(cls, done: MinorErasure) -> "MinorErasureView":
        """Return a report as it is answered."""
        found = done.reported
        return cls(
            dry_run=done.erasure_id is None,
            accounts=len(found.artists),
            fan_lists=found.lists,
            clerk_users=len(found.user_ids),
            erasure_id=done.erasure_id,
        )


class PolicyPublication(Request):
    """A new version of the policy."""

    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    effective_at: Moment
    material: bool
    summary: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    body_markdown: Annotated[str, StringConstraints(min_length=1, max_length=200_000)]

    def policy(self, *, now: datetime) -> Policy:
        """Return the version to be published."""
        return Policy(
            version=self.version,
            effective_at=parse_instant(self.effective_at),
            published_at=now,
            material=self.material,
            summary=self.summary,
            body=self.body_markdown,
        )


class PolicyView(Answer):
    """A version of the policy; `effective_at` moves when somebody was told late."""

    version: str
    effective_at: str
    published_at: str
    material: bool
    summary: str
    sha256: str
    url: str
    told: int

    @classmethod
    def of(cls, policy: Policy, *, base_url: str) -> "PolicyView":
        """Return a version as it is answered."""
        return cls(
            version=policy.version,
            effective_at=instant(policy.takes_effect()),
            published_at=instant(policy.published_at),
            material=policy.material,
            summary=policy.summary,
            sha256=policy.digest,
            url=f"{base_url}/privacy/{policy.version}",
            told=policy.told,
        )


class ManifestKeyView(Answer):
    """The public half of the key that signs exports' manifests: 32 bytes in base64."""

    algorithm: str
    key_id: str
    public_key: str


class PolicyDocument(Answer):
    """The policy in force, what is to come, and all versions."""

    version: str
    effective_at: str
    sha256: str
    body: str
    url: str
    contact: str
    upcoming: list[PolicyView]
    versions: list[PolicyView]
    processors: list[ProcessorView]
    manifest_signing_key: ManifestKeyView

    @classmethod
    def of(
        cls,
        policies: Policies,
        *,
        key: ManifestKeyView,
        processors: list[ProcessorView],
        base_url: str,
        contact: str,
        now: datetime,
    ) -> "PolicyDocument":
        """Return the policy as it is answered."""
        held = policies.in_force(now=now)
        return cls(
            version=held.version,
            effective_at=instant(held.takes_effect()),
            sha256=held.digest,
            body=held.body,
            url=f"{base_url}/privacy/{held.version}",
            contact=contact,
            upcoming=[PolicyView.of(one, base_url=base_url) for one in policies.upcoming(now=now)],
            versions=[PolicyView.of(one, base_url=base_url) for one in policies.newest_first()],
            processors=processors,
            manifest_signing_key=key,
        )


def _maybe(moment: datetime | None) -> str | None:
    return instant(moment) if moment else None
