"""Ballots: cast, cast anew, withdrawn. One a member, until the round closes; what it says is for counting alone.

A ballot is cast by one statement that looks at everything itself and holds the round's row: closing waits for those on
their way, and whoever comes later finds it closed. So a ballot at the last instant is counted or refused, and never lost.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from community.cocreation.rounds import events
from community.cocreation.rounds.errors import BallotVoid, NotEligible, RoundNotOpen
from community.cocreation.rounds.lifecycle import VOTING_BEGAN
from community.cocreation.rounds.marks import Said, ballot_values
from community.discussions.access import refuse_archived, sees_space, space_seen
from community.eligibility.rules import eligible
from community.foundation.errors import NotFound, Refusal
from community.members.acting import Acting, Caller, done_or_refused, in_good_standing, load_acting, moderates
from community.members.restrictions import Deed

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from community.foundation.database import Connection

_TERMS = """
    SELECT ballot_kind, lowest_score, highest_score, credits, source_key, voters_id IS NOT NULL AS ruled,
        array_agg(round_option.id ORDER BY position) AS options
    FROM round JOIN round_option ON round_id = round.id
    WHERE round.id = $1 AND round.state <> 'DRAFT' GROUP BY round.id
"""
# $1 the round, $2 and $3 the caller, $4 the event's context.
_MAY_VOTE = eligible("voters", "$2::bigint")
_TAKES_BALLOTS = f"round.state = 'OPEN' AND {VOTING_BEGAN} AND clock_timestamp() < round.closes_at"


def _door(deed: Deed, *, ruled: bool) -> str:
    """Return the query of the round, if it takes a ballot of the caller's; one that has a rule for it looks that up, too."""
    rule = "LEFT JOIN eligibility AS voters ON voters.id = round.voters_id" if ruled else ""
    may_vote = _MAY_VOTE if ruled else "round.voters_id IS NULL"
    return f"""
        SELECT round.id, round.space_id FROM round JOIN space ON space.id = round.space_id {rule}
        WHERE {in_good_standing(deed)} AND round.id = $1 AND {_TAKES_BALLOTS}
            AND space.archived_at IS NULL AND {sees_space(moderates("space.id"))} AND ({may_vote})
        FOR KEY SHARE OF round
    """  # noqa: S608 - made of predicates of ours


_OUTCOME = """
    SELECT outcome.* FROM (SELECT) AS always LEFT JOIN (
        SELECT true AS changed FROM door WHERE EXISTS (SELECT FROM changed)
    ) AS outcome ON true
"""


def _told(kind: str) -> str:
    return f"""
        told AS (
            INSERT INTO event (kind, actor_id, subject_kind, subject_id, space_id, context)
            SELECT '{kind}', $2, 'round', door.id, door.space_id, $4 FROM changed, door
        )
    """  # noqa: S608 - a name of ours


def _cast(*, ruled: bool) -> str:
    return f"""
        WITH door AS ({_door(Deed.VOTE, ruled=ruled)}), changed AS (
            INSERT INTO ballot (round_id, member_id, marks, receipt, source)
            SELECT id, $2, $5::smallint[], $6, $7::bigint FROM door
            ON CONFLICT (round_id, member_id) DO UPDATE SET
                marks = excluded.marks, receipt = excluded.receipt, cast_at = now(), source = excluded.source
                WHERE ballot.voided_at IS NULL
            RETURNING id
        ), {_told(events.BALLOT_CAST)} {_OUTCOME}
    """  # noqa: S608 - as above


