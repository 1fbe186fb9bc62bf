"""What is known of members and their referrals at one moment, as arrays, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from community.referrals.insight.findings import Facts, Findings, findings
from community.referrals.insight.trees import NOBODY, trees

if TYPE_CHECKING:
    from community.foundation.database import Connection

_DAY = 86_400.0
_NOW = "SELECT now() AS computed_at, extract(epoch FROM now())::float8 AS now, {known} AS known"
_PROGRAMS = "SELECT id, extract(epoch FROM starts_at)::float8 AS began FROM referral_program ORDER BY id"
# When somebody was seen last is read from what they did: signed in, wrote, reacted or bought.
_MEMBERS = """
    WITH acts (member_id, at) AS (
        SELECT member_id, max(refreshed_at) FROM session GROUP BY member_id
        UNION ALL SELECT author_id, max(created_at) FROM post GROUP BY author_id
        UNION ALL SELECT author_id, max(created_at) FROM comment GROUP BY author_id
        UNION ALL SELECT member_id, max(created_at) FROM post_reaction GROUP BY member_id
        UNION ALL SELECT member_id, max(created_at) FROM comment_reaction GROUP BY member_id
        UNION ALL SELECT member_id, max(purchased_at) FROM referral_purchase GROUP BY member_id
    ), seen AS (SELECT member_id, max(at) AS at FROM acts GROUP BY member_id)
    SELECT id, extract(epoch FROM least(joined_at, now()))::float8 AS joined,
        extract(epoch FROM greatest(least(joined_at, now()), least(at, now())))::float8 AS seen
    FROM member LEFT JOIN seen ON member_id = member.id WHERE state <> 'ERASED' ORDER BY id
"""
_REFERRALS = """
    SELECT member_id, coalesce(referrer_id, 0) AS referrer_id, program_id, qualified_at IS NOT NULL AS qualified
    FROM referral ORDER BY member_id
"""
_INVITED = """
    SELECT code.program_id, code.member_id, sum(people)::bigint AS people
    FROM referral_day JOIN referral_code AS code ON code.id = code_id WHERE code.member_id IS NOT NULL GROUP BY 1, 2
"""
_PURCHASES = """
    SELECT member_id, amount, currency, extract(epoch FROM purchased_at - member.joined_at)::float8 AS age
    FROM referral_purchase JOIN member ON member.id = member_id
"""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is known, members by their places in the order of ids."""

    computed_at: datetime
    now: float
    known: list[int]
    began: dict[int, float]
    """When each programme began."""
    columns: dict[str, dict[str, NDArray[Any]]]
    """What was read, by what it is of and by column."""

    def places(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of members, and -1 where one is gone."""
        all_ids = self.columns["members"]["id"]
        if not len(all_ids):
            return np.full(len(ids), NOBODY, np.int64)
        found = np.minimum(np.searchsorted(all_ids, ids), len(all_ids) - 1)
        return np.where(all_ids[found] == ids, found, NOBODY)


@dataclass(frozen=True, slots=True)
class Forest:
    """Who was brought by whom, in an order in which who brought somebody comes before them; referrer 0 is none."""

    members: list[int]
    referrers: list[int]
    depths: list[int]
    below: list[int]
    qualified: list[bool]
    breadths: list[int]
    branching: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What follows."""

    computed_at: datetime
    known: list[int]
    members: int
    findings: Findings
    forest: Forest


async def survey(connection: Connection, known: str) -> Known:
    """Read everything, in the caller's transaction, which sees one moment. O(all rows)."""
    raw = connection.raw
    now = await raw.fetchrow(_NOW.format(known=known))
    assert now is not None  # it is always now
    read = {
        name: await raw.fetch(sql)
        for name, sql in (
            ("members", _MEMBERS), ("referrals", _REFERRALS), ("invited", _INVITED), ("purchases", _PURCHASES),
        )
    }  # fmt: skip
    began = {row["id"]: row["began"] for row in await raw.fetch(_PROGRAMS)}
    columns = {name: _columns(name, rows) for name, rows in read.items()}
    return Known(now["computed_at"], now["now"], list(now["known"]), began, columns)


_TYPES: dict[str, dict[str, Any]] = {
    "members": {"id": np.int64, "joined": np.float64, "seen": np.float64},
    "referrals": {"member_id": np.int64, "referrer_id": np.int64, "program_id": np.int64, "qualified": np.bool_},
    "invited": {"program_id": np.int64, "member_id": np.int64, "people": np.int64},
    "purchases": {"member_id": np.int64, "amount": np.int64, "currency": "U3", "age": np.float64},
}


def _columns(name: str, rows: list[Any]) -> dict[str, NDArray[Any]]:
    return {column: np.array([row[column] for row in rows], kind) for column, kind in _TYPES[name].items()}


def measured(known: Known, program_id: int | None) -> Measured:
    """Return what a programme's referrals are worth, or those of all programmes together."""
    members, referrals, invited, purchases = (
        known.columns[name] for name in ("members", "referrals", "invited", "purchases")
    )
    size = len(members["id"])
    of_program = np.ones(len(referrals["program_id"]), np.bool_)
    their_invited = np.ones(len(invited["program_id"]), np.bool_)
    since = min(known.began.values(), default=known.now)
    if program_id is not None:
        of_program = referrals["program_id"] == program_id
        their_invited = invited["program_id"] == program_id
        since = known.began[program_id]

    def counted(ids: NDArray[np.int64], amounts: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        places = known.places(ids)
        there = places != NOBODY
        weights = None if amounts is None else amounts[there]
        return np.bincount(places[there], weights=weights, minlength=size).astype(np.int64)

    brings = counted(referrals["referrer_id"][of_program])
    people = counted(invited["member_id"][their_invited], invited["people"][their_invited])
    buyers = known.places(purchases["member_id"])
    there = buyers != NOBODY
    facts = Facts(
        now=known.now / _DAY,
        since=since / _DAY,
        joined=members["joined"] / _DAY,
        seen=members["seen"] / _DAY,
        brought=counted(referrals["member_id"][of_program]) > 0,
        alone=counted(referrals["member_id"]) == 0,
        # Who claimed by a code that was typed, or on another day than they came, was invited as well.
        invited=np.maximum(people, brings),
        brings=brings,
        buyer=buyers[there],
        amount=purchases["amount"][there],
        age=purchases["age"][there] / _DAY,
        currency=purchases["currency"][there],
    )
    return Measured(
        known.computed_at,
        known.known,
        size,
        findings(facts, seed=program_id or 0),
        _forest({name: column[of_program] for name, column in referrals.items()}),
    )


def _forest(referrals: dict[str, NDArray[Any]]) -> Forest:
    """Return the forest of some referrals, whoever of its members is gone by now: by depth, then by age."""
    referees, referrers = referrals["member_id"], referrals["referrer_id"]
    ids = np.unique(np.concatenate([referees, referrers[referrers > 0]]))
    parents = np.full(len(ids), NOBODY, np.int64)
    qualified = np.zeros(len(ids), np.bool_)
    own = np.searchsorted(ids, referees)
    parents[own] = np.where(referrers > 0, np.searchsorted(ids, referrers), NOBODY)
    qualified[own] = referrals["qualified"]
    found = trees(parents)
    order = np.lexsort((ids, found.depths))
    above = np.where(parents == NOBODY, 0, ids[parents]) if len(ids) else parents
    return Forest(
        ids[order].tolist(),
        above[order].tolist(),
        found.depths[order].tolist(),
        found.below[order].tolist(),
        qualified[order].tolist(),
        found.breadths.tolist(),
        found.branching,
    )
