"""Seeding plans: whom to tell first, within a scope and a budget, from the graph that the last run left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from community.foundation.errors import Invalid, NotFound
from community.foundation.jobs import ask
from graph.copying import BIGINT, INTEGER, gathered
from graph.errors import NotScoredYet
from graph.measures.reach import Estimate
from graph.measures.seeding import Plan, plan
from graph.snapshot import Snapshot, unpack
from graph.storing import load_packed

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from community.foundation.jobs import Told

SEEDING = "SEEDING"
"""The kind of job."""

MOST_MEMBERS = 1_000
MOST_EXCLUDED = 10_000
EPSILON = 0.2
REACH, TRIBES = "REACH", "TRIBES"
"""What a plan aims at: as many members as possible, or members of as many tribes."""

# Who may be told: profiled members of the scope, in good standing.
_CANDIDATES = """
    SELECT influence.member_id, influence.position, coalesce(influence.tribe_id, 0)
    FROM influence JOIN member ON member.id = influence.member_id
    WHERE member.state = 'ACTIVE' AND influence.scope_id = {scope_id}
        AND NOT EXISTS (SELECT FROM profiling_objection WHERE profiling_objection.member_id = influence.member_id)
        AND ({tribe_id} = 0 OR influence.tribe_id = {tribe_id})
"""
_EVERYBODY = "SELECT member_id, coalesce(tribe_id, 0) FROM social_capital"
_FIND_SCOPE = """
    SELECT id FROM graph_scope
    WHERE space_id IS NOT DISTINCT FROM $1 AND since = $3
        AND tag_id IS NOT DISTINCT FROM CASE WHEN $2::text IS NOT NULL THEN (SELECT id FROM tag WHERE name = $2) END
        AND ($2::text IS NULL OR tag_id IS NOT NULL)
"""
_SCOPE = "SELECT id FROM graph_scope WHERE id = $1"
_TRIBE = "SELECT id FROM tribe WHERE id = $1"
_MEMBERS = "SELECT count(*) FROM member WHERE id = ANY($1::bigint[]) AND state <> 'ERASED'"
_PICKS = """
    INSERT INTO seeding_pick (job_id, position, member_id, gain)
    SELECT $1, place, member_id, gain
    FROM unnest($2::bigint[], $3::double precision[]) WITH ORDINALITY AS picked (member_id, gain, place)
"""


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
    if wish.budget is not None and not 0 < wish.budget < np.inf:
        raise Invalid(field="budget", reason="A budget is above 0.")
    if not 0 < wish.cost_per_member < np.inf:
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


async def make_plan(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Do the job: choose, compare with the cheap choices of the same size, and store whom."""
    told(0.1, "graph")
    query = _CANDIDATES.format(scope_id=int(parameters["scope"]), tribe_id=int(parameters["tribe"] or 0))
    async with database.writing() as connection:
        await connection.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        packed = await load_packed(connection)
        ranked = await gathered(connection, query, (("member", BIGINT), ("position", INTEGER), ("tribe", BIGINT)))
        everybody = await gathered(connection, _EVERYBODY, (("member", BIGINT), ("tribe", BIGINT)))
    if packed is None:
        raise NotScoredYet
    snapshot = unpack(packed)
    told(0.3, "choosing")
    made = await asyncio.to_thread(_choose, snapshot, ranked, everybody, parameters)
    members = snapshot.members[made.members]
    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM seeding_pick WHERE job_id = $1", job_id)
        await connection.raw.execute(_PICKS, job_id, members.tolist(), made.gains.tolist())
    return {
        "total": _described(made.total),
        "chosen": made.chosen,
        "compared": {name: _described(reached) for name, reached in made.compared.items()},
        "guarantee": made.guarantee,
        "sets": made.sets,
        "cost": float(len(members) * parameters["costPerMember"]),
    }


def _choose(
    snapshot: Snapshot,
    ranked: Mapping[str, NDArray[np.int64]],
    everybody: Mapping[str, NDArray[np.int64]],
    parameters: Mapping[str, Any],
) -> Plan:
    places = snapshot.places_of(ranked["member"])
    excluded = snapshot.places_of(np.array(parameters["exclude"], np.int64))
    candidates = np.zeros(snapshot.size, np.bool_)
    candidates[places[places >= 0]] = True
    candidates[excluded[excluded >= 0]] = False
    by_rank = places[np.argsort(ranked["position"], kind="stable")]
    degrees = snapshot.into.degrees()
    weighted = snapshot.into.strengths()
    budget = parameters["budget"]
    return plan(
        snapshot.out,
        min(int(parameters["members"]), snapshot.size),
        epsilon=EPSILON,
        audience=_audience(snapshot, everybody) if parameters["objective"] == TRIBES else None,
        candidates=candidates,
        costs=None if budget is None else np.full(snapshot.size, float(parameters["costPerMember"])),
        budget=budget,
        alternatives={
            "most attended to": _first(np.argsort(-degrees, kind="stable"), candidates),
            "attended to most strongly": _first(np.argsort(-weighted, kind="stable"), candidates),
            "highest rank": _first(by_rank[by_rank >= 0], candidates),
        },
        seed=0,
    )


def _first(order: NDArray[np.int64], candidates: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return as many of the first candidates as a plan can need."""
    return order[candidates[order]][:MOST_MEMBERS]


def _audience(snapshot: Snapshot, everybody: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float64]:
    """Return how much reaching each member counts so that each tribe counts alike: 1 over the size of theirs."""
    tribe = np.zeros(snapshot.size, np.int64)
    places = snapshot.places_of(everybody["member"])
    tribe[places[places >= 0]] = everybody["tribe"][places >= 0]
    _, of_member, sizes = np.unique(tribe, return_inverse=True, return_counts=True)
    return np.where(tribe > 0, 1.0 / sizes[of_member], 0.0)


def _described(estimate: Estimate) -> dict[str, float]:
    return {"estimate": estimate.value, "low": estimate.low, "high": estimate.high}
