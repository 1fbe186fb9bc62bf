"""Where payment providers call, `POST /webhooks/stripe`; and the bank that payers of the simulator are sent to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from community.cocreation.backing.payments.simulator import SIMULATED_BANK, Simulator
from community.cocreation.backing.payments.stripe import NAME
from community.cocreation.backing.payments.stripe_calls import LONGEST_BODY, NotFromStripe, read_call
from community.cocreation.backing.webhooks import known, received

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.application import Application

logger = structlog.get_logger(__name__)


def routes(application: Callable[[], Application | None]) -> list[Route]:
    """Return the routes; `application` gives what answers, once it is there."""

    async def called(request: Request) -> Response:
        served = application()
        assert served is not None  # no request comes before start-up
        return await _heard(served, request)

    async def visited(request: Request) -> Response:
        served = application()
        assert served is not None  # as above
        return await _acted(served, request)

    return [
        Route("/webhooks/stripe", called, methods=["POST"]),
        Route(SIMULATED_BANK + "/sim_{number:int}", visited),
    ]


async def _acted(application: Application, request: Request) -> Response:
    """Do what the simulated bank wants of a payer. No money hangs on it, so that a link will do."""
    provider = application.errands.provider if application.errands is not None else None
    number = request.path_params["number"]
    if not isinstance(provider, Simulator) or not 0 < number < 2**63:
        return PlainTextResponse("there is no bank here\n", status_code=404)
    done = request.query_params.get("done") != "no"
    await provider.complete_action(f"sim_{number}", done=done)
    return PlainTextResponse("The simulated bank has seen you. Go back, and confirm your pledge.\n")


async def _heard(application: Application, request: Request) -> Response:
    secret, errands = application.settings.stripe_webhook_secret, application.errands
    if secret is None or errands is None or errands.provider.name != NAME:
        return PlainTextResponse("there is nobody who listens\n", status_code=404)
    body = await _body(request)
    if body is None:
        return PlainTextResponse("too long\n", status_code=413)
    try:
        call = read_call(body, request.headers.get("stripe-signature", ""), secret.get_secret_value(), now=time.time())
    except NotFromStripe:
        return PlainTextResponse("not signed\n", status_code=400)
    except (ValueError, KeyError, TypeError, AttributeError):
        logger.warning("backing.call_not_understood")
        return PlainTextResponse("not understood\n", status_code=400)
    database = application.database
    async with database.reading() as connection:
        if await known(connection, NAME, call.event):
            return PlainTextResponse("known\n")
    # Noted once it is done: a call that is lost on the way is repeated by Stripe, and to look twice does no harm.
    if call.reference is not None:
        await errands.hear_of(call.reference, gone=call.gone)
    async with database.writing() as connection:
        await received(connection, NAME, call.event)
    return PlainTextResponse("heard\n")


async def _body(request: Request) -> bytes | None:
    """Return a body that is not too long."""
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > LONGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)
