"""Product tests and what members do about them, made by the verbs that they use."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from community.cocreation.jobs import HANDLERS
from community.cocreation.product_tests.exposures import Exposure, record_exposures
from community.cocreation.product_tests.forecasting import Sale, forecast_product_test
from community.cocreation.product_tests.lifecycle import Design, Showing, create_product_test, open_product_test
from community.cocreation.product_tests.marks import favourite_variant, pre_order_variant, vote_for_variant
from community.cocreation.product_tests.purchases import Purchase, bring_in_purchases
from community.foundation import jobs
from community.foundation.database import Database
from community.members.acting import Acting

_numbers = itertools.count(1)


async def make_product_test(
    database: Database,
    acting: Acting,
    space_id: int,
    *,
    title: str = "做哪一款？ Which one?",
    designs: Sequence[Design] = (Design("青花"), Design("素白")),
    opened: bool = True,
    show_totals: bool = False,
    discussed: bool = False,
) -> int:
    """Make a product test, by somebody who may; return its id."""
    showing = Showing(title, designs, show_totals=show_totals, discussed=discussed)
    async with database.writing() as connection:
        test_id = await create_product_test(connection, acting, space_id, showing)
        if opened:
            await open_product_test(connection, acting, test_id)
    return test_id


async def variants_of(database: Database, test_id: int) -> list[int]:
    """Return the ids of a test's variants, in their order."""
    async with database.reading() as connection:
        found = await connection.raw.fetch(
            "SELECT id FROM variant WHERE product_test_id = $1 ORDER BY position", test_id
        )
    return [row["id"] for row in found]


async def show(database: Database, member: Acting, *variant_ids: int, dwell_ms: int = 2_000) -> int:
    """Show variants to a member, in a viewing of its own; return how many that was news of."""
    exposures = [Exposure(variant_id, dwell_ms) for variant_id in variant_ids]
    async with database.writing() as connection:
        return await record_exposures(connection, member, f"viewing {next(_numbers)}", exposures)


async def mark(
    database: Database, member: Acting, variant_id: int, *, favourite: bool = True, vote: bool = True, pieces: int = 1
) -> None:
    """Let a member do all that can be done about a variant."""
    async with database.writing() as connection:
        if favourite:
            await favourite_variant(connection, member, variant_id)
        if vote:
            await vote_for_variant(connection, member, variant_id)
        if pieces:
            await pre_order_variant(connection, member, variant_id, pieces)


async def make_crowd(database: Database, amount: int) -> list[int]:
    """Make many members at once; return their ids."""
    async with database.writing() as connection:
        found = await connection.raw.fetch(
            """
            INSERT INTO member (handle, handle_skeleton, display_name)
            SELECT 'crowd' || $1 || '_' || number, 'crowd' || $1 || '_' || number, 'Crowd'
            FROM generate_series(1, $2) AS number RETURNING id
            """,
            str(next(_numbers)),
            amount,
        )
    return [row["id"] for row in found]


async def make_interest(
    database: Database, variant_id: int, crowd: Sequence[int], *, ordering: int, pieces: int = 1
) -> None:
    """Let a crowd have looked at a variant, and the first of them have pre-ordered it, without going by the verbs."""
    async with database.writing() as connection:
        await connection.raw.execute(
            """
            INSERT INTO exposure (variant_id, member_id, dwell_ms, recent)
            SELECT $1, member_id, 2000, '' FROM unnest($2::bigint[]) AS member_id
            """,
            variant_id,
            list(crowd),
        )
        await connection.raw.execute(
            "INSERT INTO pre_order (variant_id, member_id, quantity) SELECT $1, member_id, $3 FROM unnest($2::bigint[]) AS member_id",
            variant_id,
            list(crowd[:ordering]),
            pieces,
        )


async def forecast(
    database: Database, acting: Acting, test_id: int, *, market: int = 1_000, sales_over: bool = False, **given: Any
) -> None:
    """Have a forecast made; with `sales_over`, one whose sales began a month ago and ended yesterday."""
    sale = Sale(market, datetime.now(UTC) + timedelta(days=30), **given)
    async with database.writing() as connection:
        await forecast_product_test(connection, acting, test_id, sale)
    await jobs.work(database, HANDLERS)
    if sales_over:
        async with database.writing() as connection:
            await connection.raw.execute(
                """
                UPDATE product_forecast SET computed_at = now() - interval '30 days', sales_until = now() - interval '1 day'
                WHERE id = (SELECT max(id) FROM product_forecast WHERE product_test_id = $1)
                """,
                test_id,
            )


async def sell(database: Database, variant_id: int, pieces: int, *, days_ago: int = 10) -> None:
    """Record that pieces were bought."""
    line = Purchase(f"order {next(_numbers)}", variant_id, pieces, datetime.now(UTC) - timedelta(days=days_ago))
    async with database.writing() as connection:
        await bring_in_purchases(connection, [line])
