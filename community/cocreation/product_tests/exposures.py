"""To whom variants were shown, and how long: recorded in batches, by one statement each.

A batch is one viewing, which its client names. Each variant in it counts once for it: sent again, as clients do that heard
no answer, it counts for nothing, as long as fewer than `REMEMBERED` other viewings came in between. A variant and a member
(or a visit of somebody signed out) have one row, so that the table grows with people and not with clicks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from community.cocreation.product_tests.tallies import tallied
from community.discussions.access import sees_space
from community.foundation.errors import Invalid
from community.members.acting import Acting, Caller, done_or_refused, in_good_standing, moderates
from community.members.restrictions import Deed

if TYPE_CHECKING:
    from community.foundation.database import Connection

MOST_EXPOSURES = 100
"""In a batch."""
LONGEST_DWELL = 60_000
"""Milliseconds that a viewing of a variant counts at most: longer, somebody left it lying there."""
LONGEST_NAME = 64
"""Characters of what a client calls a viewing or a visit."""
REMEMBERED = 8
NAME_BYTES = 8
"""Of the hash of a viewing's name, as it is remembered: two of one member are never alike."""
LATEST = "7 days"
"""How long ago an exposure may be that is told of now; one from longer ago counts as this old, one to come as now."""

# A batch is of one test, or of few: whether they are open and to be seen is looked at once for each.
_OPENED = """
    SELECT product_test.id, product_test.opened_at
    FROM product_test JOIN space ON space.id = product_test.space_id
    WHERE product_test.id IN (SELECT product_test_id FROM variant WHERE id = ANY($4::bigint[]))
        AND product_test.state = 'OPEN' AND space.archived_at IS NULL AND {may_see}
"""
_SHOWN = """
    SELECT variant.id AS variant_id, least(sum(least(given.dwell_ms::bigint, {longest})), {longest}) AS dwell_ms,
        greatest(least(min(given.at), now()), now() - interval '{latest}', min(opened.opened_at)) AS at
    FROM unnest($4::bigint[], $5::bigint[], $6::timestamptz[]) AS given (variant_id, dwell_ms, at)
        JOIN variant ON variant.id = given.variant_id
        JOIN opened ON opened.id = variant.product_test_id
    GROUP BY variant.id
"""


def _statement(may_see: str, whose: str, outcome: str) -> str:
    opened, shown = _OPENED.format(may_see=may_see), _SHOWN.format(longest=LONGEST_DWELL, latest=LATEST)
    counts = {
        "exposed": "(member_id IS NOT NULL AND viewings = 1)::integer",
        "visitors": "(member_id IS NULL AND viewings = 1)::integer",
        "viewings": "1",
        "dwell_ms": "shown_ms",
    }
    return f"""
        WITH opened AS MATERIALIZED ({opened}), shown AS ({shown}), recorded AS (
            INSERT INTO exposure AS held (variant_id, member_id, visitor, dwell_ms, first_at, last_at, recent)
            SELECT variant_id, {whose}, dwell_ms, at, at, $1::bytea FROM shown ORDER BY variant_id
            ON CONFLICT (variant_id, member_id, visitor) DO UPDATE
                SET viewings = held.viewings + 1, dwell_ms = held.dwell_ms + excluded.dwell_ms,
                    first_at = least(held.first_at, excluded.first_at),
                    last_at = greatest(held.last_at, excluded.last_at),
                    recent = substr(excluded.recent || held.recent, 1, {REMEMBERED * NAME_BYTES})
                WHERE position(excluded.recent IN held.recent) = 0
            RETURNING held.variant_id, held.member_id, held.viewings
        ), changed AS (
            SELECT recorded.*, shown.dwell_ms AS shown_ms FROM recorded JOIN shown USING (variant_id)
        ), {tallied(counts, "changed")}
        SELECT {outcome} AS counted
    """  # noqa: S608 - made of names of ours


# $1 the viewing, $2 and $3 the caller, $4 to $6 what was seen, how long and when. For visitors $2 and $3 are the visit, and
# nothing: what they see is what is public.
_BY_MEMBER = _statement(
    f"{in_good_standing(Deed.OWN)} AND {sees_space(moderates('space.id'))}",
    "$2::bigint, NULL::uuid",
    f"CASE WHEN {in_good_standing(Deed.OWN)} THEN (SELECT count(*) FROM changed) END",  # noqa: S608 - made of a predicate of ours
)
_BY_VISITOR = _statement(
    "$3::boolean AND space.access = 'PUBLIC'", "NULL::bigint, $2::uuid", "(SELECT count(*) FROM changed)"
)


@dataclass(frozen=True, slots=True)
class Exposure:
    """A variant that was on the screen: how long, in milliseconds, and since when; now, where nothing is said."""

    variant_id: int
    dwell_ms: int
    at: datetime | None = None


async def record_exposures(connection: Connection, caller: Caller, viewing: str, exposures: Sequence[Exposure]) -> int:
    """Record what a member was shown in a viewing; return how many variants that is news of.

    What the member may not see, and what is in no open test, counts for nothing.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        Invalid: if there are too many, or a dwell or a name is not what it may be.
    """
    named, columns = _named(viewing, "viewing")[:NAME_BYTES], _columns(exposures)

    async def attempt() -> int | None:
        # Not by `change`, for the reason that marks have; and as these write many rows each, they are faster beside one another.
        return await connection.raw.fetchval(_BY_MEMBER, named, caller.member_id, caller.with_roles, *columns)  # type: ignore[no-any-return] # a number

    async def doors(_acting: Acting) -> None:
        """Let through whoever is in good standing: nothing else is refused."""

    return await done_or_refused(connection, caller, attempt, doors, deed=Deed.OWN)


async def record_visitor_exposures(
    connection: Connection, visit: str, viewing: str, exposures: Sequence[Exposure]
) -> int:
    """Record what somebody signed out was shown; return how many variants that is news of.

    `visit` is what their client calls this visit, made by chance; its hash is kept.

    Raises:
        Invalid: as for members.
    """
    visitor = UUID(bytes=_named(visit, "visit")[:16])
    named = _named(viewing, "viewing")[:NAME_BYTES]
    counted: int = await connection.raw.fetchval(_BY_VISITOR, named, visitor, True, *_columns(exposures))
    return counted


def _named(written: str, field: str) -> bytes:
    """Return the hash of a client's name for something."""
    if not 1 <= len(written) <= LONGEST_NAME:
        raise Invalid(field=field, reason=f"A name made by chance, 1 to {LONGEST_NAME} characters.")
    return hashlib.sha256(f"{field} {written}".encode("utf-8", "surrogatepass")).digest()


def _columns(exposures: Sequence[Exposure]) -> tuple[list[int], list[int], list[datetime | None]]:
    if not 1 <= len(exposures) <= MOST_EXPOSURES:
        raise Invalid(field="exposures", reason=f"Give 1 to {MOST_EXPOSURES}.")
    for place, each in enumerate(exposures):
        if each.dwell_ms < 0:
            path = ("exposures", str(place), "dwellMs")
            raise Invalid(field="dwellMs", reason="Nothing is looked at for less than no time.", path=path)
    return (
        [each.variant_id for each in exposures],
        [each.dwell_ms for each in exposures],
        [each.at for each in exposures],
    )
