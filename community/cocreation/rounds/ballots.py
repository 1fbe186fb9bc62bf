"""Ballots: cast, cast anew, withdrawn. One a member, until the round closes; what it says is for counting alone.

A ballot is cast by one statement that looks at everything itself and holds the round's row: closing waits for those on
their way, and whoever comes later finds it closed. So a ballot at the last instant is counted or refused, and never lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.cocreation.rounds import events
from community.cocreation.rounds.errors import NotEligible, RoundNotOpen
from community.cocreation.rounds.methods import APPROVING, CHOOSING, RANKING, SCORING, UNRANKED, UNRATED
from community.discussions.access import refuse_archived, sees_space, space_seen
from community.foundation.errors import Invalid, NotFound, Refusal
from community.members.acting import IN_GOOD_STANDING, Acting, Caller, done_or_refused, load_acting, moderates

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

MOST_VOTES = 100
"""For one option, where votes cost their square."""

_TERMS = """
    SELECT ballot_kind, lowest_score, highest_score, credits, array_agg(round_option.id ORDER BY position) AS options
    FROM round JOIN round_option ON round_id = round.id
    WHERE round.id = $1 AND round.state <> 'DRAFT' GROUP BY round.id
"""
# $1 the round, $2 and $3 the caller, $4 the event's context.
_MAY_VOTE = """
    (round.joined_before IS NULL OR (SELECT joined_at < round.joined_before FROM member WHERE member.id = $2::bigint))
    AND (NOT round.space_members_only OR EXISTS (
        SELECT FROM space_member WHERE space_member.space_id = round.space_id AND space_member.member_id = $2::bigint
    ))
"""
_DOOR = f"""
    SELECT round.id, round.space_id FROM round JOIN space ON space.id = round.space_id
    WHERE {IN_GOOD_STANDING} AND round.id = $1 AND round.state = 'OPEN' AND clock_timestamp() < round.closes_at
        AND space.archived_at IS NULL AND {sees_space(moderates("space.id"))} AND {_MAY_VOTE}
    FOR KEY SHARE OF round
"""  # noqa: S608 - made of predicates of ours
_OUTCOME = """
    SELECT outcome.* FROM (SELECT) AS always LEFT JOIN (
        SELECT EXISTS (SELECT FROM changed) AS changed FROM door
    ) AS outcome ON true
"""


def _told(kind: str) -> str:
    return f"""
        told AS (
            INSERT INTO event (kind, actor_id, subject_kind, subject_id, space_id, context)
            SELECT '{kind}', $2, 'round', door.id, door.space_id, $4 FROM changed, door
        )
    """  # noqa: S608 - a name of ours


_CAST = f"""
    WITH door AS ({_DOOR}), changed AS (
        INSERT INTO ballot (round_id, member_id, marks, receipt) SELECT id, $2, $5::smallint[], $6 FROM door
        ON CONFLICT (round_id, member_id) DO UPDATE
            SET marks = excluded.marks, receipt = excluded.receipt, cast_at = now()
        RETURNING id
    ), {_told(events.BALLOT_CAST)} {_OUTCOME}
"""  # noqa: S608 - as above
_WITHDRAW = f"""
    WITH door AS ({_DOOR}), changed AS (
        DELETE FROM ballot USING door WHERE ballot.round_id = door.id AND ballot.member_id = $2::bigint RETURNING ballot.id
    ), {_told(events.BALLOT_WITHDRAWN)} {_OUTCOME}
"""  # noqa: S608 - as above
_SEEN = f"""
    SELECT round.state = 'OPEN' AND clock_timestamp() < round.closes_at AS open, round.space_id, {_MAY_VOTE} AS eligible
    FROM round WHERE round.id = $1 AND round.state <> 'DRAFT' AND $3::boolean IS NOT NULL
