"""Amendments: another text for an idea, proposed by any member, and accepted or not by who the idea is.

One is proposed against the text as it is then. Where the text has changed since, it cannot be accepted any more, as
accepting would undo what nobody meant to undo; who proposed it may propose anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn

import asyncpg

from community.cocreation.ideas import events
from community.cocreation.ideas.access import Held, idea_seen, idea_to_change, shares_in, tell
from community.cocreation.ideas.errors import AmendmentDecided, AmendmentOutdated, AmendmentPending
from community.discussions.access import blocked_with, refuse_archived
from community.discussions.errors import EditConflict, PostLocked
from community.discussions.posts import refuse_more, rewrite_post
from community.discussions.texts import clean_body, clean_reason, clean_title
from community.foundation.errors import Invalid, NotFound, NotPermitted

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

_INSERT = """
    INSERT INTO amendment (idea_id, proposed_by, base_revision, title, body, body_html, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (idea_id, proposed_by) WHERE state = 'OPEN' DO NOTHING RETURNING id
"""
_PROPOSED = """
    SELECT idea.post_id, amendment.title, amendment.body, amendment.reason
    FROM amendment JOIN idea ON idea.id = amendment.idea_id WHERE amendment.id = $1
"""
_IDEA_OF = "SELECT idea_id FROM amendment WHERE id = $1"
_HOLD = f"""
    SELECT amendment.*, proposer.state = 'SUSPENDED' AS suspended, {blocked_with("proposed_by")} AS blocked
    FROM amendment JOIN member AS proposer ON proposer.id = proposed_by
    WHERE amendment.id = $1 FOR NO KEY UPDATE OF amendment
"""  # noqa: S608 - made of a predicate of ours
_DECIDE = """
    UPDATE amendment SET state = $2, decided_by = $3, decided_at = now(), decision = $4
    WHERE id = $1 AND state = 'OPEN' RETURNING id
"""


class Proposed(NamedTuple):
    """What an amendment would have a post say, and why."""

    post_id: int
    title: str
    body: str
    reason: str


class Accepted(NamedTuple):
    """Of which idea an amendment was taken, and which post says it now."""

    idea_id: int
    post_id: int


async def proposed(connection: Connection, amendment_id: int) -> Proposed:
    """Return what an amendment proposes; nothing, to no post, if there is none. Whoever asks must not be told."""
    row = await connection.raw.fetchrow(_PROPOSED, amendment_id)
    return Proposed(0, "", "", "") if row is None else Proposed(*row)


async def propose_amendment(
    connection: Connection,
    acting: Acting,
    idea_id: int,
    *,
    title: str | None = None,
    body: str | None = None,
    reason: str = "",
    expected_revision: int | None = None,
) -> int:
    """Propose another title or body to an idea's authors; return the amendment's id. What is None stays.

    Raises:
        NotFound: if the member may not see the idea.
        NotPermitted: if it is hidden, or a block stands between the member, who moderates it, and its author.
        IdeaClosed, PostLocked, SpaceArchived: if it cannot be changed.
        EditConflict: if the text is at another revision than the one that the member read.
        AmendmentPending: if one of theirs is not decided yet.
        Invalid: if the title, the body or the reason is not what it may be, or nothing would change.
    """
    new_title = None if title is None else clean_title(title)
    cleaned = None if body is None else clean_body(body)
    reason = clean_reason(reason)
    held = await idea_to_change(connection, acting, idea_id, "propose an amendment to this idea")
    held.refuse_closed()
    post = held.post
    if post["locked_at"] is not None and not post["moderates"]:
        raise PostLocked
    if expected_revision is not None and expected_revision != post["revision_count"]:
        raise EditConflict(revision=post["revision_count"])
    await refuse_more(connection, acting, cleaned, post["body"])
    columns, _ = cleaned or clean_body(post["body"])
    after = new_title or post["title"], columns["body"]
    if after == (post["title"], post["body"]):
        raise Invalid(field="body", reason="This is what the idea says already.")
    amendment_id: int | None = await connection.raw.fetchval(
        _INSERT,
        idea_id,
        acting.member_id,
        post["revision_count"],
        *after,
        columns["body_html"],
        reason,
    )
    if amendment_id is None:
        raise AmendmentPending
    await _tell(connection, events.AMENDMENT_PROPOSED, acting, held, amendment_id, held.author_id)
    return amendment_id


async def accept_amendment(
    connection: Connection, acting: Acting, amendment_id: int, *, held: bool = False
) -> Accepted:
    """Have an idea say what was proposed, as a revision of who proposed it.

    For the idea's author and co-authors, but not for who proposed it. What is `held` hides the post until somebody approves it.

    Raises:
        NotFound: if the member may not see the idea or the amendment.
        NotPermitted: unless it is theirs to accept; and if the idea is hidden.
        IdeaClosed, PostLocked, SpaceArchived: if it cannot be changed.
        AmendmentDecided: if it is not open any more.
        AmendmentOutdated: if the text has changed since it was proposed.
    """
    idea, amendment = await _held(connection, acting, amendment_id)
    refuse_archived(idea.post)
    proposer: int = amendment["proposed_by"]
    if proposer == acting.member_id or not await shares_in(connection, acting, idea):
        raise NotPermitted(action="accept this amendment")
    idea.refuse_hidden("accept this amendment")
    idea.refuse_closed()
    post = idea.post
    if post["locked_at"] is not None and not post["moderates"]:
        raise PostLocked
    if amendment["state"] != "OPEN":
        raise AmendmentDecided
    if amendment["base_revision"] != post["revision_count"]:
        raise AmendmentOutdated(base=amendment["base_revision"], revision=post["revision_count"])
    await _decide(connection, acting, amendment_id, "ACCEPTED")
    revision = await rewrite_post(
        connection,
        acting,
        post,
        title=amendment["title"],
        cleaned=clean_body(amendment["body"]) if amendment["body"] != post["body"] else None,
        reason=amendment["reason"],
        editor_id=proposer,
        held=held,
    )
    await _tell(connection, events.AMENDMENT_ACCEPTED, acting, idea, amendment_id, proposer, revision=revision)
    return Accepted(idea.id, post["id"])


async def decline_amendment(connection: Connection, acting: Acting, amendment_id: int, *, why: str = "") -> int:
    """Leave an idea as it is, and say why; return its idea's id. For its authors, and who moderates it.

    Raises:
        NotFound: if the member may not see the idea or the amendment.
        NotPermitted: unless it is theirs to decide.
        SpaceArchived: if its space is read-only.
        AmendmentDecided: if it is not open any more.
        Invalid: if the reason is not what it may be.
    """
    why = clean_reason(why)
    held, amendment = await _held(connection, acting, amendment_id)
    if not (held.post["moderates"] or await shares_in(connection, acting, held)):
        raise NotPermitted(action="decline this amendment")
    refuse_archived(held.post)
    await _decide(connection, acting, amendment_id, "DECLINED", why)
    await _tell(connection, events.AMENDMENT_DECLINED, acting, held, amendment_id, amendment["proposed_by"])
    return held.id


async def withdraw_amendment(connection: Connection, acting: Acting, amendment_id: int) -> int:
    """Take back what one proposed; return its idea's id.

    Raises:
        NotFound: if the member may not see the idea or the amendment.
        NotPermitted: unless it is theirs.
        AmendmentDecided: if it is not open any more.
    """
    held, amendment = await _held(connection, acting, amendment_id)
    if amendment["proposed_by"] != acting.member_id:
        raise NotPermitted(action="withdraw this amendment")
    await _decide(connection, acting, amendment_id, "WITHDRAWN")
    await _tell(connection, events.AMENDMENT_WITHDRAWN, acting, held, amendment_id, None)
    return held.id


async def _held(connection: Connection, acting: Acting, amendment_id: int) -> tuple[Held, asyncpg.Record]:
    """Return an amendment that the member may see and its idea, all locked.

    Raises:
        NotFound: if they may not.
    """
    idea_id = await connection.raw.fetchval(_IDEA_OF, amendment_id)
    if idea_id is None:
        _not_there()
    try:
        held = await idea_seen(connection, acting, idea_id)
    except NotFound:
        _not_there()
    amendment = await connection.raw.fetchrow(_HOLD, amendment_id, acting.member_id)
    hidden = amendment is None or amendment["suspended"] or amendment["blocked"]
    if amendment is None or (hidden and not held.post["moderates"] and amendment["proposed_by"] != acting.member_id):
        _not_there()
    return held, amendment


def _not_there() -> NoReturn:
    raise NotFound(what="amendment") from None


async def _decide(connection: Connection, acting: Acting, amendment_id: int, state: str, decision: str = "") -> None:
    if await connection.raw.fetchval(_DECIDE, amendment_id, state, acting.member_id, decision) is None:
        raise AmendmentDecided


async def _tell(
    connection: Connection,
    kind: str,
    acting: Acting,
    held: Held,
    amendment_id: int,
    member_id: int | None,
    **data: object,
) -> None:
    subject = ("amendment", amendment_id)
    await tell(connection, kind, acting, held, member_id=member_id, subject=subject, idea=held.id, **data)
