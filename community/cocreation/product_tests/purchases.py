"""What was bought, as the brand's shop tells: in batches, each line by the name that the shop has for it.

A line told again is the same line; told otherwise it is a correction, and replaces what was said before. So a shop may send
everything of a day again, and a file may be imported twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from community.cocreation.product_tests import events
from community.cocreation.product_tests.errors import ProductTestNotShown
from community.cocreation.product_tests.lifecycle import refuse_unseen, within
from community.cocreation.product_tests.tallies import tallied
from community.foundation.clock import now
from community.foundation.errors import Invalid, NotFound
from community.foundation.events import Event, record
from community.members.acting import Acting
from community.members.names import clean_line
from community.members.roles import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from community.foundation.database import Connection

MOST_PURCHASES = 1_000
"""In a batch."""
LARGEST_QUANTITY = 1_000_000
LONGEST_NAME = 100
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""How far the shop's clock may be ahead of ours."""

_TESTS = """
    SELECT variant.id AS variant_id, product_test.* FROM variant
        JOIN product_test ON product_test.id = variant.product_test_id
    WHERE variant.id = ANY($1::bigint[])
"""
_MEMBERS = "SELECT id FROM member WHERE id = ANY($1::bigint[]) AND state <> 'ERASED'"
_MOVED = """
    (
        SELECT variant_id, (quantity > 0)::integer AS lines, quantity FROM changed
        UNION ALL SELECT previous_id, -(previous_quantity > 0)::integer, -previous_quantity FROM changed
        WHERE previous_id IS NOT NULL
    ) AS moved
"""
# Written in the order of the lines' names, so that two that bring the same lines do not wait in a circle.
_RECORD = f"""
    WITH changed AS (
        INSERT INTO purchase AS held (product_test_id, external_id, variant_id, quantity, bought_at, member_id)
        SELECT * FROM (
            SELECT variant.product_test_id, given.external_id, variant.id, given.quantity, given.bought_at, given.member_id
            FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::bigint[])
                AS given (external_id, variant_id, quantity, bought_at, member_id)
                JOIN variant ON variant.id = given.variant_id
        ) AS line ORDER BY product_test_id, external_id
        ON CONFLICT (product_test_id, external_id) DO UPDATE
            SET variant_id = excluded.variant_id, quantity = excluded.quantity, bought_at = excluded.bought_at,
                member_id = excluded.member_id, recorded_at = now(),
                previous_id = held.variant_id, previous_quantity = held.quantity
            WHERE (held.variant_id, held.quantity, held.bought_at) IS DISTINCT FROM
                    (excluded.variant_id, excluded.quantity, excluded.bought_at)
                OR held.member_id IS DISTINCT FROM excluded.member_id
        RETURNING held.variant_id, held.quantity, held.previous_id, held.previous_quantity
    ), {tallied({"purchases": "lines", "purchased": "quantity"}, _MOVED)}
    SELECT count(*) FILTER (WHERE previous_id IS NULL) AS added, count(previous_id) AS corrected FROM changed
"""  # noqa: S608 - made of names of ours


