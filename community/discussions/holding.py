"""Holding what is written until somebody has looked at it: its author sees it, and who moderates; nobody is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from community.discussions.events import CONTENT_REMOVED
from community.discussions.publishing import is_kept_back, keep_back
from community.discussions.states import move_comments, move_posts
from community.discussions.tables import Visibility
from community.foundation.events import Event, record
from community.foundation.markdown import render

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

_SHOWN = frozenset({Visibility.VISIBLE, Visibility.AUTHOR_SUSPENDED})


async def hold_post(
    connection: Connection,
    post_id: int,
    *,
    author_id: int,
    space_id: int,
    visibility: int = Visibility.VISIBLE,
    told: Sequence[str] | None = None,
    context: Mapping[str, object],
) -> None:
    """Hold a post, locked, as this transaction has written it; what is hidden already stays as it is.

    `told` is what followed each @ in what was shown before; None for a post that is new.
    """
    if visibility not in _SHOWN:
        return
    await keep_back(connection, post_id=post_id, is_new=told is None, told=told or (), context=context)
    await move_posts(connection, [post_id], Visibility(visibility), Visibility.HELD)
    await _record(connection, "post", post_id, author_id, post_id, space_id)


async def hold_comment(
    connection: Connection,
    comment_id: int,
    *,
    author_id: int,
    post_id: int,
    space_id: int,
    visibility: int = Visibility.VISIBLE,
    told: Sequence[str] | None = None,
    context: Mapping[str, object],
) -> None:
    """Hold a comment, as `hold_post` does a post."""
    if visibility not in _SHOWN:
        return
    await keep_back(connection, comment_id=comment_id, is_new=told is None, told=told or (), context=context)
    await move_comments(connection, [comment_id], Visibility(visibility), Visibility.HELD)
    await _record(connection, "comment", comment_id, author_id, post_id, space_id)


async def keep_withdrawn(connection: Connection, row: asyncpg.Record, *, is_post: bool) -> None:
    """Remember of a post or comment that its author withdraws that it was held: brought back, it is held again."""
    if row["visibility"] == Visibility.HELD:
        await keep_back(
            connection, **_which(row, is_post=is_post), is_new=False, told=render(row["body"]).mentions, context={}
        )


async def brought_back(connection: Connection, row: asyncpg.Record, after: Visibility, *, is_post: bool) -> Visibility:
    """Return where a post or comment comes back to: what its author withdrew while it was held is held, and not shown."""
    withdrawn = row["visibility"] == Visibility.WITHDRAWN
    return Visibility.HELD if withdrawn and await is_kept_back(connection, **_which(row, is_post=is_post)) else after


def _which(row: asyncpg.Record, *, is_post: bool) -> dict[str, int]:
    return {"post_id" if is_post else "comment_id": row["id"]}


async def _record(
    connection: Connection, subject_kind: str, subject_id: int, author_id: int, post_id: int, space_id: int
) -> None:
    happened = Event(
        CONTENT_REMOVED,
        member_id=author_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        post_id=post_id,
        space_id=space_id,
        data={"visibility": Visibility.HELD, "reason": ""},
    )
    await record(connection, happened)
