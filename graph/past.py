"""What the run before left: for the change of each score, for tribes that keep together, and for bringing up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graph.copying import BIGINT, DOUBLE, INTEGER, REAL, gathered
from graph.tables import VALUES

if TYPE_CHECKING:
    from community.foundation.database import Connection

NONE = -1
"""Stands for no tribe."""

SEEN_OF_A_PERCENTILE, SEEN_OF_A_VALUE = 0.2, 1e-2
"""By how many points, and by what share, a score must have moved for anybody to see a difference."""

_CAPITAL = "SELECT member_id, coalesce(tribe_id, -1), {columns} FROM social_capital ORDER BY member_id"
_RANKING = (
    "SELECT member_id, position, score, score_percentile FROM influence WHERE scope_id = {scope} ORDER BY member_id"
)
_EVERYWHERE = "SELECT id FROM graph_scope WHERE space_id IS NULL AND tag_id IS NULL AND since = 'ALL'"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found of some members: arrays in the order of `members`, which ascend."""

    members: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    """The percentile of each score by its name, its value by `participation_value` and so on, and whatever else."""

    def places_of(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where some members are, -1 for who is not there. O(k log n)."""
        if not len(self.members):
            return np.full(len(members), -1, np.int64)
        at = np.minimum(np.searchsorted(self.members, members), len(self.members) - 1)
        return np.where(self.members[at] == members, at, -1)

    def of(self, name: str, places: NDArray[np.int64], otherwise: float) -> NDArray[np.float64]:
        """Return what was found of those at some places; `otherwise` for who was nowhere."""
        if not len(self.members):
            return np.full(len(places), otherwise)
        return np.where(places < 0, otherwise, self.columns[name][places])

    def change(self, name: str, places: NDArray[np.int64], percentiles: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return by how many points percentiles changed; whatever for who was nowhere."""
        return np.round(percentiles - self.of(name, places, 0.0), 3)

    def moved(
        self, name: str, places: NDArray[np.int64], values: NDArray[np.float64], percentiles: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """Return of whom a score is other than it was by so much that anybody would see it."""
        value = self.of(f"{name}_value", places, 0.0)
        moved: NDArray[np.bool_] = np.abs(values - value) > SEEN_OF_A_VALUE * np.abs(value)
        moved |= np.abs(percentiles - self.of(name, places, 0.0)) > SEEN_OF_A_PERCENTILE
        return moved


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Who was scored by the run before, and who was ranked everywhere."""

    capital: Found
    """Every score, and the `tribe`."""
    everywhere: Found
    """The `position` and the `score`."""


NOTHING = Found(np.empty(0, np.int64), {})
BEGINNING = Past(NOTHING, NOTHING)
"""Before the first run: nobody was scored."""


async def load_past(connection: Connection, *, values: bool = True) -> Past:
    """Return what the last run found of everybody; of scores only the percentiles, unless their `values` are wanted."""
    columns = [*((name, f"{name}_percentile", REAL) for name in VALUES)]
    if values:
        columns += [(f"{name}_value", name, DOUBLE) for name in VALUES]
    found = await gathered(
        connection,
        _CAPITAL.format(columns=", ".join(column for _, column, _ in columns)),
        (("member", BIGINT), ("tribe", BIGINT), *((name, kind) for name, _, kind in columns)),
    )
    everywhere = await connection.raw.fetchval(_EVERYWHERE)
    return Past(
        Found(found.pop("member"), found),
        NOTHING if everywhere is None else await load_ranking(connection, everywhere),
    )


async def load_ranking(connection: Connection, scope_id: int) -> Found:
    """Return what the last run found of everybody in one scope: `position` and `score`."""
    found = await gathered(
        connection,
        _RANKING.format(scope=scope_id),  # a number of ours: COPY takes no parameters
        (("member", BIGINT), ("position", INTEGER), ("score_value", DOUBLE), ("score", REAL)),
    )
    return Found(found.pop("member"), found)
