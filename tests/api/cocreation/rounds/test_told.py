"""Whoever voted is told of the result, and whose ballot was voided of that; of others' voting nobody is told."""

from __future__ import annotations

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.rounds.voting import closed, make_round, vote, voters
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space
from tests.factories.notifications import catch_up, told


async def test_voters_are_told_of_the_result_and_nobody_else_of_anything(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    members = await voters(database, 7)
    auditor = await make_acting(database, roles=(Role.AUDITOR,))
    for member in members[:6]:
        await vote(graphql, member, round_, (0, None))
    done = await graphql.change(
        "voidBallot",
        "voided",
        as_=auditor,
        round=round_["id"],
        members=[f"member_{members[0].member_id}"],
        reason="重复账号",
    )
    assert done["voided"] == 1
    await closed(graphql, database, marketer, round_)

    await catch_up(database)

    heard = {member.member_id: [each.kind for each in await told(database, member.member_id)] for member in members}
    assert heard[members[0].member_id] == ["BALLOT_VOIDED"]
    assert all(heard[member.member_id] == ["ROUND_COUNTED"] for member in members[1:6])
    assert heard[members[6].member_id] == []
    asked = "{ viewer { notifications(first: 5) { nodes { kind actorCount subject { ... on Round { id } } } } } }"
    shown = (await graphql(asked, as_=members[1]))["viewer"]["notifications"]["nodes"]
    assert shown == [{"kind": "ROUND_COUNTED", "actorCount": 0, "subject": {"id": round_["id"]}}]
