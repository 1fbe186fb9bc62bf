"""The updates that a client missed."""

from __future__ import annotations

from api.reading.fields import Argument, assembled, expression, object_type
from api.updates.log import FILTER, LONGEST_BATCH, batch_parts, stream_parts, updates_cursor
from api.updates.types import Update, UpdateBatch


@object_type
class UpdateQueries:
    """The updates that a client missed."""

    updates_since: UpdateBatch = assembled(
        batch_parts,
        "What happened after a place in the log: for a client that was away, or has no subscription.",
        arguments={
            "cursor": Argument(str, "The place: `updatesCursor`, an update's `cursor`, or a batch's `endCursor`."),
            "first": Argument(int, f"How many updates at most, 1 to {LONGEST_BATCH}."),
            **FILTER,
        },
    )
    updates_cursor: str = expression(
        updates_cursor,
        "Where the log ends. Ask for it with what you show, in one document: what `updatesSince` tells from there on is "
        "what the other fields do not show yet, and nothing is left out.",
    )


@object_type
class Subscription:
    """What a client can listen to."""

    updates: Update = assembled(
        stream_parts,
        "What happens from now on, as far as the viewer may see it. Who loses the connection asks `updatesSince` for "
        "what they missed, with the cursor of the last update they got.",
        arguments=FILTER,
    )