"""  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Choice:
    """What a ballot says of an option: its rank from 1, its score or its votes; nothing where naming it is all."""

    option_id: int
    value: int | None = None


async def cast_ballot(connection: Connection, caller: Caller, round_id: int, choices: Sequence[Choice]) -> None:
    """Cast a ballot, or another in its place.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        NotFound: if they may not see the round, or it has no such option.
        RoundNotOpen: if it takes no ballots, or none any more.
        NotEligible: if it is for others.
        SpaceArchived: if its space is read-only.
        Invalid: if the ballot is none by the round's method.
    """
    terms = await connection.raw.fetchrow(_TERMS, round_id)
    values: list[int] = []
    if terms is not None:
        try:
            values = ballot_values(terms, choices)
        except Refusal:
            # What is wrong with a ballot tells of its round: that is for who may vote there.
            acting = await load_acting(connection, caller.member_id, caller.context, with_roles=caller.with_roles)
            await _doors(connection, acting, round_id)
            raise
    receipt = secrets.token_hex(16)

    async def attempt() -> bool | None:
        if terms is None:
            return None  # of a round that is not there, the doors tell
        row = await connection.change(
            _CAST, round_id, caller.member_id, caller.with_roles, dict(caller.context), values, receipt
        )
        return row["changed"]  # type: ignore[no-any-return] # of a record

    await done_or_refused(connection, caller, attempt, lambda acting: _doors(connection, acting, round_id))


async def withdraw_ballot(connection: Connection, caller: Caller, round_id: int) -> bool:
    """Take one's ballot back; say whether there was one. The refusals are those of :func:`cast_ballot`."""

    async def attempt() -> bool | None:
        row = await connection.change(_WITHDRAW, round_id, caller.member_id, caller.with_roles, dict(caller.context))
        return row["changed"]  # type: ignore[no-any-return] # of a record

    return await done_or_refused(connection, caller, attempt, lambda acting: _doors(connection, acting, round_id))


def ballot_values(terms: asyncpg.Record, choices: Sequence[Choice]) -> list[int]:
    """Return a ballot as it is kept: a number for each option, in their order.

    Raises:
        NotFound: for an option of another round.
        Invalid: if it is no ballot by the round's method.
    """
    options, kind = list(terms["options"]), terms["ballot_kind"]
    place = {option: at for at, option in enumerate(options)}
    values = [{RANKING: UNRANKED, SCORING: UNRATED}.get(kind, 0)] * len(options)
    if not choices:
        raise Invalid(field="choices", reason="A ballot says something; to take yours back, withdraw it.")
    if len({choice.option_id for choice in choices}) != len(choices):
        raise Invalid(field="choices", reason="An option is there twice.")
    if kind == CHOOSING and len(choices) != 1:
        raise Invalid(field="choices", reason="A ballot names one option.")
    for choice in choices:
        if choice.option_id not in place:
            raise NotFound(what="option", path=("choices",))
        values[place[choice.option_id]] = _value(terms, choice.value)
    if kind == RANKING:
        # Ranks from 1 with gaps say the same as without.
        ranks = sorted({value for value in values if value != UNRANKED})
        values = [value if value == UNRANKED else ranks.index(value) for value in values]
    if terms["credits"] is not None and sum(value * value for value in values) > terms["credits"]:
        raise Invalid(
            field="choices", reason=f"Votes cost their square, and a ballot has {terms['credits']:,} credits."
        )
    return values


def _value(terms: asyncpg.Record, value: int | None) -> int:
    kind = terms["ballot_kind"]
    if kind in {APPROVING, CHOOSING}:
        if value is not None:
            raise Invalid(field="choices", reason="A ballot names options, without a value.")
        return 1
    if kind == RANKING:
        lowest, highest, what = 1, UNRANKED - 1, "A rank"
    elif kind == SCORING:
        lowest, highest, what = terms["lowest_score"], terms["highest_score"], "A score"
    else:
        lowest, highest, what = -MOST_VOTES, MOST_VOTES, "A number of votes"
    if value is None or not lowest <= value <= highest:
        raise Invalid(field="choices", reason=f"{what} is {lowest} to {highest}.")
    return value


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
        raise NotEligible(whom="members who joined in time and, where it says so, belong to its space")
