"""Product tests and what members do about them, made by the verbs that they use."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from community.cocreation.product_tests.exposures import Exposure, record_exposures
from community.cocreation.product_tests.lifecycle import Design, Showing, create_product_test, open_product_test
from community.cocreation.product_tests.marks import favourite_variant, pre_order_variant, vote_for_variant
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
