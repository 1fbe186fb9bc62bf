"""Marketers see how large parts of the voters voted, and nobody else sees anything of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.cocreation.rounds.segments import SMALLEST_SEGMENT, told
from community.foundation.database import Database
from community.members.acting import Acting
from tests.api.cocreation.rounds.voting import closed, make_round, vote, voters
from tests.api.conftest import Client
from tests.factories.discussions import make_space

SEGMENTS = """
query($id: ID!, $by: Segmentation) { round(id: $id) { result {
  segments(by: $by) { segmentation segment tribe { id } ballotCount winners { title } tally { option { title } count } }
} } }
"""


async def segments(graphql: Client, round_: Any, member: Acting | None, by: str | None = None) -> Any:
    answer = await graphql(SEGMENTS, {"id": round_["id"], "by": by}, as_=member)
    return answer["round"]["result"]["segments"]


@pytest.fixture
async def parted(graphql: Client, database: Database, marketer: Acting) -> Any:
    """Make a round in which two tribes, of 25 and 30, vote for different things; 5 more voters are in none."""
    round_ = await make_round(graphql, marketer, await make_space(database))
    members = await voters(database, 60)
    async with database.writing() as connection:
        tribes = [
            await connection.raw.fetchval("INSERT INTO tribe (size, cohesion) VALUES (30, 0.5) RETURNING id")
            for _ in range(2)
        ]
        await connection.raw.executemany(
            "INSERT INTO reputation VALUES ($1, $2, $3, $4)",
            [
                (member.member_id, 1 + (place >= 25), 90 if place < 25 else 20, tribes[place >= 25])
                for place, member in enumerate(members[:55])
            ],
        )
    for place, member in enumerate(members):
        await vote(graphql, member, round_, (0 if place < 25 else 1, None))
    await closed(graphql, database, marketer, round_)
    return round_, tribes


async def test_each_large_part_is_counted_by_itself(graphql: Client, marketer: Acting, parted: Any) -> None:
    round_, tribes = parted

    found = await segments(graphql, round_, marketer, "TENURE")
    assert [(each["segment"], each["ballotCount"]) for each in found] == [("MONTH", 60)]
    [weighed] = await segments(graphql, round_, marketer, "TRUST")
    assert weighed["winners"] == [{"title": "铁观音礼盒"}], "25 who are trusted weigh more than 30 who are not"
    assert weighed["tally"] == []
    # What 5 voters in no tribe think would follow from what is told of both tribes: of one no more is told.
    [tribe] = await segments(graphql, round_, marketer, "TRIBE")
    assert (tribe["ballotCount"], tribe["winners"]) == (30, [{"title": "Yixing teapot"}])
    assert tribe["tribe"] == {"id": f"tribe_{tribes[1]}"}
    assert [(each["option"]["title"], each["count"]) for each in tribe["tally"]] == [
        ("铁观音礼盒", 0),
        ("Yixing teapot", 30),
        ("Travel cup", 0),
    ]


async def test_segments_are_for_who_may_see_insights(graphql: Client, database: Database, parted: Any) -> None:
    round_, _ = parted
    for viewer in (*await voters(database, 1), None):
        assert await segments(graphql, round_, viewer) == []


@given(sizes=st.dictionaries(st.one_of(st.none(), st.text("abcdef", min_size=1, max_size=2)), st.integers(1, 200)))
def test_what_is_not_told_is_never_small(sizes: dict[str | None, int]) -> None:
    shown = told(sizes, SMALLEST_SEGMENT)

    hidden = sum(sizes.values()) - sum(sizes[part] for part in shown)
    assert all(sizes[part] >= SMALLEST_SEGMENT for part in shown)
    assert hidden == 0 or hidden >= SMALLEST_SEGMENT or not shown