# Whether a round has a rule never changes once it is open; most have none, and need not be asked for one.
_CAST, _CAST_BY_RULE = _cast(ruled=False), _cast(ruled=True)
_WITHDRAW = f"""
    WITH door AS ({_door(Deed.OWN, ruled=True)}), own AS (
        SELECT voided_at IS NOT NULL AS void FROM ballot, door
        WHERE ballot.round_id = door.id AND ballot.member_id = $2::bigint
    ), changed AS (
        DELETE FROM ballot USING door
        WHERE ballot.round_id = door.id AND ballot.member_id = $2::bigint AND voided_at IS NULL RETURNING ballot.id
    ), {_told(events.BALLOT_WITHDRAWN)}
    SELECT outcome.* FROM (SELECT) AS always LEFT JOIN (
        SELECT EXISTS (SELECT FROM changed) AS changed FROM door WHERE NOT EXISTS (SELECT FROM own WHERE void)
    ) AS outcome ON true
"""  # noqa: S608 - as above
_SEEN = f"""
    SELECT {_TAKES_BALLOTS} AS open, round.space_id, {_MAY_VOTE} AS eligible, ballot.void_reason
    FROM round LEFT JOIN eligibility AS voters ON voters.id = round.voters_id
        LEFT JOIN ballot ON ballot.round_id = round.id AND ballot.member_id = $2::bigint
    WHERE round.id = $1 AND round.state <> 'DRAFT' AND $3::boolean IS NOT NULL
"""  # noqa: S608 - as above


async def cast_ballot(
    connection: Connection, caller: Caller, round_id: int, said: Said, *, network: str | None = None
) -> None:
    """Cast a ballot, or another in its place. `network` is where it comes from, of which only a keyed hash is kept.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        MemberLimited: if they may not vote.
        NotFound: if they may not see the round, or it has no such option.
        RoundNotOpen: if it takes no ballots, or none any more.
        NotEligible: if it is for others.
        BallotVoid: if their ballot was voided: they have none any more.
        SpaceArchived: if its space is read-only.
        Invalid: if the ballot is none by the round's method.
    """
    terms = await connection.raw.fetchrow(_TERMS, round_id)
    values: list[int] = []
    if terms is not None:
        try:
            values = ballot_values(terms, said)
        except Refusal:
            # What is wrong with a ballot tells of its round: that is for who may vote there.
            acting = await load_acting(
                connection, caller.member_id, caller.context, with_roles=caller.with_roles, deed=Deed.VOTE
            )
            await _doors(connection, acting, round_id)
            raise
    receipt = secrets.token_hex(16)

    async def attempt() -> bool | None:
        if terms is None:
            return None  # of a round that is not there, the doors tell
        row = await connection.change(
            _CAST_BY_RULE if terms["ruled"] else _CAST,
            *(round_id, caller.member_id, caller.with_roles, dict(caller.context), values, receipt),
            source_of(terms["source_key"], network),
        )
        return row["changed"]  # type: ignore[no-any-return] # of a record

    def doors(acting: Acting) -> Awaitable[None]:
        return _doors(connection, acting, round_id)

    await done_or_refused(connection, caller, attempt, doors, deed=Deed.VOTE)


async def withdraw_ballot(connection: Connection, caller: Caller, round_id: int) -> bool:
    """Take one's ballot back; say whether there was one. Refusals as for casting it, but restrictions refuse nobody."""

    async def attempt() -> bool | None:
        row = await connection.change(_WITHDRAW, round_id, caller.member_id, caller.with_roles, dict(caller.context))
        return row["changed"]  # type: ignore[no-any-return] # of a record

    def doors(acting: Acting) -> Awaitable[None]:
        return _doors(connection, acting, round_id)

    return await done_or_refused(connection, caller, attempt, doors, deed=Deed.OWN)


def source_of(key: bytes | None, network: str | None) -> int | None:
    """Return what stands for a network within a round, so that ballots from one can be counted; nothing without a key."""
    if key is None or network is None:
        return None
    return int.from_bytes(hmac.digest(key, network.encode(), "sha256")[:8], signed=True)


async def _doors(connection: Connection, acting: Acting, round_id: int) -> None:
    """Refuse whoever the statement would not let in, in the words of what they may know."""
    seen = await connection.raw.fetchrow(_SEEN, round_id, acting.member_id, acting.with_roles)
    if seen is None:
        raise NotFound(what="round")
    try:
        space = await space_seen(connection, acting, seen["space_id"])
    except NotFound:
        raise NotFound(what="round") from None
    refuse_archived(space)
    if not seen["open"]:
        raise RoundNotOpen
    if not seen["eligible"]:
        raise NotEligible(whom="members whom its rule for voting names")
    if seen["void_reason"] is not None:
        raise BallotVoid(reason=seen["void_reason"])
