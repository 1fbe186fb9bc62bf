"""Long work over the API: asked for, done by a worker, read when it is done."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from api.jobs import Jobs
from community.foundation import jobs
from community.foundation.database import Database
from community.foundation.event_readers import BEGINNING, encode_cursor
from graph import explaining
from graph.asking import SCORING
from graph.jobs import HANDLERS
from graph.measures import participation
from graph.words import CHINESE, ENGLISH
from tests.api.conftest import Client
from tests.factories.events import settle
from tests.factories.graph import Circle, make_circle, score

START = encode_cursor(BEGINNING)

JOB = """
id kind state progress step failure scoreRun { id state members }
seedingPlan { picks { position gain member { id } } reach { estimate low high level } chosen guarantee cost
  comparisons { name estimate low high } }
"""


@pytest.fixture
async def circle(database: Database) -> Circle:
    return await make_circle(database)


async def read(graphql: Client, circle: Circle, job_id: str, as_: str = "marketer") -> Any:
    answer = await graphql(
        f"query($id: ID!) {{ node(id: $id) {{ ... on Job {{ {JOB} }} }} }}", {"id": job_id}, as_=circle[as_]
    )
    return answer["node"]


async def test_scores_can_be_asked_for(graphql: Client, database: Database, circle: Circle) -> None:
    first = await graphql.change("runScores", f"job {{ {JOB} }}", as_=circle["marketer"])
    second = await graphql.change("runScores", "job { id }", as_=circle["admin"])
    assert first["job"]["state"] == "QUEUED"
    assert second["job"]["id"] == first["job"]["id"], "one that waits stands for all who ask"

    assert await jobs.work(database, HANDLERS) == 1

    done = await read(graphql, circle, first["job"]["id"])
    assert (done["state"], done["progress"], done["step"]) == ("DONE", 1, None)
    assert done["scoreRun"]["state"] == "DONE"
    assert done["scoreRun"]["members"] >= len(circle.people)
    runs = await graphql("{ scoreRuns(first: 1) { nodes { id seconds parameters } } }", as_=circle["marketer"])
    assert runs["scoreRuns"]["nodes"][0]["id"] == done["scoreRun"]["id"]


async def test_updates_tell_how_far_a_job_has_come(graphql: Client, database: Database, circle: Circle) -> None:
    async def told(as_: str | None, filter_: str = "") -> list[Any]:
        await settle(database)
        answer = await graphql(
            f"""query($cursor: String!) {{ updatesSince(cursor: $cursor, first: 100{filter_}) {{
                updates {{ __typename ... on JobChanged {{ job {{ id state step }} }} }} }} }}""",
            {"cursor": START},
            as_=circle[as_] if as_ else None,
        )
        return [each["job"] for each in answer["updatesSince"]["updates"] if each["__typename"] == "JobChanged"]

    asked = (await graphql.change("runScores", "job { id }", as_=circle["marketer"]))["job"]
    assert await told("marketer") == [{**asked, "state": "QUEUED", "step": None}]
    async with database.reading() as connection:
        await connection.raw.execute("UPDATE job SET asked_by = $1", circle["friend"].member_id)  # sees no insights
        before = await connection.raw.fetchval("SELECT max(id) FROM event")

    await jobs.work(database, HANDLERS)

    done = [{**asked, "state": "DONE", "step": None}]
    for who, filter_ in (("marketer", ""), ("admin", ""), ("friend", ", filter: {kinds: [JOB_CHANGED]}")):
        assert await told(who, filter_) == done, f"{who}: of several at once the last"
    assert await told("friend", ", filter: {mine: true}") == done
    assert await told("star") == []
    assert await told(None) == []
    async with database.reading() as connection:
        steps = await connection.raw.fetchval(
            "SELECT count(*) FROM event WHERE kind = 'JobChanged' AND member_id = $1 AND id > $2",
            *(circle["friend"].member_id, before),
        )
    assert steps >= 3, "taken, a step or more, done"


async def test_a_plan_says_whom_to_tell_and_what_that_reaches(
    graphql: Client, database: Database, circle: Circle
) -> None:
    await score(database)
    asked = await graphql.change("planSeeding", "job { id seedingPlan { chosen } }", as_=circle["marketer"], members=2)
    assert asked["job"]["seedingPlan"] is None

    await jobs.work(database, HANDLERS)

    plan = (await read(graphql, circle, asked["job"]["id"]))["seedingPlan"]
    assert plan["picks"][0]["member"]["id"] == circle.id_of("star")
    assert [pick["position"] for pick in plan["picks"]] == list(range(1, len(plan["picks"]) + 1))
    assert plan["reach"]["low"] <= plan["reach"]["estimate"] <= plan["reach"]["high"]
    assert {each["name"] for each in plan["comparisons"]} == {
        "greedy", "most attended to", "attended to most strongly", "highest rank",
    }  # fmt: skip
    best = max(each["estimate"] for each in plan["comparisons"])
    assert plan["reach"]["estimate"] == pytest.approx(best)
    assert plan["cost"] == len(plan["picks"])


async def test_a_plan_keeps_to_scope_budget_and_exclusions(graphql: Client, database: Database, circle: Circle) -> None:
    await score(database)
    asked = await graphql.change(
        "planSeeding",
        "job { id }",
        as_=circle["marketer"],
        members=5,
        scope={"tag": "绿茶"},
        budget=4.5,
        costPerMember=2.0,
        exclude=[circle.id_of("star")],
        objective="TRIBES",
    )

    await jobs.work(database, HANDLERS)

    plan = (await read(graphql, circle, asked["job"]["id"]))["seedingPlan"]
    picked = {pick["member"]["id"] for pick in plan["picks"]}
    assert circle.id_of("star") not in picked
    assert len(picked) <= 2
    assert plan["cost"] <= 4.5


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"members": 0}, "INVALID"),
        ({"members": 1_001}, "INVALID"),
        ({"members": 5, "budget": 0}, "INVALID"),
        ({"members": 5, "costPerMember": -1}, "INVALID"),
        ({"members": 5, "scope": {"tag": "没有"}}, "NOT_SCORED_YET"),
        ({"members": 5, "scope": {"tag": "绿茶", "space": "space_1"}}, "INVALID"),
        ({"members": 5, "scope": {"space": "space_999999"}}, "NOT_FOUND"),
    ],
)
async def test_plans_that_make_no_sense_are_refused(
    graphql: Client, database: Database, circle: Circle, given: dict[str, Any], code: str
) -> None:
    await score(database)

    payload = await graphql.change("planSeeding", "job { id }", as_=circle["marketer"], **given)

    assert payload["job"] is None
    assert payload["userErrors"][0]["code"] == code
    async with database.reading() as connection:
        assert not await jobs.any_waiting(connection)


async def test_a_private_spaces_members_are_planned_with_by_its_readers_alone(
    graphql: Client, database: Database, circle: Circle
) -> None:
    await score(database)
    private = {"space": f"space_{circle.private}"}
    payload = await graphql.change("planSeeding", "job { id }", as_=circle["marketer"], members=1, scope=private)
    assert payload["userErrors"][0]["code"] == "NOT_FOUND"
    payload = await graphql.change("planSeeding", "job { id }", as_=circle["admin"], members=1, scope=private)
    assert payload["userErrors"] == []


@pytest.mark.parametrize("verb", ["runScores", "planSeeding", "updateScoreWeights"])
@pytest.mark.parametrize("name", ["star", "moderator", None])
async def test_only_who_may_see_insights_asks(
    graphql: Client, database: Database, circle: Circle, verb: str, name: str | None
) -> None:
    given: dict[str, Any] = {"members": 3} if verb == "planSeeding" else {}
    if verb == "updateScoreWeights":
        given = {"interactions": [{"kind": "FOLLOW", "weight": 9.0}]}

    payload = await graphql.change(verb, "clientMutationId", as_=circle[name] if name else None, **given)

    assert payload["userErrors"][0]["code"] == ("NOT_PERMITTED" if name else "UNAUTHENTICATED")
    async with database.reading() as connection:
        assert not await jobs.any_waiting(connection)
        assert await connection.raw.fetchval("SELECT weight FROM interaction_kind WHERE name = 'FOLLOW'") == 1


async def test_a_job_is_seen_by_who_asked_and_who_may_see_insights(
    graphql: Client, database: Database, circle: Circle
) -> None:
    asked = await graphql.change("runScores", "job { id }", as_=circle["marketer"])

    assert (await read(graphql, circle, asked["job"]["id"], as_="admin"))["kind"] == SCORING
    assert await read(graphql, circle, asked["job"]["id"], as_="star") is None


async def test_scores_are_asked_for_when_they_are_due_and_done_by_a_process_of_their_own(
    database: Database, database_url: str, circle: Circle
) -> None:
    seen_to = Jobs(database, database_url, score_every=1)

    await asyncio.gather(seen_to.see_to(), seen_to.see_to())
    await seen_to.see_to()

    async with database.reading() as connection:
        found = await connection.raw.fetch("SELECT kind, state, asked_by FROM job")
        star = await connection.raw.fetchval(
            "SELECT level FROM social_capital WHERE member_id = $1", circle["star"].member_id
        )
    assert [tuple(row) for row in found] == [(SCORING, "DONE", None)], "once an hour, however many servers there are"
    assert star == 4


async def test_weights_are_changed_by_who_may_see_insights(graphql: Client, circle: Circle) -> None:
    payload = await graphql.change(
        "updateScoreWeights",
        'interactionWeights { kind weight halfLifeDays reason(locale: "zh") } dimensionWeights { dimension weight }',
        as_=circle["marketer"],
        interactions=[{"kind": "FOLLOW", "weight": 0.5}, {"kind": "REPLY", "halfLifeDays": 30.0}],
        dimensions=[{"dimension": "BRAND_SUPPORT", "weight": 2.0}],
    )
    weights = {each["kind"]: each for each in payload["interactionWeights"]}
    assert weights["FOLLOW"]["weight"] == 0.5
    assert weights["REPLY"]["halfLifeDays"] == 30
    assert weights["FOLLOW"]["reason"].startswith("关注")
    assert {"dimension": "BRAND_SUPPORT", "weight": 2} in payload["dimensionWeights"]


@pytest.mark.parametrize(
    "given",
    [
        {"interactions": [{"kind": "FOLLOW", "weight": 101.0}]},
        {"interactions": [{"kind": "FOLLOW", "halfLifeDays": 0.0}]},
        {"interactions": [{"kind": "NOTHING", "weight": 1.0}]},
        {
            "dimensions": [
                {"dimension": name, "weight": 0.0}
                for name in ("TRUST_AND_SUPPORT", "STRONG_TIES", "PARTICIPATION", "BRAND_SUPPORT")
            ]
        },
        {"interactions": [{"kind": "FOLLOW", "weight": 5.0}, {"kind": "NOTHING", "weight": 1.0}]},
    ],
)
async def test_weights_that_make_no_sense_change_nothing(
    graphql: Client, database: Database, circle: Circle, given: dict[str, Any]
) -> None:
    payload = await graphql.change("updateScoreWeights", "clientMutationId", as_=circle["marketer"], **given)

    assert payload["userErrors"][0]["code"] == "INVALID"
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT weight FROM interaction_kind WHERE name = 'FOLLOW'") == 1
        assert await connection.raw.fetchval("SELECT sum(weight) FROM score_weight") == 4


async def test_a_server_is_spared_what_the_arithmetic_takes() -> None:
    code = "import sys, api.app; print([name for name in ('numba', 'numpy', 'networkx') if name in sys.modules])"
    asked = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    said, _ = await asked.communicate()
    assert said.decode().strip() == "[]"


def test_an_explanation_looks_back_as_far_as_participation_does() -> None:
    assert explaining.WEEKS == participation.WEEKS
    assert f"{explaining.WEEKS} weeks" in ENGLISH.sentences["weeks"]
    assert f"{explaining.WEEKS} 周" in CHINESE.sentences["weeks"]
