"""The phases of a round follow from the database's clock, and each has its own doors."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from community.cocreation.rounds.lifecycle import move_due
from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.cocreation.rounds.voting import closed, make_round, vote, voters
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space

STANDS = """
id state phase viewerCanPropose viewerProposalsLeft viewerCanVote
options { id title proposedBy { id } } discussion { id title viewerCanComment }
"""


async def stands(graphql: Client, round_: Any, member: Acting | None) -> Any:
    answer = await graphql(f"query($id: ID!) {{ round(id: $id) {{ {STANDS} }} }}", {"id": round_["id"]}, as_=member)
    return answer["round"]


async def propose(graphql: Client, member: Acting, round_: Any, title: str) -> Any:
    return await graphql.change(
        "proposeOption", "option { id title } round { options { title } }", as_=member, round=round_["id"], title=title
    )


async def moved(database: Database, **times: str) -> None:
    """Move the times of all rounds: no test waits a day."""
    changes = ", ".join(f"{column} = now() + interval '{time}'" for column, time in times.items())
    async with database.writing() as connection:
        await connection.raw.execute(f"UPDATE round SET {changes}")
        await move_due(connection)


@pytest.fixture
def phased() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "proposalsEach": 2,
        "proposalsUntil": (now + timedelta(days=1)).isoformat(),
        "votingFrom": (now + timedelta(days=2)).isoformat(),
        "discussed": True,
        "titles": (),
    }


async def test_members_propose_then_discuss_then_vote(
    graphql: Client, database: Database, marketer: Acting, phased: dict[str, Any]
) -> None:
    space = await make_space(database)
    members = await voters(database, 6)
    round_ = await make_round(graphql, marketer, space, **phased)
    first = await stands(graphql, round_, members[0])
    assert (first["phase"], first["viewerCanPropose"], first["viewerProposalsLeft"]) == ("PROPOSE", True, 2)
    assert (first["viewerCanVote"], first["discussion"]["viewerCanComment"]) == (False, True)

    for member, title in ((members[0], "桂花乌龙"), (members[0], "Cold brew"), (members[1], "陈皮白茶")):
        assert (await propose(graphql, member, round_, title))["userErrors"] == []
    assert (await propose(graphql, members[0], round_, "Third"))["userErrors"][0]["code"] == "TOO_MANY_PROPOSALS"
    after = await stands(graphql, round_, members[0])
    assert [option["title"] for option in after["options"]] == ["桂花乌龙", "Cold brew", "陈皮白茶"]
    assert after["options"][0]["proposedBy"]["id"] == f"member_{members[0].member_id}"
    assert after["viewerProposalsLeft"] == 0

    early = await graphql.change(
        "castBallot",
        "round { id }",
        as_=members[2],
        round=round_["id"],
        choices=[{"option": after["options"][0]["id"]}],
    )
    assert early["userErrors"][0]["code"] == "ROUND_NOT_OPEN"

    await moved(database, opened_at="-3 hours", proposals_until="-1 hour")
    talk = await stands(graphql, round_, members[0])
    assert (talk["phase"], talk["viewerCanPropose"], talk["viewerCanVote"]) == ("DISCUSS", False, False)
    assert talk["discussion"]["viewerCanComment"] is True
    assert (await propose(graphql, members[3], round_, "Late"))["userErrors"][0]["code"] == "NOT_PROPOSING"

    await moved(database, opened_at="-3 hours", proposals_until="-2 hours", voting_from="-1 hour")
    voting = await stands(graphql, round_, members[0])
    assert (voting["phase"], voting["viewerCanVote"]) == ("VOTE", True)
    assert voting["discussion"]["viewerCanComment"] is False, "what there is to say was said before"
    for member in members:
        assert (await vote(graphql, member, voting, (2, None)))["userErrors"] == []

    found = await closed(graphql, database, marketer, voting)
    assert [winner["title"] for winner in found["result"]["winners"]] == ["陈皮白茶"]
    assert (await stands(graphql, round_, None))["phase"] == "RESULT"


async def test_a_proposal_is_taken_back_and_the_others_close_ranks(
    graphql: Client, database: Database, marketer: Acting, phased: dict[str, Any]
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), **phased)
    mei, kai = await voters(database, 2)
    ids = [
        (await propose(graphql, member, round_, title))["option"]["id"]
        for member, title in ((mei, "一"), (kai, "二"), (mei, "三"))
    ]

    not_theirs = await graphql.change("withdrawOption", "round { id }", as_=kai, option=ids[0])
    assert not_theirs["userErrors"][0]["code"] == "NOT_PERMITTED"
    done = await graphql.change("withdrawOption", "round { options { title } }", as_=mei, option=ids[0])

    assert (done["userErrors"], [each["title"] for each in done["round"]["options"]]) == ([], ["二", "三"])
    async with database.reading() as connection:
        places = await connection.raw.fetch("SELECT position FROM round_option ORDER BY position")
    assert [row["position"] for row in places] == [0, 1]

    await moved(database, opened_at="-3 hours", proposals_until="-1 hour")
    late = await graphql.change("withdrawOption", "round { id }", as_=kai, option=ids[1])
    assert late["userErrors"][0]["code"] == "NOT_PROPOSING"
    by_who_asked = await graphql.change("withdrawOption", "round { id }", as_=marketer, option=ids[1])
    assert by_who_asked["userErrors"] == [], "until ballots are taken who asked may put things right"
    await moved(database, opened_at="-3 hours", proposals_until="-2 hours", voting_from="-1 hour")
    too_late = await graphql.change("withdrawOption", "round { id }", as_=marketer, option=ids[2])
    assert too_late["userErrors"][0]["code"] == "VOTING_BEGAN"


async def test_proposals_at_once_are_numbered_without_gaps_and_none_is_too_many(
    graphql: Client, database: Database, marketer: Acting, phased: dict[str, Any]
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), **phased)
    members = await voters(database, 8)

    done = await asyncio.gather(
        *(propose(graphql, member, round_, f"第{number}个") for member in members for number in range(4))
    )

    codes = [each["userErrors"][0]["code"] for each in done if each["userErrors"]]
    assert codes == ["TOO_MANY_PROPOSALS"] * 16
    async with database.reading() as connection:
        places = await connection.raw.fetch("SELECT position, proposed_by FROM round_option ORDER BY position")
    assert [row["position"] for row in places] == list(range(16))


async def test_the_clock_opens_a_round_and_starts_its_discussion(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    opens = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    space = await make_space(database)
    draft = await make_round(graphql, marketer, space, opened=False, opensAt=opens, discussed=True)
    async with database.writing() as connection:
        assert await move_due(connection) == 0, "not before its time"

    await moved(database, opens_at="-1 second")

    found = await stands(graphql, draft, await make_acting(database))
    assert (found["state"], found["phase"]) == ("OPEN", "VOTE")
    assert found["discussion"]["title"] == "下一款做什么？ What next?"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"proposalsEach": 2}, "proposalsUntil"),
        ({"proposalsEach": 21, "proposalsUntil": 1, "votingFrom": 2}, "proposalsEach"),
        ({"proposalsUntil": 1, "votingFrom": 2}, "proposalsUntil"),
        ({"proposalsEach": 1, "proposalsUntil": 3, "votingFrom": 2}, "proposalsUntil"),
        ({"proposalsEach": 1, "proposalsUntil": 3}, "votingFrom"),
        ({"votingFrom": 8}, "votingFrom"),
        ({"votingFrom": -1}, "votingFrom"),
        ({"opensAt": 3, "votingFrom": 2}, "opensAt"),
        ({"proposers": {"level": "REGULAR"}}, "proposers"),
        ({"voters": {"trust": 101}}, "voters"),
        ({"voters": {"activeDays": 3}}, "voters"),
        ({"method": "PAIRWISE", "titles": [f"{n}" for n in range(51)]}, "options"),
    ],
)
async def test_times_and_rules_that_make_no_round_are_refused(
    graphql: Client, database: Database, marketer: Acting, given: dict[str, Any], path: str
) -> None:
    now = datetime.now(UTC)
    given = {
        name: (now + timedelta(days=value)).isoformat()
        if isinstance(value, int) and name[-4:] in {"ntil", "From", "nsAt"}
        else value
        for name, value in given.items()
    }
    titles = given.pop("titles", ("一", "二"))

    refused = await graphql.change(
        "createRound",
        "round { id }",
        as_=marketer,
        **{
            "space": f"space_{await make_space(database)}",
            "title": "?",
            "method": "APPROVAL",
            "closesAt": (now + timedelta(days=7)).isoformat(),
            "options": [{"title": title} for title in titles],
            **given,
        },
    )

    [error] = refused["userErrors"]
    assert (error["code"], error["path"][-1]) == ("INVALID", path)
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM round") == 0
        assert await connection.raw.fetchval("SELECT count(*) FROM eligibility") == 0
