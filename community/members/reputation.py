"""Reputation: what the last scoring found of members, kept here for the rules of the community that ask for it.

The scores themselves belong to the graph, which stands above; a scoring run hands over the little that rules need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.foundation.events import Event, record
from community.members.events import REPUTATIONS_KEPT

if TYPE_CHECKING:
    from community.foundation.database import Connection

HIGHEST_LEVEL = 4
"""Levels go from 1 to this."""

# Most members stand where they stood before: only what is other than it was is written.
_KEEP = """
    INSERT INTO reputation (member_id, level, trust, tribe_id)
    SELECT member_id, level, trust, tribe_id FROM ({found}) AS found (member_id, level, trust, tribe_id) {which}
    ON CONFLICT (member_id) DO UPDATE SET level = excluded.level, trust = excluded.trust, tribe_id = excluded.tribe_id
        WHERE (reputation.level, reputation.trust, reputation.tribe_id)
            IS DISTINCT FROM (excluded.level, excluded.trust, excluded.tribe_id)
"""
_FORGET = (
    "DELETE FROM reputation WHERE member_id NOT IN (SELECT member_id FROM ({found}) AS found (member_id, a, b, c))"
)


async def keep_reputations(connection: Connection, found: str, *, only: Sequence[int] | None = None) -> None:
    """Take over what a scoring found: a query of ours for (member, level 1 to 4, trust 0 to 100, tribe or null).

    With `only`, of these members alone; otherwise whoever is not in it has no reputation any more.
    """
    if only is None:
        await connection.raw.execute(_KEEP.format(found=found, which="WHERE true"))
        await connection.raw.execute(_FORGET.format(found=found))
    else:
        await connection.raw.execute(_KEEP.format(found=found, which="WHERE member_id = ANY($1::bigint[])"), only)
    await record(connection, Event(REPUTATIONS_KEPT))
