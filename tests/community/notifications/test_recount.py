"""Whatever members do, and whenever the reader comes by: what is unread equals a recount of what is there."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.discussions.comments import delete_comment
from community.discussions.reactions import add_reaction, remove_reaction
from community.foundation.database import Connection, Database
from community.foundation.errors import Refusal
from community.members.acting import Acting
from community.members.relations import follow_member, unfollow_member
from community.notifications.reading import mark_notifications_read
from tests.factories.discussions import make_acting, make_comment, make_post, make_space
from tests.factories.notifications import catch_up, reader

Action = Callable[[Connection], Awaitable[object]]

# What should be unread when nothing was ever marked read: made of what there is now, without looking at the log.
EXPECTED = """
    SELECT author_id AS member_id, 'REACTION:post_' || post.id AS group_key, count(DISTINCT member_id)::int AS actors
    FROM post_reaction JOIN post ON post.id = post_id WHERE member_id <> author_id GROUP BY 1, 2
    UNION ALL
    SELECT parent.author_id, 'REPLY:comment_' || parent.id, count(DISTINCT comment.author_id)::int
    FROM comment JOIN comment AS parent ON parent.id = comment.parent_id
    WHERE comment.visibility = 0 AND parent.visibility = 0 AND comment.author_id <> parent.author_id GROUP BY 1, 2
    UNION ALL
    SELECT post.author_id, 'REPLY:post_' || post.id, count(DISTINCT comment.author_id)::int
    FROM comment JOIN post ON post.id = comment.post_id
    WHERE comment.visibility = 0 AND comment.parent_id IS NULL AND comment.author_id <> post.author_id GROUP BY 1, 2
    UNION ALL
    SELECT post.author_id, 'COMMENT:post_' || post.id, count(DISTINCT comment.author_id)::int
    FROM comment JOIN comment AS parent ON parent.id = comment.parent_id JOIN post ON post.id = comment.post_id
    WHERE comment.visibility = 0 AND comment.author_id <> post.author_id AND parent.author_id <> post.author_id
    GROUP BY 1, 2
    UNION ALL
    SELECT member_id, 'FOLLOW', count(*)::int FROM follow GROUP BY 1, 2
    ORDER BY 1, 2
"""
UNREAD = "SELECT member_id, group_key, actor_count AS actors FROM notification WHERE read_at IS NULL ORDER BY 1, 2"
WRONG = """
    SELECT id FROM notification
    WHERE actor_count <> (
        SELECT count(DISTINCT actor_id) FROM notification_cause WHERE notification_id = notification.id
    ) OR actor_count = 0
"""


class Crowd:
    """A few members with posts and comments, who act at random as a seed has it."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.random = random.Random(seed)
        self.members: list[Acting] = []
        self.posts: list[int] = []
        self.comments: list[tuple[int, int, Acting]] = []

    async def settle(self) -> None:
        self.members = [await make_acting(self.database) for _ in range(4)]
        space = await make_space(self.database)
        self.posts = [await make_post(self.database, member, space) for member in self.members[:2]]
        await reader.begin(self.database)

    async def step(self, *, marking: bool) -> None:
        actions: list[Callable[[Acting, Acting], Awaitable[None]]] = [
            self.react,
            self.react,
            self.unreact,
            self.comment,
            self.reply,
            self.delete,
            self.follow,
            self.unfollow,
        ]
        if marking:
            actions.append(self.mark)
        with suppress(Refusal):  # a comment under what is hidden, say
            await self.random.choice(actions)(*self.random.sample(self.members, 2))
        if self.random.random() < 0.3:
            await reader.advance(self.database, limit=self.random.randint(1, 5))

    async def react(self, member: Acting, _: Acting) -> None:
        kind, post = self.random.choice(["like", "love"]), self.random.choice(self.posts)
        await self._do(lambda connection: add_reaction(connection, member, kind=kind, post_id=post))

    async def unreact(self, member: Acting, _: Acting) -> None:
        kind, post = self.random.choice(["like", "love"]), self.random.choice(self.posts)
        await self._do(lambda connection: remove_reaction(connection, member, kind=kind, post_id=post))

    async def comment(self, member: Acting, _: Acting) -> None:
        post = self.random.choice(self.posts)
        self.comments.append((await make_comment(self.database, member, post, body="好茶"), post, member))

    async def reply(self, member: Acting, other: Acting) -> None:
        if not self.comments:
            await self.comment(member, other)
        parent, post, _ = self.random.choice(self.comments)
        reply = await make_comment(self.database, member, post, parent_id=parent)
        self.comments.append((reply, post, member))

    async def delete(self, _: Acting, __: Acting) -> None:
        if self.comments:
            comment, _post, author = self.random.choice(self.comments)
            await self._do(lambda connection: delete_comment(connection, author, comment))

    async def follow(self, member: Acting, other: Acting) -> None:
        await self._do(lambda connection: follow_member(connection, member.member_id, other.member_id))

    async def unfollow(self, member: Acting, other: Acting) -> None:
        await self._do(lambda connection: unfollow_member(connection, member.member_id, other.member_id))

    async def mark(self, member: Acting, _: Acting) -> None:
        await self._do(lambda connection: mark_notifications_read(connection, member.member_id))

    async def _do(self, action: Action) -> None:
        await self.database.transact(action)


async def rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.raw.fetch(sql)]


async def empty(database: Database) -> None:
    async with database.reading() as connection:
        await connection.raw.execute("CALL as_migrated.restore()")


PROPERTY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PROPERTY
@given(seed=st.integers(0, 10**6))
async def test_what_is_unread_equals_a_recount(database: Database, seed: int) -> None:
    await empty(database)
    crowd = Crowd(database, seed)
    await crowd.settle()

    for _ in range(40):
        await crowd.step(marking=False)
    await catch_up(database)

    assert await rows(database, UNREAD) == await rows(database, EXPECTED)


@PROPERTY
@given(seed=st.integers(0, 10**6))
async def test_counts_stay_right_while_members_write_and_read_at_once(database: Database, seed: int) -> None:
    await empty(database)
    crowd = Crowd(database, seed)
    await crowd.settle()

    for _ in range(10):
        await asyncio.gather(*(crowd.step(marking=True) for _ in range(5)))
    await catch_up(database)

    assert await rows(database, WRONG) == []
