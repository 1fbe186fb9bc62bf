"""Replies, reactions and mentions: where they stand, who may and who is told."""

from community.discussions.comments import (
    DEEPEST,
    create_comment,
)
from community.discussions.errors import ReactionUnknown
from community.discussions.posts import edit_post
from community.discussions.reactions import add_reaction, remove_reaction
from community.foundation.database import Database
from community.foundation.errors import NotFound
from tests.factories.discussions import (
    block,
    differences,
    event_kinds,
    make_acting,
    make_comment,
    make_post,
    make_space,
    refused,
    value,
)


async def test_a_reply_to_someone_blocked_is_refused_in_anothers_thread(database: Database) -> None:
    author, one, other = [await make_acting(database) for _ in range(3)]
    post = await make_post(database, author, await make_space(database))
    comment = await make_comment(database, one, post)
    await block(database, other, one)

    for action in (
        lambda connection: create_comment(connection, other, post_id=post, parent_id=comment, body="x"),
        lambda connection: add_reaction(connection, other, kind="like", comment_id=comment),
    ):
        await refused(database, NotFound, action)
    assert await make_comment(database, other, post)


async def test_a_parent_on_another_post_is_not_found(database: Database) -> None:
    author, space = await make_acting(database), await make_space(database)
    here, elsewhere = await make_post(database, author, space), await make_post(database, author, space)
    comment = await make_comment(database, author, elsewhere)

    await refused(
        database,
        NotFound,
        lambda connection: create_comment(connection, author, post_id=here, parent_id=comment, body="x"),
    )


async def test_replies_nest_to_a_depth_and_then_stand_beside_what_they_answer(database: Database) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    parent = comment = await make_comment(database, author, post)
    for _ in range(DEEPEST):
        parent, comment = comment, await make_comment(database, author, post, parent_id=comment)

    deeper = await make_comment(database, author, post, parent_id=comment)

    assert await value(database, "SELECT depth FROM comment WHERE id = $1", deeper) == DEEPEST
    assert await value(database, "SELECT parent_id FROM comment WHERE id = $1", deeper) == parent
    assert await value(database, "SELECT data->>'parent_id' FROM event ORDER BY id DESC LIMIT 1") == str(comment)
    assert await differences(database) == []


async def test_reacting_is_counted_once_told_once_and_can_be_taken_back(database: Database) -> None:
    author, reader = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))

    async def react(kind: str) -> bool:
        return await database.transact(lambda connection: add_reaction(connection, reader, kind=kind, post_id=post))

    assert [await react("sad"), await react("sad"), await react("like")] == [True, False, True]
    assert await value(database, "SELECT reaction_counts FROM post") == [1, 0, 0, 0, 0, 1]
    assert await database.transact(lambda connection: remove_reaction(connection, reader, kind="sad", post_id=post))
    assert not await database.transact(lambda connection: remove_reaction(connection, reader, kind="sad", post_id=post))
    assert await value(database, "SELECT score FROM post_activity") == 1
    assert await event_kinds(database) == ["PostCreated", "ReactionAdded", "ReactionAdded", "ReactionRemoved"]
    assert await value(database, "SELECT array_agg(DISTINCT member_id) FROM event WHERE kind LIKE 'Reaction%'") == [
        author.member_id
    ]
    await refused(
        database,
        ReactionUnknown,
        lambda connection: add_reaction(connection, reader, kind="hate", post_id=post),
    )
    assert await differences(database) == []


async def test_only_those_are_told_of_a_mention_who_may_see_it(database: Database) -> None:
    author = await make_acting(database, "写手")
    friend, blocked, outsider = [await make_acting(database, handle) for handle in ("小明", "Blocked", "outsider")]
    await block(database, blocked, author)
    private = await make_space(database, access="PRIVATE", members=(author, friend, blocked))

    post = await make_post(database, author, private, body="@小明你好 @blocked @OUTSIDER @nobody @写手 @小明")

    told = "SELECT array_agg(member_id) FROM event WHERE kind = 'MemberMentioned'"
    assert await value(database, told) == [friend.member_id]
    await database.transact(lambda connection: edit_post(connection, author, post, body="@小明 again"))
    assert await value(database, told) == [friend.member_id]
    assert outsider.member_id
