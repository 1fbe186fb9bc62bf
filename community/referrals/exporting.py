"""What came of a programme as a table for other programs: from the counts that are kept, and how long it took."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any

from community.foundation.errors import NotFound
from community.foundation.spreadsheets import safe_cell

if TYPE_CHECKING:
    from community.foundation.database import Connection

PARTS = {
    "day": "day",
    "cohort": "date_trunc('week', day)::date",
    "channel": "channel",
    "campaign": "campaign",
    "code": "code",
    "referrer": "handle",
}
"""By what it can be parted, and how that is read."""
COUNTS = ("clicks", "bot_clicks", "people", "sign_ups", "verified", "qualified", "rewarded", "cost")
TIMES = (
    "sign_up_median_seconds",
    "sign_up_ninetieth_seconds",
    "qualified_median_seconds",
    "qualified_ninetieth_seconds",
)

_NAME = "SELECT name FROM referral_program WHERE id = $1"
# Parts that are not asked for are the same everywhere; a part may be nothing, such as the brand's referrer.
_ROWS = """
    WITH counted AS (
        SELECT {parts}, {counts} FROM referral_day JOIN referral_code ON referral_code.id = code_id
            LEFT JOIN member ON member.id = member_id, LATERAL (SELECT referral_day.channel, referral_day.campaign) AS own
        WHERE referral_day.program_id = $1 AND day BETWEEN $2 AND $3 {alive} GROUP BY {places}
    ), joined AS (
        SELECT referral.*, (claimed_at AT TIME ZONE 'UTC')::date AS day FROM referral WHERE program_id = $1
    ), timed AS (
        SELECT {parts}, {times} FROM joined JOIN referral_code ON referral_code.id = code_id
            LEFT JOIN member ON member.id = referral_code.member_id, LATERAL (SELECT joined.channel, joined.campaign) AS own
        WHERE day BETWEEN $2 AND $3 GROUP BY {places}
    )
    SELECT counted.*, to_sign_up[1], to_sign_up[2], to_qualified[1], to_qualified[2]
    FROM counted LEFT JOIN timed ON {same}
    ORDER BY {dated} qualified DESC, sign_ups DESC, clicks DESC, {names}
"""


async def name_of(connection: Connection, program_id: int) -> str:
    """Return what a programme is called.

    Raises:
        NotFound: if there is no such programme.
    """
    name: str | None = await connection.raw.fetchval(_NAME, program_id)
    if name is None:
        raise NotFound(what="referral programme")
    return name


async def insight_rows(
    connection: Connection, program_id: int, first: date, last: date, by: Collection[str]
) -> list[dict[str, Any]]:
    """Return the funnel of a programme from one day to another, both counted in, by parts that `PARTS` names.

    By cohort, that is by the week of joining, it is counted what became of who joined then, whenever that was.
    """
    wanted = [name for name in PARTS if name in by] or ["whole"]
    read = {
        name: {"channel": "own.channel", "campaign": "own.campaign"}.get(name, PARTS.get(name, "true"))
        for name in wanted
    }
    of_cohort = "cohort" in by
    counts = ", ".join(
        f"sum({f'cohort_{name}' if of_cohort and name in COUNTS[4:] else name})::bigint AS {name}" for name in COUNTS
    )
    sql = _ROWS.format(
        parts=", ".join(f"{sql} AS {name}" for name, sql in read.items()),
        counts=counts,
        places=", ".join(str(place) for place in range(1, len(wanted) + 1)),
        alive="AND sign_ups + clicks + bot_clicks > 0" if of_cohort else "",
        times=", ".join(
            "percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP "
            f"(ORDER BY extract(epoch FROM {until} - {since})::float8) AS {name}"
            for name, since, until in (
                ("to_sign_up", "clicked_at", "claimed_at"),
                ("to_qualified", "claimed_at", "qualified_at"),
            )
        ),
        same=" AND ".join(f"counted.{name} IS NOT DISTINCT FROM timed.{name}" for name in wanted),
        dated="".join(f"counted.{name}, " for name in ("day", "cohort") if name in wanted),
        names=", ".join(f"counted.{name}" for name in wanted),
    )
    found = []
    for row in await connection.raw.fetch(sql, program_id, first, last):
        values = tuple(row)
        parts = {name: part for name, part in zip(wanted, values, strict=False) if name != "whole"}
        counted = dict(zip((*COUNTS, *TIMES), values[len(wanted) :], strict=True))
        cost, qualified = counted["cost"], counted["qualified"]
        found.append({**parts, **counted, "cost_per_qualified": cost / qualified if qualified else None})
    return found


def as_csv(rows: Sequence[dict[str, Any]], by: Collection[str]) -> str:
    """Return rows as comma-separated values with a heading; nothing in them is run by a spreadsheet."""
    names = (*(name for name in PARTS if name in by), *COUNTS, "cost_per_qualified", *TIMES)
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return written.getvalue()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return safe_cell(value)
        case float():
            return f"{value:.15g}"
    return str(value)
