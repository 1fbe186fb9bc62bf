"""Why a reward is where it is, as far as who looks is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, exists, select

from api.reading.json_sql import literal
from community.rewards.tables import reward_moves
from community.rewards.visibility import runs_rewards

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from api.reading.readings import Row, Scope

LOOKED_AT = "Somebody looks at it before it is granted."
FOUND_WANTING = (
    "Automatic checks found that this is not what the terms ask. If that is wrong, write to who runs the community."
)


def reason_told(scope: Scope, reward: Row | None = None) -> ColumnElement[Any]:
    """Return a reward's reason; to members without what a machine found, as that teaches how not to be found."""
    row = reward or scope.row
    if runs_rewards(scope.viewer):
        said: ColumnElement[Any] = row.c.reason
        return said
    move = reward_moves.alias()
    by_machine = exists(
        select(move.c.id).where(
            move.c.reward_id == row.c.id, move.c.after == literal("REJECTED"), move.c.moved_by.is_(None)
        )
    )
    return case(
        (row.c.review_since.is_not(None), literal(LOOKED_AT)),
        ((row.c.state == literal("REJECTED")) & by_machine, literal(FOUND_WANTING)),
        else_=row.c.reason,
    )
