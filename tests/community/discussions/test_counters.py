"""Counters equal a recount after any load, and what is done many times at once has one effect."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from community.discussions.comments import create_comment, delete_comment, restore_comment
from community.discussions.curation import move_post
from community.discussions.posts import create_post, delete_post, edit_post, restore_post
from community.discussions.reactions import add_reaction, remove_reaction
from community.discussions.spaces import join_space, leave_space
from community.discussions.standing import hide_all_content_of, show_all_content_of
from community.discussions.tags import follow_tag, unfollow_tag
from community.discussions.views import ViewBuffer
from community.foundation.database import Connection, Database
from community.foundation.errors import Refusal
from community.members.roles import Role
from tests.factories.discussions import (
    differences,
    make_acting,
    make_comment,
    make_post,
    make_space,
    reloaded,
    suspend,
    value,
)

KINDS = ("like", "love", "insightful", "thanks", "laugh", "sad")


async def test_fifty_members_who_each_react_twenty_times_at_once_leave_fifty_reactions(database: Database) -> None:
    author = await make_acting(database)
    members = [await make_acting(database) for _ in range(50)]
    post = await make_post(database, author, await make_space(database))

    outcomes = await asyncio.gather(
        *(
            database.transact(partial(add_reaction, caller=member, kind="like", post_id=post))
            for _ in range(20)
            for member in members
        ),
    )

    assert sum(outcomes) == 50
    assert await value(database, "SELECT count(*) FROM post_reaction") == 50
    assert await value(database, "SELECT reaction_counts FROM post WHERE id = $1", post) == [50]
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'ReactionAdded'") == 50
    assert await differences(database) == []


async def test_counters_equal_a_recount_after_two_thousand_mixed_changes_at_once(database: Database) -> None:
    chance = random.Random(20)
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    members = [await make_acting(database) for _ in range(8)]
    spaces = [await make_space(database) for _ in range(3)]
    posts = [
        await make_post(database, chance.choice(members), chance.choice(spaces), tags=("红茶", f"tag{number}"))
        for number in range(6)
    ]
    comments = [await make_comment(database, chance.choice(members), chance.choice(posts)) for _ in range(10)]
    tags = [await value(database, "SELECT min(id) FROM tag"), await value(database, "SELECT max(id) FROM tag")]

    def change() -> Callable[[Connection], Awaitable[object]]:
        who, kind = chance.choice(members), chance.choice(KINDS)
        post, comment, space = chance.choice(posts), chance.choice(comments), chance.choice(spaces)
        named = chance.sample(["红茶", "绿茶", "tag1", "tag2", "new"], 2)
        tag = chance.choice(tags)
        judge = chance.choice((moderator, who))
        changes: list[Callable[[Connection], Awaitable[object]]] = [
            lambda connection: add_reaction(connection, who, kind=kind, post_id=post),
            lambda connection: add_reaction(connection, who, kind=kind, comment_id=comment),
            lambda connection: remove_reaction(connection, who, kind=kind, post_id=post),
            lambda connection: remove_reaction(connection, who, kind=kind, comment_id=comment),
            lambda connection: create_comment(connection, who, post_id=post, body="好"),
            lambda connection: create_comment(connection, who, post_id=post, body="好", parent_id=comment),
            lambda connection: create_post(connection, who, space_id=space, title="新", body="帖", tags=named),
            lambda connection: delete_post(connection, judge, post),
            lambda connection: restore_post(connection, judge, post),
            lambda connection: restore_post(connection, moderator, post),
            lambda connection: delete_comment(connection, judge, comment),
            lambda connection: restore_comment(connection, judge, comment),
            lambda connection: restore_comment(connection, moderator, comment),
            lambda connection: edit_post(connection, judge, post, tags=named, body=f"改 {chance.random()}"),
            lambda connection: move_post(connection, moderator, post, space),
            lambda connection: join_space(connection, who, space),
            lambda connection: leave_space(connection, who, space),
            lambda connection: follow_tag(connection, who, int(str(tag))),
            lambda connection: unfollow_tag(connection, who, int(str(tag))),
        ]
        return chance.choice(changes)

    async def suspend_and_reinstate() -> None:
        for member in members[:2]:
            await suspend(database, member)
            await hide_all_content_of(database, member.member_id)
            await suspend(database, member, "ACTIVE")
            await show_all_content_of(database, member.member_id)

    waiting = asyncio.Semaphore(15)
    refused = 0

    async def attempt(action: Callable[[Connection], Awaitable[object]]) -> None:
        nonlocal refused
        async with waiting:
            try:
                await database.transact(action)
            except Refusal:
                refused += 1

    await asyncio.gather(*(attempt(change()) for _ in range(2_000)), suspend_and_reinstate())

    assert await differences(database) == []
    assert refused < 1_500


async def test_what_a_suspended_member_wrote_hides_in_batches_and_comes_back(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    space = await make_space(database)
    post = await make_post(database, author, space, tags=("茶",))
    theirs = await make_post(database, other, space)
    mine = await make_comment(database, author, theirs)
    await make_comment(database, other, theirs, parent_id=mine)
    gone = await make_comment(database, author, theirs)
    await database.transact(lambda connection: delete_comment(connection, author, gone))

    await suspend(database, author)
    hidden = await hide_all_content_of(database, author.member_id)

    assert hidden == 2
    assert await value(database, "SELECT visibility FROM post WHERE id = $1", post) == 4
    assert await value(database, "SELECT visibility FROM comment WHERE id = $1", gone) == 3
    assert await value(database, "SELECT comment_count FROM post WHERE id = $1", theirs) == 1
    assert await differences(database) == []

    assert await show_all_content_of(database, author.member_id) == 0
    await suspend(database, author, "ACTIVE")
    assert await show_all_content_of(database, author.member_id) == 2
    assert await value(database, "SELECT visibility FROM post WHERE id = $1", post) == 0
    assert await value(database, "SELECT visibility FROM comment WHERE id = $1", gone) == 3
    assert await differences(database) == []


async def test_views_are_counted_once_written_whatever_is_written_at_once(database: Database) -> None:
    author = await reloaded(database, await make_acting(database))
    space = await make_space(database)
    posts = [await make_post(database, author, space) for _ in range(5)]
    buffers = [ViewBuffer(database) for _ in range(4)]
    for buffer in buffers:
        for _ in range(10):
            buffer.record_views([*posts, 999_999_999], None)

    await asyncio.gather(*(buffer.flush() for buffer in buffers))
    await asyncio.gather(*(buffer.flush() for buffer in buffers))

    assert await value(database, "SELECT array_agg(DISTINCT view_count) FROM post") == [40]


async def test_views_still_waiting_are_written_at_shutdown(database: Database) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    buffer = ViewBuffer(database)
    running = asyncio.create_task(buffer.run())
    await asyncio.sleep(0)
    buffer.record_views([post], None)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert await value(database, "SELECT view_count FROM post WHERE id = $1", post) == 1
