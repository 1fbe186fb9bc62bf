"""What the run before left: for the change of each score, for tribes that keep together, and for bringing up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graph.copying import BIGINT, DOUBLE, REAL, gathered
from graph.tables import VALUES

if TYPE_CHECKING:
    from community.foundation.database import Connection

NONE = -1
"""Stands for no tribe."""

_CAPITAL = "SELECT member_id, coalesce(tribe_id, -1), {values}, {percentiles} FROM social_capital ORDER BY member_id"
_EVERYWHERE = """
    SELECT member_id, score FROM influence WHERE scope_id = (
        SELECT id FROM graph_scope WHERE space_id IS NULL AND tag_id IS NULL AND since = 'ALL'
    ) ORDER BY member_id
"""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Who was scored before, and what was found of them: arrays in the order of `members`, which ascend."""

    members: NDArray[np.int64]
    found: Mapping[str, NDArray[Any]]

    def of(self, name: str, members: NDArray[np.int64], otherwise: float) -> NDArray[np.float64]:
        """Return what was found of some members, in their order; `otherwise` for who was not scored. O(k log n)."""
        if not len(self.members):
            return np.full(len(members), otherwise)
        return np.where(self.missing(members), otherwise, self.found[name][self._at(members)])

    def change(self, name: str, members: NDArray[np.int64], percentiles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return by how many points percentiles changed; whatever for who is `missing`."""
        return np.round(percentiles - self.of(name, members, 0.0), 3)

    def missing(self, members: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return who was not scored."""
        if not len(self.members):
            return np.ones(len(members), np.bool_)
        missing: NDArray[np.bool_] = self.members[self._at(members)] != members
        return missing

    def _at(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.minimum(np.searchsorted(self.members, members), len(self.members) - 1)


BEGINNING = Past(np.empty(0, np.int64), {})
"""Before the first run: nobody was scored."""


async def load_past(connection: Connection) -> Past:
    """Return what the last run found of everybody.

    That is the percentile of each score by its name, its value by `participation_value` and so on, `tribe`, and
    `attention`: the rank score everywhere.
    """
    percentiles = ", ".join(f"{name}_percentile" for name in VALUES)
    found = await gathered(
        connection,
        _CAPITAL.format(values=", ".join(VALUES), percentiles=percentiles),
        (
            ("member", BIGINT),
            ("tribe", BIGINT),
            *((f"{name}_value", DOUBLE) for name in VALUES),
            *((name, REAL) for name in VALUES),
        ),
    )
    everywhere = await gathered(connection, _EVERYWHERE, (("member", BIGINT), ("score", DOUBLE)))
    members = found.pop("member")
    found["attention"] = Past(everywhere["member"], everywhere).of("score", members, 0.0)
    return Past(members, found)
