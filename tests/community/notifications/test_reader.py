import asyncio

import pytest

from community.discussions.comments import delete_comment, edit_comment, restore_comment
from community.discussions.curation import accept_answer, unaccept_answer
from community.discussions.posts import delete_post, edit_post
from community.discussions.reactions import add_reaction, remove_reaction
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.relations import block_member, follow_member, mute_member, unfollow_member
from community.members.roles import Role
from community.members.standing import suspend_member
from community.notifications.kinds import NotificationKind
from community.notifications.reading import mark_notifications_read, update_notification_preferences
from tests.factories.discussions import (
    event_kinds,
    make_acting,
    make_comment,
    make_post,
    make_space,
    reloaded,
    value,
)
from tests.factories.notifications import Told, catch_up, kinds_told, reader, told


async def react(database: Database, acting: Acting, post_id: int, kind: str = "like") -> None:
    await database.transact(lambda connection: add_reaction(connection, acting, kind=kind, post_id=post_id))


async def take_back(database: Database, acting: Acting, post_id: int, kind: str = "like") -> None:
    await database.transact(lambda connection: remove_reaction(connection, acting, kind=kind, post_id=post_id))


async def read_all(database: Database, acting: Acting) -> list[int]:
    return await database.transact(lambda connection: mark_notifications_read(connection, acting.member_id))


async def test_an_answer_to_a_post_tells_its_author(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))

    await make_comment(database, other, post, body="八十五度就好。")
    await catch_up(database)

    assert await told(database, author.member_id) == [
        Told("REPLY", f"post_{post}", frozenset({other.member_id}), 1, read=False)
    ]


async def test_what_many_do_with_one_post_at_once_is_one_notification(database: Database) -> None:
    author, *fans = [await make_acting(database) for _ in range(6)]
    space = await make_space(database)
    post, other = await make_post(database, author, space), await make_post(database, author, space)
    for fan in fans:
        await react(database, fan, post, "like")
        await react(database, fan, post, "love")
    await react(database, author, post)
    await react(database, fans[0], other)
    await catch_up(database)
    await react(database, fans[1], post, "thanks")
    await catch_up(database)

    everybody = frozenset(fan.member_id for fan in fans)
    assert sorted(await told(database, author.member_id), key=lambda each: each.count) == [
        Told("REACTION", f"post_{other}", frozenset({fans[0].member_id}), 1, read=False),
        Told("REACTION", f"post_{post}", everybody, 5, read=False),
    ]
    assert await value(database, "SELECT count(*) FROM notification_cause") == 12


async def test_a_reply_tells_who_is_answered_and_the_posts_author(database: Database) -> None:
    author, first, second = [await make_acting(database) for _ in range(3)]
    post = await make_post(database, author, await make_space(database))
    comment = await make_comment(database, first, post)
    await catch_up(database)
    await read_all(database, author)

    await make_comment(database, second, post, parent_id=comment)
    await catch_up(database)

    assert await told(database, first.member_id) == [
        Told("REPLY", f"comment_{comment}", frozenset({second.member_id}), 1, read=False)
    ]
    assert (await told(database, author.member_id))[0] == Told(
        "COMMENT", f"post_{post}", frozenset({second.member_id}), 1, read=False
    )


async def test_nobody_is_told_of_their_own_doing(database: Database) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))

    await make_comment(database, author, post, body=f"@{await handle_of(database, author)} 自言自语")
    await react(database, author, post)
    await catch_up(database)

    assert await told(database, author.member_id) == []


async def test_reactions_on_one_post_are_one_notification_with_distinct_actors(database: Database) -> None:
    author, *others = [await make_acting(database) for _ in range(4)]
    post = await make_post(database, author, await make_space(database))

    for other in others:
        await react(database, other, post, "like")
        await react(database, other, post, "love")
    await catch_up(database)

    assert await told(database, author.member_id) == [
        Told("REACTION", f"post_{post}", frozenset(other.member_id for other in others), 3, read=False)
    ]


async def test_what_comes_after_reading_is_told_anew(database: Database) -> None:
    author, first, second = [await make_acting(database) for _ in range(3)]
    post = await make_post(database, author, await make_space(database))
    await react(database, first, post)
    await catch_up(database)
    await read_all(database, author)

    await react(database, second, post)
    await catch_up(database)

    assert [(each.count, each.read) for each in await told(database, author.member_id)] == [(1, False), (1, True)]


