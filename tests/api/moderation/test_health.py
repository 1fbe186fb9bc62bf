"""How the moderators do: second opinions, limits on what is grave, and what administrators see of it."""

from __future__ import annotations

from collections.abc import Callable
from random import random
from typing import Any

import pytest

from community.foundation.database import Database
from community.foundation.event_readers import EventReader
from community.members.acting import Acting
from community.members.roles import Role
from moderation.audit.sealing import audit_reader
from moderation.cases.claiming import claim_case
from moderation.cases.errors import ExposureReached
from moderation.health.sampling import sampling_reader
from tests.api.conftest import Client
from tests.api.moderation.moderating import codes, decide, report
from tests.factories.discussions import make_acting, make_post, make_space, value
from tests.factories.events import read_all

HEALTH = """
query {
    moderationHealth(window: {from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z"}) {
        workload { handle decisions gravest undone medianHours } openByAge { hours cases }
        medianResponseHours ninetiethPercentileResponseHours medianDecisionHours ninetiethPercentileDecisionHours
        agreement { cases observed kappa low high } secondOpinionsWaiting
    }
}
"""
OPINIONS = """
{ secondOpinions(first: 20) { nodes {
    id verdict claimed reason { name } subject { id } contents(first: 1) { nodes { body } }
} } }
"""


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


async def decided(
    graphql: Client, database: Database, moderator: Acting, action: str = "REMOVE", reason: str = "SPAM", **given: Any
) -> str:
    """Have something reported and decided; return the case's id."""
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database), body='一句话 a word')}"
    await report(graphql, await make_acting(database), post, reason)
    case = f"case_{await value(database, 'SELECT max(id) FROM moderation_case')}"
    seen = {"expectedRevision": 0} if action == "APPROVE" else {}
    done = await decide(graphql, moderator, action, case=case, **seen, **given)
    assert done["userErrors"] == []
    return case


async def drawn(database: Database, share: float, draw: Callable[[], float] = random) -> None:
    """Let the lot fall; a server that another test started draws none of them."""
    async with database.writing() as connection:
        await connection.raw.execute("DELETE FROM event_cursor WHERE reader = 'second opinions'")
        await connection.raw.execute("DELETE FROM second_opinion")
    await read_all(database, EventReader("lots of a test", sampling_reader(share, draw).apply))


async def opinions(graphql: Client, member: Acting) -> list[Any]:
    nodes: list[Any] = (await graphql(OPINIONS, as_=member))["secondOpinions"]["nodes"]
    return nodes


async def claim_opinion(graphql: Client, member: Acting, opinion: str) -> Any:
    return await graphql.change(
        "claimSecondOpinion", "secondOpinion { claimed subject { id } }", as_=member, secondOpinion=opinion
    )


LOOKED_UP = """
query ($case: ID!, $decision: ID!) {
    case: node(id: $case) { id } decision: node(id: $decision) { id }
    cases(first: 20, filter: {closed: true}) { nodes { id decision { verdict } } }
    auditLog(first: 50) { nodes { kind data } }
}
"""


