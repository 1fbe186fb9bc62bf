"""Open tallies: where a round allows it, what its options have so far is told while votes come in.

A reader of the event log counts how many ballots came since the last tally, and a job (`counting`) counts anew where some have: never
fewer than keep a single vote secret, as the difference between two tallies is how those between them voted. What
is told is what the round's own rule finds in the ballots so far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from community.cocreation.rounds import events
from community.foundation.event_readers import EventReader, RecordedEvent
from community.foundation.jobs import ask

if TYPE_CHECKING:
    from community.foundation.database import Connection

TALLYING = "TALLYING"
"""The kind of job that takes the open tallies that are due."""
EVERY = "5 seconds"
"""A tally is taken no more often, and no sooner than after twenty times as long as the last one took."""

_COUNT_UP = """
    UPDATE round SET untallied = untallied + cast_since.amount
    FROM unnest($1::bigint[], $2::integer[]) AS cast_since (id, amount)
    WHERE round.id = cast_since.id AND state = 'OPEN' AND tally_open
"""
DUE = f"""
    SELECT id FROM round WHERE state = 'OPEN' AND tally_open AND untallied >= smallest_result
        AND (tallied_at IS NULL OR tallied_at + greatest(interval '{EVERY}', tallied_within * 20) < now())
    ORDER BY id LIMIT 20
"""  # noqa: S608 - a time of ours
"""Rounds whose tally is to be taken."""


async def count_up(connection: Connection, happened: Sequence[RecordedEvent]) -> None:
    """Note how many ballots came in; a reader of the log, so that no two voters wait for one row."""
    cast = Counter(event.subject_id for event in happened if event.kind == events.BALLOT_CAST)
    if cast:
        await connection.raw.execute(_COUNT_UP, list(cast), list(cast.values()))


tallies_reader = EventReader("tallies", count_up)


async def ask_for_tallies(connection: Connection) -> None:
    """Ask for the tallies that are due, if any."""
    if await connection.raw.fetchval(f"SELECT EXISTS ({DUE})"):
        await ask(connection, TALLYING, {}, asked_by=None, once=True)
