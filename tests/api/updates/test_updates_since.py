from typing import Any

import pytest

from community.discussions.comments import delete_comment
from community.discussions.posts import delete_post, edit_post, restore_post
from community.discussions.reactions import add_reaction
from community.foundation.database import Database
from community.foundation.event_readers import BEGINNING, encode_cursor
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.factories.discussions import block, make_acting, make_comment, make_post, make_space
from tests.factories.events import settle
from tests.factories.notifications import catch_up

START = encode_cursor(BEGINNING)
SINCE = """
    query Since($cursor: String!, $filter: UpdateFilter, $first: Int!) {
        updatesSince(cursor: $cursor, filter: $filter, first: $first) {
            updates {
                __typename
                ... on Occurrence { cursor occurredAt }
                ... on PostCreated { post { id title } }
                ... on PostChanged { post { id } }
                ... on CommentCreated { comment { id body } }
                ... on ContentEdited { subject { id } }
                ... on ContentRestored { subject { id } }
                ... on ContentRemoved { subjectId }
                ... on ReactionsChanged { subject { reactionCount ... on Post { id } } }
                ... on NotificationReceived { notification { kind subject { id } } unreadNotificationCount }
                ... on NotificationsRead { unreadNotificationCount }
            }
            endCursor
            hasMore
        }
    }
"""


async def since(
    graphql: Client, cursor: str = START, *, as_: Acting | None = None, first: int = 100, **filter_: Any
) -> dict[str, object]:
    await settle(graphql.application.database)
    data = await graphql(SINCE, {"cursor": cursor, "first": first, "filter": filter_ or None}, as_=as_)
    batch: dict[str, object] = data["updatesSince"]
    return batch


async def told(graphql: Client, *, as_: Acting | None = None, **filter_: Any) -> list[str]:
    updates = (await since(graphql, as_=as_, **filter_))["updates"]
    assert isinstance(updates, list)
    return [update["__typename"] for update in updates]


async def test_what_happened_is_told_in_order_with_what_it_happened_to(graphql: Client, database: Database) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database), title="龙井怎么泡？")
    comment = await make_comment(database, author, post, body="八十度。")
    await database.transact(lambda connection: edit_post(connection, author, post, title="龙井怎么泡才香？"))

    batch = await since(graphql)

    updates = batch["updates"]
    assert isinstance(updates, list)
    assert [
        (update["__typename"], update.get("post") or update.get("comment") or update.get("subject"))
        for update in updates
    ] == [
        ("PostCreated", {"id": f"post_{post}", "title": "龙井怎么泡才香？"}),
        ("CommentCreated", {"id": f"comment_{comment}", "body": "八十度。"}),
        ("ContentEdited", {"id": f"post_{post}"}),
    ]
    assert batch["hasMore"] is False


async def test_a_client_that_asks_in_steps_hears_everything_once(graphql: Client, database: Database) -> None:
    author = await make_acting(database)
    space = await make_space(database)
    posts = [await make_post(database, author, space) for _ in range(7)]

    heard, cursor, more = [], START, True
    while more:
        batch = await since(graphql, cursor, first=3)
        updates, cursor, more = batch["updates"], batch["endCursor"], batch["hasMore"]  # type: ignore[assignment] # JSON
        heard += [update["post"]["id"] for update in updates]  # type: ignore[attr-defined] # JSON

    assert heard == [f"post_{post}" for post in posts]
    assert (await since(graphql, cursor))["updates"] == []


async def test_what_comes_after_the_cursor_of_a_document_is_what_it_does_not_show(
    graphql: Client, database: Database
) -> None:
    author = await make_acting(database)
    space = await make_space(database)
    await make_post(database, author, space)
    await settle(database)
    cursor = (await graphql("{ updatesCursor }"))["updatesCursor"]
    later = await make_post(database, author, space)

    updates = (await since(graphql, cursor))["updates"]

    assert isinstance(updates, list)
    assert [update["post"]["id"] for update in updates] == [f"post_{later}"]


