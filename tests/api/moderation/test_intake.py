"""What other features hold, and what new members write, comes into the queue, and is settled from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from community.discussions.events import POST_CREATED
from community.foundation.event_readers import BEGINNING, read_events
from community.members.roles import Role
from moderation.intake import intake_reader
from tests.api.moderation.moderating import codes, decide, queue
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.events import read_all, settle
from tests.factories.referrals import referral_under_review
from tests.factories.rounds import make_round

if TYPE_CHECKING:
    from community.foundation.database import Database
    from tests.api.conftest import Client


@pytest.mark.parametrize(("action", "state"), [("APPROVE", "GRANTED"), ("REMOVE", "REJECTED")])
async def test_areferral_under_review_is_a_case_of_fraud_and_is_settled_by_its_decision(
    graphql: Client, database: Database, action: str, state: str
) -> None:
    _, reward = await referral_under_review(database)
    moderator = await make_acting(database, roles=(Role.MODERATOR, Role.MARKETER))
    here = await make_acting(database)
    await make_space(database, moderators=(here,))
    reader = intake_reader()
    await read_all(database, reader)
    await read_all(database, reader)

    (case,) = await queue(graphql, moderator, kind="FRAUD")
    assert case["contents"]["nodes"][0]["body"] == "RING: 6 claims in a ring. 六人成环。"
    assert await queue(graphql, here) == [], "points are no space's"

    decided = await decide(graphql, moderator, action, case=case["id"], facts="看过了", law="刑法第二百六十六条")

    assert decided["userErrors"] == []
    assert await value(database, "SELECT state FROM reward WHERE id = $1", reward) == state
    undone = await graphql.change(
        "undoDecision", "case { closedAt }", as_=moderator, decision=decided["decision"]["id"], because="错"
    )
    after = await value(database, "SELECT state FROM reward WHERE id = $1", reward)
    if action == "APPROVE":
        assert (undone["userErrors"], after) == ([], "REVERSED")
    else:
        assert (codes(undone), after) == (["ACTION_NOT_POSSIBLE"], "REJECTED")


async def test_what_is_settled_elsewhere_is_closed_without_a_decision(graphql: Client, database: Database) -> None:
    referral, _ = await referral_under_review(database)
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    reader = intake_reader()
    await read_all(database, reader)
    assert len(await queue(graphql, moderator)) == 1

    await graphql.change(
        "reviewReferral", "decided", as_=marketer, referral=f"referral_{referral}", decision="GRANT", reason="真的"
    )
    await read_all(database, reader)

    assert await queue(graphql, moderator) == []
    (closed,) = await queue(graphql, moderator, closed=True)
    assert closed["decision"] is None


async def test_a_held_round_is_released_by_who_audits_rounds(graphql: Client, database: Database) -> None:
    asker, admin = [await make_acting(database, roles=(Role.ADMIN,)) for _ in range(2)]
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    round_id = await make_round(database, asker, await make_space(database), title="下一款？")
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE round SET state = 'CLOSED', closed_at = now(), held_at = now() WHERE id = $1", round_id
        )
        await connection.raw.execute(
            """INSERT INTO event (kind, subject_kind, subject_id, data)
            VALUES ('RoundHeld', 'round', $1, '{"signs": ["RING"]}')""",
            round_id,
        )
    await read_all(database, intake_reader())
    (case,) = await queue(graphql, moderator, kind="INTEGRITY")
    assert case["contents"]["nodes"][0]["title"] == "下一款？"
    assert await queue(graphql, asker, kind="INTEGRITY") == [], "nobody judges what they asked"

    refused = await decide(graphql, moderator, "APPROVE", case=case["id"])
    decided = await decide(graphql, admin, "APPROVE", case=case["id"], facts="没问题 sound")

    assert codes(refused) == ["NOT_PERMITTED"]
    assert decided["userErrors"] == []
    assert await value(database, "SELECT released_by FROM round WHERE id = $1", round_id) == admin.member_id


async def test_the_first_posts_of_new_members_are_looked_at_where_it_is_wanted(
    graphql: Client, database: Database
) -> None:
    newcomer, moderator = await make_acting(database), await make_acting(database, roles=(Role.MODERATOR,))
    space = await make_space(database)
    first, second, _ = [await make_post(database, newcomer, space) for _ in range(3)]
    await make_post(database, moderator, space)
    await settle(database)

    async with database.writing() as connection:
        events = [event for event in await read_events(connection, BEGINNING) if event.kind == POST_CREATED]
        await intake_reader().apply(connection, events)
        assert await connection.raw.fetchval("SELECT count(*) FROM moderation_case") == 0
        await intake_reader(2).apply(connection, events)
        await intake_reader(2).apply(connection, events)

    cases = await queue(graphql, moderator, kind="NEW_MEMBER")
    assert {case["subject"]["id"] for case in cases} == {f"post_{first}", f"post_{second}"}
    approved = await decide(graphql, moderator, "APPROVE", case=cases[0]["id"], expectedRevision=0)
    assert approved["userErrors"] == []