async def test_a_reaction_taken_back_is_taken_out_of_what_is_unread(database: Database) -> None:
    author, first, second = [await make_acting(database) for _ in range(3)]
    post = await make_post(database, author, await make_space(database))
    await react(database, first, post)
    await react(database, second, post, "like")
    await react(database, second, post, "love")
    await catch_up(database)

    await take_back(database, first, post)
    await take_back(database, second, post, "like")
    await catch_up(database)
    left = await told(database, author.member_id)
    await take_back(database, second, post, "love")
    await catch_up(database)

    assert left == [Told("REACTION", f"post_{post}", frozenset({second.member_id}), 1, read=False)]
    assert await told(database, author.member_id) == []


async def test_a_comment_that_is_removed_is_taken_out_of_what_is_unread(database: Database) -> None:
    author, first, second = [await make_acting(database) for _ in range(3)]
    post = await make_post(database, author, await make_space(database))
    removed = await make_comment(database, first, post)
    await make_comment(database, second, post)
    await react(database, author, post)
    await catch_up(database)

    await database.transact(lambda connection: delete_comment(connection, first, removed))
    await catch_up(database)

    assert await told(database, author.member_id) == [
        Told("REPLY", f"post_{post}", frozenset({second.member_id}), 1, read=False)
    ]


