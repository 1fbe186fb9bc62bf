"""What decisions do to posts and comments, and how it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.discussions.access import comment_seen, post_seen
from community.discussions.comments import edit_comment
from community.discussions.curation import lock_post, move_post, unlock_post
from community.discussions.events import CONTENT_REMOVED, CONTENT_RESTORED, happened
from community.discussions.labels import label_content, label_named, label_of
from community.discussions.posts import edit_post
from community.discussions.states import move_comments, move_posts
from community.discussions.tables import Visibility
from community.foundation.errors import NotPermitted
from community.foundation.events import record
from moderation.decisions.errors import ActionNotPossible, DecisionOverlaid
from moderation.decisions.ruling import Changed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import asyncpg

    from community.foundation.database import Connection
    from moderation.decisions.ruling import Measure, Ruling

SHOWN = frozenset({Visibility.VISIBLE, Visibility.AUTHOR_SUSPENDED})
"""Shown, as far as it is the content's own affair."""

_HIDDEN_COLUMNS = {
    "post": "SELECT hidden_at, hidden_by FROM post WHERE id = $1",
    "comment": "SELECT hidden_at, hidden_by FROM comment WHERE id = $1",
}
_HIDDEN_AS_BEFORE = {
    "post": "UPDATE post SET hidden_at = $2::text::timestamptz, hidden_by = $3 WHERE id = $1",
    "comment": "UPDATE comment SET hidden_at = $2::text::timestamptz, hidden_by = $3 WHERE id = $1",
}


async def locked(connection: Connection, ruling: Ruling) -> asyncpg.Record:
    """Return the post or comment, held until the transaction ends, for whoever moderates it.

    Raises:
        NotFound: if it is not there for the acting member to see.
        NotPermitted: unless it is theirs to moderate.
    """
    seen = post_seen if ruling.subject_kind == "post" else comment_seen
    row = await seen(connection, ruling.acting, ruling.subject_id)
    if not row["moderates"]:
        raise NotPermitted(action=f"decide on this {ruling.subject_kind}")
    return row


