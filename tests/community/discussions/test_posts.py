"""Writing, editing, taking down and bringing back, and who may."""

import asyncio
from functools import partial

import pytest

from community.discussions.comments import (
    create_comment,
    delete_comment,
    edit_comment,
    restore_comment,
)
from community.discussions.curation import (
    accept_answer,
    lock_post,
    pin_post,
    unaccept_answer,
)
from community.discussions.errors import EditConflict
from community.discussions.posts import create_post, delete_post, edit_post, restore_post
from community.discussions.reactions import add_reaction, remove_reaction
from community.discussions.revisions import ChangeKind, comment_revisions, difference, post_revisions
from community.foundation.database import Database
from community.foundation.errors import Invalid, NotFound, NotPermitted, Unauthenticated
from community.members.acting import Acting, load_acting
from community.members.errors import AccountSuspended
from community.members.roles import Role
from tests.factories.discussions import (
    Action,
    block,
    differences,
    event_kinds,
    make_acting,
    make_comment,
    make_post,
    make_space,
    refused,
    reloaded,
    suspend,
    value,
)


async def test_a_post_is_kept_as_written_and_as_shown(database: Database) -> None:
    author, space = await make_acting(database), await make_space(database)

    post = await make_post(
        database, author, space, title="  红茶\n 怎么泡？ ", body="**水温**\r\n<b>", tags=("#红 茶", "ＴＥＡ", "tea")
    )

    row = await value(database, "SELECT row_to_json(post) FROM post WHERE id = $1", post)
    assert isinstance(row, dict)
    assert row["title"] == "红茶 怎么泡？"
    assert row["body"] == "**水温**\n<b>"
    assert row["body_html"] == "<p><strong>水温</strong>\n&lt;b&gt;</p>"
    assert row["body_text"] == "水温 <b>"
    tags = "SELECT array_agg(name ORDER BY position) FROM post_tag JOIN tag ON tag.id = tag_id WHERE post_id = $1"
    assert await value(database, tags, post) == ["红-茶", "tea"]
    assert await event_kinds(database) == ["PostCreated"]
    assert await differences(database) == []


@pytest.mark.parametrize(
    ("title", "body", "tags", "field"),
    [
        ("", "x", (), "title"),
        ("  \u200b ", "x", (), "title"),
        ("茶" * 201, "x", (), "title"),
        ("a\u202eb", "x", (), "title"),
        ("a", " \n ", (), "body"),
        ("a", "茶" * 32_001, (), "body"),
        ("a", "a\0b", (), "body"),
        ("a", "x", ("茶" * 41,), "tags"),
        ("a", "x", ("!",), "tags"),
        ("a", "x", tuple(f"t{number}" for number in range(9)), "tags"),
    ],
)
async def test_a_post_beyond_the_limits_is_refused(
    database: Database, title: str, body: str, tags: tuple[str, ...], field: str
) -> None:
    author, space = await make_acting(database), await make_space(database)

    said = await refused(
        database,
        Invalid,
        lambda connection: create_post(connection, author, space_id=space, title=title, body=body, tags=tags),
    )

    assert said.startswith(field)


async def test_titles_are_counted_as_readers_count(database: Database) -> None:
    author, space = await make_acting(database), await make_space(database)

    assert await make_post(database, author, space, title="茶" * 200)
    assert await make_post(database, author, space, title="👍🏽" * 200)


async def test_an_edit_keeps_what_was_there_and_shows_what_changed(database: Database) -> None:
    author, space = await make_acting(database), await make_space(database)
    post = await make_post(database, author, space, body="红茶要用九十度的水。", tags=("茶",))

    assert await database.transact(
        lambda connection: edit_post(
            connection, author, post, body="红茶要用八十五度的水。", tags=["红茶"], reason="更准"
        )
    )
    assert not await database.transact(lambda connection: edit_post(connection, author, post, tags=["红茶"]))

    (revision,) = await database.transact(lambda connection: post_revisions(connection, author, post))
    assert revision.reason == "更准"
    assert [(change.kind, change.text) for change in revision.body] == [
        (ChangeKind.KEPT, "红茶要用"),
        (ChangeKind.REMOVED, "九"),
        (ChangeKind.ADDED, "八"),
        (ChangeKind.KEPT, "十"),
        (ChangeKind.ADDED, "五"),
        (ChangeKind.KEPT, "度的水。"),
    ]
    assert await differences(database) == []


async def test_of_ten_edits_of_one_revision_at_once_one_is_kept(database: Database) -> None:
    author, space = await make_acting(database), await make_space(database)
    post = await make_post(database, author, space)
    comment = await make_comment(database, author, post)

    outcomes = await asyncio.gather(
        *(
            database.transact(partial(edit_post, acting=author, post_id=post, body=text, expected_revision=0))
            for text in "甲乙丙丁戊己庚辛壬癸"
        ),
        *(
            database.transact(partial(edit_comment, acting=author, comment_id=comment, body=text, expected_revision=0))
            for text in "甲乙丙丁戊己庚辛壬癸"
        ),
        return_exceptions=True,
    )

    assert sum(outcome is True for outcome in outcomes) == 2
    assert sum(isinstance(outcome, EditConflict) for outcome in outcomes) == 18
    assert len(await database.transact(lambda connection: comment_revisions(connection, author, comment))) == 1
    assert await differences(database) == []


