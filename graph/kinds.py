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
from community.foundation.events import Event, record
from graph.events import SCORE_WEIGHTS_CHANGED

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
    IDEA_VOTE = 8
    """Somebody's idea was voted for."""
    IDEA_CREDIT = 9
    """An idea shipped that is, among others', the member's doing: for the brand, towards nobody."""


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
_CHANGE_DIMENSION = "UPDATE score_weight SET weight = $2, changed_at = now() WHERE dimension = $1"
HEAVIEST, SHORTEST, LONGEST = 100.0, 1.0, 36_500.0


async def load_weights(connection: Connection) -> dict[InteractionKind, KindWeight]:
    """Return how much each kind counts now; kinds that this version does not know are left out."""
    known = {kind.value for kind in InteractionKind}
    return {
        InteractionKind(row["id"]): KindWeight(row["weight"], row["half_life_days"])
        for row in await connection.raw.fetch(_WEIGHTS)
        if row["id"] in known
    }


async def change_weights(
    connection: Connection,
    actor_id: int,
    *,
    interactions: Mapping[str, tuple[float | None, float | None]],
    dimensions: Mapping[str, float],
) -> None:
    """Set the weight and half-life (in days) of kinds by name, where None leaves as it is, and the weight of dimensions.

    The next run goes by them.

    Raises:
        Invalid: for a kind that there is not, a number out of its range, or dimensions that would weigh nothing.
    """
    for name, (weight, half_life_days) in interactions.items():
        _check("weight", weight, 0, HEAVIEST)
        _check("halfLifeDays", half_life_days, SHORTEST, LONGEST)
        if await connection.raw.fetchval(_CHANGE, name, weight, half_life_days) is None:
            raise Invalid(field="kind", reason=f"There is no kind of interaction called {name[:40]}.")
    for name, weight in dimensions.items():
        _check("weight", weight, 0, HEAVIEST)
        await connection.raw.execute(_CHANGE_DIMENSION, name, weight)
    # Whoever changes one waits for the others' changes, so that two cannot each leave the other's weight.
    weights = await connection.raw.fetch("SELECT weight FROM score_weight ORDER BY dimension FOR UPDATE")
    if not any(row["weight"] for row in weights):
        raise Invalid(field="dimensions", reason="At least one dimension weighs more than 0.")
    changed = {"interactions": dict(interactions), "dimensions": dict(dimensions)}
    await record(connection, Event(SCORE_WEIGHTS_CHANGED, actor_id=actor_id, data=changed))


def _check(field: str, number: float | None, least: float, most: float) -> None:
    if number is not None and not least <= number <= most:
        raise Invalid(field=field, reason=f"Give {least:g} to {most:,.0f}.")
