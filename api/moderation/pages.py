"""`/report` and `/appeal/{token}`: pages for who is no member, or locked out. They need no script, no session and no cookie.

As nothing about who asks is known, a form that another site sends in somebody's browser does no more than that site could do
by itself: there is nothing to protect against it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.moderation.page_html import HEADERS, answer_page, appeal_page, confirm_page, report_page
from api.moderation.page_texts import WORDS, language_asked, refusal_in_words
from community.foundation.errors import NotFound, Overloaded, RateLimited, Refusal
from moderation.appeals.appealing import appeal_by_token
from moderation.notices.addressing import subject_at
from moderation.notices.notifying import Notice, confirm_notice, give_notice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from starlette.requests import Request

    from api.application import Application
    from api.endpoint import GraphQLEndpoint

LONGEST_FORM = 80_000
"""Bytes: a Chinese sign is nine of them in a form, and all fields at their longest are 7,500 signs."""
MOST_FIELDS = 20
LONGEST_TOKEN = 100

_REASONS = """
    SELECT name, coalesce(labels ->> $1, labels ->> 'en', name) AS label FROM report_reason
    WHERE retired_at IS NULL ORDER BY position, id
"""
_COMMUNITY = "SELECT name FROM community_profile"

_Answer = Callable[["NoticePages", "Request"], "Awaitable[Response]"]


class _TooLong(Exception):  # noqa: N818 - says what is the matter
    """More was sent than a form holds."""


def _guarded(answer: _Answer) -> _Answer:
    @wraps(answer)
    async def guarded(pages: NoticePages, request: Request) -> Response:
        try:
            return await answer(pages, request)
        except _TooLong:
            return PlainTextResponse("too long\n", 413)
        except Overloaded as error:
            return PlainTextResponse(f"{error}\n", 503, {"retry-after": str(error.retry_after)})

    return guarded


class NoticePages:
    """Answers who reports as a guest, or appeals by a letter's link."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        """Take what knows a client's address, and the application once it has started."""
        self._endpoint = endpoint

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/report", self._report, methods=["GET", "POST"]),
            Route("/report/{token}", self._confirm, methods=["GET", "POST"]),
            Route("/appeal/{token}", self._appeal, methods=["GET", "POST"]),
        ]

    @_guarded
    async def _report(self, request: Request) -> Response:
        application, language = self._endpoint.application, _language(request)
        if request.method != "POST":
            given = {"url": request.query_params.get("url", "")[:2_000]}
            return await self._form(application, language, given)
        given = await _fields(request)
        language = _language(request, given)
        try:
            mailed = await self._give(application, given, language, self._address(request))
        except Refusal as refusal:
            wrong = refusal_in_words(refusal.code, refusal.message, language)
            return await self._form(application, language, given, wrong, _status(refusal))
        words = WORDS[language]
        title = words["sent" if mailed else "counts"]
        return _html(answer_page(language, title, words["sent_more" if mailed else "counts_anonymous"]))

    @_guarded
    async def _confirm(self, request: Request) -> Response:
        token = request.path_params["token"][:LONGEST_TOKEN]
        if request.method != "POST":
            return _html(confirm_page(_language(request), token))
        language = _language(request, await _fields(request))
        words = WORDS[language]
        try:
            await confirm_notice(self._endpoint.application.database, token, address=self._address(request))
        except Refusal as refusal:
            wrong = refusal_in_words(refusal.code, refusal.message, language)
            return _html(answer_page(language, words["wrong"], wrong), _status(refusal))
        return _html(answer_page(language, words["counts"], words["counts_more"]))

    @_guarded
    async def _appeal(self, request: Request) -> Response:
        application, token = self._endpoint.application, request.path_params["token"][:LONGEST_TOKEN]
        if request.method != "POST":
            return _html(appeal_page(_language(request), token))
        given = await _fields(request)
        language = _language(request, given)
        words = WORDS[language]
        try:
            await appeal_by_token(
                application.database,
                application.keys.appeal,
                token,
                body=given.get("body", ""),
                address=self._address(request),
            )
        except Refusal as refusal:
            wrong = refusal_in_words(refusal.code, refusal.message, language)
            return _html(appeal_page(language, token, given.get("body", ""), wrong), _status(refusal))
        return _html(answer_page(language, words["appealed"], words["appealed_more"]))

    async def _give(self, application: Application, given: Mapping[str, str], language: str, address: str) -> bool:
        settings = application.settings
        async with application.database.reading() as connection:
            own = (settings.public_url, *settings.allowed_origins)
            kind, number = await subject_at(connection, given.get("url", ""), own)
        notice = Notice(
            kind,
            number,
            given.get("reason", ""),
            given.get("body", ""),
            given.get("name", ""),
            given.get("email", ""),
            language,
            good_faith=given.get("good_faith") == "yes",
        )
        return await give_notice(application.database, application.site, notice, address=address)

    async def _form(
        self, application: Application, language: str, given: Mapping[str, str], wrong: str = "", status: int = 200
    ) -> Response:
        async with application.database.reading() as connection:
            reasons = [(row["name"], row["label"]) for row in await connection.raw.fetch(_REASONS, language)]
            community = await connection.raw.fetchval(_COMMUNITY)
        return _html(report_page(language, community, reasons, given, wrong), status)

    def _address(self, request: Request) -> str:
        return self._endpoint.address(request.scope, dict(request.scope["headers"]))


def _html(page: str, status: int = 200) -> Response:
    return HTMLResponse(page, status, HEADERS)


def _status(refusal: Refusal) -> int:
    if isinstance(refusal, RateLimited):
        return 429
    return 404 if isinstance(refusal, NotFound) else 400


def _language(request: Request, given: Mapping[str, str] | None = None) -> str:
    asked = (given or {}).get("lang", "") or request.query_params.get("lang", "")
    return language_asked(request.headers.get("accept-language", ""), asked)


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        _TooLong: if there are more than a form has.
    """
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > LONGEST_FORM:
            raise _TooLong
        parts.append(part)
    try:
        pairs = parse_qsl(b"".join(parts).decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:  # not UTF-8, or too many
        raise _TooLong from error
    return dict(pairs)
