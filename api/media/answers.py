"""What both of the images' endpoints say of a request that is not served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from api.endpoint import PLAIN_JSON, failed, spender
from api.errors import RequestError
from community.foundation.errors import RateLimited, Refusal, Unauthenticated

if TYPE_CHECKING:
    from api.application import Application
    from api.context import Context

_STATUS = {"IMAGE_UNREADABLE": 415, "IMAGE_TOO_LARGE": 413, "RATE_LIMITED": 429}
"""Of a refusal; of all others it is 403."""


def refused(error: Exception) -> Response:
    """Return the answer to a request that failed, in the form that GraphQL gives its errors."""
    if isinstance(error, Refusal) and not isinstance(error, Unauthenticated):
        after = {"retryAfter": error.retry_after} if isinstance(error, RateLimited) else {}
        error = RequestError(error.message, error.code, _STATUS.get(error.code, 403), **after)
    status, body, extra = failed(error, PLAIN_JSON)
    headers = {name.decode(): value.decode() for name, value in extra}
    return Response(body, status, {**headers, "cache-control": "no-store"}, media_type="application/json")


def spend(application: Application, context: Context, cost: float) -> None:
    """Charge whoever asks, from the same bucket as their GraphQL.

    Raises:
        RateLimited: if they have spent too much of late.
    """
    state = application.buckets.spend(spender(context), cost)
    if not state.allowed:
        raise RateLimited(retry_after=max(1, round(state.retry_after)))
