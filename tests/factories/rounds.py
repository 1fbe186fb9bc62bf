"""Rounds and ballots, made by the verbs that members use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from community.cocreation.rounds.ballots import cast_ballot
from community.cocreation.rounds.lifecycle import create_round, open_round
from community.cocreation.rounds.marks import Choice
from community.cocreation.rounds.questions import Option, Question
from community.foundation.database import Database
from community.members.acting import Acting


async def make_round(
    database: Database,
    acting: Acting,
    space_id: int,
    *,
    title: str = "下一款做什么？",
    options: Sequence[str] = ("红茶", "绿茶"),
    method: str = "APPROVAL",
    opened: bool = True,
    closes_in: timedelta = timedelta(days=7),
    **asked: Any,
) -> int:
    """Make a round, by somebody who may; return its id."""
    question = Question(title, method, [Option(each) for each in options], datetime.now(UTC) + closes_in, **asked)
    async with database.writing() as connection:
        round_id = await create_round(connection, acting, space_id, question)
        if opened:
            await open_round(connection, acting, round_id)
    return round_id


async def options_of(database: Database, round_id: int) -> list[int]:
    """Return the ids of a round's options, in their order."""
    async with database.reading() as connection:
        found = await connection.raw.fetch(
            "SELECT id FROM round_option WHERE round_id = $1 ORDER BY position", round_id
        )
    return [row["id"] for row in found]


async def make_ballot(database: Database, member: Acting, round_id: int, *places: int) -> None:
    """Let a member name the options at some places."""
    options = await options_of(database, round_id)
    async with database.writing() as connection:
        await cast_ballot(connection, member, round_id, [Choice(options[place]) for place in places])


def proposing(each: int = 3) -> dict[str, Any]:
    """Return what a round asks that takes proposals for a day, and ballots from the day after."""
    now = datetime.now(UTC)
    return {
        "proposals_each": each,
        "proposals_until": now + timedelta(days=1),
        "voting_from": now + timedelta(days=2),
    }
