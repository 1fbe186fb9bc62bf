"""Links, which anybody may follow with whatever they like: what is written, what is carried, and what is drawn."""

from __future__ import annotations

import asyncio
from time import time
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from api.app import Server
from api.buckets import Buckets
from community.foundation.database import Database
from community.members.acting import Acting
from community.referrals.clicks import MOST_PARTS, forget_visitors
from community.referrals.touches import Touch, sign_touch
from tests.api.conftest import Client
from tests.api.referrals.bringing import browser, campaign_code, claimed, later, make_program, own_code
from tests.factories.discussions import make_acting
from tests.factories.referrals import counts_kept_and_recounted


async def clicks(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return await connection.raw.fetch("SELECT * FROM referral_click ORDER BY id")


@pytest.mark.parametrize(
    "code", ["x", "2222222222", "%00", "茶" * 50, "A" * 5_000, "%ff%fe", "'; DROP TABLE member", "<b>"]
)
async def test_what_is_no_code_is_sent_to_the_site_and_written_nowhere(
    database: Database, server: Server, code: str
) -> None:
    async with browser(server) as client:
        answer = await client.get(f"/r/{code}")
        for_app = await client.get(f"/r/{code}", params={"for": "app"})

    assert answer.status_code == 302
    assert answer.headers["location"] == "http://127.0.0.1:8000/join"
    assert "set-cookie" not in answer.headers
    assert (for_app.status_code, for_app.json()["token"]) == (404, None)
    assert await clicks(database) == []


@pytest.mark.parametrize("how", ["revoked", "paused", "not begun"])
async def test_a_code_that_counts_no_more_is_answered_like_none(
    graphql: Client, database: Database, server: Server, marketer: Acting, how: str
) -> None:
    program = await make_program(graphql, marketer, **({"startsAt": later(1)} if how == "not begun" else {}))
    code = await campaign_code(graphql, marketer, program)
    if how == "revoked":
        await graphql.change("revokeCode", "code { id }", as_=marketer, code=code["id"])
    elif how == "paused":
        await graphql.change("pauseReferralProgram", "program { id }", as_=marketer, program=program["id"])
    async with browser(server) as client:
        answer, none = await client.get(code["link"]), await client.get("/r/2222222222")

    assert (answer.status_code, dict(answer.headers)) == (none.status_code, dict(none.headers))
    assert await clicks(database) == []


async def test_what_a_link_says_of_its_channel_is_kept_short_and_plain(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await campaign_code(graphql, marketer, program, channel="海报", campaign="开业")
    async with browser(server) as client:
        for channel in ("a" * 41, "\x00", "\u202eevil", "  微信 \n 群 ", "", "'; DROP TABLE member; --"):
            await client.get(code["link"], params={"channel": channel})

    assert [(row["channel"], row["campaign"]) for row in await clicks(database)] == [
        ("海报", "开业"), ("海报", "开业"), ("海报", "开业"), ("微信 群", "开业"), ("海报", "开业"),
        ("'; DROP TABLE member; --", "开业"),
    ]  # fmt: skip
    kept, counted = await counts_kept_and_recounted(database)
    assert kept == counted


async def test_links_cannot_make_counts_without_end(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await campaign_code(graphql, marketer, program)
    async with browser(server) as client:
        await asyncio.gather(
            *(client.get(code["link"], params={"channel": f"c{number}"}) for number in range(MOST_PARTS + 50))
        )

    async with database.reading() as connection:
        ((rows, others),) = await connection.raw.fetch(
            "SELECT count(*), sum(clicks) FILTER (WHERE channel = 'other') FROM referral_day"
        )
    assert (rows, others) == (MOST_PARTS + 1, 50)


async def test_people_are_counted_once_a_day_and_programs_apart(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await campaign_code(graphql, marketer, program)
    for address, agent, times in (
        ("203.0.113.1", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", 3),
        ("203.0.113.2", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", 1),
        ("203.0.113.3", "curl/8.5.0", 2),
        ("203.0.113.4", "", 1),
        ("not an address", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", 1),
    ):
        async with browser(server, agent, address) as client:
            for _ in range(times):
                await client.get(code["link"])
    async with browser(server) as client:
        assert (await client.head(code["link"])).status_code == 302

    answer = await graphql(
        "query($id: ID!) { referralProgram(id: $id) { funnel { clicks botClicks people } } }",
        {"id": program["id"]},
        as_=marketer,
    )

    assert answer["referralProgram"]["funnel"] == {"clicks": 5, "botClicks": 4, "people": 2}
    kept, counted = await counts_kept_and_recounted(database)
    assert kept == counted


async def test_a_thousand_clicks_at_once_are_all_there_when_they_are_answered(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    codes = [await campaign_code(graphql, marketer, program) for _ in range(5)]
    async with browser(server, address="127.0.0.1") as client:
        answers = await asyncio.gather(*(client.get(codes[number % 5]["link"]) for number in range(1_000)))

    assert {answer.status_code for answer in answers} == {302}
    assert len(await clicks(database)) == 1_000
    tokens = {answer.headers["location"].partition("#token=")[2] for answer in answers}
    assert len(tokens) == 1_000, "each carries its own click"
    kept, counted = await counts_kept_and_recounted(database)
    assert kept == counted


async def test_one_address_cannot_click_without_end(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await own_code(graphql, marketer, program)
    graphql.application.buckets = Buckets(30.0, 0.001)
    async with browser(server, address="8.8.8.8") as client:
        answers = [await client.get(code["link"]) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert len(await clicks(database)) == 3


async def test_a_token_that_ran_out_was_altered_or_names_no_code_brings_nobody(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    keys = graphql.application.keys
    program = await make_program(graphql, marketer)
    code = await own_code(graphql, await make_acting(database), program)
    number = int(code["id"].rpartition("_")[2])
    good = sign_touch(keys.touch, Touch(1, number, int(time()) + 60))
    for token in (
        sign_touch(keys.touch, Touch(1, number, int(time()) - 1)),
        sign_touch(b"another key" * 3, Touch(1, number, int(time()) + 60)),
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        sign_touch(keys.touch, Touch(1, number + 10**6, int(time()) + 60)),
    ):
        done = await claimed(graphql, await make_acting(database), token=token)
        assert done["userErrors"][0]["code"] == "REFERRAL_CODE_NOT_VALID"


async def test_a_code_is_drawn_as_a_picture_that_runs_nothing(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await own_code(graphql, marketer, program)
    async with browser(server) as client:
        answer, none = await client.get(code["qrUrl"]), await client.get("/r/<script>/qr.svg")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    picture = ET.fromstring(answer.content)  # noqa: S314 - our own
    assert picture.tag.endswith("svg")
    assert picture[0].text == code["link"]
    assert none.status_code == 404
    assert await clicks(database) == [], "looking at a picture is no click"


async def test_who_was_counted_is_forgotten_after_a_day_and_the_counts_stay(
    graphql: Client, database: Database, server: Server, marketer: Acting
) -> None:
    program = await make_program(graphql, marketer)
    code = await campaign_code(graphql, marketer, program)
    async with browser(server) as client:
        await client.get(code["link"])
    async with database.writing() as connection:
        await forget_visitors(connection)
    async with browser(server) as client:
        await client.get(code["link"])
    assert await visitors_and_people(database) == (1, 1), "who came today is known today"

    async with database.writing() as connection:
        await connection.raw.execute("UPDATE referral_visitor SET day = day - 2")
        await forget_visitors(connection)

    assert await visitors_and_people(database) == (0, 1)


async def visitors_and_people(database: Database) -> tuple[int, int]:
    async with database.reading() as connection:
        (row,) = await connection.raw.fetch(
            "SELECT (SELECT count(*) FROM referral_visitor), (SELECT sum(people) FROM referral_day)"
        )
    return row[0], row[1]
