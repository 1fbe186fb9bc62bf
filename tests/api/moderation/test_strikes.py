"""What is on a member's record suggests what to do, and a person does it, but where administrators say otherwise."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from community.members.roles import Role
from tests.api.moderation.moderating import codes, decide, queue, report
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_post, make_space, value

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

SUGGESTION = "suggestion { points withinDays action forDays limits seconds automatic }"
POLICIES = f"policies {{ {SUGGESTION.partition('{')[2]}"
DECISIONS = (
    "{ viewer { moderation { decisions(first: 9) { nodes { id automated facts measures { action until } } } } } }"
)
SILENCE = {"points": 2, "withinDays": 30, "action": "SILENCE", "forDays": 3, "automatic": True}


@pytest.fixture
async def moderator(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MODERATOR,))


@pytest.fixture
async def member(database: Database) -> Acting:
    return await make_acting(database)


async def strike(graphql: Client, moderator: Acting, member: Acting, reason: str = "SPAM") -> Any:
    done = await decide(graphql, moderator, "WARN", subject=f"member_{member.member_id}", reason=reason)
    assert codes(done) == []
    return done["decision"]


async def suggested(graphql: Client, database: Database, moderator: Acting, member: Acting, reason: str) -> Any:
    """Report a new post of a member's, and return what is suggested to the moderator."""
    post = await make_post(database, member, await make_space(database))
    await report(graphql, await make_acting(database), f"post_{post}", reason)
    (case, *_) = await queue(graphql, moderator)
    data = await graphql(f"query($id: ID!) {{ case(id: $id) {{ {SUGGESTION} }} }}", {"id": case["id"]}, as_=moderator)
    return data["case"]["suggestion"]


async def set_policies(graphql: Client, admin: Acting | None, *policies: dict[str, Any]) -> Any:
    return await graphql.change("updateStrikePolicies", POLICIES, as_=admin, policies=list(policies))


async def by_rule(graphql: Client, member: Acting) -> list[Any]:
    data = await graphql(DECISIONS, as_=member)
    return [each for each in data["viewer"]["moderation"]["decisions"]["nodes"] if each["automated"]]


