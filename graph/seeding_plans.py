"""Seeding plans: whom to tell first, within a scope and a budget, from the graph that the last run left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graph.asking import MOST_MEMBERS, TRIBES
from graph.copying import BIGINT, INTEGER, gathered
from graph.errors import NotScoredYet
from graph.measures.reach import Estimate
from graph.measures.seeding import Plan, plan
from graph.snapshot import Snapshot, unpack
from graph.storing import load_packed

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.foundation.jobs import Told

EPSILON = 0.2

# Who may be told: profiled members of the scope, in good standing.
_CANDIDATES = """
    SELECT influence.member_id, influence.position, coalesce(influence.tribe_id, 0)
    FROM influence JOIN member ON member.id = influence.member_id
    WHERE member.state = 'ACTIVE' AND influence.scope_id = {scope_id}
        AND NOT EXISTS (SELECT FROM profiling_objection WHERE profiling_objection.member_id = influence.member_id)
        AND ({tribe_id} = 0 OR influence.tribe_id = {tribe_id})
"""
_EVERYBODY = "SELECT member_id, coalesce(tribe_id, 0) FROM social_capital"
_PICKS = """
    INSERT INTO seeding_pick (job_id, position, member_id, gain)
    SELECT $1, place, member_id, gain
    FROM unnest($2::bigint[], $3::double precision[]) WITH ORDINALITY AS picked (member_id, gain, place)
"""


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
