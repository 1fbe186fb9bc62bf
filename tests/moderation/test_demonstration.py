"""What a demonstration's moderators find is what they would: a queue, a clock, a decision and an appeal against it."""

from datetime import UTC, datetime

from community.demonstration.load import load_demonstration
from community.demonstration.people import NAMED
from community.demonstration.sizes import Size
from community.foundation.database import Database
from moderation.demonstration import make_moderation
from tests.factories.discussions import differences, value


async def test_moderators_have_a_queue_and_members_answers(database: Database) -> None:
    size = Size(members=160, posts=30, comments=60, reactions=60, follows=60)
    async with database.writing() as connection:
        await load_demonstration(connection, size, seed=1, until=datetime(2026, 11, 1, tzinfo=UTC))

    await make_moderation(database, NAMED[0][0], NAMED[1][0], "oolong")

    cases = await value(
        database,
        "SELECT array_agg((kind, report_count, closed_at IS NULL, team_id IS NOT NULL)::text ORDER BY id) FROM moderation_case",
    )
    assert cases == ["(REPORTED,5,f,f)", "(REPORTED,1,t,t)", "(REPORTED,3,t,f)", "(REPORTED,1,f,f)", "(APPEAL,0,t,f)"]
    assert await value(database, "SELECT array_agg(verdict ORDER BY id) FROM decision") == ["UPHELD", "DECLINED"]
    assert await value(database, "SELECT count(*) FROM report WHERE outcome = 'UPHELD'") == 5
    assert await differences(database) == []
