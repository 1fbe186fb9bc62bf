"""Asking for long work: scores, and plans whom to tell first. Done by `graph.jobs`, in a process of its own.

Nothing here needs an array, so that servers, which only ask, are spared what the arithmetic takes of memory and time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid, NotFound
from community.foundation.jobs import ask
from graph.errors import NotScoredYet

if TYPE_CHECKING:
    from community.foundation.database import Connection

SCORING = "SCORING"
"""The kind of job that scores the community."""
SEEDING = "SEEDING"
"""The kind of job that makes a seeding plan."""

MOST_MEMBERS = 1_000
MOST_EXCLUDED = 10_000
REACH, TRIBES = "REACH", "TRIBES"
"""What a plan aims at: as many members as possible, or members of as many tribes."""

_FIND_SCOPE = """
    SELECT id FROM graph_scope
    WHERE space_id IS NOT DISTINCT FROM $1 AND since = $3
        AND tag_id IS NOT DISTINCT FROM CASE WHEN $2::text IS NOT NULL THEN (SELECT id FROM tag WHERE name = $2) END
        AND ($2::text IS NULL OR tag_id IS NOT NULL)
"""
_SCOPE = "SELECT id FROM graph_scope WHERE id = $1"
_TRIBE = "SELECT id FROM tribe WHERE id = $1"
_MEMBERS = "SELECT count(*) FROM member WHERE id = ANY($1::bigint[]) AND state <> 'ERASED'"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a plan is to do."""

    scope_id: int
    """Whom to choose among: those ranked there."""
    members: int = MOST_MEMBERS
    """How many at most."""
    tribe_id: int | None = None
    budget: float | None = None
    cost_per_member: float = 1.0
    excluded: tuple[int, ...] = ()
    """Whom to leave out, by id."""
    objective: str = REACH


async def find_scope(connection: Connection, *, space_id: int | None, tag: str | None, since: str) -> int:
    """Return the id of a scope; 0, which nothing has, where nobody was ranked."""
    return await connection.raw.fetchval(_FIND_SCOPE, space_id, tag, since) or 0


async def ask_for_plan(connection: Connection, wish: Wish, *, asked_by: int) -> int:
    """Ask for a plan; return the job's id.

    Raises:
        Invalid: for numbers that make no sense.
        NotFound: for a tribe, or a member to leave out, that there is not.
        NotScoredYet: if there is no ranking to choose from.
    """
    if not 1 <= wish.members <= MOST_MEMBERS:
        raise Invalid(field="members", reason=f"Give 1 to {MOST_MEMBERS:,}.")
    if wish.budget is not None and not 0 < wish.budget < math.inf:
        raise Invalid(field="budget", reason="A budget is above 0.")
    if not 0 < wish.cost_per_member < math.inf:
        raise Invalid(field="costPerMember", reason="A cost is above 0.")
    if len(wish.excluded) > MOST_EXCLUDED:
        raise Invalid(field="exclude", reason=f"Leave out {MOST_EXCLUDED:,} members at most.")
    if wish.tribe_id is not None and await connection.raw.fetchval(_TRIBE, wish.tribe_id) is None:
        raise NotFound(what="tribe", path=("scope", "tribe"))
    if await connection.raw.fetchval(_MEMBERS, list(wish.excluded)) != len(set(wish.excluded)):
        raise NotFound(what="member", path=("exclude",))
    if await connection.raw.fetchval(_SCOPE, wish.scope_id) is None:
        raise NotScoredYet
    parameters = {
        "scope": wish.scope_id,
        "members": wish.members,
        "tribe": wish.tribe_id,
        "budget": wish.budget,
        "costPerMember": wish.cost_per_member,
        "exclude": list(wish.excluded),
        "objective": wish.objective,
    }
    return await ask(connection, SEEDING, parameters, asked_by=asked_by)