async def hide(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Hide what is shown until somebody decides otherwise. What is hidden for another reason stays so."""
    row = await locked(connection, ruling)
    return await _move(connection, ruling, row, Visibility.HELD if row["visibility"] in SHOWN else row["visibility"])


async def remove(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Take down; what its author took down themselves stays theirs to have taken down."""
    row = await locked(connection, ruling)
    withdrawn = row["visibility"] == Visibility.WITHDRAWN
    return await _move(connection, ruling, row, Visibility.WITHDRAWN if withdrawn else Visibility.REMOVED)


async def restore(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Show again what was held or removed."""
    row = await locked(connection, ruling)
    if row["visibility"] == Visibility.WITHDRAWN:
        raise ActionNotPossible(action="RESTORE", why="its author has taken it down themselves.")
    return await _move(connection, ruling, row, _shown(row))


async def approve(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Show what is held; what is shown or was taken down stays as it is."""
    row = await locked(connection, ruling)
    return await _move(
        connection, ruling, row, _shown(row) if row["visibility"] == Visibility.HELD else row["visibility"]
    )


async def undo_move(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Bring content back to where it was. If its author was suspended or reinstated since, it is as that asks."""
    if before == after:
        return
    row = await locked(connection, ruling)
    if row["visibility"] != after["visibility"] and not {row["visibility"], after["visibility"]} <= SHOWN:
        raise DecisionOverlaid(what=f"the {ruling.subject_kind} was shown, hidden or taken down again")
    target = _shown(row) if before["visibility"] in SHOWN else Visibility(before["visibility"])
    await _move(connection, ruling, row, target)
    if target not in SHOWN:
        await connection.raw.execute(
            _HIDDEN_AS_BEFORE[ruling.subject_kind], ruling.subject_id, before["hidden_at"], before["hidden_by"]
        )


async def edit(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    """Have it say something else; what it said before is a revision."""
    row = await locked(connection, ruling)
    before = {name: row[name] for name in ("title", "body") if name in row}
    after = {**before, **{name: measure.details[name] for name in before if measure.details.get(name) is not None}}
    await _write(connection, ruling, after, ruling.reason)
    return Changed(before, after)


async def undo_edit(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Have it say again what it said, as one more revision."""
    row = await locked(connection, ruling)
    if any(row[name] != said for name, said in after.items()):
        raise DecisionOverlaid(what=f"the {ruling.subject_kind} was edited again")
    await _write(connection, ruling, before, ruling.reason)


async def lock(connection: Connection, ruling: Ruling, _: Measure) -> Changed:
    """Let a post take no more comments."""
    changed = await lock_post(connection, ruling.acting, ruling.subject_id)
    return Changed({"locked": not changed}, {"locked": True})


async def undo_lock(connection: Connection, ruling: Ruling, before: Mapping[str, Any], _: Mapping[str, Any]) -> None:
    """Let it take comments again."""
    if not before["locked"]:
        await unlock_post(connection, ruling.acting, ruling.subject_id)


async def label(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    """Tell readers something before they read it, in place of what they were told."""
    row = await locked(connection, ruling)
    label_id = await label_named(connection, measure.details["label"])
    before = await label_content(connection, ruling.acting, ruling.subject_kind, row, label_id)
    return Changed({"label": before}, {"label": label_id})


async def undo_label(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Tell them again what they were told before."""
    row = await locked(connection, ruling)
    if await label_of(connection, ruling.subject_kind, ruling.subject_id) != after["label"]:
        raise DecisionOverlaid(what=f"the {ruling.subject_kind} was labelled again")
    await label_content(connection, ruling.acting, ruling.subject_kind, row, before["label"])


async def move(connection: Connection, ruling: Ruling, measure: Measure) -> Changed:
    """Move a post to another space."""
    row = await locked(connection, ruling)
    space_id = measure.details["space"]
    await move_post(connection, ruling.acting, ruling.subject_id, space_id)
    return Changed({"space": row["space_id"]}, {"space": space_id})


async def undo_move_to_space(
    connection: Connection, ruling: Ruling, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Move it back."""
    row = await locked(connection, ruling)
    if row["space_id"] != after["space"]:
        raise DecisionOverlaid(what="the post was moved again")
    await move_post(connection, ruling.acting, ruling.subject_id, before["space"])


def _shown(row: asyncpg.Record) -> Visibility:
    return Visibility.AUTHOR_SUSPENDED if row["author_suspended"] else Visibility.VISIBLE


async def _move(connection: Connection, ruling: Ruling, row: asyncpg.Record, after: int) -> Changed:
    before = Visibility(row["visibility"])
    was = await connection.raw.fetchrow(_HIDDEN_COLUMNS[ruling.subject_kind], ruling.subject_id)
    assert was is not None  # it is held
    kept = {
        "visibility": int(before),
        "hidden_at": None if was["hidden_at"] is None else was["hidden_at"].isoformat(),
        "hidden_by": was["hidden_by"],
    }
    if before == after:
        return Changed(kept, kept)
    moves = move_posts if ruling.subject_kind == "post" else move_comments
    await moves(connection, [ruling.subject_id], before, Visibility(after), ruling.acting.member_id)
    told = happened(
        CONTENT_RESTORED if after in SHOWN else CONTENT_REMOVED,
        ruling.acting,
        subject_kind=ruling.subject_kind,
        subject_id=ruling.subject_id,
        member_id=row["author_id"],
        post_id=ruling.subject_id if ruling.subject_kind == "post" else row["post_id"],
        space_id=row["space_id"],
        visibility=after,
        reason=ruling.reason,
        decision=ruling.decision_id,
    )
    await record(connection, told)
    return Changed(kept, {"visibility": int(after), "revision": row["revision_count"]})


async def _write(connection: Connection, ruling: Ruling, said: Mapping[str, Any], reason: str) -> None:
    if ruling.subject_kind == "post":
        await edit_post(connection, ruling.acting, ruling.subject_id, **said, reason=reason)
    else:
        await edit_comment(connection, ruling.acting, ruling.subject_id, **said, reason=reason)