@dataclass(frozen=True, slots=True)
class Purchase:
    """A line of an order: what the shop calls it, of which variant how many (0: none any more), when, and who if known."""

    external_id: str
    variant_id: int
    quantity: int
    bought_at: datetime
    member_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many lines were new, said otherwise than before, and said before just so."""

    added: int
    corrected: int
    unchanged: int


async def record_purchases(connection: Connection, acting: Acting, purchases: Sequence[Purchase]) -> Recorded:
    """Record a batch of purchases: all of it or, if anything is wrong with it, nothing.

    Raises:
        NotPermitted: unless the member runs campaigns.
        Invalid: if there are too many, one is named twice, or something is not what it may be.
        NotFound: if the member may not see a variant, or there is no such buyer.
        ProductTestNotShown: for a variant of a draft.
    """
    acting.require(Permission.MANAGE_CAMPAIGNS, action="record purchases")
    if not 1 <= len(purchases) <= MOST_PURCHASES:
        raise Invalid(field="purchases", reason=f"Give 1 to {MOST_PURCHASES:,}.")
    lines = cleaned(purchases)
    tests = await _tests(connection, lines)
    for test in {test["id"]: test for test in tests.values()}.values():
        try:
            await refuse_unseen(connection, acting, test, "variant")
        except NotFound:
            place = next(place for place, line in enumerate(lines) if tests[line.variant_id]["id"] == test["id"])
            raise NotFound(what="variant", path=_at(place, "variant")) from None
    return await _recorded(connection, acting.member_id, lines, tests)


async def bring_in_purchases(connection: Connection, purchases: Sequence[Purchase]) -> Recorded:
    """Record any number of purchases by who runs the server.

    Raises:
        Invalid, NotFound, ProductTestNotShown: as above.
    """
    lines = cleaned(purchases)
    tests = await _tests(connection, lines)
    total = Recorded(0, 0, 0)
    for begin in range(0, len(lines), MOST_PURCHASES):
        some = await _recorded(connection, None, lines[begin : begin + MOST_PURCHASES], tests)
        total = Recorded(total.added + some.added, total.corrected + some.corrected, total.unchanged + some.unchanged)
    return total


def cleaned(purchases: Sequence[Purchase]) -> list[Purchase]:
    """Return purchases as they are kept.

    Raises:
        Invalid: if one is named twice, or something is not what it may be; its path says which of them.
    """
    lines: list[Purchase] = []
    known: set[str] = set()
    latest = now() + AHEAD
    for place, each in enumerate(purchases):
        with within("purchases", str(place)):
            line = _cleaned(each, latest)
            if line.external_id in known:
                raise Invalid(field="externalId", reason="It is there twice.")
        known.add(line.external_id)
        lines.append(line)
    return lines


def _cleaned(given: Purchase, latest: datetime) -> Purchase:
    name = clean_line(given.external_id, "externalId", LONGEST_NAME)
    if not name:
        raise Invalid(field="externalId", reason="The shop has a name for it.")
    if not 0 <= given.quantity <= LARGEST_QUANTITY:
        raise Invalid(field="quantity", reason=f"0 to {LARGEST_QUANTITY:,} were bought.")
    if not FIRST_DAY <= given.bought_at <= latest:
        raise Invalid(field="boughtAt", reason="It was bought before now, in this century.")
    return replace(given, external_id=name)


async def _tests(connection: Connection, lines: Sequence[Purchase]) -> Mapping[int, asyncpg.Record]:
    """Return the tests of all variants."""
    found = await connection.raw.fetch(_TESTS, sorted({line.variant_id for line in lines}))
    tests = {row["variant_id"]: row for row in found}
    for place, line in enumerate(lines):
        if line.variant_id not in tests:
            raise NotFound(what="variant", path=_at(place, "variant"))
    return tests


async def _recorded(
    connection: Connection, actor_id: int | None, lines: Sequence[Purchase], tests: Mapping[int, asyncpg.Record]
) -> Recorded:
    for place, line in enumerate(lines):
        if tests[line.variant_id]["state"] == "DRAFT":
            raise ProductTestNotShown(path=_at(place, "variant"))
    buyers = {line.member_id for line in lines} - {None}
    there = {row["id"] for row in await connection.raw.fetch(_MEMBERS, sorted(buyers, key=lambda id_: id_ or 0))}
    for place, line in enumerate(lines):
        if line.member_id is not None and line.member_id not in there:
            raise NotFound(what="member", path=_at(place, "member"))
    row = await connection.change(
        _RECORD,
        [line.external_id for line in lines],
        [line.variant_id for line in lines],
        [line.quantity for line in lines],
        [line.bought_at for line in lines],
        [line.member_id for line in lines],
    )
    done = Recorded(row["added"], row["corrected"], len(lines) - row["added"] - row["corrected"])
    for test in {tests[line.variant_id]["id"]: tests[line.variant_id] for line in lines}.values():
        happened = Event(
            events.PURCHASES_RECORDED,
            actor_id=actor_id,
            subject_kind="product_test",
            subject_id=test["id"],
            space_id=test["space_id"],
            data={"lines": sum(tests[line.variant_id]["id"] == test["id"] for line in lines)},
        )
        await record(connection, happened)
    return done


def _at(place: int, field: str) -> tuple[str, ...]:
    return "purchases", str(place), field
