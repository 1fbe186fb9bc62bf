"""`POST /media`: an image is sent as it is, as the body of a request, and is answered with where to find it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.errors import RequestError
from api.limits import read_body
from api.media.answers import refused, spend
from community.foundation.errors import NotPermitted, Overloaded, Unauthenticated
from community.media.decoding import LARGEST_FILE, decode
from community.media.uploading import keep_image, refuse_upload
from community.members.principals import Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from api.endpoint import GraphQLEndpoint
    from community.media.uploading import Uploaded

COST: Final = 50
"""What an upload is charged, in the currency of GraphQL's costs."""
AT_ONCE: Final = 2
"""Images that are decoded at once, each by a thread and in up to a few hundred megabytes."""
MOST_UNDER_WAY: Final = 20
"""Uploads that are read or wait to be decoded, at ten megabytes each; who comes then is told to come again."""
READ_WITHIN: Final = 60.0
"""Seconds in which the whole body is to be there."""


class ImageSending:
    """Takes images."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        """Take what knows who asks, and the application once it has started."""
        self._endpoint = endpoint
        self._decoding = asyncio.Semaphore(AT_ONCE)
        self._under_way = 0

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/media", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        try:
            uploaded = await self._uploaded(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and no traceback
            return refused(error)
        answer = {
            "id": f"image_{uploaded.id}",
            "url": uploaded.address,
            "width": uploaded.width,
            "height": uploaded.height,
        }
        return JSONResponse(answer, 201, {"cache-control": "no-store"})

    async def _uploaded(self, request: Request) -> Uploaded:
        application = self._endpoint.application
        # By a token alone: what a page elsewhere makes a browser send carries none.
        context = await self._endpoint.context(request.scope, dict(request.scope["headers"]))
        if (principal := context.principal) is None:
            raise Unauthenticated
        if Scope.WRITE not in principal.scopes:
            raise NotPermitted(action=f"do this with a token without the scope {Scope.WRITE.value}")
        spend(application, context, COST)
        async with self._place():
            await refuse_upload(application.database, principal.member_id)
            body = await _body(request)
            async with self._decoding:
                decoded = await asyncio.to_thread(decode, body)
            uploaded = await application.database.transact(
                lambda connection: keep_image(connection, principal.member_id, decoded, context.facts)
            )
        application.live.nudge()
        return uploaded

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._under_way >= MOST_UNDER_WAY:
            raise Overloaded(retry_after=5)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


async def _body(request: Request) -> bytes:
    try:
        async with asyncio.timeout(READ_WITHIN):
            return await read_body(request.receive, LARGEST_FILE)
    except TimeoutError:
        raise RequestError(f"The body was not there within {READ_WITHIN:.0f} seconds.", "TOO_SLOW", 408) from None
