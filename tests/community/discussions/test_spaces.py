"""Spaces: making, changing, joining, inviting, and who may."""

import asyncio
from functools import partial

import pytest

from community.discussions.errors import SlugTaken, SpaceArchived
from community.discussions.spaces import (
    archive_space,
    create_space,
    fold_slug,
    invite_to_space,
    join_space,
    leave_space,
    remove_from_space,
    unarchive_space,
    update_space,
    withdraw_invitation,
)
from community.discussions.tags import fold_tag, follow_tag, unfollow_tag
from community.foundation.database import Database
from community.foundation.errors import Invalid, NotFound, NotPermitted
from community.members.roles import Role
from tests.factories.discussions import (
    block,
    differences,
    event_kinds,
    make_acting,
    make_post,
    make_space,
    reloaded,
    value,
)


@pytest.mark.parametrize(
    ("written", "slug"),
    [(" 茶友 天地 ", "茶友-天地"), ("Tea_Lovers", "tea-lovers"), ("ＴＥＡ--room", "tea-room"), ("чай", "чай")],
)
def test_slugs_are_folded_in_any_script(written: str, slug: str) -> None:
    assert fold_slug(written) == slug


@pytest.mark.parametrize("written", ["", "-", "a/b", "a?b", "茶" * 61, "<x>", "a\u202eb"])
def test_what_is_no_slug_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        fold_slug(written)


@pytest.mark.parametrize(
    ("written", "tag"), [("#红茶", "红茶"), ("Green Tea", "green-tea"), ("C++", "c++"), ("ﾁｬ", "チャ")]
)
def test_tags_are_folded_in_any_script(written: str, tag: str) -> None:
    assert fold_tag(written) == tag


async def test_who_makes_a_space_has_joined_and_moderates_it(database: Database) -> None:
    maker = await make_acting(database, roles=(Role.MARKETER,))

    space = await database.transact(
        lambda connection: create_space(connection, maker, slug="茶友", name="茶友", rules="**友善**")
    )

    assert (await reloaded(database, maker)).moderated_space_ids == {space}
    assert await value(database, "SELECT rules_html FROM space") == "<p><strong>友善</strong></p>"
    assert await event_kinds(database) == ["RoleGranted", "SpaceCreated", "SpaceJoined"]
    assert await differences(database) == []


async def test_making_a_space_takes_a_role(database: Database) -> None:
    member = await make_acting(database)

    with pytest.raises(NotPermitted):
        await database.transact(lambda connection: create_space(connection, member, slug="x", name="x"))

    assert await value(database, "SELECT count(*) FROM space") == 0


async def test_of_ten_spaces_of_one_slug_made_at_once_one_is_there(database: Database) -> None:
    maker = await make_acting(database, roles=(Role.ADMIN,))

    outcomes = await asyncio.gather(
        *(
            database.transact(lambda connection: create_space(connection, maker, slug="茶 友", name="茶友"))
            for _ in range(10)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SlugTaken) for outcome in outcomes) == 9


async def test_a_space_is_changed_by_who_moderates_it_and_keeps_its_slug_its_own(database: Database) -> None:
    moderator, member = await make_acting(database), await make_acting(database)
    space, other = await make_space(database, moderators=(moderator,)), await make_space(database)
    moderator = await reloaded(database, moderator)
    taken = str(await value(database, "SELECT slug FROM space WHERE id = $1", other))

    assert await database.transact(lambda connection: update_space(connection, moderator, space, name="绿茶"))
    assert not await database.transact(lambda connection: update_space(connection, moderator, space, name="绿茶"))
    with pytest.raises(SlugTaken):
        await database.transact(lambda connection: update_space(connection, moderator, space, slug=taken))
    with pytest.raises(NotPermitted):
        await database.transact(lambda connection: update_space(connection, member, space, name="x"))
    with pytest.raises(NotPermitted):
        await database.transact(lambda connection: archive_space(connection, moderator, other))

    assert await value(database, "SELECT name FROM space WHERE id = $1", space) == "绿茶"
    assert await value(database, "SELECT data->'fields' FROM event") == ["name"]


