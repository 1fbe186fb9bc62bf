from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from community.foundation.database import Database
from community.foundation.errors import Invalid, NotPermitted
from community.members.profiles import update_profile
from tests.factories.members import make_member

Count = Callable[[str], Awaitable[int]]


async def profile(database: Database, member_id: int) -> dict[str, Any]:
    async with database.reading() as connection:
        [row] = await connection.raw.fetch("SELECT * FROM member WHERE id = $1", member_id)
    return dict(row)


async def test_what_is_given_changes_and_what_is_left_out_stays(database: Database, count: Count) -> None:
    mei = await make_member(database, "mei")

    await database.transact(
        lambda connection: update_profile(
            connection,
            mei.id,
            display_name="  小  美 👩‍🌾 ",
            bio="爱*茶*",
            website_url="https://例子.cn/茶",
            location="成都",
        )
    )
    await database.transact(lambda connection: update_profile(connection, mei.id, location=None, locale="zh"))
    await database.transact(lambda connection: update_profile(connection, mei.id))

    row = await profile(database, mei.id)
    assert (row["display_name"], row["bio"], row["website_url"]) == ("小 美 👩‍🌾", "爱*茶*", "https://例子.cn/茶")
    assert "<em>茶</em>" in row["bio_html"]
    assert (row["location"], row["locale"]) == (None, "zh")
    assert await count("event WHERE kind = 'ProfileUpdated'") == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"display_name": " "},
        {"display_name": "x" * 51},
        {"display_name": "a\u202eb"},
        {"display_name": "a\x00b"},
        {"bio": "x" * 2_001},
        {"bio": "a\x00b"},
        {"website_url": "javascript:alert(1)"},
        {"website_url": "https://user:password@example.com"},
        {"website_url": "https://"},
        {"avatar_url": 'https://example.com/"onerror=alert(1)'},
        {"avatar_url": "data:text/html,x"},
        {"location": "x" * 101},
        {"locale": "xx"},
    ],
)
async def test_what_cannot_be_shown_is_refused_and_nothing_changes(
    database: Database, count: Count, changes: dict[str, Any]
) -> None:
    mei = await make_member(database)
    before = await profile(database, mei.id)

    with pytest.raises(Invalid):
        async with database.writing() as connection:
            await update_profile(connection, mei.id, **{"location": "Chengdu"} | changes)

    assert await profile(database, mei.id) == before
    assert await count("event") == 0


async def test_a_bio_runs_nothing(database: Database) -> None:
    mei = await make_member(database)

    async with database.writing() as connection:
        await update_profile(connection, mei.id, bio="<script>alert(1)</script> [x](javascript:alert(1))")

    html = (await profile(database, mei.id))["bio_html"]
    assert "<script" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize("state", ["SUSPENDED", "ERASED"])
async def test_who_is_not_in_good_standing_changes_nothing(database: Database, count: Count, state: str) -> None:
    mei = await make_member(database, state=state)

    with pytest.raises(NotPermitted):
        async with database.writing() as connection:
            await update_profile(connection, mei.id, bio="hello")

    assert await count("member WHERE bio <> ''") == await count("event") == 0
