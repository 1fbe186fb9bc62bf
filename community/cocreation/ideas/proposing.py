"""Proposing an idea: a post, and what makes an idea of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from community.cocreation.ideas import events
from community.cocreation.ideas.errors import BoardClosed
from community.discussions.access import space_seen
from community.discussions.posts import create_post
from community.foundation.errors import NotFound
from community.foundation.events import Event, record

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

# Whoever closes the board waits until the ideas on their way are there.
_BOARD = "SELECT id, space_id, open FROM idea_board WHERE id = $1 FOR SHARE"
_INSERT = """
    WITH added AS (INSERT INTO idea (board_id, post_id, follower_count) VALUES ($1, $2, 1) RETURNING id)
    INSERT INTO idea_follow (idea_id, member_id, following) SELECT id, $3, true FROM added RETURNING idea_id
"""
_SPACE_OF_BOARD = "SELECT space_id FROM idea_board WHERE id = $1"


class Proposed(NamedTuple):
    """An idea, and the post that it is."""

    id: int
    post_id: int


async def space_of_board(connection: Connection, board_id: int) -> int | None:
    """Return the space in which ideas on a board stand; None if there is no such board. Whoever asks must not be told."""
    space_id: int | None = await connection.raw.fetchval(_SPACE_OF_BOARD, board_id)
    return space_id


async def create_idea(
    connection: Connection,
    acting: Acting,
    board_id: int,
    *,
    title: str,
    body: str,
    tags: Sequence[str] = (),
    held: bool = False,
) -> Proposed:
    """Propose an idea on a board; return it. Who proposes it follows it. `held` as for a post.

    Raises:
        NotFound: if the member may not see the board.
        BoardClosed: if it takes no new ideas.
        Invalid, NotPermitted, SpaceArchived: as for starting a post in the board's space.
    """
    board = await connection.raw.fetchrow(_BOARD, board_id)
    if board is None:
        raise NotFound(what="board")
    try:
        await space_seen(connection, acting, board["space_id"])
    except NotFound:
        raise NotFound(what="board") from None
    if not board["open"]:
        raise BoardClosed
    post_id = await create_post(
        connection, acting, space_id=board["space_id"], title=title, body=body, tags=tags, held=held
    )
    idea_id: int = await connection.raw.fetchval(_INSERT, board_id, post_id, acting.member_id)
    happened = Event(
        events.IDEA_CREATED,
        actor_id=acting.member_id,
        subject_kind="idea",
        subject_id=idea_id,
        post_id=post_id,
        space_id=board["space_id"],
        context=acting.context,
    )
    await record(connection, happened)
    return Proposed(idea_id, post_id)
