"""Rounds: asked, opened, and closed by the database's clock or before."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from community.cocreation.rounds import events
from community.cocreation.rounds.errors import RoundNotDraft, RoundNotOpen
from community.cocreation.rounds.methods import METHOD, SCORING, VOTING
from community.discussions.access import refuse_archived, space_seen
from community.discussions.texts import clean_text
from community.foundation.errors import Invalid, NotFound, NotPermitted
from community.foundation.events import Event, record
from community.foundation.jobs import ask
from community.foundation.markdown import render
from community.members.acting import Acting
from community.members.names import clean_line
from community.members.roles import Permission

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

COUNTING = "COUNTING"
"""The kind of job that counts a round."""

LONGEST_TITLE = 200
LONGEST_BODY = 20_000
FEWEST_OPTIONS, MOST_OPTIONS = 2, 100
LONGEST_ROUND = timedelta(days=366)
LOWEST_SCORE, HIGHEST_SCORE = -100, 100
MOST_CREDITS = 10_000
MOST_MONEY = 2**31 - 1
SMALLEST_RESULT = 5
"""Of how many ballots at least a result is told, unless the round asks for more: of few, it would tell who voted what."""

_INSERT = """
    INSERT INTO round (space_id, created_by, title, body, body_html, method, ballot_kind, winners, lowest_score,
        highest_score, credits, budget, joined_before, space_members_only, quorum, smallest_result, seed, closes_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING id
"""
_INSERT_OPTIONS = """
    INSERT INTO round_option (round_id, position, title, body, body_html, cost)
    SELECT $1, place - 1, title, body, body_html, cost
    FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[]) WITH ORDINALITY
        AS option (title, body, body_html, cost, place)
"""
# Whoever casts a ballot holds FOR KEY SHARE, so that none is on its way when a round closes.
_LOCKED = """
    SELECT round.*, clock_timestamp() >= closes_at AS over FROM round WHERE id = $1 FOR UPDATE
"""
_OPEN = "UPDATE round SET state = 'OPEN', opened_at = now() WHERE id = $1"
_CLOSE = "UPDATE round SET state = 'CLOSED', closed_at = now(), closes_at = least(closes_at, now()) WHERE id = $1"
_DUE = """
    SELECT id, space_id FROM round WHERE state = 'OPEN' AND closes_at <= now() ORDER BY id LIMIT 100
    FOR UPDATE SKIP LOCKED
"""
_IS_LATER = "SELECT $1::timestamptz > now() AND $1::timestamptz < now() + $2::interval"


@dataclass(frozen=True, slots=True)
class Option:
    """What may be chosen."""

    title: str
    body: str = ""
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a round asks, of whom, and how it is counted."""

    title: str
    method: str
    options: Sequence[Option]
    closes_at: datetime
    body: str = ""
    winners: int = 1
    lowest_score: int | None = None
    highest_score: int | None = None
    credits: int | None = None
    budget: int | None = None
    joined_before: datetime | None = None
    space_members_only: bool = False
    quorum: int = 0
    smallest_result: int = SMALLEST_RESULT


async def create_round(connection: Connection, acting: Acting, space_id: int, question: Question) -> int:
    """Make a draft of a round; return its id. The seed of its lots is drawn here, before anybody votes.

    Raises:
        NotFound: if the member may not see the space.
        NotPermitted: unless they run campaigns, or moderate there.
        SpaceArchived: if it is read-only.
        Invalid: if what is asked cannot be counted, or is not what it may be.
    """
    space = await space_seen(connection, acting, space_id)
    _require(acting, space_id)
    refuse_archived(space)
    await _refuse_bad(connection, question)
    title = _line(question.title, "title")
    body = clean_text(question.body, "body", LONGEST_BODY)
    method = METHOD[question.method]
    round_id: int = await connection.raw.fetchval(
        _INSERT,
        *(space_id, acting.member_id, title, body, render(body).html, question.method, method.ballot_kind),
        *(question.winners, question.lowest_score, question.highest_score, question.credits, question.budget),
        *(question.joined_before, question.space_members_only, question.quorum, question.smallest_result),
        *(secrets.token_hex(16), question.closes_at),
    )
    titles = [_line(option.title, "options") for option in question.options]
    bodies = [clean_text(option.body, "options", LONGEST_BODY) for option in question.options]
    await connection.raw.execute(
        _INSERT_OPTIONS,
        *(round_id, titles, bodies, [render(each).html for each in bodies]),
        [option.cost for option in question.options],
    )
    await _record(connection, events.ROUND_CREATED, acting.member_id, round_id, space_id)
    return round_id


async def open_round(connection: Connection, acting: Acting, round_id: int) -> None:
    """Let members vote.

    Raises:
        NotFound, NotPermitted, SpaceArchived: as for creating one.
        RoundNotDraft: if it was opened before.
        Invalid: if its time is over already.
    """
    round_ = await _managed(connection, acting, round_id)
    if round_["state"] != "DRAFT":
        raise RoundNotDraft
    if round_["over"]:
        raise Invalid(field="round", reason="It would close before it opens; make another.")
    await connection.raw.execute(_OPEN, round_id)
    await _record(connection, events.ROUND_OPENED, acting.member_id, round_id, round_["space_id"])


