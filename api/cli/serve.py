"""`teahouse serve`: run the server."""

from __future__ import annotations

import signal
import socket
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
import uvicorn
from pydantic import SecretStr

import migrations
from api.cli.database import database_url
from api.cli.terminal import output
from api.direct import DirectProtocol
from community.foundation import logs, telemetry
from community.foundation.settings import Settings

if TYPE_CHECKING:
    from api.app import Server

# Of a WebSocket message; larger ones are refused before they are read.
LARGEST_MESSAGE = 64 * 1024


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("serve")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of TEAHOUSE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, instead of TEAHOUSE_PORT.")] = None,
    *,
    migrate: Annotated[bool, typer.Option(help="Bring the database to its newest revision first.")] = True,
) -> None:
    """Run the server until it is told to stop; requests in flight are then finished first."""
    from api.app import create_app

    given: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings(**given)
    settings.signing_key()  # says what is missing before anything is started
    logs.configure(settings)
    telemetry.start_tracing(settings)
    try:
        with database_url(settings) as url:
            if migrate:
                migrations.upgrade(url)
            application = create_app(settings.model_copy(update={"database_url": SecretStr(url)}))
            output.print(f"Teahouse: http://{settings.host}:{settings.port}/graphql", highlight=False)
            # uvicorn finishes what is in flight, then sends itself the signal once more; this lets what is below run.
            for sent in (signal.SIGTERM, signal.SIGINT):
                signal.signal(sent, _leave)
            Listener(settings, application).run()
    finally:
        telemetry.stop_tracing()


def _leave(*_: object) -> None:
    sys.exit(0)


class Listener(uvicorn.Server):
    """uvicorn's server, which says that it stops before it waits for what is in flight."""

    def __init__(self, settings: Settings, application: Server) -> None:
        """Take the application to run."""
        super().__init__(configuration(settings, application))
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what has no end of its own, then stop."""
        self._application.leave()
        await super().shutdown(sockets)


def configuration(settings: Settings, application: object) -> uvicorn.Config:
    """Return how uvicorn runs the application."""
    return uvicorn.Config(
        application,  # type: ignore[arg-type] # whatever api.app makes is an ASGI application
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=DirectProtocol,
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        timeout_graceful_shutdown=round(settings.shutdown_within),
        # Which addresses are proxies, and what they say of the client, is judged by the application itself.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
