"""The outbox: the mails that were sent, readable in a browser."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.standins.mailbox import Mailbox

_PER_PAGE = 50
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'"
# A mail may show its own styles inside its frame; it may run nothing and fetch nothing from afar.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: http://127.0.0.1:*;"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)


class Outbox:
    """A list of the mails, and each mail as its reader sees it."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/{mail_id}", self.show_mail),
                Route("/{mail_id}/html", self.show_html),
                Route("/{mail_id}/text", self.show_text),
            ]
        )

    @cached_property
    def _templates(self) -> dict[str, Template]:
        loader = FileSystemLoader(Path(__file__).parent / "pages")
        environment = Environment(loader=loader, autoescape=select_autoescape(["html"]))
        return {name: environment.get_template(f"{name}.html") for name in ("list", "mail")}

    async def show_list(self, request: Request) -> Response:
        to = request.query_params.get("to", "").strip()
        page = max(1, int(request.query_params.get("page", "1") or 1))
        offset = (page - 1) * _PER_PAGE
        found = self._mailbox.newest(to=to, limit=_PER_PAGE + 1, offset=offset)
        return self._page(
            "list",
            mails=[_row(mail) for mail in found[:_PER_PAGE]],
            to=to,
            page=page,
            more=len(found) > _PER_PAGE,
            count=self._mailbox.count(),
        )

    async def show_mail(self, request: Request) -> Response:
        mail = self._mailbox.mail(request.path_params["mail_id"])
        if mail is None:
            return PlainTextResponse("There is no such mail.", 404)
        return self._page("mail", mail=_row(mail))

    async def show_html(self, request: Request) -> Response:
        mail = self._mailbox.mail(request.path_params["mail_id"])
        if mail is None or not mail["html"]:
            return PlainTextResponse("This mail has no HTML.", 404)
        content = _with_links_in_new_tabs(mail["html"])
        return HTMLResponse(content, headers={"content-security-policy": _MAIL_POLICY})

    async def show_text(self, request: Request) -> Response:
        mail = self._mailbox.mail(request.path_params["mail_id"])
        return PlainTextResponse((mail or {}).get("text") or "This mail has no text.")

    def _page(self, name: str, **values: object) -> Response:
        content = self._templates[name].render(**values)
        return HTMLResponse(content, headers={"content-security-policy": _PAGE_POLICY})


def _with_links_in_new_tabs(html: str) -> str:
    """Let a link leave the frame, as it leaves a mail program."""
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return f'{html[:at]}<base target="_blank">{html[at:]}'


def _row(mail: dict[str, Any]) -> dict[str, Any]:
    moment = mail["accepted_at"].replace("T", " ")[:19]
    return mail | {"moment": f"{moment} UTC", "initial": mail["to"][0][:1].upper()}
