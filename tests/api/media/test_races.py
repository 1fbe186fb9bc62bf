"""Uploads that meet: each other, a moderator, and the broom."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from community.foundation.database import Database
from community.media.forgetting import forget_unshown
from community.media.uploading import MOST_AN_HOUR
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.media.uploads import code, seen_by, send, shown, status
from tests.api.moderation.moderating import decide
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.images import encoded, make_image, picture

COUNTS = "SELECT ARRAY[(SELECT count(*) FROM image), (SELECT count(*) FROM image_file)]"
AGE = "UPDATE image SET created_at = created_at - $1::interval"


@pytest.fixture
async def author(database: Database) -> Acting:
    return await make_acting(database)


async def test_a_picture_that_one_member_sends_twenty_times_at_once_is_one_image(
    graphql: Client, database: Database, author: Acting
) -> None:
    await graphql.token(author)

    sent = await asyncio.gather(*(send(graphql, author) for _ in range(20)))

    assert len({each["id"] for each in sent}) == 1
    assert await value(database, COUNTS) == [1, 1]
    assert await value(database, "SELECT count(*) FROM event WHERE kind = 'ImageUploaded'") == 1


async def test_a_picture_that_twenty_members_send_at_once_is_kept_once(graphql: Client, database: Database) -> None:
    members = [await make_acting(database) for _ in range(20)]
    for member in members:
        await graphql.token(member)

    sent = await asyncio.gather(*(send(graphql, member) for member in members))

    assert len({each["url"] for each in sent}) == 20
    assert await value(database, COUNTS) == [20, 1]


async def test_more_uploads_than_fit_are_told_to_come_again(
    graphql: Client, database: Database, author: Acting
) -> None:
    await graphql.token(author)
    body = encoded(picture(1))

    answers = await asyncio.gather(*(graphql.request("POST", "/media", as_=author, content=body) for _ in range(60)))

    assert {answer.status_code for answer in answers} == {201, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
    assert (await graphql.request("POST", "/media", as_=author, content=body)).status_code == 201


async def test_who_is_suspended_meanwhile_has_uploaded_before_or_not_at_all(
    graphql: Client, database: Database
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    uploaded = refused = 0
    for attempt in range(12):
        member = await make_acting(database)
        await graphql.token(member)

        async def suspended(member: Acting = member, attempt: int = attempt) -> None:
            await asyncio.sleep(0.004 * attempt)
            made = await decide(
                graphql, admin, "BAN", subject=f"member_{member.member_id}", reason="SPAM", facts="刷屏"
            )
            assert made["userErrors"] == []

        body = encoded(picture(attempt))
        answer, _ = await asyncio.gather(graphql.request("POST", "/media", as_=member, content=body), suspended())
        kept = await value(database, "SELECT count(*) FROM image WHERE owner_id = $1", member.member_id)
        assert kept == (answer.status_code == 201)
        uploaded += answer.status_code == 201
        refused += answer.status_code in {401, 403}
        after = await graphql.request("POST", "/media", as_=member, content=encoded(picture(99)))
        assert after.status_code in {401, 403}
    assert uploaded + refused == 12


async def test_an_upload_waits_for_who_suspends_its_owner(graphql: Client, database: Database, author: Acting) -> None:
    await graphql.token(author)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE member SET state = 'SUSPENDED' WHERE id = $1", author.member_id)
        upload = asyncio.create_task(graphql.request("POST", "/media", as_=author, content=encoded(picture(1))))
        done, _ = await asyncio.wait([upload], timeout=1)
        assert not done, "it has been let in, and waits for the owner's row"
    answer = await upload

    assert (answer.status_code, code(answer)) == (403, "ACCOUNT_SUSPENDED")
    assert await value(database, COUNTS) == [0, 0]


async def test_the_same_picture_sent_while_it_is_removed_is_removed_too(graphql: Client, database: Database) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    for attempt in range(8):
        first, second = await make_acting(database), await make_acting(database)
        known = await send(graphql, first, attempt)

        async def again(member: Acting = second, attempt: int = attempt) -> str:
            await asyncio.sleep(0.003 * attempt)
            return str((await send(graphql, member, attempt))["url"])

        address, made = await asyncio.gather(
            again(), decide(graphql, admin, "REMOVE", subject=known["id"], reason="SPAM", facts="假货")
        )

        assert made["userErrors"] == []
        assert await status(graphql, address, second) == 404


async def test_what_was_never_shown_is_forgotten_after_a_day(
    graphql: Client, database: Database, author: Acting
) -> None:
    other = await make_acting(database)
    in_post, in_profile, unshown, twin = [await send(graphql, author, seed) for seed in range(4)]
    await send(graphql, other, 3)
    post = await make_post(database, author, await make_space(database), body=shown(in_post))
    await graphql.change("updateProfile", "member { id }", as_=author, avatarUrl=in_profile["url"])
    await graphql.change("updateProfile", "member { id }", as_=author, avatarUrl=None)
    await graphql.change("editPost", "post { id }", as_=author, post=f"post_{post}", body="没有图了")

    await database.transact(forget_unshown)
    assert await value(database, COUNTS) == [5, 4], "they are of today"
    async with database.writing() as connection:
        await connection.raw.execute(AGE, timedelta(days=2))
    again = await send(graphql, other, 3)
    await database.transact(forget_unshown)

    assert await value(database, COUNTS) == [3, 3]
    assert [await status(graphql, each["url"], author) for each in (in_post, in_profile, unshown, twin)] == [
        *(200, 200, 404, 404)
    ]
    assert await status(graphql, again["url"], other) == 200


async def test_what_is_shown_while_it_is_forgotten_stays_or_was_gone_before(
    graphql: Client, database: Database, author: Acting
) -> None:
    space = await make_space(database)
    for attempt in range(10):
        image = await make_image(database, author, attempt)
        async with database.writing() as connection:
            await connection.raw.execute(AGE, timedelta(days=2))

        async def forgotten(attempt: int = attempt) -> None:
            await asyncio.sleep(0.001 * attempt)
            await database.transact(forget_unshown)

        await asyncio.gather(make_post(database, author, space, body=f"![茶]({image.address})"), forgotten())

        uses = await value(database, "SELECT count(*) FROM image_use WHERE image_id = $1", image.id)
        assert await status(graphql, image.address) == (200 if uses else 404)
    assert await value(database, "SELECT count(*) FROM image_file WHERE sha256 NOT IN (SELECT sha256 FROM image)") == 0


async def test_who_may_show_no_images_sends_none(graphql: Client, database: Database, author: Acting) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    made = await decide(
        graphql,
        admin,
        {"action": "LIMIT", "limits": ["NO_MEDIA"], "until": "2099-01-01T00:00:00Z"},
        subject=f"member_{author.member_id}",
        reason="SPAM",
        facts="刷图",
    )
    assert made["userErrors"] == []

    answer = await graphql.request("POST", "/media", as_=author, content=encoded(picture(1)))

    assert (answer.status_code, code(answer)) == (403, "MEMBER_LIMITED")
    assert await value(database, COUNTS) == [0, 0]


@pytest.mark.parametrize(("hourly", "images", "most"), [(2, 3, 6), (None, 3, MOST_AN_HOUR)])
async def test_who_has_sent_as_many_as_their_level_may_show_in_an_hour_waits(
    graphql: Client, database: Database, author: Acting, hourly: int | None, images: int, most: int
) -> None:
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE level_policy SET contributions_an_hour = $1, images = $2", hourly, images)
        await connection.raw.execute(
            "INSERT INTO rate_limit (bucket, level) VALUES ($1, $2)", f"media:{author.member_id}", most - 2
        )
    body = encoded(picture(1))

    answers = [await graphql.request("POST", "/media", as_=author, content=body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert code(answers[2]) == "RATE_LIMITED"
    assert int(answers[2].headers["retry-after"]) > 0


async def test_whose_level_shows_no_images_sends_none(graphql: Client, database: Database, author: Acting) -> None:
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE level_policy SET images = 0")

    answer = await graphql.request("POST", "/media", as_=author, content=encoded(picture(1)))

    assert (answer.status_code, code(answer)) == (403, "LEVEL_TOO_LOW")
    assert await seen_by(graphql, {"id": "image_1", "url": "/media/" + "0" * 32 + ".png"}, author) == [False]
