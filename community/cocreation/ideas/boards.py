"""Boards: topics on which the community is asked for ideas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from community.cocreation.asking import require_asking
from community.cocreation.ideas import events
from community.discussions.access import refuse_archived, space_seen
from community.discussions.texts import clean_text
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.foundation.markdown import render
from community.members.names import clean_line

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

LONGEST_TITLE = 200
LONGEST_BODY = 20_000

_INSERT = """
    INSERT INTO idea_board (space_id, created_by, title, body, body_html) VALUES ($1, $2, $3, $4, $5) RETURNING id
"""
_HOLD = "SELECT * FROM idea_board WHERE id = $1 FOR NO KEY UPDATE"
_UPDATE = "UPDATE idea_board SET title = $2, body = $3, body_html = $4, open = $5 WHERE id = $1"


async def create_idea_board(
    connection: Connection, acting: Acting, space_id: int, *, title: str, body: str = ""
) -> int:
    """Ask for ideas on a topic; return the board's id.

    Raises:
        NotFound: if the member may not see the space.
        NotPermitted: unless they run campaigns, or moderate there.
        SpaceArchived: if the space is read-only.
        Invalid: if the title or the body is not what it may be.
    """
    space = await space_seen(connection, acting, space_id)
    require_asking(acting, space_id, "ask for ideas here")
    refuse_archived(space)
    title, body = _title(title), clean_text(body, "body", LONGEST_BODY)
    board_id: int = await connection.raw.fetchval(_INSERT, space_id, acting.member_id, title, body, render(body).html)
    await _record(connection, events.IDEA_BOARD_CREATED, acting, board_id, space_id)
    return board_id


async def update_idea_board(
    connection: Connection,
    acting: Acting,
    board_id: int,
    *,
    title: str | None = None,
    body: str | None = None,
    open_: bool | None = None,
) -> bool:
    """Have a board say something else, or take new ideas or none; say whether anything changed. What is None stays.

    Raises:
        NotFound: if the member may not see it.
        NotPermitted, SpaceArchived, Invalid: as for making one.
    """
    board = await connection.raw.fetchrow(_HOLD, board_id)
    if board is None:
        raise NotFound(what="board")
    try:
        space = await space_seen(connection, acting, board["space_id"])
    except NotFound:
        raise NotFound(what="board") from None
    require_asking(acting, board["space_id"], "change this board")
    refuse_archived(space)
    after: dict[str, Any] = {
        "title": board["title"] if title is None else _title(title),
        "body": board["body"] if body is None else clean_text(body, "body", LONGEST_BODY),
        "open": board["open"] if open_ is None else open_,
    }
    changed = [name for name, value in after.items() if value != board[name]]
    if not changed:
        return False
    html = render(after["body"]).html
    await connection.raw.execute(_UPDATE, board_id, after["title"], after["body"], html, after["open"])
    await _record(connection, events.IDEA_BOARD_UPDATED, acting, board_id, board["space_id"], fields=changed)
    return True


def _title(written: str) -> str:
    title = clean_line(written, "title", LONGEST_TITLE)
    if not title:
        raise Invalid(field="title", reason="There is a title.")
    return title


async def _record(
    connection: Connection, kind: str, acting: Acting, board_id: int, space_id: int, **data: object
) -> None:
    happened = Event(
        kind,
        actor_id=acting.member_id,
        subject_kind="idea_board",
        subject_id=board_id,
        space_id=space_id,
        data=data,
        context=acting.context,
    )
    await record(connection, happened)
