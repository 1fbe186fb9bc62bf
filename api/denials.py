"""What was asked for and was not theirs to do: a refused change leaves nothing behind, and so a trace of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from api.errors import camel_case
from api.node import decode_id
from community.foundation.errors import NotFound, NotPermitted, Refusal
from moderation.audit.denying import note_denied

if TYPE_CHECKING:
    from api.context import Context

MOST_IDS = 20


async def trace_denied(context: Context, operation: str, refusal: Refusal, given: Mapping[str, Any]) -> None:
    """Record that the member who asks was refused what is not theirs to do, or what they were told is not there.

    It is a transaction of its own, as that of the change is undone; of many within an hour not each is recorded. Refusals of another kind say nothing of who may do what.
    """
    principal = context.principal
    if principal is None or not isinstance(refusal, (NotFound, NotPermitted)):
        return
    asked = dict(pair for pair, _ in zip(_ids(given, ""), range(MOST_IDS), strict=False))
    member_id = principal.member_id
    await context.application.database.transact(
        lambda connection: note_denied(connection, member_id, operation, refusal, asked, context.facts)
    )
    context.application.live.nudge()


def _ids(given: Any, path: str) -> Iterator[tuple[str, str]]:
    """Return what in an input is an id, by where it stands. Nothing else of it is kept: it may be anything."""
    if isinstance(given, Mapping):
        for name, value in given.items():
            yield from _ids(value, f"{path}.{camel_case(name)}" if path else camel_case(name))
    elif isinstance(given, Sequence) and not isinstance(given, str):
        for place, value in enumerate(given):
            yield from _ids(value, f"{path}.{place}")
    elif isinstance(given, str) and path != "clientMutationId" and decode_id(given) is not None:
        yield path, given