async def close_round(connection: Connection, acting: Acting, round_id: int) -> int:
    """Close a round before its time, and ask for it to be counted; return the id of that job.

    Raises:
        NotFound, NotPermitted, SpaceArchived: as for creating one.
        RoundNotOpen: if it is not open.
    """
    round_ = await _managed(connection, acting, round_id)
    if round_["state"] != "OPEN":
        raise RoundNotOpen
    return await _close(connection, round_id, round_["space_id"], acting.member_id)


async def close_due(connection: Connection) -> int:
    """Close the rounds whose time is over, and ask for them to be counted; return how many there were."""
    due = await connection.raw.fetch(_DUE)
    for round_ in due:
        await _close(connection, round_["id"], round_["space_id"], None)
    return len(due)


async def _close(connection: Connection, round_id: int, space_id: int, actor_id: int | None) -> int:
    await connection.raw.execute(_CLOSE, round_id)
    await _record(connection, events.ROUND_CLOSED, actor_id, round_id, space_id)
    return await ask(connection, COUNTING, {"round": round_id}, asked_by=actor_id)


async def _managed(connection: Connection, acting: Acting, round_id: int) -> asyncpg.Record:
    """Return a round that the member may manage, locked: no ballot is on its way into it.

    Raises:
        NotFound: if they may not see it.
        NotPermitted: if they may not manage it.
        SpaceArchived: if its space is read-only.
    """
    round_ = await connection.raw.fetchrow(_LOCKED, round_id)
    if round_ is None:
        raise NotFound(what="round")
    try:
        space = await space_seen(connection, acting, round_["space_id"])
    except NotFound:
        raise NotFound(what="round") from None
    hidden = round_["state"] == "DRAFT" and round_["created_by"] != acting.member_id
    if hidden and not _manages(acting, round_["space_id"]):
        raise NotFound(what="round")
    _require(acting, round_["space_id"])
    refuse_archived(space)
    return round_


def _manages(acting: Acting, space_id: int) -> bool:
    return acting.may(Permission.MANAGE_CAMPAIGNS) or acting.may(Permission.MODERATE_CONTENT, space_id)


def _require(acting: Acting, space_id: int) -> None:
    if not _manages(acting, space_id):
        raise NotPermitted(action="ask the community in a round here")


async def _refuse_bad(connection: Connection, question: Question) -> None:
    method = METHOD.get(question.method)
    if method is None:
        raise Invalid(field="method", reason="There is no such method.")
    amount = len(question.options)
    if not FEWEST_OPTIONS <= amount <= MOST_OPTIONS:
        raise Invalid(field="options", reason=f"Give {FEWEST_OPTIONS} to {MOST_OPTIONS} options.")
    if not 1 <= question.winners <= amount or (question.winners > 1 and not method.several):
        raise Invalid(field="winners", reason="As many win as the method may elect, and fewer than there are options.")
    if not await connection.raw.fetchval(_IS_LATER, question.closes_at, LONGEST_ROUND):
        raise Invalid(field="closesAt", reason=f"A round closes in the future, within {LONGEST_ROUND.days} days.")
    if question.quorum < 0 or not SMALLEST_RESULT <= question.smallest_result <= 1_000_000:  # noqa: PLR2004 - a bound
        raise Invalid(
            field="smallestResult" if question.quorum >= 0 else "quorum",
            reason=f"A quorum is not negative; nothing is told of fewer than {SMALLEST_RESULT} ballots.",
        )
    _refuse_bad_scale(question, method.ballot_kind)
    _refuse_bad_money(question, spends=method.spends)


def _refuse_bad_scale(question: Question, ballot_kind: str) -> None:
    lowest, highest, credits_ = question.lowest_score, question.highest_score, question.credits
    if ballot_kind == SCORING:
        if lowest is None or highest is None or not LOWEST_SCORE <= lowest < highest <= HIGHEST_SCORE:
            reason = f"Scores go from a lower to a higher whole number, {LOWEST_SCORE} to {HIGHEST_SCORE}."
            raise Invalid(field="highestScore", reason=reason)
    elif lowest is not None or highest is not None:
        raise Invalid(field="highestScore", reason="Nobody gives scores by this method.")
    if ballot_kind == VOTING:
        if credits_ is None or not 1 <= credits_ <= MOST_CREDITS:
            raise Invalid(field="credits", reason=f"A ballot has 1 to {MOST_CREDITS:,} credits.")
    elif credits_ is not None:
        raise Invalid(field="credits", reason="Votes cost nothing by this method.")


def _refuse_bad_money(question: Question, *, spends: bool) -> None:
    costs = [option.cost for option in question.options]
    if not spends:
        if question.budget is not None or any(cost is not None for cost in costs):
            raise Invalid(field="budget", reason="Nothing is spent by this method.")
        return
    if question.budget is None or not 0 < question.budget <= MOST_MONEY:
        raise Invalid(field="budget", reason="There is a budget above 0.")
    if any(cost is None or not 0 < cost <= MOST_MONEY for cost in costs):
        raise Invalid(field="options", reason="Each option costs something.")


def _line(written: str, field: str) -> str:
    line = clean_line(written, field, LONGEST_TITLE)
    if not line:
        raise Invalid(field=field, reason="There is a title.")
    return line


async def _record(connection: Connection, kind: str, actor_id: int | None, round_id: int, space_id: int) -> None:
    happened = Event(kind, actor_id=actor_id, subject_kind="round", subject_id=round_id, space_id=space_id)
    await record(connection, happened)