async def test_filters_choose_by_space_post_kind_and_person(graphql: Client, database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    here, there = await make_space(database), await make_space(database)
    post = await make_post(database, author, here)
    elsewhere = await make_post(database, other, there)
    await make_comment(database, other, post)

    assert await told(graphql, space=f"space_{here}") == ["PostCreated", "CommentCreated"]
    assert await told(graphql, post=f"post_{elsewhere}") == ["PostCreated"]
    assert await told(graphql, kinds=["COMMENT_CREATED"]) == ["CommentCreated"]
    assert await told(graphql, kinds=[]) == []
    assert await told(graphql, as_=author, mine=True) == ["CommentCreated"]
    assert await told(graphql, space="space_999999") == []
    assert await told(graphql, space="post_1") == []


async def test_reactions_in_a_row_are_told_once_with_the_counts_of_now(graphql: Client, database: Database) -> None:
    author, *others = [await make_acting(database) for _ in range(4)]
    post = await make_post(database, author, await make_space(database))
    for other in others:
        await database.transact(
            lambda connection, other=other: add_reaction(connection, other, kind="like", post_id=post)  # type: ignore[misc] # mypy does not infer a lambda with a default
        )

    updates = (await since(graphql, kinds=["REACTIONS_CHANGED"]))["updates"]

    assert isinstance(updates, list)
    assert [update["subject"] for update in updates] == [{"reactionCount": 3, "id": f"post_{post}"}]


async def test_of_a_private_space_only_its_members_hear(graphql: Client, database: Database) -> None:
    inside, outside = await make_acting(database), await make_acting(database)
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    space = await make_space(database, access="PRIVATE", members=(inside,))
    post = await make_post(database, inside, space, body="CANARY 金丝雀")
    await make_comment(database, inside, post)
    await database.transact(lambda connection: delete_post(connection, moderator, post))

    assert await told(graphql, as_=inside) == ["PostCreated", "CommentCreated", "ContentRemoved"]
    assert await told(graphql, as_=moderator) == ["PostCreated", "CommentCreated", "ContentRemoved"]
    assert await told(graphql, as_=outside) == []
    assert await told(graphql) == []


async def test_of_what_is_removed_only_the_removal_is_told(graphql: Client, database: Database) -> None:
    author, reader = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    comment = await make_comment(database, author, post)
    await database.transact(lambda connection: delete_comment(connection, author, comment))

    updates = (await since(graphql, as_=reader))["updates"]

    assert isinstance(updates, list)
    assert [(update["__typename"], update.get("subjectId")) for update in updates] == [
        ("PostCreated", None),
        ("ContentRemoved", f"comment_{comment}"),
    ]


async def test_what_is_back_is_told_with_it(graphql: Client, database: Database) -> None:
    author, reader = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await database.transact(lambda connection: delete_post(connection, author, post))
    await database.transact(lambda connection: restore_post(connection, author, post))

    assert await told(graphql, as_=reader) == ["PostCreated", "ContentRemoved", "ContentRestored"]


async def test_of_whom_a_block_hides_nothing_is_told(graphql: Client, database: Database) -> None:
    author, blocked = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await block(database, author, blocked)
    await database.transact(lambda connection: delete_post(connection, author, post))

    assert await told(graphql, as_=blocked) == []


async def test_notifications_are_told_to_their_member_alone(graphql: Client, database: Database) -> None:
    author, other = await make_acting(database), await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    await make_comment(database, other, post)
    await catch_up(database)

    mine = (await since(graphql, as_=author, kinds=["NOTIFICATION_RECEIVED"]))["updates"]

    assert isinstance(mine, list)
    assert [(update["notification"], update["unreadNotificationCount"]) for update in mine] == [
        ({"kind": "REPLY", "subject": {"id": f"post_{post}"}}, 1)
    ]
    assert await told(graphql, as_=other, kinds=["NOTIFICATION_RECEIVED"]) == []
    assert await told(graphql, kinds=["NOTIFICATION_RECEIVED"]) == []


@pytest.mark.parametrize(
    "cursor", ["", "event~-1~2", "new~1~2", "event~1~2'; DROP TABLE event", "事件~1~2", "event~" + "9" * 90]
)
async def test_a_forged_cursor_is_an_input_error(graphql: Client, cursor: str) -> None:
    answer = await graphql.ask(SINCE, {"cursor": cursor, "first": 5})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_ARGUMENT"
    assert answer.get("data") is None


@pytest.mark.parametrize("first", [0, -1, 101, 10**9])
async def test_a_batch_has_bounds(graphql: Client, first: int) -> None:
    answer = await graphql.ask(SINCE, {"cursor": START, "first": first})

    assert "errors" in answer


async def test_a_subscription_is_refused_over_plain_http(graphql: Client) -> None:
    answer = await graphql.ask("subscription { updates { __typename } }")

    assert answer["errors"][0]["extensions"]["code"] == "SUBSCRIPTION"
