"""The life of a round: asked, opened, and closed, by somebody or by the database's clock.

While a round is open, its phase follows from the clock alone: nobody moves it on, and every door asks the database what
time it is. What the clock has to do itself (open, end the discussion, close) is done by whichever server comes first.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.cocreation.asking import asked_seen, may_ask, require_asking
from community.cocreation.rounds import events
from community.cocreation.rounds.errors import RoundNotDraft, RoundNotOpen
from community.cocreation.rounds.methods import METHOD
from community.cocreation.rounds.questions import LONGEST_BODY, Option, Question, clean_title, refuse_bad
from community.discussions.access import refuse_archived, space_for_post, space_seen
from community.discussions.events import POST_LOCKED
from community.discussions.posts import create_post
from community.discussions.texts import clean_text
from community.eligibility.rules import keep_eligibility
from community.foundation.errors import Invalid, Refusal
from community.foundation.events import Event, record
from community.foundation.jobs import ask
from community.foundation.markdown import render
from community.members.acting import Acting, load_acting

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

COUNTING = "COUNTING"
"""The kind of job that counts a round."""

PHASES = ("PROPOSE", "DISCUSS", "VOTE", "RESULT")
"""What is done in a round: of one that is open, as its times and the clock say."""

# Whoever casts a ballot may do so from this moment; before it comes, if anything, proposing and discussing.
VOTING_BEGAN = "clock_timestamp() >= coalesce(round.voting_from, round.opened_at)"

_INSERT = """
    INSERT INTO round (space_id, created_by, title, body, body_html, method, ballot_kind, winners, lowest_score,
        highest_score, credits, budget, voters_id, proposers_id, proposals_each, opens_at, proposals_until, voting_from,
        tally_open, quorum, smallest_result, seed, source_key, closes_at, discussed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
        $25)
    RETURNING id
"""
INSERT_OPTIONS = """
    INSERT INTO round_option (round_id, position, title, body, body_html, cost, proposed_by)
    SELECT $1, $6 + place - 1, title, body, body_html, cost, $7
    FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[]) WITH ORDINALITY
        AS option (title, body, body_html, cost, place)
"""
# Whoever casts a ballot holds FOR KEY SHARE, so that none is on its way when a round closes.
_LOCKED = """
    SELECT round.*, clock_timestamp() >= closes_at AS over FROM round WHERE id = $1 FOR UPDATE
"""
_OPEN = "UPDATE round SET state = 'OPEN', opened_at = now(), post_id = $2 WHERE id = $1"
_CLOSE = "UPDATE round SET state = 'CLOSED', closed_at = now(), closes_at = least(closes_at, now()) WHERE id = $1"
_OPENING = """
    SELECT round.* FROM round JOIN space ON space.id = space_id
    WHERE state = 'DRAFT' AND opens_at <= now() AND closes_at > now() AND space.archived_at IS NULL
    ORDER BY round.id LIMIT 100 FOR UPDATE OF round SKIP LOCKED
"""
_CLOSING = """
    SELECT id, space_id FROM round WHERE state = 'OPEN' AND closes_at <= now() ORDER BY id LIMIT 100
    FOR UPDATE SKIP LOCKED
"""
# A discussion ends when voting begins, where there was a time for it; else when the round closes.
_END_DISCUSSIONS = """
    UPDATE post SET locked_at = now() FROM (
        SELECT post_id FROM round WHERE state = 'OPEN' AND post_id IS NOT NULL AND voting_from <= now()
        UNION ALL
        SELECT post_id FROM round WHERE id = ANY($1::bigint[]) AND post_id IS NOT NULL
    ) AS ended
    WHERE post.id = ended.post_id AND post.locked_at IS NULL
    RETURNING post.id, post.author_id, post.space_id