async def test_what_is_suggested_grows_with_the_record_and_goes_when_strikes_expire(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    spam = await suggested(graphql, database, moderator, member, "SPAM")
    for _ in range(2):
        await strike(graphql, moderator, member, "ABUSE")
    more = await suggested(graphql, database, moderator, member, "SPAM")
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE strike SET expires_at = now()")
    expired = await suggested(graphql, database, moderator, member, "SPAM")

    assert spam is None, "one point suggests nothing"
    limit = {"action": "LIMIT", "forDays": 7, "limits": ["SLOW_MODE", "NO_LINKS"], "seconds": 300, "automatic": False}
    assert more == {"points": 6, "withinDays": 90, **limit}
    assert expired is None
    assert await by_rule(graphql, member) == [], "a person decides"


async def test_strikes_of_long_ago_do_not_count_for_what_looks_at_a_month(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    await strike(graphql, moderator, member, "ABUSE")
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE strike SET given_at = now() - interval '31 days'")

    assert await suggested(graphql, database, moderator, member, "SPAM") is None


async def test_a_rule_decides_where_administrators_say_so_and_can_be_appealed_against(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    assert codes(await set_policies(graphql, admin, SILENCE)) == []
    post = await make_post(database, member, await make_space(database))
    said = {"post": f"post_{post}", "body": "为什么？why?"}
    before = await contents(database)

    await strike(graphql, moderator, member)
    once = await graphql.change("createComment", "comment { id }", as_=member, **said)
    second = await strike(graphql, moderator, member)
    twice = await graphql.change("createComment", "comment { id }", as_=member, **said)
    await strike(graphql, moderator, member)
    (decision,) = await by_rule(graphql, member)
    appealed = await graphql.change("appeal", "appeal { state }", as_=member, decision=decision["id"], body="不公平")

    assert (codes(once), codes(twice)) == ([], ["MEMBER_LIMITED"])
    assert [each["action"] for each in decision["measures"]] == ["SILENCE"]
    assert "规则" in decision["facts"]
    assert codes(appealed) == [], "a rule that acts when it is passed acts once, and can be appealed against"
    events = (
        "SELECT count(*) FROM event WHERE kind = 'DecisionMade' AND actor_id IS NULL AND (data->>'automated')::boolean"
    )
    assert await value(database, events) == 1

    undone = await graphql.change(
        "undoDecision", "decision { undoneAt }", as_=moderator, decision=second["id"], because="查错了 a mistake"
    )
    assert codes(undone) == []
    assert codes(await graphql.change("createComment", "comment { id }", as_=member, **said)) == []
    assert (await contents(database))["restriction"] == before["restriction"]


@pytest.mark.parametrize("action", ["SUSPEND", "LIMIT"])
async def test_a_rule_can_suspend_and_limit(
    graphql: Client, database: Database, moderator: Acting, member: Acting, action: str
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    post = await make_post(database, member, await make_space(database))
    limits = {"limits": ["SLOW_MODE", "NO_VOTES"], "seconds": 60} if action == "LIMIT" else {}
    await set_policies(graphql, admin, SILENCE | {"action": action, "points": 1} | limits)

    decided = await strike(graphql, moderator, member)
    seen = await graphql("query($id: ID!) { node(id: $id) { id } }", {"id": f"post_{post}"})
    state = await value(database, "SELECT state FROM member WHERE id = $1", member.member_id)
    undone = await graphql.change(
        "undoDecision", "clientMutationId", as_=moderator, decision=decided["id"], because="错"
    )
    again = await graphql("query($id: ID!) { node(id: $id) { id } }", {"id": f"post_{post}"})

    hidden = action == "SUSPEND"
    assert (state, seen["node"] is None) == (("SUSPENDED", True) if hidden else ("ACTIVE", False))
    assert codes(undone) == []
    assert again["node"] is not None, "shown again with the decision that brought it about"


async def test_two_decisions_at_once_pass_a_threshold_once(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    await set_policies(graphql, admin, SILENCE | {"points": 4})
    space = await make_space(database)
    posts = [await make_post(database, member, space) for _ in range(4)]

    done = await asyncio.gather(
        *(decide(graphql, moderator, "REMOVE", subject=f"post_{post}", reason="SPAM") for post in posts)
    )

    assert [codes(each) for each in done] == [[]] * 4
    assert len(await by_rule(graphql, member)) == 1


async def test_staff_are_judged_by_people_alone(graphql: Client, database: Database, member: Acting) -> None:
    admin, other = [await make_acting(database, roles=(Role.ADMIN,)) for _ in range(2)]
    await set_policies(graphql, admin, SILENCE | {"points": 1})

    await strike(graphql, admin, other)
    await strike(graphql, admin, member)

    assert await by_rule(graphql, other) == []
    assert len(await by_rule(graphql, member)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"action": "BAN", "forDays": None},
        {"action": "BAN", "automatic": False},
        {"action": "WARN", "forDays": None},
        {"action": "HIDE"},
        {"forDays": None},
        {"points": 0},
        {"withinDays": 0},
        {"action": "LIMIT"},
        {"action": "LIMIT", "limits": ["SLOW_MODE"]},
        {"action": "LIMIT", "limits": ["NO_LINKS"], "seconds": 60},
        {"action": "LIMIT", "limits": ["SILENCE"]},
        {"action": "LIMIT", "limits": ["NO_LINKS", "NO_LINKS"]},
        {"limits": ["NO_LINKS"]},
    ],
)
async def test_a_policy_that_cannot_be_followed_is_refused(
    graphql: Client, database: Database, change: dict[str, Any]
) -> None:
    admin = await make_acting(database, roles=(Role.ADMIN,))
    await graphql.token(admin)
    before = await contents(database)

    refused = await set_policies(graphql, admin, SILENCE | change)

    assert codes(refused) == ["INVALID"]
    assert await contents(database) == before


async def test_policies_are_for_administrators_to_change_and_for_moderators_to_see(
    graphql: Client, database: Database, moderator: Acting, member: Acting
) -> None:
    document = "{ strikePolicies { points action } }"

    assert codes(await set_policies(graphql, moderator, SILENCE)) == ["NOT_PERMITTED"]
    assert codes(await set_policies(graphql, await make_acting(database, roles=(Role.ADMIN,)), SILENCE, SILENCE)) == [
        "INVALID"
    ]
    assert len((await graphql(document, as_=moderator))["strikePolicies"]) == 5
    assert (await graphql(document, as_=member))["strikePolicies"] == []
