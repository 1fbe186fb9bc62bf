"""GraphiQL, served from files of this package so that it works without a network.

`files/` holds GraphiQL 3.9.0 and React 18.3.1 as their publishers built them (MIT, see the LICENSE files beside them),
and our own page that starts them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

FILES = Path(__file__).parent / "files"

# Nothing is run that this server did not send. GraphiQL's editor writes styles into the page and draws with data: URLs.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


async def _page(_: Request) -> Response:
    return FileResponse(
        FILES / "index.html",
        headers={"content-security-policy": POLICY, "referrer-policy": "no-referrer", "cache-control": "no-cache"},
    )


async def _to_page(_: Request) -> Response:
    return RedirectResponse("/graphiql")


def routes() -> list[BaseRoute]:
    """Return the routes of the page and its files."""
    return [
        Route("/", _to_page),
        Route("/graphiql", _page),
        Mount("/graphiql", StaticFiles(directory=FILES)),
    ]
