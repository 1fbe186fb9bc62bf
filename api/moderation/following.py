"""What follows a decision once it is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.members.standing_mutations import follow_standing

if TYPE_CHECKING:
    from api.changing import Change
    from moderation.decisions.deciding import Decided


def follow(info: Change, decided: Decided | None) -> None:
    """Have follow what a decision, or its undoing, means for whom it concerns."""
    if decided is None:
        return
    info.moves(decided.member_id)
    if decided.moves_standing:
        follow_standing(info, decided.member_id)
