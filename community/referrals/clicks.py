"""Clicks: written before they are answered, many by one statement.

Who follows a link while a batch is being written waits for the next one, with all others who do: so a click that was
answered is in the database, and a thousand a second cost some dozens of commits. Nobody waits in order to have company.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from community.foundation.database import run_again_when_lost
from community.foundation.errors import DatabaseUnavailable, Overloaded
from community.foundation.telemetry import counter
from community.referrals.issuing import OPEN

if TYPE_CHECKING:
    from datetime import date

    from community.foundation.database import Connection, Database

LONGEST_BATCH = 500
MOST_WAITING = 5_000
MOST_PARTS = 100
"""Of one code on one day, as many pairs of channel and campaign as links may name are told apart; further ones are `other`."""
MOST_REMEMBERED = 50_000
OTHER = ("other", "other")

# Each click has its number before it is a row, so that who waits for it is told which it is. Days and visitors are touched
# in one order, or two processes would wait for each other.
_RECORD = f"""
    WITH given AS MATERIALIZED (
        SELECT place, visitor, bot, referral_code.id AS code_id, referral_code.program_id, window_days, model,
            coalesce(nullif(given.channel, ''), referral_code.channel) AS channel,
            coalesce(nullif(given.campaign, ''), referral_code.campaign) AS campaign,
            nextval('referral_click_id_seq') AS id
        FROM unnest($1::text[], $2::bytea[], $3::boolean[], $4::text[], $5::text[]) WITH ORDINALITY
                AS given (code, visitor, bot, channel, campaign, place)
            JOIN referral_code ON referral_code.code = given.code
            JOIN referral_program ON referral_program.id = program_id
            JOIN referral_terms ON referral_terms.id = terms_id
        WHERE {OPEN.format(moment="now()")} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    ), clicked AS (
        INSERT INTO referral_click (id, code_id, visitor, bot, channel, campaign)
        SELECT id, code_id, visitor, bot, channel, campaign FROM given ORDER BY id
    ), fresh AS (
        INSERT INTO referral_visitor (day, code_id, visitor, channel, campaign)
        SELECT DISTINCT (now() AT TIME ZONE 'UTC')::date, code_id, visitor, channel, campaign
        FROM given WHERE NOT bot AND visitor IS NOT NULL ORDER BY code_id, visitor, channel, campaign
        ON CONFLICT DO NOTHING RETURNING code_id, channel, campaign
    ), people AS (
        SELECT code_id, channel, campaign, count(*) AS people FROM fresh GROUP BY code_id, channel, campaign
    ), counted AS (
        INSERT INTO referral_day (program_id, day, code_id, channel, campaign, clicks, bot_clicks, people)
        SELECT program_id, (now() AT TIME ZONE 'UTC')::date, code_id, channel, campaign,
            count(*) FILTER (WHERE NOT bot), count(*) FILTER (WHERE bot), coalesce(max(people), 0)
        FROM given LEFT JOIN people USING (code_id, channel, campaign)
        GROUP BY program_id, code_id, channel, campaign ORDER BY program_id, code_id, channel, campaign
        ON CONFLICT (program_id, day, code_id, channel, campaign) DO UPDATE SET
            clicks = referral_day.clicks + excluded.clicks,
            bot_clicks = referral_day.bot_clicks + excluded.bot_clicks,
            people = referral_day.people + excluded.people
    )
    SELECT place, id, code_id, window_days, model FROM given
"""  # noqa: S608 - made of a predicate of ours

_FORGET = "DELETE FROM referral_visitor WHERE day < (now() AT TIME ZONE 'UTC')::date - 1"

_written = counter("referral_clicks", "Clicks on referral links that were written.")


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody, or a program, follows a link."""

    code: str
    visitor: bytes | None
    """What tells visitors of a day apart, as `visitors.visitor_key` makes it; None where there is no address."""
    bot: bool
    channel: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class RecordedClick:
    """A click as it was written."""

    id: int
    code_id: int
    window_days: int
    model: str


_Waiting: TypeAlias = "tuple[Click, asyncio.Future[RecordedClick | None]]"


async def forget_visitors(connection: Connection) -> None:
    """Throw away who was counted as one of a day's people: once the day is over nobody asks."""
    await connection.raw.execute(_FORGET)


class ClickRecorder:
    """Writes the clicks of one process, those that wait together."""

    def __init__(self, database: Database) -> None:
        """Begin with none."""
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._parts: dict[str, set[tuple[str, str]]] = {}
        self._parts_of: date | None = None

    async def record(self, click: Click) -> RecordedClick | None:
        """Write a click, and return it once it is written; None where its code counts no more, or never did.

        Raises:
            Overloaded: if too many wait already, or the database cannot take it now.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Overloaded
        future: asyncio.Future[RecordedClick | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((click, future))
        if self._task is None:
            self._task = asyncio.create_task(self._drain(), name="referral clicks")
        return await future

    def parts_of(self, code: str, channel: str, campaign: str, day: date) -> tuple[str, str]:
        """Return under which channel and campaign a click is counted: those it names, unless its code has too many."""
        if day != self._parts_of or len(self._parts) > MOST_REMEMBERED:
            self._parts, self._parts_of = {}, day
        if not channel and not campaign:
            return "", ""
        known = self._parts.setdefault(code, set())
        if (channel, campaign) not in known:
            if len(known) >= MOST_PARTS:
                return OTHER
            known.add((channel, campaign))
        return channel, campaign

    async def stop(self) -> None:
        """Wait until those that wait are written."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _drain(self) -> None:
        batch: list[_Waiting] = []
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), LONGEST_BATCH))]
                try:
                    written = await self._write([click for click, _ in batch])
                except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told
                    _fail(batch, error)
                    continue
                for (_, future), each in zip(batch, written, strict=True):
                    if not future.done():
                        future.set_result(each)
        finally:
            self._task = None
            # Nobody is left but where the server was told to stop.
            _fail([*batch, *self._waiting], DatabaseUnavailable("The server stops."))
            self._waiting.clear()

    async def _write(self, given: list[Click]) -> list[RecordedClick | None]:
        values = (
            [click.code for click in given],
            [click.visitor for click in given],
            [click.bot for click in given],
            [click.channel for click in given],
            [click.campaign for click in given],
        )

        async def write() -> list[RecordedClick | None]:
            written: list[RecordedClick | None] = [None] * len(given)
            async with self._database.reading() as connection:
                for row in await connection.raw.fetch(_RECORD, *values):
                    written[row["place"] - 1] = RecordedClick(
                        row["id"], row["code_id"], row["window_days"], row["model"]
                    )
            return written

        written = await run_again_when_lost(write)
        _written.inc(sum(each is not None for each in written))
        return written


def _fail(waiting: list[_Waiting], error: Exception) -> None:
    for _, future in waiting:
        if not future.done():
            future.set_exception(error)
