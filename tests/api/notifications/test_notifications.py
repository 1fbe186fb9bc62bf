from community.discussions.posts import delete_post
from community.discussions.reactions import add_reaction
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from community.notifications.kinds import NotificationKind
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.factories.notifications import catch_up

NOTIFICATIONS = """
    query ($filter: NotificationFilter) {
        viewer {
            unreadNotificationCount
            notifications(first: 20, filter: $filter) {
                totalCount
                nodes {
                    id kind readAt actorCount
                    actors(first: 5) { nodes { id } }
                    subject { id __typename }
                    post { id title }
                    comment { id body }
                }
            }
        }
    }
"""


async def mine(graphql: Client, member: Acting, **filter_: object) -> list[dict[str, object]]:
    data = await graphql(NOTIFICATIONS, {"filter": filter_ or None}, as_=member)
    nodes: list[dict[str, object]] = data["viewer"]["notifications"]["nodes"]
    return nodes


async def unread(graphql: Client, member: Acting) -> int:
    data = await graphql("{ viewer { unreadNotificationCount } }", as_=member)
    count: int = data["viewer"]["unreadNotificationCount"]
    return count


async def react(database: Database, member: Acting, post: int) -> None:
    await database.transact(lambda connection: add_reaction(connection, member, kind="like", post_id=post))


async def test_a_notification_shows_who_did_what_with_what(graphql: Client, database: Database) -> None:
    author, first, second = [await make_acting(database) for _ in range(3)]
    post = await make_post(database, author, await make_space(database), title="普洱怎么存？")
    await make_comment(database, first, post, body="避光。")
    latest = await make_comment(database, second, post, body="通风。")
    await catch_up(database)

    [notification] = await mine(graphql, author)

    assert notification == {
        "id": notification["id"],
        "kind": "REPLY",
        "readAt": None,
        "actorCount": 2,
        "actors": {"nodes": [{"id": f"member_{second.member_id}"}, {"id": f"member_{first.member_id}"}]},
        "subject": {"id": f"post_{post}", "__typename": "Post"},
        "post": {"id": f"post_{post}", "title": "普洱怎么存？"},
        "comment": {"id": f"comment_{latest}", "body": "通风。"},
    }


async def test_filters_choose_by_kind_and_by_whether_read(graphql: Client, database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await react(database, other, post)
    await make_comment(database, other, post)
    await catch_up(database)

    assert [each["kind"] for each in await mine(graphql, author)] == ["REPLY", "REACTION"]
    assert [each["kind"] for each in await mine(graphql, author, kinds=["REACTION"])] == ["REACTION"]
    assert await mine(graphql, author, kinds=[]) == []
    assert await mine(graphql, author, unread=False) == []
    assert len(await mine(graphql, author, unread=True)) == 2


async def test_marking_read_counts_down(graphql: Client, database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await react(database, other, post)
    await make_comment(database, other, post)
    await catch_up(database)
    [reply, _] = await mine(graphql, author)

    one = await graphql.change(
        "markNotificationsRead",
        "markedCount unreadNotificationCount",
        as_=author,
        ids=[reply["id"], "notification_99999", "post_1"],
    )
    rest = await graphql.change(
        "markNotificationsRead", "markedCount unreadNotificationCount", as_=author, upTo="2999-01-01T00:00:00Z"
    )

    assert (one["markedCount"], one["unreadNotificationCount"]) == (1, 1)
    assert (rest["markedCount"], rest["unreadNotificationCount"]) == (1, 0)
    assert await unread(graphql, author) == 0


async def test_nobody_sees_or_marks_anothers(graphql: Client, database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    admin = await make_acting(database, roles=(Role.ADMIN,))
    post = await make_post(database, author, await make_space(database))
    await react(database, other, post)
    await catch_up(database)
    [notification] = await mine(graphql, author)

    for stranger in (other, admin):
        found = await graphql("query ($id: ID!) { node(id: $id) { id } }", {"id": notification["id"]}, as_=stranger)
        marked = await graphql.change("markNotificationsRead", "markedCount", as_=stranger, ids=[notification["id"]])
        assert found["node"] is None
        assert marked["markedCount"] == 0
    refused = await graphql.change("markNotificationsRead", "markedCount", as_=None, ids=[notification["id"]])

    assert [error["code"] for error in refused["userErrors"]] == ["UNAUTHENTICATED"]
    assert await unread(graphql, author) == 1
    assert (await graphql("{ viewer { unreadNotificationCount } }"))["viewer"] is None


async def test_marking_nothing_in_particular_is_refused(graphql: Client, database: Database) -> None:
    member = await make_acting(database)

    nothing = await graphql.change("markNotificationsRead", "markedCount", as_=member)
    much = await graphql.change(
        "markNotificationsRead", "markedCount", as_=member, ids=[f"notification_{n}" for n in range(1, 102)]
    )

    assert [error["code"] for error in nothing["userErrors"]] == ["INVALID"]
    assert [error["path"] for error in much["userErrors"]] == [["input", "ids"]]


async def test_what_is_not_to_be_seen_any_more_is_not_told_of(graphql: Client, database: Database) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    author, reader, other = [await make_acting(database) for _ in range(3)]
    space = await make_space(database, access="PRIVATE", members=(author, reader, other))
    post = await make_post(database, author, space, title="CANARY 金丝雀")
    comment = await make_comment(database, reader, post)
    await make_comment(database, other, post, parent_id=comment)
    await catch_up(database)
    before = await unread(graphql, reader)
    await graphql.change("markNotificationsRead", "markedCount", as_=reader, upTo="2999-01-01T00:00:00Z")

    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM space_member WHERE member_id = $1", reader.member_id)
    graphql.application.viewers.forget()

    assert before == 1
    assert await mine(graphql, reader) == []
    await database.transact(lambda connection: delete_post(connection, moderator, post))
    await catch_up(database)
    assert [each["kind"] for each in await mine(graphql, author, unread=True)] == ["CONTENT_REMOVED"]


async def test_preferences_are_all_there_and_change_one_by_one(graphql: Client, database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))

    changed = await graphql.change(
        "updateNotificationPreferences",
        "notificationPreferences { kind enabled }",
        as_=author,
        preferences=[{"kind": "REACTION", "enabled": False}],
    )
    await react(database, other, post)
    await make_comment(database, other, post)
    await catch_up(database)

    preferences = {each["kind"]: each["enabled"] for each in changed["notificationPreferences"]}
    assert list(preferences) == list(NotificationKind)
    assert [kind for kind, enabled in preferences.items() if not enabled] == ["REACTION"]
    assert [each["kind"] for each in await mine(graphql, author)] == ["REPLY"]
    assert await value(database, "SELECT count(*) FROM notification_preference") == 1
