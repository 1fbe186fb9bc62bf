"""Counting a round: equal ballots together, out of the database as arrays, through the rule, and what it found back in.

Done by a worker, in a process of its own. The same ballots, seed and method give the same result for ever: a round may be
counted again. Before a round is counted it is examined (`integrity`), and held if its votes may not be its voters' own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from community.cocreation.rounds import events
from community.cocreation.rounds.cast import Cast, load_ballots
from community.cocreation.rounds.integrity import hold_if_suspicious
from community.cocreation.rounds.lifecycle import record_of_round
from community.cocreation.rounds.methods import OPINING, ballot_width
from community.cocreation.rounds.rules.common_ground import common_ground, described_groups, opinions_of
from community.cocreation.rounds.rules.counted import Terms, counted
from community.cocreation.rounds.rules.outcomes import Lots, Outcome, described, last_tally
from community.cocreation.rounds.segments import store_segments
from community.cocreation.rounds.tallies import DUE
from community.foundation.errors import NotFound

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection, Database
    from community.foundation.jobs import Told

_WITH_OPTIONS = """
    SELECT round.*, options.ids, options.costs FROM round, LATERAL (
        SELECT array_agg(id ORDER BY position) AS ids, array_agg(cost ORDER BY position) AS costs
        FROM round_option WHERE round_id = round.id
    ) AS options
    WHERE round.id = $1
"""
_ROUND = f"{_WITH_OPTIONS} AND state = 'CLOSED' FOR NO KEY UPDATE OF round"
_OPEN_ROUND = f"{_WITH_OPTIONS} AND state = 'OPEN' AND tally_open"
_TALLIED = """
    UPDATE round SET tallied_at = now(), untallied = untallied - $2, ballot_count = $3,
        tallied_within = clock_timestamp() - now()
    WHERE id = $1 AND state = 'OPEN'
"""
_VOIDED = "SELECT count(*) FROM ballot WHERE round_id = $1 AND voided_at IS NOT NULL"
_STORE_OPTIONS = """
    UPDATE round_option SET won_as = found.won_as, tally = found.tally
    FROM unnest($1::bigint[], $2::smallint[], $3::double precision[]) AS found (id, won_as, tally)
    WHERE round_option.id = found.id
"""
# Without its key, what was kept of where ballots came from says nothing any more.
_STORE = "UPDATE round SET result = $2, counted_at = now(), ballot_count = $3, source_key = NULL WHERE id = $1"


async def count_round(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Count a round that is closed, or hold it for review; a job, whose result names the round."""
    del job_id
    round_id = int(parameters["round"])
    async with database.writing() as connection:
        await connection.raw.execute("SET LOCAL statement_timeout = 0")
        round_ = await connection.raw.fetchrow(_ROUND, round_id)
        if round_ is None:
            raise NotFound(what="round")
        if round_["released_at"] is None and round_["counted_at"] is None:
            told(0.05, "examining")
            if await hold_if_suspicious(connection, round_):
                return {"round": round_id, "held": True}
        told(0.1, "ballots")
        ids = list(round_["ids"] or ())
        width = ballot_width(round_["ballot_kind"], len(ids))
        cast = await load_ballots(connection, round_id, width)
        told(0.5, "counting")
        in_full = await _count(connection, round_, ids, cast)
        told(0.9, "segments")
        await store_segments(connection, round_, ids, width, terms=terms_of(round_), in_full=in_full)
        await record_of_round(connection, events.ROUND_COUNTED, None, round_id, round_["space_id"])
    return {"round": round_id}


async def _count(connection: Connection, round_: asyncpg.Record, ids: Sequence[int], cast: Cast) -> bool:
    """Store the result, as far as it may be told; say whether that is all of it.

    A recount after few ballots were voided would tell, by the difference to the one before, how they had voted: of such
    a recount only who won is told.
    """
    amount, smallest = cast.amount, round_["smallest_result"]
    voided = await connection.raw.fetchval(_VOIDED, round_["id"])
    before = (round_["result"] or {}).get("voided", 0 if round_["result"] else voided)
    result: dict[str, Any] = {
        "withheld": amount < smallest,
        "quorumReached": amount >= round_["quorum"],
        "detailsWithheld": 0 < abs(voided - before) < smallest,
    }
    # Few by few they would add up: from what was last told in full.
    result["voided"] = before if result["detailsWithheld"] else voided
    outcome = None
    if not result["withheld"]:
        outcome, groups = _outcome(round_, cast, ids)
        if result["detailsWithheld"]:
            outcome, groups = Outcome(outcome.rule, outcome.winners, (), outcome.ties), []
        result |= described(outcome, ids)
        if round_["ballot_kind"] == OPINING:
            result["groups"] = groups
    await _store(connection, ids, outcome if result["quorumReached"] else None, outcome)
    await connection.raw.execute(_STORE, round_["id"], result, amount)
    return not (result["withheld"] or result["detailsWithheld"])


def _outcome(round_: asyncpg.Record, cast: Cast, ids: Sequence[int]) -> tuple[Outcome, list[dict[str, Any]]]:
    """Return what the rule finds, and the groups where opinions are asked for: those are found once for both."""
    if round_["ballot_kind"] != OPINING:
        return counted(terms_of(round_), cast.marks, cast.counts), []
    found = opinions_of(cast.marks, cast.counts, round_["seed"])
    outcome = common_ground(found, Lots(round_["seed"], len(ids)), round_["winners"])
    return outcome, described_groups(found, ids, round_["smallest_result"])


def terms_of(round_: asyncpg.Record) -> Terms:
    """Return how a round is counted."""
    return Terms(
        round_["method"],
        seed=round_["seed"],
        winners=round_["winners"],
        credits=round_["credits"],
        costs=tuple(round_["costs"]) if round_["budget"] is not None else (),
        budget=round_["budget"],
    )


async def take_tallies(database: Database, parameters: Mapping[str, Any], job_id: int, told: Told) -> dict[str, Any]:
    """Take the tallies that are due; a job."""
    del parameters, job_id
    async with database.reading() as connection:
        due = [row["id"] for row in await connection.raw.fetch(DUE)]
    for number, round_id in enumerate(due):
        told(number / len(due), "tallies")
        async with database.writing() as connection:
            await connection.raw.execute("SET LOCAL statement_timeout = 0")
            await _take(connection, round_id)
    return {"rounds": len(due)}


async def _take(connection: Connection, round_id: int) -> None:
    """Count one round as it stands. Its row is not held while that goes on: nobody who votes waits for it."""
    round_ = await connection.raw.fetchrow(_OPEN_ROUND, round_id)
    if round_ is None:
        return
    ids = list(round_["ids"])
    cast = await load_ballots(connection, round_id, ballot_width(round_["ballot_kind"], len(ids)))
    if cast.amount < round_["smallest_result"]:
        return
    await _store(connection, ids, None, counted(terms_of(round_), cast.marks, cast.counts))
    await connection.raw.execute(_TALLIED, round_id, round_["untallied"], cast.amount)
    await record_of_round(connection, events.ROUND_TALLIED, None, round_id, round_["space_id"])


async def _store(connection: Connection, ids: Sequence[int], elected: Outcome | None, outcome: Outcome | None) -> None:
    """Write beside each option whether it won, and what it was last counted to have."""
    won = {winner: place for place, winner in enumerate(elected.winners if elected else (), 1)}
    last = last_tally(outcome)
    places = [won.get(option) for option in range(len(ids))]
    await connection.raw.execute(_STORE_OPTIONS, list(ids), places, [last.get(option) for option in range(len(ids))])
