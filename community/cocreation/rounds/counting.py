"""Counting a round: equal ballots together, out of the database as arrays, through the rule, and what it found back in.

Done by a worker, in a process of its own. The same ballots, seed and method give the same result for ever: a round may be
counted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds import events
from community.cocreation.rounds.rules.counted import Terms, counted
from community.cocreation.rounds.rules.outcomes import Outcome, described
from community.foundation.errors import NotFound
from community.foundation.events import Event, record

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from community.foundation.jobs import Told

_ROUND = """
    SELECT round.*, options.ids, options.costs FROM round, LATERAL (
        SELECT array_agg(id ORDER BY position) AS ids, array_agg(cost ORDER BY position) AS costs
        FROM round_option WHERE round_id = round.id
    ) AS options
    WHERE round.id = $1 AND state = 'CLOSED' FOR NO KEY UPDATE OF round
"""
_BALLOTS = """
    SELECT array_send(marks) AS sent, count(*) AS amount FROM ballot WHERE round_id = $1 GROUP BY marks ORDER BY marks
"""
_AT_ONCE = 10_000  # rows
_STORE_OPTIONS = """
    UPDATE round_option SET won_as = found.won_as, tally = found.tally
    FROM unnest($1::bigint[], $2::smallint[], $3::double precision[]) AS found (id, won_as, tally)
    WHERE round_option.id = found.id
"""
_STORE = "UPDATE round SET result = $2, counted_at = now(), ballot_count = $3 WHERE id = $1"
_ARRAY_HEAD = 20
"""Bytes before the elements of an array, as PostgreSQL sends one: dimensions, nulls, type, length, index of the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """All ballots of a round, equal ones together: [b, m] and [b]."""

    marks: NDArray[np.int16]
    counts: NDArray[np.int64]


async def count_round(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Count a round that is closed; a job, whose result names the round."""
    del job_id
    round_id = int(parameters["round"])
    async with database.writing() as connection:
        await connection.raw.execute("SET LOCAL statement_timeout = 0")
        round_ = await connection.raw.fetchrow(_ROUND, round_id)
        if round_ is None:
            raise NotFound(what="round")
        told(0.1, "ballots")
        cast = await load_ballots(connection, round_id, len(round_["ids"]))
        told(0.5, "counting")
        amount = int(cast.counts.sum())
        result: dict[str, Any] = {
            "withheld": amount < round_["smallest_result"],
            "quorumReached": amount >= round_["quorum"],
        }
        outcome = None
        if not result["withheld"]:
            terms = Terms(
                round_["method"],
                seed=round_["seed"],
                winners=round_["winners"],
                credits=round_["credits"],
                costs=tuple(round_["costs"]) if round_["budget"] is not None else (),
                budget=round_["budget"],
            )
            outcome = counted(terms, cast.marks, cast.counts)
            result |= described(outcome, round_["ids"])
        await _store(connection, round_["ids"], outcome if result["quorumReached"] else None, outcome)
        await connection.raw.execute(_STORE, round_id, result, amount)
        happened = Event(events.ROUND_COUNTED, subject_kind="round", subject_id=round_id, space_id=round_["space_id"])
        await record(connection, happened)
    return {"round": round_id}


async def load_ballots(connection: Connection, round_id: int, options: int) -> Cast:
    """Read the ballots of a round in the caller's transaction, some thousand that differ at a time."""
    row = np.dtype([("head", f"V{_ARRAY_HEAD}"), ("cells", [("length", ">i4"), ("value", ">i2")], (options,))])
    marks: list[NDArray[np.int16]] = [np.empty((0, options), np.int16)]
    counts: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    cursor = await connection.raw.cursor(_BALLOTS, round_id)
    while found := await cursor.fetch(_AT_ONCE):
        sent = np.frombuffer(b"".join(each["sent"] for each in found), row)
        marks.append(sent["cells"]["value"].astype(np.int16))
        counts.append(np.array([each["amount"] for each in found], np.int64))
    return Cast(np.concatenate(marks), np.concatenate(counts))


async def _store(connection: Connection, ids: Sequence[int], elected: Outcome | None, outcome: Outcome | None) -> None:
    """Write beside each option whether it won, and what it was last counted to have."""
    won = {winner: place for place, winner in enumerate(elected.winners if elected else (), 1)}
    last: dict[int, float] = {}
    for step in outcome.steps if outcome else ():
        last |= {option: float(value) for option, value in enumerate(step.tally) if value is not None}
    places = [won.get(option) for option in range(len(ids))]
    await connection.raw.execute(_STORE_OPTIONS, list(ids), places, [last.get(option) for option in range(len(ids))])
