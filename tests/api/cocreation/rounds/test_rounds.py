"""A round from beginning to end, as who asks it, who votes in it and who may not know what others voted see it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.cocreation.jobs import HANDLERS
from community.cocreation.rounds.ballots import cast_ballot
from community.cocreation.rounds.errors import RoundNotOpen
from community.cocreation.rounds.lifecycle import move_due
from community.cocreation.rounds.marks import Choice
from community.discussions.spaces import join_space
from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.rounds.voting import OPTIONS, ROUND, closed, make_round, read, vote, voters
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space, suspend


async def test_a_round_from_draft_to_result(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    members = await voters(database, 6)
    draft = await make_round(graphql, marketer, space, opened=False)
    assert (draft["state"], draft["viewerCanVote"], draft["result"]) == ("DRAFT", False, None)
    assert await read(graphql, draft, members[0]) is None, "a draft is for who prepares it"
    assert [option["title"] for option in draft["options"]] == list(OPTIONS)

    round_ = (await graphql.change("openRound", f"round {{ {ROUND} }}", as_=marketer, round=draft["id"]))["round"]
    assert (await read(graphql, round_, members[0]))["viewerCanVote"] is True
    assert (await read(graphql, round_, None))["viewerCanVote"] is False
    for place, member in enumerate(members):
        done = await vote(graphql, member, round_, (0, None), *([(1, None)] if place < 4 else []))
        assert done["userErrors"] == []
        assert [choice["value"] for choice in done["round"]["viewerBallot"]["choices"]] == [None] * (
            2 if place < 4 else 1
        )
    changed = await vote(graphql, members[5], round_, (2, None))
    assert [choice["option"]["id"] for choice in changed["round"]["viewerBallot"]["choices"]] == [
        round_["options"][2]["id"]
    ]
    assert (await read(graphql, round_, marketer))["result"] is None, "nobody sees a tally before the end"

    found = await closed(graphql, database, marketer, round_)
    assert found["result"]["rule"] == "approval"
    assert found["result"]["ballotCount"] == 6
    assert [winner["title"] for winner in found["result"]["winners"]] == ["铁观音礼盒"]
    assert [option["tally"] for option in found["options"]] == [5, 4, 1]
    assert [(each["option"]["title"], each["count"]) for each in found["result"]["tally"]] == [
        (title, count) for title, count in zip(OPTIONS, (5, 4, 1), strict=True)
    ]
    assert [option["wonAs"] for option in found["options"]] == [1, None, None]
    [step] = found["result"]["steps"]
    assert {count["option"]["title"]: count["exactly"] for count in step["tally"]} == dict(
        zip(OPTIONS, ("5", "4", "1"), strict=True)
    )
    exported = found["result"]["exportedBallots"].splitlines()
    assert [line for line in exported if not line.startswith("#")] == ["1: 0,0,1", "1: 1,0,0", "4: 1,1,0"]
    late = await vote(graphql, members[0], round_, (1, None))
    assert late["userErrors"][0]["code"] == "ROUND_NOT_OPEN"


async def test_a_receipt_says_whether_a_ballot_was_counted(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    members = await voters(database, 5)
    first = [await vote(graphql, member, round_, (0, None)) for member in members]
    again = await vote(graphql, members[0], round_, (1, None))
    await closed(graphql, database, marketer, round_)

    async def counted(receipt: str) -> bool:
        document = (
            "query($id: ID!, $receipt: String!) { round(id: $id) { result { receiptCounted(receipt: $receipt) } } }"
        )
        answer = await graphql(document, {"id": round_["id"], "receipt": receipt})
        return bool(answer["round"]["result"]["receiptCounted"])

    receipts = [each["round"]["viewerBallot"]["receipt"] for each in first]
    assert [await counted(receipt) for receipt in receipts] == [False, True, True, True, True]
    assert await counted(again["round"]["viewerBallot"]["receipt"])
    assert not await counted("' OR true --")


async def test_few_ballots_tell_nothing(graphql: Client, database: Database, marketer: Acting) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    for member in await voters(database, 4):
        await vote(graphql, member, round_, (0, None))

    found = await closed(graphql, database, marketer, round_)

    assert (found["result"]["withheld"], found["result"]["ballotCount"]) == (True, 4)
    assert (found["result"]["winners"], found["result"]["steps"], found["result"]["exportedBallots"]) == ([], [], None)
    assert {option["tally"] for option in found["options"]} == {None}


async def test_without_a_quorum_nobody_wins(graphql: Client, database: Database, marketer: Acting) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), quorum=6)
    for member in await voters(database, 5):
        await vote(graphql, member, round_, (0, None))

    found = await closed(graphql, database, marketer, round_)

    assert (found["result"]["quorumReached"], found["result"]["winners"]) == (False, [])
    assert found["options"][0]["tally"] == 5


async def test_level_options_are_drawn_by_a_seed_known_beforehand(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), titles=("一", "二"))
    for place, member in enumerate(await voters(database, 6)):
        await vote(graphql, member, round_, (place % 2, None))

    found = await closed(graphql, database, marketer, round_)

    assert found["seed"] == round_["seed"]
    [tie] = found["result"]["ties"]
    assert {option["title"] for option in tie["options"]} == {"一", "二"}
    assert tie["chosen"]["title"] == found["result"]["winners"][0]["title"]


@pytest.mark.parametrize(
    ("given", "choices", "reason"),
    [
        ({}, [(0, 3)], "without a value"),
        ({}, [(0, None), (0, None)], "twice"),
        ({}, [], "withdraw it"),
        ({"method": "PLURALITY"}, [(0, None), (1, None)], "names one option"),
        ({"method": "SCORE", "lowestScore": 0, "highestScore": 5}, [(0, 6)], "0 to 5"),
        ({"method": "SCORE", "lowestScore": 0, "highestScore": 5}, [(0, None)], "0 to 5"),
        ({"method": "SCHULZE"}, [(0, 0)], "1 to"),
        ({"method": "QUADRATIC", "credits": 10}, [(0, 3), (1, -2)], "10 credits"),
    ],
)
async def test_what_is_no_ballot_is_refused(
    graphql: Client, database: Database, marketer: Acting, given: Any, choices: Any, reason: str
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), **given)
    [member] = await voters(database, 1)

    done = await vote(graphql, member, round_, *choices)

    assert done["round"] is None
    assert done["userErrors"][0]["code"] == "INVALID"
    assert reason in done["userErrors"][0]["message"]
    assert (await read(graphql, round_, member))["viewerBallot"] is None


async def test_options_of_another_round_are_not_found(graphql: Client, database: Database, marketer: Acting) -> None:
    space = await make_space(database)
    round_, other = await make_round(graphql, marketer, space), await make_round(graphql, marketer, space)
    [member] = await voters(database, 1)

    done = await graphql.change(
        "castBallot", "round { id }", as_=member, round=round_["id"], choices=[{"option": other["options"][0]["id"]}]
    )

    assert done["userErrors"][0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"options": [{"title": "only one"}]}, "options"),
        ({"options": [{"title": ""}, {"title": "二"}]}, "options"),
        ({"seats": 0}, "seats"),
        ({"method": "INSTANT_RUNOFF", "seats": 2}, "seats"),
        ({"closesAt": "2001-01-01T00:00:00Z"}, "closesAt"),
        ({"method": "SCORE"}, "highestScore"),
        ({"lowestScore": 0, "highestScore": 5}, "highestScore"),
        ({"method": "QUADRATIC"}, "credits"),
        ({"budget": 100}, "budget"),
        ({"method": "BUDGET_GREEDY", "budget": 100}, "options"),
        ({"smallestResult": 4}, "smallestResult"),
        ({"quorum": -1}, "quorum"),
        ({"title": "  "}, "title"),
    ],
)
async def test_what_cannot_be_counted_is_not_asked(
    graphql: Client, database: Database, marketer: Acting, given: Any, field: str
) -> None:
    space = await make_space(database)
    asked = {
        "title": "什么？",
        "method": "APPROVAL",
        "closesAt": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
        "options": [{"title": "一"}, {"title": "二"}],
        **given,
    }

    done = await graphql.change("createRound", "round { id }", as_=marketer, space=f"space_{space}", **asked)

    assert done["round"] is None
    assert (done["userErrors"][0]["code"], done["userErrors"][0]["path"]) == ("INVALID", ["input", field])
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM round") == 0


async def test_who_may_ask_and_who_may_vote(graphql: Client, database: Database, marketer: Acting) -> None:
    private = await make_space(database, access="PRIVATE")
    space = await make_space(database)
    member, outsider, newcomer, gone = await voters(database, 4)
    refused = await graphql.change(
        "createRound",
        "round { id }",
        as_=member,
        space=f"space_{space}",
        title="我来问",
        method="APPROVAL",
        closesAt=(datetime.now(UTC) + timedelta(days=1)).isoformat(),
        options=[{"title": "一"}, {"title": "二"}],
    )
    assert refused["userErrors"][0]["code"] == "NOT_PERMITTED"
    admin = await make_acting(database, roles=(Role.ADMIN,))
    hidden = await make_round(graphql, admin, private)
    assert await read(graphql, hidden, outsider) is None
    assert (await vote(graphql, outsider, hidden, (0, None)))["userErrors"][0]["code"] == "NOT_FOUND"

    round_ = await make_round(graphql, marketer, space, spaceMembersOnly=True)
    assert (await vote(graphql, outsider, round_, (0, None)))["userErrors"][0]["code"] == "NOT_ELIGIBLE"
    async with database.writing() as connection:
        await join_space(connection, member, space)
    assert (await vote(graphql, member, round_, (0, None)))["userErrors"] == []
    early = await make_round(graphql, marketer, space, joinedBefore="2001-01-01T00:00:00Z")
    assert (await vote(graphql, newcomer, early, (0, None)))["userErrors"][0]["code"] == "NOT_ELIGIBLE"
    assert (await read(graphql, early, newcomer))["viewerCanVote"] is False
    await vote(graphql, gone, early, (0, None))  # signs in
    await suspend(database, gone)
    assert (await vote(graphql, gone, round_, (0, None)))["userErrors"][0]["code"] == "ACCOUNT_SUSPENDED"
    assert (await graphql.change("closeRound", "round { id }", as_=member, round=round_["id"]))["userErrors"][0][
        "code"
    ] == "NOT_PERMITTED"
    assert (await graphql.change("openRound", "round { id }", as_=marketer, round=round_["id"]))["userErrors"][0][
        "code"
    ] == "ROUND_NOT_DRAFT"


async def test_a_ballot_can_be_taken_back(graphql: Client, database: Database, marketer: Acting) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    [member] = await voters(database, 1)
    await vote(graphql, member, round_, (0, None))

    done = await graphql.change("withdrawBallot", "round { viewerBallot { receipt } }", as_=member, round=round_["id"])

    assert (done["userErrors"], done["round"]) == ([], {"viewerBallot": None})


async def test_twenty_ballots_of_each_at_once_are_one_of_each(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    members = await voters(database, 50)

    done = await asyncio.gather(
        *(vote(graphql, member, round_, (attempt % 3, None)) for attempt in range(20) for member in members)
    )

    assert all(each["userErrors"] == [] for each in done)
    found = await closed(graphql, database, marketer, round_)
    assert found["result"]["ballotCount"] == 50
    assert sum(option["tally"] for option in found["options"]) == 50


async def test_a_ballot_at_the_last_instant_is_counted_or_refused(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    members = await voters(database, 40)
    number = int(round_["id"].removeprefix("round_"))
    option = int(round_["options"][0]["id"].removeprefix("round_option_"))

    async def attempt(member: Acting, wait: float) -> bool:
        await asyncio.sleep(wait)
        try:
            async with database.writing() as connection:
                await cast_ballot(connection, member, number, [Choice(option)])
        except RoundNotOpen:
            return False
        return True

    async def close() -> None:
        await asyncio.sleep(0.05)
        async with database.reading() as connection:
            await connection.raw.execute("UPDATE round SET closes_at = clock_timestamp() WHERE id = $1", number)
        while True:
            async with database.writing() as connection:
                if await move_due(connection):
                    return
            await asyncio.sleep(0.005)

    cast, _ = await asyncio.gather(
        asyncio.gather(*(attempt(member, 0.0025 * place) for place, member in enumerate(members))), close()
    )
    await jobs.work(database, HANDLERS)

    found = await read(graphql, round_, None)
    assert 0 < sum(cast) < len(members), "some came in time, and some did not"
    assert found["result"]["ballotCount"] == sum(cast)


async def test_nobody_but_the_voter_sees_a_ballot(graphql: Client, database: Database, marketer: Acting) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    members = await voters(database, 5)
    for member in members:
        await vote(graphql, member, round_, (0, None))
    admin = await make_acting(database, roles=(Role.ADMIN,))
    async with database.reading() as connection:
        secret = await connection.raw.fetch("SELECT receipt FROM ballot")
        told = await connection.raw.fetchval("SELECT string_agg(row_to_json(event)::text, ' ') FROM event")
    assert len(secret) == 5
    for viewer in (admin, marketer, members[1], None):
        found = str(await read(graphql, round_, viewer))
        known = [each["receipt"] for each in secret if each["receipt"] in found]
        assert len(known) == (1 if viewer is members[1] else 0)
    assert not any(each["receipt"] in told for each in secret), "nor does the log know"
    assert "marks" not in told
