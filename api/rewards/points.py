"""A member's points as they see them: among their rewards, and beside the friends whom they brought."""

from __future__ import annotations

from api.money import Money
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, derived, object_type
from api.rewards.sources import own_balance, own_statement
from api.rewards.types import PointEntry
from community.rewards.tables import POINTS


@object_type
class ViewerPoints:
    """What came to the viewer, what went, and what there is. All of it, whatever it was for: points are of one purse."""

    balance: Money = derived(
        own_balance,
        "How many points they have. Below 0 only if a reward was taken back after it was spent: what comes next fills that.",
        arguments={"unit": Argument(str, "Which points, by their unit.", POINTS)},
    )
    statement: Connection[PointEntry] = connection(own_statement, "What came and went, the latest first.", cost=20)
