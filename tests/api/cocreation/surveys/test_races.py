"""Many at once, and closing meanwhile: each response is counted once or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from community.cocreation.surveys.errors import SurveyNotOpen
from community.cocreation.surveys.lifecycle import close_due
from community.cocreation.surveys.responses import Given, submit_response
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.surveys.questionnaire import answer, make, read
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space
from tests.factories.surveys import make_survey, questions_of
from tests.waiting import until


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))


@pytest.mark.parametrize("anonymous", [False, True])
async def test_twenty_responses_of_each_at_once_are_one_of_each(
    graphql: Client, database: Database, marketer: Acting, *, anonymous: bool
) -> None:
    survey = await make(graphql, marketer, await make_space(database), anonymous=anonymous)
    members = [await make_acting(database) for _ in range(20)]
    for member in members:
        await graphql.token(member)

    done = await asyncio.gather(
        *(answer(graphql, member, survey, {1: [1], 4: 7 + attempt % 4}) for attempt in range(20) for member in members)
    )

    codes = [error["code"] for each in done for error in each["userErrors"]]
    assert codes == (["SURVEY_ANSWERED"] * 380 if anonymous else [])
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM survey_response") == 20
        assert await connection.raw.fetchval("SELECT count(*) FROM survey_participation") == 20


@pytest.mark.parametrize("anonymous", [False, True])
async def test_a_response_at_the_last_instant_is_counted_or_refused(
    graphql: Client, database: Database, marketer: Acting, *, anonymous: bool
) -> None:
    number = await make_survey(database, marketer, await make_space(database), anonymous=anonymous)
    members = [await make_acting(database) for _ in range(40)]
    score = (await questions_of(database, number))[1]

    async def attempt(member: Acting, wait: float) -> bool:
        await asyncio.sleep(wait)
        try:
            await submit_response(database, member, number, [Given(score, number=9.0)])
        except SurveyNotOpen:
            return False
        return True

    async def close() -> None:
        await asyncio.sleep(0.05)
        async with database.reading() as connection:
            await connection.raw.execute("UPDATE survey SET closes_at = clock_timestamp() WHERE id = $1", number)
        while True:
            async with database.writing() as connection:
                if await close_due(connection):
                    return
            await asyncio.sleep(0.005)

    kept, _ = await asyncio.gather(
        asyncio.gather(*(attempt(member, 0.0025 * place) for place, member in enumerate(members))), close()
    )

    found = await read(graphql, {"id": f"survey_{number}"}, marketer, "state results { responseCount }")
    assert 0 < sum(kept) < len(members), "some came in time, and some did not"
    assert found == {"state": "CLOSED", "results": {"responseCount": sum(kept)}}


_PAUSE = """
    CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(20261126); RETURN NEW; END $$;
    CREATE TRIGGER pause BEFORE INSERT ON survey_participation FOR EACH ROW EXECUTE FUNCTION pause();
"""
_WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1
"""


async def test_closing_waits_for_a_response_on_its_way(graphql: Client, database: Database, marketer: Acting) -> None:
    number = await make_survey(database, marketer, await make_space(database))
    member = await make_acting(database)
    score = (await questions_of(database, number))[1]
    await graphql.token(marketer)

    async def waits(query: str) -> bool:
        async with database.reading() as connection:
            return bool(await connection.raw.fetchval(_WAITING, query))

    async with database.writing() as connection:
        await connection.raw.execute(_PAUSE)
    try:
        async with database.writing() as holding:
            await holding.raw.execute("SELECT pg_advisory_xact_lock(20261126)")
            answering = asyncio.create_task(submit_response(database, member, number, [Given(score, number=9.0)]))
            # PostgreSQL tells of a statement its first thousand characters.
            await until(lambda: waits("%FROM survey JOIN space%caller.limits%survey.id = $1%"))
            closing = asyncio.create_task(
                graphql.change("closeSurvey", "survey { state }", as_=marketer, survey=f"survey_{number}")
            )
            # It has looked whether the survey is open, and not written anything: closing sees it all the same.
            await until(lambda: closing_or(closing, waits("%FROM survey WHERE id = $1 FOR UPDATE%")))
        await answering
        closed = await closing
    finally:
        async with database.writing() as connection:
            await connection.raw.execute("DROP TRIGGER pause ON survey_participation; DROP FUNCTION pause")

    assert (closed["userErrors"], closed["survey"]) == ([], {"state": "CLOSED"})
    found = await read(graphql, {"id": f"survey_{number}"}, marketer, "participantCount results { responseCount }")
    assert found == {"participantCount": 1, "results": {"responseCount": 1}}


async def closing_or(closing: asyncio.Task[Any], waits: Awaitable[bool]) -> bool:
    return await waits or closing.done()
