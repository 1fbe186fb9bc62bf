"""Locking, pinning, accepting and archiving, and who is bound by it."""

from community.discussions.comments import (
    create_comment,
    delete_comment,
    edit_comment,
)
from community.discussions.curation import (
    accept_answer,
    lock_post,
    move_post,
    pin_post,
    unaccept_answer,
    unlock_post,
    unpin_post,
)
from community.discussions.errors import PostLocked, SpaceArchived
from community.discussions.posts import create_post, delete_post, edit_post
from community.discussions.reactions import add_reaction, remove_reaction
from community.foundation.database import Database
from community.foundation.errors import NotFound, NotPermitted
from community.members.acting import Caller
from community.members.roles import Role
from tests.factories.discussions import (
    event_kinds,
    make_acting,
    make_comment,
    make_post,
    make_space,
    refused,
    value,
)


async def test_a_locked_post_takes_no_comments_but_from_moderators(database: Database) -> None:
    author, moderator = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    post = await make_post(database, author, await make_space(database))
    comment = await make_comment(database, author, post)
    await refused(database, NotPermitted, lambda connection: lock_post(connection, author, post))

    assert await database.transact(lambda connection: lock_post(connection, moderator, post))
    assert not await database.transact(lambda connection: lock_post(connection, moderator, post))

    await refused(database, PostLocked, lambda connection: create_comment(connection, author, post_id=post, body="x"))
    await refused(database, PostLocked, lambda connection: edit_post(connection, author, post, body="x"))
    await refused(database, PostLocked, lambda connection: edit_comment(connection, author, comment, body="x"))
    assert await make_comment(database, moderator, post)
    without_roles = Caller(moderator.member_id, with_roles=False)
    await refused(
        database, PostLocked, lambda connection: create_comment(connection, without_roles, post_id=post, body="x")
    )
    assert await database.transact(lambda connection: unlock_post(connection, moderator, post))
    assert await make_comment(database, author, post)


async def test_a_moderator_of_one_space_comments_on_locked_posts_there_and_sees_it_though_private(
    database: Database,
) -> None:
    author, moderator = await make_acting(database), await make_acting(database)
    here = await make_space(database, access="PRIVATE", members=(author,), moderators=(moderator,))
    elsewhere, hidden = await make_space(database), await make_space(database, access="PRIVATE", members=(author,))
    caller = Caller(moderator.member_id)

    async with database.writing() as connection:
        posts = [
            await create_post(connection, author, space_id=space, title="茶", body="好")
            for space in (here, elsewhere, hidden)
        ]
        await connection.raw.execute("UPDATE post SET locked_at = now()")

    assert await database.transact(lambda connection: create_comment(connection, caller, post_id=posts[0], body="好"))
    assert await database.transact(lambda connection: add_reaction(connection, caller, kind="like", post_id=posts[0]))
    await refused(
        database, PostLocked, lambda connection: create_comment(connection, caller, post_id=posts[1], body="好")
    )
    await refused(
        database, NotFound, lambda connection: create_comment(connection, caller, post_id=posts[2], body="好")
    )
    await refused(
        database, NotFound, lambda connection: add_reaction(connection, caller, kind="like", post_id=posts[2])
    )


async def test_an_archived_space_takes_no_writing(database: Database) -> None:
    author, moderator = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    space, other_space = await make_space(database), await make_space(database)
    post = await make_post(database, author, space)
    comment = await make_comment(database, author, post)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE space SET archived_at = now() WHERE id = $1", space)

    for action in (
        lambda connection: create_post(connection, author, space_id=space, title="x", body="x"),
        lambda connection: create_comment(connection, author, post_id=post, body="x"),
        lambda connection: edit_post(connection, author, post, body="x"),
        lambda connection: edit_comment(connection, author, comment, body="x"),
        lambda connection: delete_post(connection, author, post),
        lambda connection: delete_comment(connection, author, comment),
        lambda connection: add_reaction(connection, author, kind="like", post_id=post),
        lambda connection: remove_reaction(connection, author, kind="like", post_id=post),
        lambda connection: accept_answer(connection, author, comment),
        lambda connection: pin_post(connection, moderator, post),
        lambda connection: move_post(connection, moderator, post, other_space),
    ):
        await refused(database, SpaceArchived, action)
    assert await database.transact(lambda connection: delete_post(connection, moderator, post))


async def test_an_answer_is_accepted_by_who_asked(database: Database) -> None:
    asker, helper = await make_acting(database), await make_acting(database)
    post = await make_post(database, asker, await make_space(database))
    comment = await make_comment(database, helper, post)
    await refused(database, NotPermitted, lambda connection: accept_answer(connection, helper, comment))

    assert await database.transact(lambda connection: accept_answer(connection, asker, comment))
    assert not await database.transact(lambda connection: accept_answer(connection, asker, comment))
    assert await database.transact(lambda connection: unaccept_answer(connection, asker, post))

    assert (await event_kinds(database))[-2:] == ["AnswerAccepted", "AnswerUnaccepted"]
    assert await value(database, "SELECT member_id FROM event ORDER BY id DESC LIMIT 1") == helper.member_id


async def test_pinning_is_for_moderators(database: Database) -> None:
    author, moderator = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    post = await make_post(database, author, await make_space(database))
    await refused(database, NotPermitted, lambda connection: pin_post(connection, author, post))

    assert await database.transact(lambda connection: pin_post(connection, moderator, post))
    assert await database.transact(lambda connection: unpin_post(connection, moderator, post))
