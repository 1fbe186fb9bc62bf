"""Spaces, posts and comments as tests need them, made by the very actions that members use."""

import itertools
from collections.abc import Awaitable, Callable

import pytest

from community.discussions.comments import create_comment
from community.discussions.posts import create_post
from community.discussions.recount import Difference, recount
from community.discussions.tables import Visibility
from community.foundation.database import Connection, Database
from community.foundation.errors import Refusal
from community.members.acting import Acting, load_acting
from community.members.roles import Role
from tests.factories.members import add_member

_numbers = itertools.count(1)

Action = Callable[[Connection], Awaitable[object]]
"""What somebody does, on the connection that it is given."""


async def make_acting(database: Database, handle: str | None = None, *, roles: tuple[Role, ...] = ()) -> Acting:
    """Make a member, and return them as one who acts."""
    async with database.writing() as connection:
        made = await add_member(connection, handle, roles=roles)
        return await load_acting(connection, made.id)


async def make_space(
    database: Database,
    *,
    access: str = "PUBLIC",
    posting: str = "EVERYONE",
    archived: bool = False,
    members: tuple[Acting, ...] = (),
    moderators: tuple[Acting, ...] = (),
) -> int:
    """Make a space; those who moderate it must be loaded anew to act as such."""
    async with database.writing() as connection:
        space_id: int = await connection.raw.fetchval(
            """
            INSERT INTO space (slug, name, access, posting, archived_at, member_count)
            VALUES ($1, $1, $2, $3, CASE WHEN $4 THEN now() END, $5) RETURNING id
            """,
            *(f"space-{next(_numbers)}", access, posting, archived, len(members)),
        )
        for member in members:
            await connection.raw.execute("INSERT INTO space_member VALUES ($1, $2)", space_id, member.member_id)
        for member in moderators:
            await connection.raw.execute(
                "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)",
                *(member.member_id, space_id),
            )
        return space_id


async def make_post(
    database: Database,
    author: Acting,
    space_id: int,
    *,
    title: str = "红茶怎么泡？",
    body: str = "水温多少合适？",
    tags: tuple[str, ...] = (),
) -> int:
    """Make a post, committed."""
    return await database.transact(
        lambda connection: create_post(connection, author, space_id=space_id, title=title, body=body, tags=tags),
    )


async def make_comment(
    database: Database, author: Acting, post_id: int, *, body: str = "九十度。", parent_id: int | None = None
) -> int:
    """Make a comment, committed."""
    return await database.transact(
        lambda connection: create_comment(connection, author, post_id=post_id, body=body, parent_id=parent_id),
    )


async def reloaded(database: Database, acting: Acting) -> Acting:
    """Return a member with the roles that they have now."""
    async with database.reading() as connection:
        return await load_acting(connection, acting.member_id)


async def set_visibility(connection: Connection, table: str, row_id: int, visibility: Visibility) -> None:
    """Set a row's visibility, and no counter."""
    await connection.raw.execute(f"UPDATE {table} SET visibility = $2 WHERE id = $1", row_id, visibility)
    if table == "post":
        await connection.raw.execute("UPDATE post_activity SET visibility = $2 WHERE post_id = $1", row_id, visibility)


async def block(database: Database, blocker: Acting, blocked: Acting) -> None:
    """Have one member block another."""
    async with database.writing() as connection:
        await connection.raw.execute("INSERT INTO block VALUES ($1, $2)", blocker.member_id, blocked.member_id)


async def suspend(database: Database, acting: Acting, state: str = "SUSPENDED") -> None:
    """Set a member's state, and nothing else."""
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET state = $2 WHERE id = $1", acting.member_id, state)


async def differences(database: Database) -> list[Difference]:
    """Return which counters are wrong."""
    async with database.reading() as connection:
        return await recount(connection)


async def value(database: Database, sql: str, *arguments: object) -> object:
    """Return one value from the database."""
    async with database.reading() as connection:
        return await connection.raw.fetchval(sql, *arguments)


async def event_kinds(database: Database) -> list[str]:
    """Return the kinds of all events, in their order."""
    async with database.reading() as connection:
        return [row["kind"] for row in await connection.raw.fetch("SELECT kind FROM event ORDER BY id")]


async def refused(database: Database, refusal: type[Refusal], action: Action) -> str:
    """Assert that an action is refused, and that nothing happened; return what is said."""
    before = await event_kinds(database)
    with pytest.raises(refusal) as caught:
        await database.transact(action)
    assert type(caught.value) is refusal
    assert await event_kinds(database) == before
    assert await differences(database) == []
    return str(caught.value)
