"""Auditors void ballots and release rounds that show signs of votes which are not their voters' own."""

from __future__ import annotations

from typing import Any

import pytest

from community.cocreation.jobs import HANDLERS
from community.cocreation.rounds.ballots import cast_ballot
from community.cocreation.rounds.marks import Choice
from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.cocreation.rounds.voting import closed, make_round, read, vote, voters
from tests.api.conftest import Client
from tests.factories.discussions import make_acting, make_space

HELD = """
id heldAt releasedAt releaseReason result { ballotCount }
examination { ballots signs { kind ballots share threshold members { id } } releasedBy { id }
  voidedBallots(first: 10) { nodes: edges { node { reason member { id } voidedBy { id } } } } }
"""


RECOUNT = """
query($id: ID!) { round(id: $id) {
  options { tally } result { ballotCount detailsWithheld steps { what } winners { title } exportedBallots }
} }
"""


@pytest.fixture
async def auditor(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.AUDITOR,))


async def held(graphql: Client, round_: Any, member: Acting | None) -> Any:
    answer = await graphql(f"query($id: ID!) {{ round(id: $id) {{ {HELD} }} }}", {"id": round_["id"]}, as_=member)
    return answer["round"]


async def void(graphql: Client, by: Acting, round_: Any, *members: Acting, reason: str = "重复账号") -> Any:
    return await graphql.change(
        "voidBallot",
        "voided job { state } round { id }",
        as_=by,
        round=round_["id"],
        members=[f"member_{member.member_id}" for member in members],
        reason=reason,
    )


async def aged(database: Database, members: list[Acting]) -> None:
    """Make members such as have been here for long, among many others."""
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE member SET joined_at = now() - interval '1 year' WHERE id = ANY($1)",
            [member.member_id for member in members],
        )


