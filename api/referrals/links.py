"""`/r/{code}`: the link that friends are given. It writes down that it was followed, and sends people to the site.

What comes in is anybody's: a code, a user agent, a channel and a campaign, each as long and odd as somebody likes. What is no
code, or counts no more, is sent on to the site like any other, so a link never ends in an error for who follows it; it is
written nowhere, and carries nothing.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from time import time
from typing import TYPE_CHECKING

import segno
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.referrals.carrying import COOKIE, touch_in
from api.referrals.devices import COOKIE as DEVICE
from api.referrals.devices import LASTS, device_in, new_device
from community.foundation.errors import Invalid, Overloaded
from community.foundation.networks import is_public, network_of
from community.members.names import clean_line
from community.referrals.clicks import Click, RecordedClick
from community.referrals.codes import read
from community.referrals.issuing import LONGEST_CHANNEL
from community.referrals.touches import Touch, read_touch, sign_touch
from community.referrals.visitors import Visitor, visitor, visitor_key

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.application import Application
    from api.endpoint import GraphQLEndpoint

COST = 10
"""What a click counts of what an address may spend at once; see `api.buckets`."""
QR_MARGIN = 4  # modules, as ISO/IEC 18004 asks
_UNKEPT = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


class ReferralLinks:
    """Answers those who follow links."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        """Take what knows a client's address, and the application once it has started."""
        self._endpoint = endpoint

    def routes(self) -> list[Route]:
        """Return the routes: a link, and its picture."""
        return [Route("/r/{code}", self._follow), Route("/r/{code}/qr.svg", self._draw)]

    async def _follow(self, request: Request) -> Response:
        application = self._endpoint.application
        headers = dict(request.scope["headers"])
        address = self._endpoint.address(request.scope, headers)
        if is_public(address):
            state = application.buckets.spend(f"links of {network_of(address)}", COST)
            if not state.allowed:
                return PlainTextResponse("too many\n", 429, {"retry-after": str(round(state.retry_after) + 1)})
        try:
            clicked = await self._recorded(request, application, address)
        except Overloaded as error:
            return PlainTextResponse(f"{error}\n", 503, {"retry-after": str(error.retry_after)})
        token, lasts = "", 0
        if isinstance(clicked, tuple):
            click, lasts = clicked
            touch = Touch(click.id, click.code_id, int(time()) + lasts, first=click.model == "FIRST_TOUCH")
            token = sign_touch(application.keys.touch, touch)
        if request.query_params.get("for") == "app":
            return _to_app(token, lasts)
        return self._to_site(request, application, token, lasts)

    async def _recorded(
        self, request: Request, application: Application, address: str
    ) -> tuple[RecordedClick, int] | None:
        """Write the click; return it and for how many seconds it counts, or None for what is no click of a person."""
        try:
            code = read(request.path_params["code"])
        except Invalid:
            return None
        agent, today = request.headers.get("user-agent", ""), datetime.now(UTC).date()
        person = visitor(agent, request.method) is Visitor.PERSON
        key = None
        with suppress(ValueError):  # no address, as over a Unix socket
            key = visitor_key(application.keys.visitor, address, agent, today)
        channel, campaign = application.clicks.parts_of(
            code, _named(request, "channel"), _named(request, "campaign"), today
        )
        click = await application.clicks.record(Click(code, key, not person, channel, campaign))
        if click is None or not person:
            return None
        return click, round(timedelta(days=click.window_days).total_seconds())

    def _to_site(self, request: Request, application: Application, token: str, lasts: int) -> Response:
        settings = application.settings
        cookies = request.headers.get("cookie", "").encode("latin-1")
        kept = read_touch(application.keys.touch, touch_in(cookies), time())
        if kept is not None and kept.first:
            # The first touch of its programme stands; what was clicked now is counted, and carries nothing.
            return RedirectResponse(application.site.link("join"), 302, _UNKEPT)
        answer = RedirectResponse(application.site.link("join", token), 302, _UNKEPT)
        set_ = {COOKIE: (token, lasts)} if token else {}
        if token and not device_in(cookies):
            set_[DEVICE] = (new_device(), LASTS)
        secure = settings.public_url.startswith("https:")
        for name, (value, seconds) in set_.items():
            answer.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")
        return answer

    async def _draw(self, request: Request) -> Response:
        try:
            code = read(request.path_params["code"])
        except Invalid:
            return PlainTextResponse("not a code\n", 404)
        link = f"{self._endpoint.application.settings.public_url.rstrip('/')}/r/{code}"
        headers = {
            "cache-control": "public, max-age=86400",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
            "x-content-type-options": "nosniff",
        }
        return Response(qr_code(link), media_type="image/svg+xml", headers=headers)


@lru_cache(maxsize=1_024)
def qr_code(link: str) -> bytes:
    """Return an address as a QR code: an SVG picture of its own."""
    picture = BytesIO()
    segno.make(link, error="m", micro=False).save(
        picture, kind="svg", scale=8, border=QR_MARGIN, title=link, light="#fff", xmldecl=True
    )
    return picture.getvalue()


def _to_app(token: str, lasts: int) -> Response:
    if not token:
        return JSONResponse({"token": None, "expiresAt": None}, 404, _UNKEPT)
    expires_at = datetime.fromtimestamp(int(time()) + lasts, UTC)
    return JSONResponse({"token": token, "expiresAt": f"{expires_at:%Y-%m-%dT%H:%M:%SZ}"}, headers=_UNKEPT)


def _named(request: Request, name: str) -> str:
    """Return what a link says of its channel or campaign; nothing if it cannot be the name of one."""
    try:
        return clean_line(request.query_params.get(name, ""), name, LONGEST_CHANNEL)
    except Invalid:
        return ""