async def test_who_has_claimed_a_second_opinion_finds_what_was_decided_nowhere_until_it_is_given(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    admin, bystander = [await make_acting(database, roles=(Role.ADMIN,)) for _ in range(2)]
    cases = [await decided(graphql, database, moderator, action) for action in ("APPROVE", "REMOVE")]
    await drawn(database, 1)
    await read_all(database, audit_reader)
    (opinion, _) = await opinions(graphql, admin)
    decision = f"decision_{await value(database, 'SELECT min(id) FROM decision')}"
    ids = {"case": cases[0], "decision": decision}
    number = int(cases[0].split("_")[1])
    mentions = (f'"case": {number},', f'"case": {number}}}', f'"case":{number},', f'"case":{number}}}')

    async def found(member: Acting) -> tuple[bool, bool, list[str], bool]:
        data = await graphql(LOOKED_UP, ids, as_=member)
        entries = [entry for entry in data["auditLog"]["nodes"] if entry["kind"] in {"DecisionMade", "CaseClosed"}]
        told = any(any(part in entry["data"] for part in mentions) for entry in entries if entry["data"])
        return (
            data["case"] is not None,
            data["decision"] is not None,
            sorted(each["id"] for each in data["cases"]["nodes"]),
            told,
        )

    assert codes(await claim_opinion(graphql, admin, opinion["id"])) == []

    assert await found(admin) == (False, False, [cases[1]], False)
    assert await found(bystander) == (True, True, sorted(cases), True), "who gives none sees all of it"

    given = {"secondOpinion": opinion["id"], "verdict": "DECLINED"}
    assert codes(await graphql.change("giveSecondOpinion", "clientMutationId", as_=admin, **given)) == []
    assert await found(admin) == (True, True, sorted(cases), True)


async def test_who_had_to_do_with_the_case_or_is_second_cannot_claim(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    noted, claimed, reporter, first, second = [await make_acting(database, roles=(Role.MODERATOR,)) for _ in range(5)]
    author = await make_acting(database)
    post = f"post_{await make_post(database, author, await make_space(database))}"
    await report(graphql, reporter, post)
    case = f"case_{await value(database, 'SELECT max(id) FROM moderation_case')}"
    await graphql.change("noteCase", "clientMutationId", as_=noted, case=case, body="看看 look")
    await graphql.change("claimCase", "clientMutationId", as_=claimed, case=case)
    await graphql.change("releaseCase", "clientMutationId", as_=claimed, case=case)
    assert codes(await decide(graphql, moderator, "REMOVE", case=case)) == []
    await drawn(database, 1)
    await read_all(database, audit_reader)
    ((opinion, *_),) = [[each["id"] for each in await opinions(graphql, first)]]

    for who in (noted, claimed, reporter):
        assert codes(await claim_opinion(graphql, who, opinion)) == ["OPINION_NOT_BLIND"]
    unclaimed = {"secondOpinion": opinion, "verdict": "UPHELD"}
    refused = await graphql.change("giveSecondOpinion", "clientMutationId", as_=first, **unclaimed)
    assert codes(refused) == ["OPINION_NOT_CLAIMED"]
    assert codes(await claim_opinion(graphql, moderator, opinion)) == ["NOT_FOUND"]
    assert codes(await claim_opinion(graphql, first, opinion)) == []
    assert codes(await claim_opinion(graphql, first, opinion)) == []
    assert codes(await claim_opinion(graphql, second, opinion)) == ["OPINION_CLAIMED"]
    assert await opinions(graphql, second) == []

    async with database.writing() as connection:
        await connection.raw.execute("UPDATE second_opinion SET claimed_at = now() - interval '25 hours'")
    assert codes(await claim_opinion(graphql, second, opinion)) == []
    refused = await graphql.change("giveSecondOpinion", "clientMutationId", as_=first, **unclaimed)
    assert codes(refused) == ["OPINION_NOT_CLAIMED"]
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE second_opinion SET claimed_at = now() - interval '25 hours'")
    await read_all(database, audit_reader)
    assert codes(await claim_opinion(graphql, first, opinion)) == ["OPINION_NOT_BLIND"], "they could look meanwhile"


async def test_a_second_moderator_judges_without_being_told_and_agreement_is_measured(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    other, member = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    admin = await make_acting(database, roles=(Role.ADMIN,))
    for action in ("REMOVE", "REMOVE", "REMOVE", "APPROVE", "APPROVE"):
        await decided(graphql, database, moderator, action)
    await drawn(database, 1)

    asked = await opinions(graphql, other)

    assert await opinions(graphql, moderator) == await opinions(graphql, member) == []
    assert len(asked) == 5
    assert [each["subject"] for each in asked] == [None] * 5, "nobody looks up what they do not know of"
    for each in asked:
        assert codes(await claim_opinion(graphql, other, each["id"])) == []
    asked = await opinions(graphql, other)
    assert asked[0]["contents"]["nodes"] == [{"body": "一句话 a word"}]
    assert asked[0]["reason"] == {"name": "SPAM"}
    assert asked[0]["claimed"]
    assert {each["verdict"] for each in asked} == {None}
    for each, verdict in zip(asked, ("UPHELD", "UPHELD", "DECLINED", "DECLINED", "DECLINED"), strict=True):
        given = await graphql.change(
            "giveSecondOpinion", "secondOpinion { verdict }", as_=other, secondOpinion=each["id"], verdict=verdict
        )
        assert given["secondOpinion"] == {"verdict": verdict}
    again = {"secondOpinion": asked[0]["id"], "verdict": "UPHELD"}
    assert codes(await graphql.change("giveSecondOpinion", "clientMutationId", as_=other, **again)) == ["OPINION_GIVEN"]
    own = await graphql.change("giveSecondOpinion", "clientMutationId", as_=moderator, **again)
    strange = await graphql.change("giveSecondOpinion", "clientMutationId", as_=member, **again)
    assert codes(own) == codes(strange) == ["NOT_FOUND"], "who decided, and who moderates nothing"
    await read_all(database, audit_reader)
    health = (await graphql(HEALTH, as_=admin))["moderationHealth"]
    # By hand: 4 of 5 agree; by chance 3/5 * 2/5 + 2/5 * 3/5 = 0.48 would.
    assert health["agreement"]["cases"] == 5
    assert health["agreement"]["observed"] == pytest.approx(0.8)
    assert health["agreement"]["kappa"] == pytest.approx((0.8 - 0.48) / 0.52)
    assert health["agreement"]["low"] < health["agreement"]["kappa"] < health["agreement"]["high"]
    assert health["secondOpinionsWaiting"] == 0
    assert await value(database, "SELECT count(*) FROM audit_entry WHERE kind = 'SecondOpinionGiven'") == 5
    assert await value(database, "SELECT count(*) FROM decision WHERE undone_at IS NOT NULL") == 0, "it changes nothing"


async def test_the_share_that_is_drawn_is_the_one_that_was_set(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    for _ in range(4):
        await decided(graphql, database, moderator)
    lots = iter((0.0, 0.49, 0.5, 0.99))

    await drawn(database, 0.5, lambda: next(lots))

    assert await value(database, "SELECT count(*) FROM second_opinion") == 2


async def test_administrators_see_how_the_team_does_and_nobody_else(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    handle = await value(database, "SELECT handle FROM member WHERE id = $1", moderator.member_id)
    for reason, law in (("SPAM", ""), ("MINORS", "JuSchG")):
        await decided(graphql, database, moderator, reason=reason, law=law)
    waiting = f"post_{await make_post(database, await make_acting(database), await make_space(database))}"
    await report(graphql, await make_acting(database), waiting)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE moderation_case SET opened_at = now() - interval '30 hours'")
    await read_all(database, audit_reader)

    health = (await graphql(HEALTH, as_=admin))["moderationHealth"]

    assert health["workload"] == [
        {"handle": handle, "decisions": 2, "gravest": 1, "undone": 0, "medianHours": pytest.approx(30, abs=0.1)}
    ]
    assert health["openByAge"] == [
        {"hours": 0, "cases": 0},
        {"hours": 1, "cases": 0},
        {"hours": 24, "cases": 1},
        {"hours": 72, "cases": 0},
        {"hours": 168, "cases": 0},
    ]
    assert health["medianResponseHours"] == pytest.approx(30, abs=0.1)
    assert health["ninetiethPercentileDecisionHours"] == pytest.approx(30, abs=0.1)
    assert health["agreement"] is None
    for other in (moderator, None, await make_acting(database, roles=(Role.AUDITOR,))):
        assert (await graphql(HEALTH, as_=other))["moderationHealth"] is None


async def test_who_has_decided_as_many_of_the_gravest_as_they_should_rests(
    graphql: Client, database: Database, moderator: Acting
) -> None:
    other = await make_acting(database, roles=(Role.MODERATOR,))
    for _ in range(2):
        await decided(graphql, database, moderator, reason="SELF_HARM")
    space, author = await make_space(database), await make_acting(database)
    for reason in ("SELF_HARM", "SPAM"):
        await report(graphql, await make_acting(database), f"post_{await make_post(database, author, space)}", reason)
    waiting = await value(
        database, "SELECT array_agg(id ORDER BY severity DESC) FROM moderation_case WHERE closed_at IS NULL"
    )
    assert isinstance(waiting, list)
    grave, light = waiting

    async def claim(who: Acting, case: int, limit: int) -> None:
        await database.transact(lambda connection: claim_case(connection, who, case, exposure_limit=limit))

    with pytest.raises(ExposureReached, match=r"2 of the gravest .* 1 less grave ones wait") as refused:
        await claim(moderator, grave, 2)
    assert refused.value.code == "EXPOSURE_REACHED"
    await claim(moderator, light, 2)
    await claim(moderator, grave, 3)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE moderation_case SET claimed_by = NULL, claimed_until = NULL")
    await claim(other, grave, 1)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE moderation_case SET claimed_by = NULL, claimed_until = NULL")
        await connection.raw.execute("SET LOCAL session_replication_role = replica")
        await connection.raw.execute("UPDATE decision SET decided_at = decided_at - interval '25 hours'")
    await claim(moderator, grave, 2)
