"""What happens to a post, a parent or a writer while a comment waits for them, the comment goes by."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from community.discussions.comments import create_comment, delete_comment
from community.discussions.curation import lock_post, move_post
from community.discussions.errors import PostLocked
from community.discussions.posts import delete_post
from community.foundation.database import Connection, Database, run_again_when_lost
from community.foundation.errors import NotFound, NotPermitted, Refusal
from community.members.acting import Acting, Caller
from community.members.errors import AccountSuspended
from community.members.roles import Role
from tests.factories.discussions import Action, differences, make_acting, make_comment, make_post, make_space, value
from tests.waiting import until

WAITING = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def comment(database: Database, writer: Acting, post: int, parent: int | None = None) -> int:
    """Comment as the API has it done: by a caller of whom nothing is known, and without a transaction around it."""
    async with database.reading() as connection:
        return await run_again_when_lost(
            lambda: create_comment(
                connection, Caller(writer.member_id), post_id=post, body="水温九十度。", parent_id=parent
            )
        )


async def is_waited_for(database: Database) -> bool:
    return await value(database, WAITING) is True


async def while_waiting(database: Database, first: Action, second: Awaitable[int]) -> int:
    """Do the first, have the second wait for it, and commit; return what the second returns."""
    async with database.writing() as connection:
        await first(connection)
        waiting = asyncio.ensure_future(second)
        await until(lambda: is_waited_for(database))
    return await waiting


@pytest.mark.parametrize("with_parent", [False, True])
async def test_a_comment_waits_for_what_locks_or_hides_its_post(database: Database, *, with_parent: bool) -> None:
    author, writer = await make_acting(database), await make_acting(database)
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    space = await make_space(database)

    cases: list[tuple[type[Refusal], Acting, Callable[[int], Action]]] = [
        (PostLocked, writer, lambda post: lambda connection: lock_post(connection, moderator, post)),
        (NotFound, writer, lambda post: lambda connection: delete_post(connection, moderator, post)),
        (NotPermitted, author, lambda post: lambda connection: delete_post(connection, moderator, post)),
    ]
    for refusal, who, change in cases:
        post = await make_post(database, author, space)
        parent = await make_comment(database, author, post) if with_parent else None
        written = await value(database, "SELECT count(*) FROM comment")
        with pytest.raises(refusal):
            await while_waiting(database, change(post), comment(database, who, post, parent))
        assert await value(database, "SELECT count(*) FROM comment") == written
        assert await value(database, "SELECT count(*) FROM event WHERE kind = 'CommentCreated'") == written
        assert await differences(database) == []


async def test_a_reply_waits_for_what_hides_its_parent(database: Database) -> None:
    author, writer = await make_acting(database), await make_acting(database)
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    post = await make_post(database, author, await make_space(database))

    for refusal, who in ((NotFound, writer), (NotPermitted, author)):
        parent = await make_comment(database, author, post)
        with pytest.raises(refusal):
            await while_waiting(
                database,
                lambda connection, parent=parent: delete_comment(connection, moderator, parent),  # type: ignore[misc] # mypy does not infer a lambda with a default
                comment(database, who, post, parent),
            )
        assert await value(database, "SELECT count(*) FROM comment WHERE parent_id IS NOT NULL") == 0
        assert await differences(database) == []


async def test_who_is_suspended_while_they_comment_leaves_nothing(database: Database) -> None:
    author, writer = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))

    async def suspension(connection: Connection) -> None:
        await connection.raw.execute("UPDATE member SET state = 'SUSPENDED' WHERE id = $1", writer.member_id)

    with pytest.raises(AccountSuspended):
        await while_waiting(database, suspension, comment(database, writer, post))
    assert await value(database, "SELECT count(*) FROM comment") == 0
    assert await value(database, "SELECT comment_count FROM post") == 0
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'CommentCreated'") == 0


@pytest.mark.parametrize("access", ["PUBLIC", "PRIVATE"])
async def test_a_comment_on_a_post_that_moves_is_one_where_it_moved_to(database: Database, access: str) -> None:
    author, writer = await make_acting(database), await make_acting(database)
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    there = await make_space(database, access=access)
    post = await make_post(database, author, await make_space(database))

    def move(connection: Connection) -> Awaitable[object]:
        return move_post(connection, moderator, post, there)

    if access == "PRIVATE":
        with pytest.raises(NotFound):
            await while_waiting(database, move, comment(database, writer, post))
        assert await value(database, "SELECT count(*) FROM comment") == 0
    else:
        assert await while_waiting(database, move, comment(database, writer, post))
        assert await value(database, "SELECT space_id FROM event WHERE kind = 'CommentCreated'") == there
    assert await differences(database) == []


async def test_many_comments_and_replies_at_once_are_all_there_and_all_counted(database: Database) -> None:
    writers = [await make_acting(database) for _ in range(5)]
    post = await make_post(database, writers[0], await make_space(database))
    parents = [None, await make_comment(database, writers[0], post), await make_comment(database, writers[1], post)]

    made = await asyncio.gather(
        *(comment(database, writer, post, parent) for _ in range(10) for writer in writers for parent in parents)
    )

    assert len(set(made)) == 150
    assert await value(database, "SELECT comment_count FROM post") == 152
    assert await value(database, "SELECT score FROM post_activity") == 304
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'CommentCreated'") == 152
    assert await differences(database) == []
