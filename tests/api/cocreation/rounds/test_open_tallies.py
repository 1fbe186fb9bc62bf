"""Where a round tells how it stands, it does so some votes at a time, and whoever listens hears of it."""

from __future__ import annotations

from typing import Any

from community.cocreation.jobs import HANDLERS
from community.cocreation.rounds.tallies import ask_for_tallies, tallies_reader
from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.cocreation.rounds.voting import closed, make_round, vote, voters
from tests.api.conftest import Client
from tests.factories.discussions import make_space
from tests.factories.events import read_all, settle

STANDS = "tally { ballotCount talliedAt } options { tally wonAs } result { ballotCount }"


async def tallied(graphql: Client, database: Database, round_: Any) -> Any:
    await read_all(database, tallies_reader)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE round SET tallied_at = tallied_at - interval '1 hour'")
        await ask_for_tallies(connection)
    await jobs.work(database, HANDLERS)
    return (await graphql(f"query($id: ID!) {{ round(id: $id) {{ {STANDS} }} }}", {"id": round_["id"]}))["round"]


async def test_an_open_tally_moves_only_when_enough_have_voted_since(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), tallyOpen=True)
    members = await voters(database, 12)
    for member in members[:4]:
        await vote(graphql, member, round_, (0, None))
    assert (await tallied(graphql, database, round_))["tally"] is None, "four would be known one by one"

    await vote(graphql, members[4], round_, (1, None))
    first = await tallied(graphql, database, round_)
    assert (first["tally"]["ballotCount"], [option["tally"] for option in first["options"]]) == (5, [4, 1, 0])
    assert ({option["wonAs"] for option in first["options"]}, first["result"]) == ({None}, None)

    await vote(graphql, members[5], round_, (2, None))
    assert (await tallied(graphql, database, round_))["tally"]["ballotCount"] == 5, "one more would be known"
    for member in members[6:10]:
        await vote(graphql, member, round_, (2, None))
    second = await tallied(graphql, database, round_)
    assert (second["tally"]["ballotCount"], [option["tally"] for option in second["options"]]) == (10, [4, 1, 5])

    found = await closed(graphql, database, marketer, round_)
    assert found["result"]["ballotCount"] == 10


async def test_a_round_that_keeps_its_tally_to_itself_tells_nothing(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database))
    for member in await voters(database, 8):
        await vote(graphql, member, round_, (0, None))

    stands = await tallied(graphql, database, round_)

    assert (stands["tally"], {option["tally"] for option in stands["options"]}) == (None, {None})


async def test_whoever_listens_hears_that_a_tally_moved(graphql: Client, database: Database, marketer: Acting) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), tallyOpen=True)
    for member in await voters(database, 6):
        await vote(graphql, member, round_, (0, None))
    await tallied(graphql, database, round_)
    await settle(database)

    asked = """{ updatesSince(cursor: "event~0~0", first: 50, filter: {kinds: [TALLY_CHANGED, ROUND_CHANGED]}) { updates {
        __typename ... on TallyChanged { round { tally { ballotCount } } } ... on RoundChanged { round { state } } } } }"""
    updates = (await graphql(asked))["updatesSince"]["updates"]

    assert updates == [
        {"__typename": "RoundChanged", "round": {"state": "OPEN"}},
        {"__typename": "TallyChanged", "round": {"tally": {"ballotCount": 6}}},
    ]
