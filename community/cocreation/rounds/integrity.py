"""Signs that votes are not a community's own: who voted, when and from where, never what.

They hold a round for people to look at and decide nothing: a viral post brings newcomers, a family shares a network, and
a club of friends votes in one evening. What each sign asks, and from where on, is a table; auditors are shown who it is
about, so that they can look at the accounts, and no sign depends on what a ballot says, so that looking tells nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from community.cocreation.rounds import events
from community.cocreation.rounds.lifecycle import record_of_round

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

MOST_SHOWN = 200
"""Members that a sign names."""
NEW_WITHIN_DAYS = 3
"""An account is fresh if it is so much older than the round at most."""
BURST_MINUTES = 10
LITTLE_TRUST = 10
"""Percent of members: who is trusted no more than so many, or was never scored, is trusted little."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What is looked for, and from where on it holds a round."""

    share: float
    """Of all ballots."""
    ballots: int
    """And so many at least: of few, any share is soon reached."""
    query: str
    """The members it is about, the group with the most of them; $1 is the round."""


_VOTERS = f"""
    voters AS (
        SELECT ballot.member_id, ballot.cast_at, ballot.source, joined_at, reputation.tribe_id,
            coalesce(reputation.trust, 0) <= {LITTLE_TRUST} AS little_trusted,
            joined_at > round.opened_at - interval '{NEW_WITHIN_DAYS} days' AS fresh
        FROM round JOIN ballot ON ballot.round_id = round.id JOIN member ON member.id = ballot.member_id
            LEFT JOIN reputation ON reputation.member_id = ballot.member_id
        WHERE round.id = $1 AND voided_at IS NULL
    )
"""  # noqa: S608 - numbers of ours


_YOUNG = f"""
    (SELECT avg((member.joined_at > round.opened_at - interval '{NEW_WITHIN_DAYS} days')::integer) > 0.15
    FROM round, member WHERE round.id = $1)
"""  # noqa: S608 - as above


def _largest(group: str, where: str) -> str:
    """Return the query of the voters in the largest group of those for whom something holds."""
    return f"""
        WITH {_VOTERS}, grouped AS (SELECT {group} AS part, member_id FROM voters WHERE {where})
        SELECT member_id FROM grouped WHERE part = (
            SELECT part FROM grouped GROUP BY part ORDER BY count(*) DESC, part LIMIT 1
        ) ORDER BY member_id
    """  # noqa: S608 - expressions of ours


SIGNS: Mapping[str, Sign] = {
    # In a community that is young itself, as most are when they hold their first round, it says nothing.
    "FRESH_ACCOUNTS": Sign(0.3, 10, _largest("1", f"fresh AND NOT {_YOUNG}")),
    "ONE_SOURCE": Sign(0.15, 10, _largest("source", "source IS NOT NULL")),
    # A group that is tied within itself, and that nobody who is trusted speaks well of.
    "RING": Sign(0.15, 10, _largest("tribe_id", "tribe_id IS NOT NULL AND little_trusted")),
    # Not in the first hour, when a community that was told of a round comes to vote.
    "BURST": Sign(
        0.3,
        20,
        _largest(
            f"date_bin('{BURST_MINUTES} minutes', cast_at, 'epoch')",
            "cast_at > (SELECT coalesce(voting_from, opened_at) + interval '1 hour' FROM round WHERE id = $1)",
        ),
    ),
}
"""Shares were chosen so that none of the honest rounds of tests/api/cocreation/rounds/test_integrity.py is held."""

_AMOUNT = "SELECT count(*) FROM ballot WHERE round_id = $1 AND voided_at IS NULL AND member_id IS NOT NULL"
_HOLD = "UPDATE round SET examination = $2, held_at = now() WHERE id = $1"
_EXAMINED = "UPDATE round SET examination = $2 WHERE id = $1"


async def hold_if_suspicious(connection: Connection, round_: asyncpg.Record) -> bool:
    """Look for signs in a round that is closed, and hold it if there are any; say whether. Each reads all ballots once."""
    round_id = round_["id"]
    amount = await connection.raw.fetchval(_AMOUNT, round_id)
    found: list[dict[str, Any]] = []
    for name, sign in SIGNS.items():
        members = [row["member_id"] for row in await connection.raw.fetch(sign.query, round_id)]
        if len(members) >= max(sign.ballots, sign.share * amount):
            found.append(
                {
                    "kind": name,
                    "ballots": len(members),
                    "share": len(members) / amount,
                    "threshold": sign.share,
                    "members": members[:MOST_SHOWN],
                }
            )
    await connection.raw.execute(_HOLD if found else _EXAMINED, round_id, {"ballots": amount, "signs": found})
    if found:
        kinds = [sign["kind"] for sign in found]
        await record_of_round(connection, events.ROUND_HELD, None, round_id, round_["space_id"], signs=kinds)
    return bool(found)