async def test_nobody_is_told_of_what_was_removed_before_it_was_read(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    comment = await make_comment(database, other, post)
    await database.transact(lambda connection: delete_comment(connection, other, comment))

    await catch_up(database)

    assert await told(database, author.member_id) == []
    assert "NotificationReceived" not in await event_kinds(database)


async def test_a_post_that_is_removed_takes_what_was_told_of_it_along(database: Database) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await make_comment(database, other, post)
    await react(database, other, post)
    await catch_up(database)

    await database.transact(lambda connection: delete_post(connection, moderator, post, reason="广告"))
    await catch_up(database)

    assert await told(database, author.member_id) == [
        Told("CONTENT_REMOVED", f"post_{post}", frozenset(), 0, read=False)
    ]


async def test_an_author_whose_comment_is_brought_back_is_told(database: Database) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    comment = await make_comment(database, author, post)

    await database.transact(lambda connection: delete_comment(connection, moderator, comment))
    await catch_up(database)
    await database.transact(lambda connection: restore_comment(connection, moderator, comment))
    await catch_up(database)

    assert await kinds_told(database, author.member_id) == ["CONTENT_RESTORED"]


async def test_who_is_named_is_told_once_even_when_they_are_answered(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    handle = await handle_of(database, author)

    await make_comment(database, other, post, body=f"@{handle} 你看呢？")
    await catch_up(database)
    await make_post(database, other, await make_space(database), body=f"谢谢 @{handle}")
    await catch_up(database)

    assert await kinds_told(database, author.member_id) == ["MENTION", "REPLY"]


@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_whoever_edits_anothers_text_names_nobody_themselves(database: Database, kind: str) -> None:
    author, named = await make_acting(database), await make_acting(database)
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    said = f"@{await handle_of(database, named)} 你看呢？"
    number = await make_post(database, author, await make_space(database), body=said)
    edit = edit_post
    if kind == "comment":
        number, edit = await make_comment(database, author, number, body=said), edit_comment  # type: ignore[assignment] # alike

    for body in ("换了 changed", said):
        await database.transact(lambda connection, body=body: edit(connection, moderator, number, body=body))  # type: ignore[misc] # bound now
    await catch_up(database)

    mentions = [each for each in await told(database, named.member_id) if each.subject == f"{kind}_{number}"]
    assert {actor for each in mentions for actor in each.actors} == {author.member_id}


async def test_the_brands_answer_is_told_as_such(database: Database) -> None:
    author, brand = await make_acting(database), await make_acting(database)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET official = true WHERE id = $1", brand.member_id)
    post = await make_post(database, author, await make_space(database))

    await make_comment(database, await reloaded(database, brand), post)
    await catch_up(database)

    assert await kinds_told(database, author.member_id) == ["OFFICIAL_ANSWER"]


async def test_an_accepted_answer_is_told_and_taken_back(database: Database) -> None:
    author, first, second = [await make_acting(database) for _ in range(3)]
    post = await make_post(database, author, await make_space(database))
    comments = [await make_comment(database, first, post), await make_comment(database, second, post)]

    for comment in comments:
        await database.transact(lambda connection, comment=comment: accept_answer(connection, author, comment))  # type: ignore[misc] # mypy does not infer a lambda with a default
    await catch_up(database)
    accepted = await kinds_told(database, first.member_id), await kinds_told(database, second.member_id)
    await database.transact(lambda connection: unaccept_answer(connection, author, post))
    await catch_up(database)

    assert accepted == ([], ["ANSWER_ACCEPTED"])
    assert await kinds_told(database, second.member_id) == []


async def test_new_followers_are_one_notification(database: Database) -> None:
    member, *followers = [await make_acting(database) for _ in range(4)]
    for follower in followers:
        await database.transact(
            lambda connection, follower=follower: follow_member(connection, follower.member_id, member.member_id)  # type: ignore[misc] # as above
        )
    await database.transact(lambda connection: unfollow_member(connection, followers[0].member_id, member.member_id))
    await catch_up(database)

    assert await told(database, member.member_id) == [
        Told("FOLLOW", None, frozenset(each.member_id for each in followers[1:]), 2, read=False)
    ]


async def test_who_is_muted_or_blocked_or_suspended_is_not_heard_of(database: Database) -> None:
    author, muted, blocked, suspended = [await make_acting(database) for _ in range(4)]
    admin = await make_acting(database, roles=(Role.ADMIN,))
    post = await make_post(database, author, await make_space(database))
    for other in (muted, blocked, suspended):
        await react(database, other, post)
    await catch_up(database)
    before = (await told(database, author.member_id))[0].count

    await database.transact(lambda connection: mute_member(connection, author.member_id, muted.member_id))
    await database.transact(lambda connection: block_member(connection, blocked.member_id, author.member_id))
    await database.transact(
        lambda connection: suspend_member(connection, admin.member_id, suspended.member_id, reason="spam"),
    )
    await make_comment(database, muted, post)
    await catch_up(database)

    assert before == 3
    assert await told(database, author.member_id) == []


async def test_who_may_not_read_the_space_any_more_is_not_told(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    space = await make_space(database, access="PRIVATE", members=(author, other))
    post = await make_post(database, author, space)
    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM space_member WHERE member_id = $1", author.member_id)

    await make_comment(database, other, post, body="悄悄话")
    await catch_up(database)

    assert await told(database, author.member_id) == []


async def test_what_one_does_not_want_is_not_told(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await database.transact(
        lambda connection: update_notification_preferences(
            connection, author.member_id, {NotificationKind.REACTION: False, NotificationKind.REPLY: True}
        )
    )

    await react(database, other, post)
    await make_comment(database, other, post)
    await catch_up(database)

    assert await kinds_told(database, author.member_id) == ["REPLY"]


async def test_reading_up_to_a_time_leaves_what_came_after(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    posts = [await make_post(database, author, await make_space(database)) for _ in range(2)]
    await react(database, other, posts[0])
    await catch_up(database)
    seen = await value(database, "SELECT now()")
    await react(database, other, posts[1])
    await catch_up(database)

    await database.transact(
        lambda connection: mark_notifications_read(connection, author.member_id, up_to=seen)  # type: ignore[arg-type] # a time
    )

    assert [(each.subject, each.read) for each in await told(database, author.member_id)] == [
        (f"post_{posts[1]}", False),
        (f"post_{posts[0]}", True),
    ]


async def test_nobody_marks_anothers_notifications(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await react(database, other, post)
    await catch_up(database)
    notification = await value(database, "SELECT id FROM notification")
    assert isinstance(notification, int)

    marked = await database.transact(
        lambda connection: mark_notifications_read(connection, other.member_id, notification_ids=[notification])
    )

    assert marked == []
    assert [each.read for each in await told(database, author.member_id)] == [False]


async def test_marking_read_while_more_comes_neither_loses_nor_doubles(database: Database) -> None:
    author, *others = [await make_acting(database) for _ in range(12)]
    post = await make_post(database, author, await make_space(database))
    await reader.begin(database)

    async def react_and_read(other: Acting) -> None:
        await react(database, other, post)
        await reader.advance(database, limit=2)
        await read_all(database, author)

    await asyncio.gather(*(react_and_read(other) for other in others))
    await catch_up(database)

    notifications = await told(database, author.member_id)
    assert sorted(actor for each in notifications for actor in each.actors) == sorted(
        other.member_id for other in others
    )
    assert all(each.count == len(each.actors) for each in notifications)


async def handle_of(database: Database, acting: Acting) -> str:
    return str(await value(database, "SELECT handle FROM member WHERE id = $1", acting.member_id))


@pytest.mark.parametrize("kind", list(NotificationKind))
async def test_every_kind_can_be_stored(database: Database, kind: NotificationKind) -> None:
    member = await make_acting(database)

    async with database.writing() as connection:
        await update_notification_preferences(connection, member.member_id, {kind: False})

    assert await value(database, "SELECT kind FROM notification_preference") == kind