async def test_a_voided_ballot_counts_no_more_and_its_voter_is_told_why(
    graphql: Client, database: Database, marketer: Acting, auditor: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    members = await voters(database, 7)
    for member in members:
        await vote(graphql, member, round_, (0, None))

    done = await void(graphql, auditor, round_, members[0], await make_acting(database))

    assert (done["userErrors"], done["voided"], done["job"]) == ([], 1, None)
    own = "query($id: ID!) { round(id: $id) { viewerCanVote viewerBallot { voidReason voidedAt receipt } } }"
    shown = (await graphql(own, {"id": round_["id"]}, as_=members[0]))["round"]
    assert (shown["viewerCanVote"], shown["viewerBallot"]["voidReason"]) == (False, "重复账号")
    again = await vote(graphql, members[0], round_, (1, None))
    assert again["userErrors"][0]["code"] == "BALLOT_VOID"
    back = await graphql.change("withdrawBallot", "round { id }", as_=members[0], round=round_["id"])
    assert back["userErrors"][0]["code"] == "BALLOT_VOID", "it stays there to be seen"
    found = await closed(graphql, database, marketer, round_)
    assert (found["result"]["ballotCount"], found["options"][0]["tally"]) == (6, 6)
    counted = "query($id: ID!, $receipt: String!) { round(id: $id) { result { receiptCounted(receipt: $receipt) } } }"
    for member, expected in ((members[0], False), (members[1], True)):
        receipt = (await graphql(own, {"id": round_["id"]}, as_=member))["round"]["viewerBallot"]["receipt"]
        answer = await graphql(counted, {"id": round_["id"], "receipt": receipt})
        assert answer["round"]["result"]["receiptCounted"] is expected


async def test_a_recount_after_few_were_voided_tells_only_who_won(
    graphql: Client, database: Database, marketer: Acting, auditor: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    members = await voters(database, 20)
    for place, member in enumerate(members):
        await vote(graphql, member, round_, (0 if place < 9 else 1, None))
    before = await closed(graphql, database, marketer, round_)
    assert [winner["title"] for winner in before["result"]["winners"]] == ["Yixing teapot"]

    async def voided(*who: Acting) -> Any:
        done = await void(graphql, auditor, round_, *who)
        assert done["job"]["state"] == "QUEUED"
        await jobs.work(database, HANDLERS)
        asked = (
            "query($id: ID!) { round(id: $id) { options { tally } result { ballotCount detailsWithheld steps { what } "
            "winners { title } exportedBallots } } }"
        )
        return (await graphql(asked, {"id": round_["id"]}, as_=marketer))["round"]

    few = await voided(*members[-3:])
    assert [winner["title"] for winner in few["result"]["winners"]] == ["铁观音礼盒"], "9 are more than 8"
    assert few["result"]["detailsWithheld"] is True
    assert (few["result"]["steps"], few["result"]["exportedBallots"]) == ([], None)
    assert {option["tally"] for option in few["options"]} == {None}
    many = await voided(*members[-5:-3])
    assert many["result"]["detailsWithheld"] is False, "five in all hide each other"
    assert [option["tally"] for option in many["options"]] == [9, 6, 0]


async def test_only_auditors_audit_and_none_their_own_round(
    graphql: Client, database: Database, marketer: Acting, auditor: Acting
) -> None:
    space = await make_space(database)
    round_ = await make_round(graphql, marketer, space)
    [voter] = await voters(database, 1)
    await vote(graphql, voter, round_, (0, None))
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    admin = await make_acting(database, roles=(Role.ADMIN,))
    own = await make_round(graphql, admin, space)

    refused = {
        "marketer": await void(graphql, marketer, round_, voter),
        "moderator": await void(graphql, moderator, round_, voter),
        "voter": await void(graphql, voter, round_, voter),
        "own": await void(graphql, admin, own, voter),
        "no reason": await void(graphql, auditor, round_, voter, reason=" "),
    }

    assert {name: answer["userErrors"][0]["code"] for name, answer in refused.items()} == {
        "marketer": "NOT_PERMITTED",
        "moderator": "NOT_PERMITTED",
        "voter": "NOT_PERMITTED",
        "own": "NOT_PERMITTED",
        "no reason": "INVALID",
    }
    async with database.reading() as connection:
        assert await connection.raw.fetchval("SELECT count(*) FROM ballot WHERE voided_at IS NOT NULL") == 0
    not_held = await graphql.change("releaseRound", "round { id }", as_=auditor, round=round_["id"], reason="看过了")
    assert not_held["userErrors"][0]["code"] == "ROUND_NOT_HELD"


async def test_votes_of_accounts_made_for_it_hold_a_round_until_an_auditor_has_looked(
    graphql: Client, database: Database, marketer: Acting, auditor: Acting
) -> None:
    crowd = await voters(database, 100)
    await aged(database, [*crowd, marketer, auditor])
    round_ = await make_round(graphql, marketer, await make_space(database))
    farm = await voters(database, 15)
    for member in crowd[:20]:
        await vote(graphql, member, round_, (0, None))
    for member in farm:
        await vote(graphql, member, round_, (1, None))

    await closed(graphql, database, marketer, round_)

    seen = await held(graphql, round_, auditor)
    assert seen["heldAt"] is not None
    assert seen["result"] is None
    [sign] = seen["examination"]["signs"]
    assert (sign["kind"], sign["ballots"], round(sign["share"], 3)) == ("FRESH_ACCOUNTS", 15, 0.429)
    assert {member["id"] for member in sign["members"]} == {f"member_{member.member_id}" for member in farm}
    for viewer in (marketer, farm[0], None):
        assert (await held(graphql, round_, viewer))["examination"] is None, "signs are for auditors"

    await void(graphql, auditor, round_, *farm, reason="Made for this vote")
    released = await graphql.change(
        "releaseRound", "round { releaseReason } job { state }", as_=auditor, round=round_["id"], reason="清理完毕"
    )
    assert released["userErrors"] == []
    await jobs.work(database, HANDLERS)
    found = await read(graphql, round_, None)
    assert (found["result"]["ballotCount"], found["result"]["winners"][0]["title"]) == (20, "铁观音礼盒")
    after = await held(graphql, round_, auditor)
    assert after["releaseReason"] == "清理完毕"
    assert after["examination"]["releasedBy"]["id"] == f"member_{auditor.member_id}"
    voided = [edge["node"] for edge in after["examination"]["voidedBallots"]["nodes"]]
    assert len(voided) == 10, "a page"
    assert {each["reason"] for each in voided} == {"Made for this vote"}


async def cast_from(database: Database, member: Acting, round_: Any, network: str | None) -> None:
    option = int(round_["options"][0]["id"].removeprefix("round_option_"))
    async with database.writing() as connection:
        number = int(round_["id"].removeprefix("round_"))
        await cast_ballot(connection, member, number, [Choice(option)], network=network)


async def signs(graphql: Client, database: Database, marketer: Acting, auditor: Acting, round_: Any) -> list[str]:
    await closed(graphql, database, marketer, round_)
    found = await held(graphql, round_, auditor)
    return [sign["kind"] for sign in found["examination"]["signs"]]


async def test_many_ballots_from_one_network_are_a_sign_and_a_family_is_none(
    graphql: Client, database: Database, marketer: Acting, auditor: Acting
) -> None:
    crowd = await voters(database, 60)
    await aged(database, [*crowd, marketer, auditor])
    space = await make_space(database)
    for amount, expected in ((5, []), (12, ["ONE_SOURCE"])):
        round_ = await make_round(graphql, marketer, space)
        for place, member in enumerate(crowd):
            await cast_from(database, member, round_, "203.0.113.7" if place < amount else f"198.51.100.{place}")
        async with database.reading() as connection:
            kept = await connection.raw.fetch(
                "SELECT source, count(*) AS amount FROM ballot WHERE round_id = $1 GROUP BY 1 ORDER BY 2 DESC",
                int(round_["id"].removeprefix("round_")),
            )
        assert kept[0]["amount"] == amount
        assert await signs(graphql, database, marketer, auditor, round_) == expected
    async with database.reading() as connection:
        keys = await connection.raw.fetch(
            "SELECT source_key IS NULL AS gone, held_at IS NULL AS counted FROM round ORDER BY id"
        )
    assert [(row["gone"], row["counted"]) for row in keys] == [(True, True), (False, False)], "gone once counted"


async def test_a_ring_of_the_little_trusted_is_a_sign_and_a_club_is_none(
    graphql: Client, database: Database, marketer: Acting, auditor: Acting
) -> None:
    crowd = await voters(database, 60)
    await aged(database, [*crowd, marketer, auditor])
    space = await make_space(database)
    for trust, expected in ((40, []), (3, ["RING"])):
        async with database.writing() as connection:
            await connection.raw.execute("DELETE FROM reputation")
            await connection.raw.executemany(
                "INSERT INTO reputation VALUES ($1, 1, $2, $3)",
                [(member.member_id, trust, 7 if place < 15 else place) for place, member in enumerate(crowd)],
            )
        round_ = await make_round(graphql, marketer, space)
        for member in crowd:
            await cast_from(database, member, round_, None)
        assert await signs(graphql, database, marketer, auditor, round_) == expected


async def test_a_burst_after_the_first_hour_is_a_sign_and_a_rush_at_the_opening_is_none(
    graphql: Client, database: Database, marketer: Acting, auditor: Acting
) -> None:
    crowd = await voters(database, 60)
    await aged(database, [*crowd, marketer, auditor])
    space = await make_space(database)
    for begin, expected in (("5 minutes", []), ("30 hours", ["BURST"])):
        round_ = await make_round(graphql, marketer, space)
        for member in crowd:
            await cast_from(database, member, round_, None)
        async with database.writing() as connection:
            number = int(round_["id"].removeprefix("round_"))
            await connection.raw.execute("UPDATE round SET opened_at = now() - interval '5 days' WHERE id = $1", number)
            await connection.raw.execute(
                """
                UPDATE ballot SET cast_at = date_bin('10 minutes', opened_at + $2::text::interval, 'epoch')
                    + CASE WHEN placed.place <= 30 THEN interval '1 minute' ELSE placed.place * interval '1 hour' END
                FROM round, (SELECT id, row_number() OVER (ORDER BY id) AS place FROM ballot WHERE round_id = $1) AS placed
                WHERE round.id = round_id AND placed.id = ballot.id
                """,
                number,
                begin,
            )
        assert await signs(graphql, database, marketer, auditor, round_) == expected
