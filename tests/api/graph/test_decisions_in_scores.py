"""What moderators decide is seen in rankings at once, and in the scores with the next run, which is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.jobs import Jobs
from graph.asking import SCORING
from tests.api.moderation.moderating import codes, decide
from tests.factories.discussions import value
from tests.factories.graph import Circle, make_circle, score

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client

RANKED = """
{ influencers(first: 20) { totalCount nodes { rank member { handle } } }
  compareMembers(ids: %s) { member { handle } socialCapital { composite { value } } } }
"""
_SCORED = """
    INSERT INTO job (kind, parameters, state, asked_at, started_at, finished_at, progress, attempts)
    VALUES ($1, '{}', 'DONE', now() - interval '20 min', now() - interval '20 min', now() - $2 * interval '1 min', 1, 1)
"""


@pytest.fixture
async def circle(database: Database) -> Circle:
    return await make_circle(database)


class Unworked(Jobs):
    """Asks, and starts no worker."""

    async def _work(self) -> None:
        pass


@pytest.mark.parametrize("action", ["BAN", "SUSPEND"])
async def test_who_is_banned_is_in_no_ranking_until_that_is_undone(
    graphql: Client, database: Database, circle: Circle, action: str
) -> None:
    await score(database)
    star, admin = circle["star"], circle["admin"]
    ids = f'["member_{star.member_id}", "member_{circle["marketer"].member_id}"]'
    handle = await value(database, "SELECT handle FROM member WHERE id = $1", star.member_id)

    async def read() -> str:
        return str(await graphql(RANKED % ids, as_=circle["marketer"]))

    before = await read()
    assert str(handle) in before
    measure = {"action": action} | ({"until": "2090-01-01T00:00:00Z"} if action == "SUSPEND" else {})

    decided = await decide(graphql, admin, measure, subject=f"member_{star.member_id}", reason="SPAM")

    assert decided["userErrors"] == []
    ranked = (await graphql(RANKED % ids, as_=circle["marketer"]))["influencers"]
    assert str(handle) not in {node["member"]["handle"] for node in ranked["nodes"]}
    assert ranked["totalCount"] == len(ranked["nodes"])
    undone = await graphql.change(
        "undoDecision", "decision { id }", as_=admin, decision=decided["decision"]["id"], because="错了"
    )
    assert codes(undone) == []
    assert await read() == before, "to the last digit"


async def test_scores_are_asked_for_after_a_decision_and_take_a_tenth_of_the_time_at_most(
    graphql: Client, database: Database, database_url: str, circle: Circle
) -> None:
    seen_to = Unworked(database, database_url, score_every=1)
    waiting = f"SELECT count(*) FROM job WHERE kind = '{SCORING}' AND state = 'QUEUED'"

    async def scored(minutes_ago: float) -> None:
        async with database.writing() as connection:
            await connection.raw.execute("DELETE FROM job")
            await connection.raw.execute(_SCORED, SCORING, minutes_ago)

    await scored(19)
    await seen_to.see_to()
    assert await value(database, waiting) == 0, "nothing was decided"

    subject = f"member_{circle['star'].member_id}"
    decided = await decide(graphql, circle["admin"], "WARN", subject=subject, reason="SPAM")
    assert decided["userErrors"] == []
    await scored(15)
    await seen_to.see_to()
    assert await value(database, waiting) == 0, "five minutes of work, and then fifty"

    await scored(19)
    await seen_to.see_to()
    await seen_to.see_to()
    assert await value(database, waiting) == 1
