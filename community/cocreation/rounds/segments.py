"""How parts of the voters voted, for marketers: each large part counted by the round's own rule, and nothing of small ones.

A part is told of only if it is large, and so is all that is not told of together: what is known of everybody less what is
told of the others would else tell it. Beside the parts stands one count of all ballots in which each weighs as much as
its voter is trusted, of which only who would win is told.

Of a part that votes as one it is known how each of it voted; that is so of any result, and why parts are large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from community.cocreation.rounds.cast import Cast, load_parted
from community.cocreation.rounds.methods import OPINING
from community.cocreation.rounds.questions import MOST_SEGMENTS
from community.cocreation.rounds.rules.counted import Terms, counted
from community.cocreation.rounds.rules.outcomes import last_tally

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

SMALLEST_SEGMENT = 20
"""Ballots."""

_PARTS: Mapping[str, str] = {
    "TRIBE": "reputation.tribe_id::text",
    "LEVEL": "reputation.level::text",
    "TENURE": """
        CASE WHEN joined_at > round.closes_at - interval '30 days' THEN 'MONTH'
            WHEN joined_at > round.closes_at - interval '365 days' THEN 'YEAR' ELSE 'LONGER' END
    """,
    "CUSTOMER": "CASE WHEN member.customer_since IS NULL THEN 'NO' ELSE 'YES' END",
}
"""What parts there are, as an expression over a voter; null: who belongs to none."""

_VOTES = """
    SELECT {part} AS part, array_send(marks) AS sent, {amount} AS amount
    FROM round JOIN ballot ON ballot.round_id = round.id JOIN member ON member.id = ballot.member_id
        LEFT JOIN reputation ON reputation.member_id = ballot.member_id
    WHERE round.id = $1 AND voided_at IS NULL {which} GROUP BY 1, marks ORDER BY marks
"""
_WEIGHED = _VOTES.format(part="NULL::text", amount="sum(reputation.trust)::bigint", which="AND reputation.trust > 0")
_FORGET = "DELETE FROM round_segment WHERE round_id = $1"
_INSERT = """
    INSERT INTO round_segment (round_id, segmentation, segment, ballot_count, winners, tallies)
    VALUES ($1, $2, $3, $4, $5, $6)
"""


async def store_segments(
    connection: Connection, round_: asyncpg.Record, ids: Sequence[int], width: int, *, terms: Terms, in_full: bool
) -> None:
    """Count each large part of the voters, in place of what was counted before; nothing where not all may be told.

    Opinions are parted by what members think, and by nothing else.
    """
    round_id = round_["id"]
    await connection.raw.execute(_FORGET, round_id)
    if not in_full or round_["ballot_kind"] == OPINING:
        return
    smallest = max(SMALLEST_SEGMENT, round_["smallest_result"])
    for segmentation, part in _PARTS.items():
        query = _VOTES.format(part=part, amount="count(*)", which="")
        parts = await load_parted(connection, query, width, round_id)
        for name in told({part: cast.amount for part, cast in parts.items()}, smallest):
            await _store(connection, round_id, ids, segmentation, name, terms, parts[name])
    weighed = (await load_parted(connection, _WEIGHED, width, round_id)).get(None)
    if weighed is not None and (voters := await _trusted_voters(connection, round_id)) >= smallest:
        winners = [ids[winner] for winner in counted(terms, weighed.marks, weighed.counts).winners]
        await connection.raw.execute(_INSERT, round_id, "TRUST", None, voters, winners, None)


def told(sizes: Mapping[str | None, int], smallest: int) -> list[str | None]:
    """Return which parts may be told of, the largest first: each is large, and so are all the others together, if any.

    If only one is left to tell of and the others are too small together, none is.
    """
    by_size = sorted(sizes, key=lambda part: (-sizes[part], part or ""))
    shown = [part for part in by_size if sizes[part] >= smallest][:MOST_SEGMENTS]
    total = sum(sizes.values())
    while shown and 0 < total - sum(sizes[part] for part in shown) < smallest:
        shown.pop()
    return shown


async def _store(
    connection: Connection,
    round_id: int,
    ids: Sequence[int],
    segmentation: str,
    segment: str | None,
    terms: Terms,
    cast: Cast,
) -> None:
    outcome = counted(terms, cast.marks, cast.counts)
    last = last_tally(outcome)
    tallies = [last.get(option) for option in range(len(ids))]
    winners = [ids[winner] for winner in outcome.winners]
    await connection.raw.execute(_INSERT, round_id, segmentation, segment, cast.amount, winners, tallies)


async def _trusted_voters(connection: Connection, round_id: int) -> int:
    amount: int = await connection.raw.fetchval(
        """
        SELECT count(*) FROM ballot JOIN reputation USING (member_id)
        WHERE round_id = $1 AND voided_at IS NULL AND reputation.trust > 0
        """,
        round_id,
    )
    return amount