async def test_a_private_space_is_joined_by_invitation_alone(database: Database) -> None:
    moderator, guest, stranger = [await make_acting(database) for _ in range(3)]
    space = await make_space(database, access="PRIVATE", moderators=(moderator,))
    moderator = await reloaded(database, moderator)

    for absent in (space, 10**12):
        with pytest.raises(NotFound):
            await database.transact(partial(join_space, acting=guest, space_id=absent))
    assert await database.transact(lambda connection: invite_to_space(connection, moderator, space, guest.member_id))
    assert not await database.transact(
        lambda connection: invite_to_space(connection, moderator, space, guest.member_id)
    )
    with pytest.raises(NotFound):
        await database.transact(lambda connection: join_space(connection, stranger, space))
    joined = await asyncio.gather(
        *(database.transact(lambda connection: join_space(connection, guest, space)) for _ in range(10))
    )

    assert sum(joined) == 1
    assert await value(database, "SELECT count(*) FROM space_invitation") == 0
    assert await event_kinds(database) == ["SpaceInvited", "SpaceJoined"]
    assert await differences(database) == []
    assert await database.transact(lambda connection: remove_from_space(connection, moderator, space, guest.member_id))
    with pytest.raises(NotFound):
        await database.transact(lambda connection: join_space(connection, guest, space))
    assert await differences(database) == []


async def test_invitations_are_withdrawn_by_moderators_and_turned_down_by_guests(database: Database) -> None:
    moderator, guest, other = [await make_acting(database) for _ in range(3)]
    space = await make_space(database, access="PRIVATE", moderators=(moderator,))
    moderator = await reloaded(database, moderator)

    async def invite() -> bool:
        return await database.transact(
            lambda connection: invite_to_space(connection, moderator, space, guest.member_id)
        )

    assert await invite()
    with pytest.raises(NotFound):
        await database.transact(lambda connection: withdraw_invitation(connection, other, space, guest.member_id))
    assert await database.transact(lambda connection: withdraw_invitation(connection, guest, space, guest.member_id))
    assert await invite()
    assert await database.transact(
        lambda connection: withdraw_invitation(connection, moderator, space, guest.member_id)
    )
    assert await value(database, "SELECT count(*) FROM space_invitation") == 0


async def test_who_has_blocked_one_cannot_be_invited(database: Database) -> None:
    moderator, guest = await make_acting(database, roles=(Role.ADMIN,)), await make_acting(database)
    space = await make_space(database, access="PRIVATE")
    await block(database, guest, moderator)

    for member_id in (guest.member_id, 10**12):
        with pytest.raises(NotFound):
            await database.transact(partial(invite_to_space, acting=moderator, space_id=space, member_id=member_id))
    assert await value(database, "SELECT count(*) FROM space_invitation") == 0


async def test_an_archived_space_is_left_but_not_joined(database: Database) -> None:
    administrator, member, late = (
        await make_acting(database, roles=(Role.ADMIN,)),
        *[await make_acting(database) for _ in range(2)],
    )
    space = await make_space(database)
    assert await database.transact(lambda connection: join_space(connection, member, space))
    assert await database.transact(lambda connection: archive_space(connection, administrator, space))

    with pytest.raises(SpaceArchived):
        await database.transact(lambda connection: join_space(connection, late, space))
    assert await database.transact(lambda connection: leave_space(connection, member, space))
    assert await database.transact(lambda connection: unarchive_space(connection, administrator, space))
    assert await database.transact(lambda connection: join_space(connection, late, space))
    assert await differences(database) == []


async def test_only_moderators_start_posts_where_the_space_says_so(database: Database) -> None:
    member, moderator = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    space = await make_space(database, posting="MODERATORS")

    with pytest.raises(NotPermitted):
        await make_post(database, member, space)
    assert await make_post(database, moderator, space)
    assert await value(database, "SELECT count(*) FROM post") == 1


async def test_a_tag_is_followed_once_however_often_it_is_asked_for(database: Database) -> None:
    member = await make_acting(database)
    await make_post(database, member, await make_space(database), tags=("红茶",))
    tag = int(str(await value(database, "SELECT id FROM tag")))

    await asyncio.gather(
        *(database.transact(lambda connection: follow_tag(connection, member, tag)) for _ in range(10))
    )

    assert await value(database, "SELECT follower_count FROM tag") == 1
    await database.transact(lambda connection: unfollow_tag(connection, member, tag))
    await database.transact(lambda connection: unfollow_tag(connection, member, tag))
    assert (await event_kinds(database))[-2:] == ["TagFollowed", "TagUnfollowed"]
    assert await differences(database) == []
    with pytest.raises(NotFound):
        await database.transact(lambda connection: follow_tag(connection, member, 10**12))
