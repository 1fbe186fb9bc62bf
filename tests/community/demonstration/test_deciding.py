"""What a demonstration's members decide is there to be seen, and counted like any other."""

from datetime import UTC, datetime

from community.cocreation.jobs import HANDLERS
from community.demonstration.deciding import VOTERS, make_decisions
from community.demonstration.load import load_demonstration
from community.demonstration.people import NAMED
from community.demonstration.sizes import Size
from community.foundation import jobs
from community.foundation.database import Database
from tests.factories.discussions import value
from tests.factories.ideas import idea_differences


async def test_members_propose_vote_answer_and_choose(database: Database) -> None:
    size = Size(members=160, posts=30, comments=60, reactions=60, follows=60)
    async with database.writing() as connection:
        await load_demonstration(connection, size, seed=1, until=datetime(2026, 11, 1, tzinfo=UTC))

    await make_decisions(database, NAMED[0][0], "teaware", seed=1)
    await jobs.work(database, HANDLERS)

    counted = await value(
        database, "SELECT array_agg((state, ballot_count, result IS NOT NULL)::text ORDER BY id) FROM round"
    )
    assert counted == ["(OPEN,,f)", f"(CLOSED,{VOTERS},t)"]
    assert await value(database, "SELECT count(*) FROM round_option WHERE won_as IS NOT NULL") == 3
    assert await value(database, "SELECT count(*) FROM ballot") == 2 * VOTERS
    assert await value(database, "SELECT array_agg(stage ORDER BY id) FROM idea") == [
        "SUBMITTED",
        "UNDER_REVIEW",
        "SUBMITTED",
        "SUBMITTED",
    ]
    assert await idea_differences(database) == []
    assert await value(database, "SELECT count(*) FROM survey_participation") == VOTERS // 2
    assert await value(database, "SELECT count(*) FROM survey_response WHERE member_id IS NOT NULL") == 0
    assert await value(database, "SELECT state FROM product_test") == "OPEN"
    assert await value(database, "SELECT state FROM backing_campaign") == "OPEN"
