"""Rounds as tests ask, vote in and read them: over GraphQL, as clients do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from community.cocreation.jobs import HANDLERS
from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.conftest import Client
from tests.factories.discussions import make_acting

OPTIONS = ("铁观音礼盒", "Yixing teapot", "Travel cup")
ROUND = """
id state method ballotKind seats seed quorum viewerCanVote
options { id title tally wonAs }
viewerBallot { choices { option { id } value } castAt receipt }
result { ballotCount withheld quorumReached rule winners { title } tally { option { title } count }
  steps { what options { title } tally { option { title } count exactly } } ties { where options { title } chosen { title } }
  exportedBallots }
"""


async def make_round(
    graphql: Client,
    marketer: Acting,
    space_id: int,
    *,
    opened: bool = True,
    titles: Sequence[str] = OPTIONS,
    **given: Any,
) -> Any:
    asked = {
        "title": "下一款做什么？ What next?",
        "method": "APPROVAL",
        "closesAt": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
        "options": [{"title": title} for title in titles],
        **given,
    }
    made = await graphql.change("createRound", f"round {{ {ROUND} }}", as_=marketer, space=f"space_{space_id}", **asked)
    assert made["userErrors"] == []
    if not opened:
        return made["round"]
    done = await graphql.change("openRound", f"round {{ {ROUND} }}", as_=marketer, round=made["round"]["id"])
    assert done["userErrors"] == []
    return done["round"]


async def vote(graphql: Client, member: Acting, round_: Any, *choices: tuple[int, int | None]) -> Any:
    """Cast a ballot of options by their place, each with its value."""
    said = [{"option": round_["options"][place]["id"], "value": value} for place, value in choices]
    return await graphql.change("castBallot", f"round {{ {ROUND} }}", as_=member, round=round_["id"], choices=said)


async def read(graphql: Client, round_: Any, member: Acting | None) -> Any:
    answer = await graphql(f"query($id: ID!) {{ round(id: $id) {{ {ROUND} }} }}", {"id": round_["id"]}, as_=member)
    return answer["round"]


async def closed(graphql: Client, database: Database, marketer: Acting, round_: Any) -> Any:
    done = await graphql.change("closeRound", "round { state } job { state }", as_=marketer, round=round_["id"])
    assert (done["userErrors"], done["round"]["state"]) == ([], "CLOSED")
    await jobs.work(database, HANDLERS)
    return await read(graphql, round_, None)


async def voters(database: Database, amount: int) -> list[Acting]:
    return [await make_acting(database) for _ in range(amount)]
