"""However a member is suspended, it is a decision: it says why, is written to them, and can be appealed against."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from community.foundation.clock import now
from community.members.roles import Role
from moderation.decisions.ruling import OPERATOR
from moderation.decisions.suspending import reinstate_by_decision, suspend_by_decision
from tests.api.moderation.letters import letters, token_in
from tests.api.moderation.moderating import codes, decide, queue
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.members import make_member

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

HELD = "SELECT count(*) FROM decision WHERE undone_at IS NULL"
STATE = "SELECT state FROM member WHERE id = $1"


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def suspend(graphql: Client, moderator: Acting, member: int, **given: Any) -> list[str]:
    asked = {"reason": "多次刷屏 repeated advertising", **given}
    return codes(
        await graphql.change("suspendMember", "clientMutationId", as_=moderator, member=f"member_{member}", **asked)
    )


async def reinstate(graphql: Client, moderator: Acting, member: int, **given: Any) -> list[str]:
    return codes(
        await graphql.change("reinstateMember", "clientMutationId", as_=moderator, member=f"member_{member}", **given)
    )


@pytest.mark.parametrize("days", [3, None])
async def test_a_suspension_says_why_is_appealed_against_by_mail_and_judged_by_somebody_else(
    graphql: Client, database: Database, moderator: Acting, days: int | None
) -> None:
    member = await make_member(database, locale="zh")
    until = {} if days is None else {"until": (now() + timedelta(days=days)).isoformat()}

    assert await suspend(graphql, moderator, member.id, **until) == []

    assert await value(database, "SELECT action FROM measure") == ("BAN" if days is None else "SUSPEND")
    assert await value(database, "SELECT decided_by FROM decision") == moderator.member_id
    (letter,) = await letters(graphql, database, member.email)
    assert "多次刷屏 repeated advertising" in letter
    assert "您可以采取的救济途径" in letter
    appealed = await graphql.change(
        "appealByToken", "clientMutationId", as_=None, token=token_in(letter, "appeal"), body="我没有 I did not"
    )
    assert codes(appealed) == []
    (waiting,) = await queue(graphql, await make_acting(database, roles=(Role.MODERATOR,)), kind="APPEAL")
    assert waiting["member"] is not None


async def test_reinstating_undoes_what_holds_and_says_so(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    member = await make_member(database)
    day = (now() + timedelta(days=1)).isoformat()
    assert await suspend(graphql, moderator, member.id, until=day) == []
    assert await suspend(graphql, moderator, member.id) == [], "and then for good"
    assert await value(database, HELD) == 2

    assert await reinstate(graphql, moderator, member.id, because="误判 by mistake") == []

    assert await value(database, STATE, member.id) == "ACTIVE"
    assert await value(database, HELD) == 0
    assert await value(database, "SELECT array_agg(DISTINCT undone_because) FROM decision") == ["误判 by mistake"]
    assert await value(database, "SELECT count(*) FROM strike") == 0
    assert await reinstate(graphql, moderator, member.id) == [], "who takes part takes part"


async def test_reinstating_leaves_what_was_decided_besides(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    author = await make_acting(database)
    post = await make_post(database, author, await make_space(database))
    removed = await decide(
        graphql, moderator, "REMOVE", "BAN", subject=f"post_{post}", reason="SPAM", facts="广告 advertising"
    )
    assert codes(removed) == []

    assert await reinstate(graphql, moderator, author.member_id) == []

    assert await value(database, STATE, author.member_id) == "ACTIVE"
    assert await value(database, HELD) == 1
    assert await value(database, "SELECT visibility FROM post WHERE id = $1", post) != 0


async def test_what_lapsed_long_ago_is_not_undone_with_what_holds_now(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    member = await make_member(database)
    assert await suspend(graphql, moderator, member.id, until=(now() + timedelta(days=1)).isoformat()) == []
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET state = 'ACTIVE', suspended_until = NULL, suspension_reason = NULL WHERE id = $1",
            member.id,
        )
    assert await suspend(graphql, moderator, member.id, reason="再犯 again") == []

    assert await reinstate(graphql, moderator, member.id) == []

    assert await value(database, STATE, member.id) == "ACTIVE"
    assert await value(database, HELD) == 1


async def test_what_is_wrong_is_said_and_leaves_nothing(graphql: Client, database: Database, moderator: Acting) -> None:
    member, admin = await make_member(database), await make_acting(database, roles=(Role.ADMIN,))
    yesterday = (now() - timedelta(days=1)).isoformat()

    assert await suspend(graphql, moderator, member.id, reason="  ") == ["INVALID"]
    assert await suspend(graphql, moderator, member.id, reason="x" * 2_001) == ["INVALID"]
    assert await suspend(graphql, moderator, member.id, until=yesterday) == ["INVALID"]
    assert await suspend(graphql, moderator, 10**12) == ["NOT_FOUND"]
    assert await suspend(graphql, moderator, moderator.member_id) == ["NOT_ONESELF"]
    assert await suspend(graphql, moderator, admin.member_id) == ["NOT_PERMITTED"]
    assert await value(database, "SELECT count(*) FROM moderation_case") == 0
    assert await value(database, "SELECT count(*) FROM member WHERE state <> 'ACTIVE'") == 0


async def test_who_runs_the_server_decides_without_a_name_and_it_can_be_appealed_against(
    graphql: Client, database: Database
) -> None:
    member = await make_member(database)
    async with database.writing() as connection:
        await suspend_by_decision(
            connection, OPERATOR, member.id, reason="服务器规定 the rules of the house", until=None
        )

    async with database.reading() as connection:
        decision = await connection.raw.fetchrow("SELECT decided_by, automated, facts FROM decision")
    assert decision is not None
    assert tuple(decision) == (None, False, "服务器规定 the rules of the house")
    (letter,) = await letters(graphql, database, member.email)
    assert "made by a person" in letter
    assert await value(database, "SELECT count(*) FROM event WHERE actor_id = 0") == 0

    async with database.writing() as connection:
        await reinstate_by_decision(connection, OPERATOR, member.id)
    assert await value(database, STATE, member.id) == "ACTIVE"
    assert await value(database, HELD) == 0
    assert await value(database, "SELECT count(*) FROM event WHERE actor_id = 0") == 0