def test_differences_put_together_give_both_texts_back() -> None:
    before, after = "one two\n三四五\nsix\n" * 50, "one 2\n三五\nsix seven\n" * 50

    changes = difference(before, after)

    assert "".join(change.text for change in changes if change.kind != ChangeKind.ADDED) == before
    assert "".join(change.text for change in changes if change.kind != ChangeKind.REMOVED) == after


async def test_authors_withdraw_and_bring_back_and_moderators_remove_and_bring_back(database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    moderator = await make_acting(database)
    space = await make_space(database, moderators=(moderator,))
    moderator = await reloaded(database, moderator)
    post = await make_post(database, author, space, tags=("茶",))
    comment = await make_comment(database, author, post)

    await refused(database, NotPermitted, lambda connection: delete_post(connection, other, post))
    await refused(database, NotPermitted, lambda connection: delete_comment(connection, other, comment))
    assert await database.transact(lambda connection: delete_post(connection, author, post))
    assert not await database.transact(lambda connection: delete_post(connection, author, post))
    await refused(database, NotFound, lambda connection: create_comment(connection, other, post_id=post, body="x"))
    await refused(database, NotPermitted, lambda connection: restore_post(connection, moderator, post))
    assert await database.transact(lambda connection: restore_post(connection, author, post))
    assert await database.transact(lambda connection: delete_post(connection, moderator, post, reason="广告"))
    await refused(database, NotPermitted, lambda connection: restore_post(connection, author, post))
    await refused(database, NotPermitted, lambda connection: edit_post(connection, author, post, body="x"))
    await refused(database, NotFound, lambda connection: restore_post(connection, other, post))
    assert await database.transact(lambda connection: restore_post(connection, moderator, post))
    assert await database.transact(lambda connection: delete_comment(connection, moderator, comment))
    await refused(database, NotPermitted, lambda connection: restore_comment(connection, author, comment))
    assert await database.transact(lambda connection: restore_comment(connection, moderator, comment))
    assert await value(database, "SELECT hidden_at FROM post WHERE id = $1", post) is None
    assert await differences(database) == []


async def test_what_is_restored_while_its_author_is_suspended_stays_hidden(database: Database) -> None:
    author, moderator = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    post = await make_post(database, author, await make_space(database))
    await database.transact(lambda connection: delete_post(connection, moderator, post))
    await suspend(database, author)

    assert await database.transact(lambda connection: restore_post(connection, moderator, post))

    assert await value(database, "SELECT visibility FROM post WHERE id = $1", post) == 4
    assert await differences(database) == []


async def test_what_one_may_not_see_answers_as_if_it_were_not_there(database: Database) -> None:
    author, outsider, blocked = [await make_acting(database) for _ in range(3)]
    private = await make_space(database, access="PRIVATE", members=(author, blocked))
    post = await make_post(database, author, private)
    comment = await make_comment(database, author, post)
    await block(database, author, blocked)

    for stranger in (outsider, blocked):

        def actions(post: int, comment: int, who: Acting = stranger) -> list[Action]:
            return [
                lambda connection: create_comment(connection, who, post_id=post, body="x"),
                lambda connection: edit_post(connection, who, post, body="x"),
                lambda connection: delete_post(connection, who, post),
                lambda connection: restore_post(connection, who, post),
                lambda connection: pin_post(connection, who, post),
                lambda connection: lock_post(connection, who, post),
                lambda connection: post_revisions(connection, who, post),
                lambda connection: unaccept_answer(connection, who, post),
                lambda connection: add_reaction(connection, who, kind="like", post_id=post),
                lambda connection: remove_reaction(connection, who, kind="like", post_id=post),
                lambda connection: edit_comment(connection, who, comment, body="x"),
                lambda connection: delete_comment(connection, who, comment),
                lambda connection: accept_answer(connection, who, comment),
                lambda connection: comment_revisions(connection, who, comment),
                lambda connection: add_reaction(connection, who, kind="like", comment_id=comment),
                lambda connection: remove_reaction(connection, who, kind="like", comment_id=comment),
            ]

        for hidden, absent in zip(actions(post, comment), actions(10**12, 10**12), strict=True):
            assert await refused(database, NotFound, hidden) == await refused(database, NotFound, absent)
    await refused(
        database,
        NotFound,
        lambda connection: create_post(connection, outsider, space_id=private, title="x", body="x"),
    )


async def test_a_suspended_member_cannot_act_and_one_suspended_meanwhile_leaves_nothing(database: Database) -> None:
    member = await make_acting(database)
    space = await make_space(database)
    post = await make_post(database, member, space)
    await suspend(database, member)

    await refused(database, AccountSuspended, lambda connection: load_acting(connection, member.member_id))
    await refused(database, Unauthenticated, lambda connection: load_acting(connection, 10**12))
    # The facts were loaded before the suspension: the change itself finds out.
    for refusal, action in (
        (NotPermitted, lambda connection: create_post(connection, member, space_id=space, title="x", body="x")),
        (AccountSuspended, lambda connection: create_comment(connection, member, post_id=post, body="x")),
        (AccountSuspended, lambda connection: add_reaction(connection, member, kind="like", post_id=post)),
        (AccountSuspended, lambda connection: remove_reaction(connection, member, kind="like", post_id=post)),
    ):
        await refused(database, refusal, action)
