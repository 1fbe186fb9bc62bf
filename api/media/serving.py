"""`GET /media/{address}`: an image, to whoever may see it now. To everybody else it is not there.

An `<img>` sends no token. What may be seen signed out needs none; for all else the API gives addresses with a pass, which says
who asks. Either way it is looked up at each request whether they may see it, and browsers ask each time whether what they
have is still good: what is taken down is gone with the next request.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter
from time import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, Text, select
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.media.answers import refused, spend
from api.reading.compile import Compiled
from api.reading.execute import prepare
from community.foundation.image_addresses import EXTENSIONS, image_at
from community.foundation.parameters import Parameter
from community.media.passes import read_pass
from community.media.tables import images
from community.media.visibility import visible_images
from community.members.principals import Principal, Scope
from community.members.viewer import ViewerTerms

if TYPE_CHECKING:
    import asyncpg
    from starlette.requests import Request

    from api.application import Application
    from api.context import Context
    from api.endpoint import GraphQLEndpoint
    from api.reading.execute import Read
    from community.members.viewer import Viewer, ViewerClass

COST: Final = 1
_DATA = "SELECT data FROM image_file WHERE sha256 = $1"
_TAGS = re.compile(r'"([0-9a-f]{64})"')
_HEADERS: Final = {
    # Whatever a browser takes the bytes for, they are no page, and nothing in them runs.
    "content-security-policy": "sandbox; default-src 'none'",
    "content-disposition": "inline",
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
    "vary": "authorization",
}
_LOOKING = frozenset({Scope.READ})
_LOOKING_AS_MODERATOR = frozenset({Scope.READ, Scope.MODERATE})


class ImageFetching:
    """Serves images."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        """Take what knows who asks, and the application once it has started."""
        self._endpoint = endpoint

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/media/{name}", self._serve, methods=["GET", "HEAD"])]

    async def _serve(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and no traceback
            return refused(error)

    async def _answer(self, request: Request) -> Response:
        application = self._endpoint.application
        context = await self._endpoint.context(request.scope, dict(request.scope["headers"]))
        spend(application, context, COST)
        public_id = image_at(f"/media/{request.path_params['name']}")
        image = public_id and await _found(
            application, public_id, await _viewer(application, context, request, public_id)
        )
        if not image or not request.path_params["name"].endswith(f".{EXTENSIONS[image['media_type']]}"):
            return PlainTextResponse("not found\n", 404, {**_HEADERS, "cache-control": "no-store"})
        headers = {**_HEADERS, "etag": f'"{image["sha256"].hex()}"'}
        if image["sha256"].hex() in _TAGS.findall(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        if request.method == "HEAD":
            headers["content-length"] = str(image["byte_size"])
            return Response(headers=headers, media_type=image["media_type"])
        async with application.database.reading() as connection:
            data = await connection.raw.fetchval(_DATA, image["sha256"])
        return Response(data, headers=headers, media_type=image["media_type"])


async def _viewer(application: Application, context: Context, request: Request, public_id: str) -> Viewer:
    """Return who looks: by their token or, where there is none, by the pass in the address."""
    written = request.query_params.get("pass")
    if context.principal is not None or written is None:
        return context.viewer
    given = read_pass(application.keys.image, public_id, written, time())
    if given is None:
        return context.viewer
    scopes = _LOOKING_AS_MODERATOR if given.moderates else _LOOKING
    principal = Principal(given.member_id, scopes, session_id=given.session_id)
    return (
        context.viewer
        if application.authentication.is_ended(principal)
        else await application.viewers.viewer(principal)
    )


async def _found(application: Application, public_id: str, viewer: Viewer) -> asyncpg.Record | None:
    """Return what is known of an image that a viewer may see."""
    read = _finding(viewer.kind)
    async with application.database.reading() as connection:
        return await connection.raw.fetchrow(read.sql, *read.values(viewer, {"public_id": public_id}))


@lru_cache(maxsize=512)
def _finding(kind: ViewerClass) -> Read:
    image, terms = images.alias("image"), ViewerTerms(kind)
    found: Select[Any] = select(image.c.sha256, image.c.media_type, image.c.byte_size).where(
        image.c.public_id == Parameter("public_id", Text), *visible_images(image, terms).whole()
    )
    return prepare(Compiled(found, {"public_id": itemgetter("public_id")}, ()), "")
