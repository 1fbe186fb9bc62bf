"""What members do towards each other, and how much each counts: rows of a table that the brand may change.

The numbers are ours, and a place to start from: effort and rarity weigh more (an accepted answer, a considered reply)
than what one tap does (a reaction), and what was meant to last (a follow) fades more slowly than what was said in
passing. Gilbert & Karahalios (2009) found intensity, recency and kind of exchange to tell strong ties from weak.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection


class InteractionKind(IntEnum):
    """What was done. The numbers are those of the table interaction_kind, and never change their meaning."""

    POST = 1
    """Something was posted: participation, towards nobody."""
    FOLLOW = 2
    COMMENT = 3
    REPLY = 4
    REACTION = 5
    MENTION = 6
    ACCEPTED_ANSWER = 7


@dataclass(frozen=True, slots=True)
class KindWeight:
    """How much a kind counts: the first of its kind adds `weight` x log 2 to a tie, and half after the half-life."""

    weight: float
    half_life_days: float


_WEIGHTS = "SELECT id, weight, half_life_days FROM interaction_kind ORDER BY id"
_CHANGE = """
    UPDATE interaction_kind SET weight = coalesce($2, weight), half_life_days = coalesce($3, half_life_days),
        changed_at = now()
    WHERE name = $1 RETURNING id
"""
HEAVIEST, SHORTEST, LONGEST = 100.0, 1.0, 36_500.0


async def load_weights(connection: Connection) -> dict[InteractionKind, KindWeight]:
    """Return how much each kind counts now; kinds that this version does not know are left out."""
    known = {kind.value for kind in InteractionKind}
    return {
        InteractionKind(row["id"]): KindWeight(row["weight"], row["half_life_days"])
        for row in await connection.raw.fetch(_WEIGHTS)
        if row["id"] in known
    }


async def change_weights(connection: Connection, changes: Mapping[str, tuple[float | None, float | None]]) -> None:
    """Set the weight and the half-life (in days) of kinds by name; None leaves as it is. The next run goes by them.

    Raises:
        Invalid: for a kind that there is not, or a number out of its range.
    """
    for name, (weight, half_life_days) in changes.items():
        if weight is not None and not 0 <= weight <= HEAVIEST:
            raise Invalid(field="weight", reason=f"A weight is between 0 and {HEAVIEST:g}.")
        if half_life_days is not None and not SHORTEST <= half_life_days <= LONGEST:
            raise Invalid(field="halfLifeDays", reason=f"A half-life is between {SHORTEST:g} and {LONGEST:,.0f} days.")
        if await connection.raw.fetchval(_CHANGE, name, weight, half_life_days) is None:
            raise Invalid(field="kind", reason=f"There is no kind of interaction called {name}.")
