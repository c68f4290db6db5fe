"""Form tokens: that a sign-up was begun on a page of ours, on which one, and before which words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.capture.model import Form
from shared.platform.ids import ArtistId
from shared.platform.problems import Invalid
from shared.platform.signing import Signer, TokenBroken, TokenPart

_PURPOSE: Final = "capture-form"


class FormTokenExpired(Invalid):
    """The form was opened over a day ago, or belongs to another page: it is to be shown anew."""

    default_code = "form_token_expired"


class FormTokens:
    """Makes and reads the tokens of forms."""

    def __init__(self, signer: Callable[[], Signer]) -> None:
        self._signer = signer

    def make(self, form: Form) -> str:
        """Return a form's token: the same form gives the same text."""
        made_at = int(form.made_at.timestamp())
        parts: list[TokenPart] = [form.artist_id, form.slug, form.notice_version, made_at]
        parts += [form.former_slug, form.release_id]
        return self._signer().sign(parts, purpose=_PURPOSE)

    def read(self, token: str, *, slug: str, now: datetime) -> Form:
        """Return the form that a token stands for.

        Raises:
            FormTokenExpired: too old.
            Invalid: not a token of this page's.
        """
        form = self._form(token)
        if form is None or not form.belongs_to(slug):
            raise Invalid.field("form_token", "This is not a form token of this page.")
        if not form.is_open(now=now):
            raise FormTokenExpired("The form is older than a day. Please load it again.")
        return form

    def notice_version(self, token: str) -> str | None:
        """Return beside which notice a form stood, however old the form is; None: not of ours."""
        form = self._form(token)
        return form.notice_version if form else None

    def _form(self, token: str) -> Form | None:
        try:
            parts = self._signer().read(token, purpose=_PURPOSE)
        except TokenBroken:
            return None
        match parts:
            case [
                str(artist),
                str(slug),
                str(version),
                int(made_at),
                str() | None as former,
                str() | None as release,
            ]:
                return Form(
                    artist_id=ArtistId(artist),
                    slug=slug,
                    notice_version=version,
                    made_at=datetime.fromtimestamp(made_at, UTC),
                    former_slug=former,
                    release_id=release,
                )
        return None


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour: a page's token is of it, so that pages can be kept."""
    return moment - timedelta(
        minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
    )
