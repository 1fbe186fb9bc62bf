"""Methods whose ballots are of a kind of their own: pairs, opinions, and votes that cost their square."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from community.cocreation.rounds.files.rounds import read as read_file
from community.cocreation.rounds.methods import COMPARING, METHOD, RANKING, SCORING, VOTING, ballot_width, pair_place
from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.cocreation.rounds.voting import closed, make_round, vote, voters
from tests.api.conftest import Client
from tests.factories.discussions import make_space

DESIGNS = ("青花 blue and white", "Celadon 青瓷", "Terracotta", "黑陶")


async def judge(graphql: Client, member: Acting, round_: Any, *pairs: tuple[int, int]) -> Any:
    options = [option["id"] for option in round_["options"]]
    return await graphql.change(
        "castBallot",
        "round { viewerBallot { judgements { better { id } worse { id } } choices { value } } "
        "viewerNextPairs { first { id } second { id } } }",
        as_=member,
        round=round_["id"],
        judgements=[{"better": options[better], "worse": options[worse]} for better, worse in pairs],
    )


def test_each_two_options_have_a_mark_of_their_own() -> None:
    for options in range(9):
        places = [
            pair_place(first, second, options) for first in range(options) for second in range(first + 1, options)
        ]
        assert places == list(range(ballot_width(COMPARING, options)))


async def test_the_strongest_of_pairs_wins(graphql: Client, database: Database, marketer: Acting) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), method="PAIRWISE", titles=DESIGNS)
    for number, member in enumerate(await voters(database, 12)):
        pairs = [(1, 0), (1, 2), (3, 1)] if number % 3 == 0 else [(1, 0), (1, 3), (0, 2)]
        assert (await judge(graphql, member, round_, *pairs))["userErrors"] == []

    found = await closed(graphql, database, marketer, round_)

    assert (found["result"]["rule"], found["result"]["winners"]) == ("bradley_terry", [{"title": DESIGNS[1]}])
    tally = [option["tally"] for option in found["options"]]
    assert max(tally) == tally[1] > 0 > tally[2]
    assert sum(tally) == pytest.approx(0, abs=1e-6)


async def test_a_member_is_shown_pairs_that_they_have_not_judged(
    graphql: Client, database: Database, marketer: Acting
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), method="PAIRWISE", titles=DESIGNS)
    [member] = await voters(database, 1)
    options = [option["id"] for option in round_["options"]]

    done = await judge(graphql, member, round_, (2, 0), (1, 3), (1, 2))

    ballot = done["round"]["viewerBallot"]
    assert {
        (options.index(each["better"]["id"]), options.index(each["worse"]["id"])) for each in ballot["judgements"]
    } == {
        (2, 0),
        (1, 3),
        (1, 2),
    }
    assert ballot["choices"] == []
    left = {frozenset((each["first"]["id"], each["second"]["id"])) for each in done["round"]["viewerNextPairs"]}
    assert left == {frozenset((options[a], options[b])) for a, b in ((0, 1), (0, 3), (2, 3))}


@pytest.mark.parametrize("pairs", [[(0, 0)], [(0, 1), (1, 0)], [(0, 1), (0, 1)], []])
async def test_a_ballot_that_contradicts_itself_is_refused(
    graphql: Client, database: Database, marketer: Acting, pairs: list[tuple[int, int]]
) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), method="PAIRWISE", titles=DESIGNS)
    [member] = await voters(database, 1)

    assert (await judge(graphql, member, round_, *pairs))["userErrors"][0]["code"] == "INVALID"
    assert (await vote(graphql, member, round_, (0, None)))["userErrors"][0]["code"] == "INVALID"


async def test_opinions_find_groups_and_what_unites_them(graphql: Client, database: Database, marketer: Acting) -> None:
    statements = (
        "少放糖 less sugar",
        "More fruit flavours",
        "Only loose leaf",
        "可降解包装 compostable packs",
        "Caffeine-free",
    )
    round_ = await make_round(
        graphql, marketer, await make_space(database), method="OPINIONS", titles=statements, smallestResult=5
    )
    for number, member in enumerate(await voters(database, 24)):
        purist = number % 2 == 0
        said = [
            (0, 1 if purist else -1),
            (1, -1 if purist else 1),
            (2, 1 if purist else -1),
            (3, 1),
            (4, 0),
        ]
        assert (await vote(graphql, member, round_, *said))["userErrors"] == []

    await closed(graphql, database, marketer, round_)
    asked = """query($id: ID!) { round(id: $id) { result { rule winners { title } groups { size
        statements { option { title } agreed disagreed passed } own { option { title } agrees share } } } } }"""
    found = (await graphql(asked, {"id": round_["id"]}))["round"]["result"]

    assert (found["rule"], found["winners"]) == ("common_ground", [{"title": statements[3]}])
    assert [group["size"] for group in found["groups"]] == [12, 12]
    for group in found["groups"]:
        told = {each["option"]["title"]: each["agrees"] for each in group["own"]}
        assert told[statements[0]] is not told[statements[1]], "what one group likes the other does not"
        [packs] = [each for each in group["statements"] if each["option"]["title"] == statements[3]]
        assert (packs["agreed"], packs["disagreed"], packs["passed"]) == (12, 0, 0)


async def test_groups_are_not_told_of_where_one_is_small(graphql: Client, database: Database, marketer: Acting) -> None:
    titles = [f"第{number}句" for number in range(8)]
    round_ = await make_round(graphql, marketer, await make_space(database), method="OPINIONS", titles=titles)
    for number, member in enumerate(await voters(database, 15)):
        side = 1 if number < 12 else -1
        await vote(graphql, member, round_, *[(place, side) for place in range(8)])

    await closed(graphql, database, marketer, round_)

    asked = "query($id: ID!) { round(id: $id) { result { ballotCount groups { size } } } }"
    found = (await graphql(asked, {"id": round_["id"]}))["round"]["result"]
    assert found == {"ballotCount": 15, "groups": []}, "three who think alone would be known"


async def test_a_vote_budget_is_told_and_never_exceeded(graphql: Client, database: Database, marketer: Acting) -> None:
    round_ = await make_round(graphql, marketer, await make_space(database), method="QUADRATIC", credits=25)
    [member] = await voters(database, 1)
    asked = "query($id: ID!) { round(id: $id) { viewerVoteBudget { credits spent left } } }"

    async def budget(who: Acting | None) -> Any:
        return (await graphql(asked, {"id": round_["id"]}, as_=who))["round"]["viewerVoteBudget"]

    assert await budget(None) is None
    assert await budget(member) == {"credits": 25, "spent": 0, "left": 25}
    # All at once, each within the budget, and half of them together with others over it.
    ballots = [[(0, 4), (1, 3)], [(0, -5)], [(0, 3), (1, 3), (2, 2)], [(0, 5), (1, 1)], [(2, 6)]] * 4
    done = await asyncio.gather(*(vote(graphql, member, round_, *each) for each in ballots))
    assert sum(bool(each["userErrors"]) for each in done) == 8
    spent = await budget(member)
    assert spent in [{"credits": 25, "spent": each, "left": 25 - each} for each in (25, 22)]
    async with database.reading() as connection:
        over = "SELECT count(*) FROM ballot, LATERAL (SELECT sum(mark * mark) AS cost FROM unnest(marks) AS mark) AS each WHERE cost > 25"
        assert await connection.raw.fetchval(over) == 0


@pytest.mark.parametrize("method", METHOD)
async def test_whoever_doubts_a_result_counts_the_exported_ballots_again(
    graphql: Client, database: Database, marketer: Acting, method: str
) -> None:
    kind, spends = METHOD[method].ballot_kind, METHOD[method].spends
    further: dict[str, Any] = {"seats": 2} if METHOD[method].several and not spends else {}
    if kind == SCORING:
        further |= {"lowestScore": -2, "highestScore": 5}
    if kind == VOTING:
        further["credits"] = 30
    if spends:
        further |= {
            "budget": 100,
            "options": [{"title": name, "cost": 40 + place} for place, name in enumerate(DESIGNS)],
        }
    round_ = await make_round(graphql, marketer, await make_space(database), method=method, titles=DESIGNS, **further)
    for number, member in enumerate(await voters(database, 9)):
        first, second = number % 4, (number * 3 + 1) % 4
        if kind == COMPARING:
            await judge(graphql, member, round_, (first, (first + 1) % 4))
            continue
        value = {SCORING: (5, -1), VOTING: (4, -3), RANKING: (1, 2), "OPINING": (1, -1)}.get(kind, (None, None))
        said = [(first, value[0]), (second, value[1])][: 1 if kind == "CHOOSING" or first == second else 2]
        assert (await vote(graphql, member, round_, *said))["userErrors"] == []

    found = await closed(graphql, database, marketer, round_)

    file = read_file(found["result"]["exportedBallots"], "round.ballots")
    again = file.counted(file.terms(file.method))
    assert [file.options[winner] for winner in again.winners] == [each["title"] for each in found["result"]["winners"]]
    assert [step.what for step in again.steps] == [step["what"] for step in found["result"]["steps"]]
    for step, told in zip(again.steps, found["result"]["steps"], strict=True):
        assert [str(value) for value in step.tally if value is not None] == [
            count["exactly"] if "." not in count["exactly"] else str(float(count["exactly"])) for count in told["tally"]
        ]
