"""The same programmes put into the tables, and judged by what is read from there; and how long that reading takes."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import asyncpg
import numpy as np
from numpy.typing import NDArray

import migrations
from community.foundation import embedded
from community.foundation.database import Database
from community.referrals.evidence.known import claims_of, read_claims
from community.referrals.fraud.claims import COLUMNS, Claims
from community.referrals.fraud.score import Band, judged
from tests.community.referrals.generator import FRAUD, HONEST, World, world
from tests.community.referrals.planted import plant

READ_AT_ONCE = 100_000
READS = 3


class Live(NamedTuple):
    """What is to be said of judging live."""

    table: str
    agreement: str
    reading: str


def measured_live(seeds: Iterable[int]) -> Live:
    """Judge the programmes of some seeds live, in a database that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with embedded.start(Path(folder) / "postgresql", disposable=True) as server:
            migrations.upgrade(server.url)
            return asyncio.run(_measured(server.url, list(seeds)))


async def _measured(url: str, seeds: list[int]) -> Live:
    database = await Database.connect(url, minimum=1, maximum=2)
    try:
        bands, arrays, kinds = [], [], []
        for seed in seeds:
            made = world(seed)
            planted = await plant(database, made)
            async with database.reading() as connection:
                rows = await read_claims(connection, planted.program_id)
            bands.append(judged(claims_of(rows)).bands)
            arrays.append(judged(planted.claims).bands)
            kinds.append(made.kinds)
        live, known = np.concatenate(bands), np.concatenate(arrays)
        reading = await _reading(database)
    finally:
        await database.close()
    differ = int(np.count_nonzero(live != known))
    agreement = (
        f"Of {len(live):,} verdicts {differ:,} differ from those of the arrays, once these know of each member no more than a "
        "database can:\none address, one trust."
    )
    return Live(_table(live, np.concatenate(kinds)), agreement, reading)


def _table(bands: NDArray[np.int8], kinds: NDArray[np.str_]) -> str:
    lines = ["| kind | claims | **held or rejected** | rejected |", "|---|---|---|---|"]
    for names, title in ((FRAUD, "**all fraud**"), (HONEST, "**all honest**")):
        for name in (*names, title):
            of_kind = bands[np.isin(kinds, names if name == title else (name,))]
            held, rejected = (_percent(of_kind >= band) for band in (Band.HOLD, Band.REJECT))
            lines.append(f"| {name} | {len(of_kind):,} | {held} | {rejected} |")
    return "\n".join(lines)


async def _reading(database: Database) -> str:
    """Return in words how long it takes to read a hundred thousand claims."""
    many = world(1, size=130_000)
    first = slice(READ_AT_ONCE)
    claims = Claims(now=many.claims.now, **{name: getattr(many.claims, name)[first] for name in COLUMNS})
    planted = await plant(database, World(claims, many.kinds[first], many.fraud[first], many.skill))
    taken, made = [], []
    rows: list[asyncpg.Record] = []
    for _ in range(READS):
        begun = time.perf_counter()
        async with database.writing() as connection:
            await connection.raw.execute("SET LOCAL statement_timeout = 0")
            rows = await read_claims(connection, planted.program_id)
        read = time.perf_counter()
        claims_of(rows)
        taken.append(read - begun)
        made.append(time.perf_counter() - read)
    async with database.reading() as connection:
        acts = await connection.raw.fetchval("SELECT count(*) FROM post_reaction")
    return (
        f"{len(rows):,} claims are read from tables with {acts:,} acts in {min(taken):.1f} s, and made arrays of in "
        f"{min(made):.1f} s (the best of {READS};\nthe worst are {max(taken):.1f} s and {max(made):.1f} s; load average "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, which the database shares)."
    )


def _percent(values: NDArray[np.bool_]) -> str:
    return f"{100 * float(values.mean()):.1f}%" if len(values) else "none"