"""


async def create_round(connection: Connection, acting: Acting, space_id: int, question: Question) -> int:
    """Make a draft of a round; return its id. The seed of its lots is drawn here, before anybody votes.

    Raises:
        NotFound: if the member may not see the space, or one that eligibility asks for.
        NotPermitted: unless they run campaigns, or moderate there.
        SpaceArchived: if it is read-only.
        Invalid: if what is asked cannot be counted, or is not what it may be.
    """
    space = await space_seen(connection, acting, space_id)
    require_manager(acting, space_id)
    refuse_archived(space)
    await refuse_bad(connection, question)
    title = clean_title(question.title, "title")
    body = clean_text(question.body, "body", LONGEST_BODY)
    method = METHOD[question.method]
    voters_id = await keep_eligibility(connection, acting, question.voters, field="voters")
    proposers_id = await keep_eligibility(connection, acting, question.proposers, field="proposers")
    round_id: int = await connection.raw.fetchval(
        _INSERT,
        *(space_id, acting.member_id, title, body, render(body).html, question.method, method.ballot_kind),
        *(question.winners, question.lowest_score, question.highest_score, question.credits, question.budget),
        *(voters_id, proposers_id, question.proposals_each, question.opens_at, question.proposals_until),
        *(question.voting_from, question.tally_open, question.quorum, question.smallest_result),
        *(secrets.token_hex(16), secrets.token_bytes(32), question.closes_at, question.discussed),
    )
    await insert_options(connection, round_id, question.options, 0, proposed_by=None)
    await record_of_round(connection, events.ROUND_CREATED, acting.member_id, round_id, space_id)
    return round_id


async def insert_options(
    connection: Connection, round_id: int, options: Sequence[Option], begin: int, *, proposed_by: int | None
) -> None:
    """Add options to a round, numbered from `begin`.

    Raises:
        Invalid: for a title or body that is not what it may be.
    """
    titles = [clean_title(option.title, "options") for option in options]
    bodies = [clean_text(option.body, "options", LONGEST_BODY) for option in options]
    await connection.raw.execute(
        INSERT_OPTIONS,
        *(round_id, titles, bodies, [render(each).html for each in bodies], [option.cost for option in options]),
        *(begin, proposed_by),
    )


async def open_round(connection: Connection, acting: Acting, round_id: int) -> None:
    """Open a round: members see it, and its first phase begins.

    Raises:
        NotFound, NotPermitted, SpaceArchived: as for creating one.
        RoundNotDraft: if it was opened before.
        Invalid: if its time is over already.
    """
    round_ = await managed(connection, acting, round_id)
    if round_["state"] != "DRAFT":
        raise RoundNotDraft
    if round_["over"]:
        raise Invalid(field="round", reason="It would close before it opens; make another.")
    await _open(connection, round_, acting, acting.member_id)


async def close_round(connection: Connection, acting: Acting, round_id: int) -> int:
    """Close a round before its time, and ask for it to be counted; return the id of that job.

    Raises:
        NotFound, NotPermitted, SpaceArchived: as for creating one.
        RoundNotOpen: if it is not open.
    """
    round_ = await managed(connection, acting, round_id)
    if round_["state"] != "OPEN":
        raise RoundNotOpen
    job_id = await _close(connection, round_id, round_["space_id"], acting.member_id)
    await _end_discussions(connection, [round_id])
    return job_id


async def move_due(connection: Connection) -> int:
    """Do what the clock asks for: open, end discussions, close and have counted. Return how many rounds were moved."""
    opening = await connection.raw.fetch(_OPENING)
    for round_ in opening:
        await _open(connection, round_, await _asker(connection, round_), None)
    closing = await connection.raw.fetch(_CLOSING)
    for round_ in closing:
        await _close(connection, round_["id"], round_["space_id"], None)
    await _end_discussions(connection, [round_["id"] for round_ in closing])
    return len(opening) + len(closing)


async def _open(connection: Connection, round_: asyncpg.Record, asker: Acting | None, actor_id: int | None) -> None:
    """Open a locked draft; `asker` starts the post under which it is discussed."""
    post_id, round_id, space_id = None, round_["id"], round_["space_id"]
    if round_["discussed"] and asker is not None:
        title, body = round_["title"], round_["body"] or round_["title"]
        post_id = await create_post(connection, asker, space_id=space_id, title=title, body=body)
    await connection.raw.execute(_OPEN, round_id, post_id)
    await record_of_round(connection, events.ROUND_OPENED, actor_id, round_id, space_id)


async def _asker(connection: Connection, round_: asyncpg.Record) -> Acting | None:
    """Return who made a round, if they may still start a post where it is asked: else it opens without one."""
    if round_["created_by"] is None:
        return None
    try:
        asker = await load_acting(connection, round_["created_by"])
        await space_for_post(connection, asker, round_["space_id"])
    except Refusal:
        return None
    return asker


async def _close(connection: Connection, round_id: int, space_id: int, actor_id: int | None) -> int:
    await connection.raw.execute(_CLOSE, round_id)
    await record_of_round(connection, events.ROUND_CLOSED, actor_id, round_id, space_id)
    return await ask(connection, COUNTING, {"round": round_id}, asked_by=actor_id)


async def _end_discussions(connection: Connection, closed: Sequence[int]) -> None:
    for post in await connection.raw.fetch(_END_DISCUSSIONS, closed):
        locked = Event(
            POST_LOCKED,
            member_id=post["author_id"],
            subject_kind="post",
            subject_id=post["id"],
            post_id=post["id"],
            space_id=post["space_id"],
        )
        await record(connection, locked)


async def managed(connection: Connection, acting: Acting, round_id: int) -> asyncpg.Record:
    """Return a round that the member may manage, locked: no ballot is on its way into it.

    Raises:
        NotFound: if they may not see it.
        NotPermitted: if they may not manage it.
        SpaceArchived: if its space is read-only.
    """
    round_, space = await round_locked(connection, acting, round_id)
    require_manager(acting, round_["space_id"])
    refuse_archived(space)
    return round_


async def round_locked(connection: Connection, acting: Acting, round_id: int) -> tuple[asyncpg.Record, asyncpg.Record]:
    """Return a round that the member may see, locked as :func:`managed` does, and its space.

    Raises:
        NotFound: if they may not see it.
    """
    found = await connection.raw.fetchrow(_LOCKED, round_id)
    knows_drafts = found is not None and may_ask(acting, found["space_id"])
    return await asked_seen(connection, acting, found, "round", knows_drafts=knows_drafts)


async def record_of_round(
    connection: Connection, kind: str, actor_id: int | None, round_id: int, space_id: int, **data: object
) -> None:
    """Write to the log what happened to a round."""
    happened = Event(kind, actor_id=actor_id, subject_kind="round", subject_id=round_id, space_id=space_id, data=data)
    await record(connection, happened)


def require_manager(acting: Acting, space_id: int) -> None:
    """Refuse who may not ask the community anything in a space.

    Raises:
        NotPermitted: unless they run campaigns, or moderate there.
    """
    require_asking(acting, space_id, "ask the community in a round here")
