"""How many exposures are recorded a second, beside the plainest insert by hand into the same table. Ends by itself.

Both wait for the disk, as PostgreSQL does by default.

python -m bench.exposures [--seconds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import migrations
from community.cocreation.product_tests.exposures import Exposure, record_exposures
from community.cocreation.product_tests.lifecycle import Design, Showing, create_product_test, open_product_test
from community.discussions.spaces import create_space
from community.foundation import embedded
from community.foundation.database import Database
from community.members.acting import Acting, load_acting

MEMBERS, VARIANTS, BATCH, CONNECTIONS, CLIENTS, ROUNDS = 2_000, 10, 10, 8, 32, 3

_MEMBERS = """
    INSERT INTO member (handle, handle_skeleton, display_name)
    SELECT 'm' || number, 'm' || number, 'M' FROM generate_series(1, $1) AS number RETURNING id
"""
_ADMIN = "INSERT INTO role_grant (member_id, role) VALUES ($1, 'ADMIN')"
# What somebody in a hurry would write: a row for each variant and member, added to; nothing is looked at, nothing counted.
_BY_HAND = """
    INSERT INTO exposure AS held (variant_id, member_id, dwell_ms, recent)
    SELECT variant_id, $1, dwell_ms, $2::bytea FROM unnest($3::bigint[], $4::bigint[]) AS given (variant_id, dwell_ms)
    ON CONFLICT (variant_id, member_id, visitor) DO UPDATE
        SET viewings = held.viewings + 1, dwell_ms = held.dwell_ms + excluded.dwell_ms, recent = excluded.recent
"""

Work = Callable[[int, int], Awaitable[object]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.exposures", description="How fast exposures are recorded.")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as server:
        migrations.upgrade(server.url)
        asyncio.run(_measure(server.url, options.seconds))
        server.close(wait_within=20)


async def _measure(url: str, seconds: float) -> None:
    database = await Database.connect(url, maximum=CONNECTIONS, acquire_within=60, maximum_waiting=10_000)
    try:
        members, variants = await _made(database)

        async def by_hand(member: int, number: int) -> None:
            async with database.reading() as connection:
                dwell = [1_000] * len(variants)
                await connection.raw.execute(_BY_HAND, members[member], number.to_bytes(8), variants, dwell)

        async def ours(member: int, number: int) -> None:
            caller = Acting(members[member])
            shown = [Exposure(variant, 1_000) for variant in variants]
            await record_exposures(database.autocommit, caller, f"{number}", shown)

        found: dict[str, list[float]] = {"by hand": [], "recordExposure": []}
        for _ in range(ROUNDS):
            for name, work in (("by hand", by_hand), ("recordExposure", ours)):
                found[name].append(await _rate(work, seconds))
        medians = {name: statistics.median(rates) for name, rates in found.items()}
        for name, rate in medians.items():
            print(f"{name}: {rate:,.0f} batches of {BATCH} a second")
        print(f"{medians['recordExposure'] / medians['by hand']:.2f} of it")
    finally:
        await database.close()


async def _rate(work: Work, seconds: float) -> float:
    """Return how many times a second it is done by clients at once."""
    until, done = time.perf_counter() + seconds, 0

    async def client(number: int) -> None:
        nonlocal done
        while time.perf_counter() < until:
            done += 1
            # A member is at one client at a time.
            await work((number + CLIENTS * done) % (MEMBERS - MEMBERS % CLIENTS), done)

    began = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return done / (time.perf_counter() - began)


async def _made(database: Database) -> tuple[list[int], list[int]]:
    async with database.writing() as connection:
        members = [row["id"] for row in await connection.raw.fetch(_MEMBERS, MEMBERS)]
        await connection.raw.execute(_ADMIN, members[0])
        admin = await load_acting(connection, members[0])
        space = await create_space(connection, admin, slug="tea", name="Tea")
        showing = Showing("Cups", [Design(f"Cup {number}") for number in range(VARIANTS)], discussed=False)
        test = await create_product_test(connection, admin, space, showing)
        await open_product_test(connection, admin, test)
        rows = await connection.raw.fetch("SELECT id FROM variant WHERE product_test_id = $1 ORDER BY id", test)
    return members, [row["id"] for row in rows]


if __name__ == "__main__":
    main()
