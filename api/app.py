"""The composition root: routes, start-up and shutdown."""

from __future__ import annotations

import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api import graphiql
from api.application import Application
from api.cocreation.backing import calls
from api.endpoint import GraphQLEndpoint
from api.media.sending import ImageSending
from api.media.serving import ImageFetching
from api.moderation.pages import NoticePages
from api.referrals.links import ReferralLinks
from api.sockets import SocketEndpoint
from api.streams import answer_with_events
from community.foundation import telemetry
from community.foundation.errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from community.foundation.settings import Settings

COLLECTED_AFTER = 20_000
"""How many more objects are made than freed before the collector looks."""


class Server:
    """The ASGI application. `/graphql` is answered before Starlette's routing, which would cost a fifth of a read."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the routes; the database is opened at start-up."""
        self.endpoint = GraphQLEndpoint()
        self.endpoint.events = answer_with_events
        self.sockets = SocketEndpoint(self.endpoint)
        self._others: ASGIApp = Starlette(
            routes=[
                *([] if settings.in_production else graphiql.routes()),
                Route("/healthz", _healthy),
                Route("/readyz", self._ready),
                Route("/metrics", _metrics),
                *calls.routes(lambda: self.application),
                *ReferralLinks(self.endpoint).routes(),
                *NoticePages(self.endpoint).routes(),
                *ImageSending(self.endpoint).routes(),
                *ImageFetching(self.endpoint).routes(),
            ],
            lifespan=self._lifespan,
        )
        self._settings = settings
        self.application: Application | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespan."""
        if scope["type"] == "http" and scope["path"] == "/graphql":
            await self.endpoint(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == "/graphql":
            await self.sockets(scope, receive, send)
        else:
            await self._others(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self.application = await Application.start(self._settings)
        self.endpoint.application = self.application
        # The schema and its types live as long as the process: the collector need not walk them again and again.
        gc.collect()
        gc.freeze()
        # What a request leaves behind is nearly all freed by its reference counts; to look for the rest this seldom
        # costs a few megabytes at most.
        gc.set_threshold(COLLECTED_AFTER, 20, 20)
        try:
            yield
        finally:
            await self.application.stop()

    def leave(self) -> None:
        """Tell those who listen that the server stops: what has no end of its own would be waited for."""
        if self.application is not None:
            self.application.live.leave()

    async def _ready(self, _: Request) -> Response:
        assert self.application is not None  # no request comes before start-up
        try:
            async with self.application.database.reading() as connection:
                await connection.raw.fetchval("SELECT 1")
        except (Overloaded, OSError) as error:
            return PlainTextResponse(f"not ready: {error}\n", status_code=503)
        return PlainTextResponse("ready\n")


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("healthy\n")


async def _metrics(_: Request) -> Response:
    return Response(telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def create_app(settings: Settings) -> Server:
    """Return the ASGI application for these settings; `settings.database_url` names the database."""
    return Server(settings)
