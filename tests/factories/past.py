"""A community with a past: a reader had to do with much that has been hidden since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from community.discussions import comments, curation, posts, reactions, spaces, states
from community.discussions.standing import hide_all_content_of
from community.discussions.tables import Visibility
from community.members import relations
from community.members.roles import Role
from community.members.standing import suspend_member
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, reloaded, value
from tests.factories.notifications import catch_up

if TYPE_CHECKING:
    from community.foundation.database import Connection, Database
    from community.members.acting import Acting

CANARY = "goldcanary"
"""Stands before the name of its state in all that was written: titles, bodies, earlier bodies, reasons, tags, names."""

STATES = ("private", "held", "removed", "withdrawn", "suspended", "blocked")


@dataclass
class Past:
    """Members by what they are, and the ids of what there is, by the state that it came to be in."""

    people: dict[str, Acting | None]
    posts: dict[str, int]
    answers: dict[str, int]
    """Comments that carry the word."""
    remarks: dict[str, int]
    """The reader's own comments under those posts."""


async def make_past(database: Database, *, hide: bool = True) -> Past:
    """Make it; `hide` says whether all has come to be in its state already."""
    names = ("author", "blocker", "gone", "reader", "insider", "outsider", "moderator")
    people = {name: await make_acting(database) for name in names}
    admin = await make_acting(database, roles=(Role.ADMIN,))
    reader, author = people["reader"], people["author"]
    public = await make_space(database, moderators=(people["moderator"],))
    private = await make_space(
        database, access="PRIVATE", members=(author, reader, people["insider"]), moderators=(people["moderator"],)
    )
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE space SET name = $2, description = $2, rules = $2 WHERE id = $1", private, f"{CANARY} private"
        )
    people["moderator"] = await reloaded(database, people["moderator"])
    past = Past({"anonymous": None, **people, "admin": admin}, {}, {}, {})
    for state in STATES:
        writer = people["gone"] if state == "suspended" else people["blocker"] if state == "blocked" else author
        await _talk(database, past, state, writer, private if state == "private" else public)
    await catch_up(database)
    if hide:
        await hide_all(database, past)
    return past


async def hide_all(database: Database, past: Past) -> None:
    """Bring each post, and the answer under it, into its state."""
    author, blocker, gone, reader, moderator, admin = (
        past.people[name] for name in ("author", "blocker", "gone", "reader", "moderator", "admin")
    )
    assert author and blocker and gone and reader and moderator and admin  # noqa: PT018 - all are signed in
    space = await value(database, "SELECT space_id FROM post WHERE id = $1", past.posts["private"])
    assert isinstance(space, int)

    async def hide(connection: Connection) -> None:
        await spaces.leave_space(connection, reader, space)
        await states.move_posts(connection, [past.posts["held"]], Visibility.VISIBLE, Visibility.HELD)
        await states.move_comments(connection, [past.answers["held"]], Visibility.VISIBLE, Visibility.HELD)
        await comments.delete_comment(connection, moderator, past.answers["removed"], reason=f"{CANARY} removed")
        await posts.delete_post(connection, moderator, past.posts["removed"], reason=f"{CANARY} removed")
        await comments.delete_comment(connection, author, past.answers["withdrawn"])
        await posts.delete_post(connection, author, past.posts["withdrawn"])
        await relations.block_member(connection, blocker.member_id, reader.member_id)
        await suspend_member(connection, admin.member_id, gone.member_id, reason=f"{CANARY} suspended")

    await database.transact(hide)
    await hide_all_content_of(database, gone.member_id)
    await catch_up(database)


async def _talk(database: Database, past: Past, state: str, writer: Acting, space: int) -> None:
    """Write a post that names the reader, be answered, answer, edit, react and accept."""
    word, reader, outsider = f"{CANARY} {state}", past.people["reader"], past.people["outsider"]
    assert reader is not None
    handle = await value(database, "SELECT handle FROM member WHERE id = $1", reader.member_id)
    post = await make_post(
        database, writer, space, title=word, body=f"{word} 初稿 @{handle}", tags=("茶", f"{CANARY}-{state}")
    )
    remark = await make_comment(database, reader, post, body="好")
    answer = await make_comment(database, writer, post, body=f"{word} 初稿 @{handle}", parent_id=remark)

    async def go_on(connection: Connection) -> None:
        await posts.edit_post(connection, writer, post, title=word, body=f"{word} 二稿 @{handle}", reason=word)
        await comments.edit_comment(connection, writer, answer, body=f"{word} 二稿 @{handle}", reason=word)
        await curation.accept_answer(connection, writer, remark)
        for member, on in (
            (writer, {"comment_id": remark}),
            (reader, {"post_id": post}),
            (reader, {"comment_id": answer}),
        ):
            await reactions.add_reaction(connection, member, kind="like", **on)
        if state != "private" and outsider is not None:
            await reactions.add_reaction(connection, outsider, kind="thanks", post_id=post)

    await database.transact(go_on)
    past.posts[state], past.answers[state], past.remarks[state] = post, answer, remark
