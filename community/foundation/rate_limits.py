"""Limits that hold over every server process: leaky buckets in the database.

A bucket fills by what is spent and leaks at a steady rate; what would make it overflow is refused. It is decided by
one statement, on the database's clock, so that no two processes can both take the last drop.
"""

import math

from community.foundation.database import Connection, Database
from community.foundation.errors import RateLimited

# The level is worked out at one moment, `excluded.updated_at`. A statement that waited for another's lock may have
# read the clock before that one did: then nothing has leaked since, and time does not go back.
_DRAINED = """
    greatest(0, held.level - {leak}::double precision * greatest(0, extract(epoch FROM {moment} - held.updated_at)))
"""
_SPEND = f"""
    WITH spent AS (
        INSERT INTO rate_limit AS held (bucket, level, updated_at)
        VALUES ($1, $2::double precision, clock_timestamp())
        ON CONFLICT (bucket) DO UPDATE
            SET level = {_DRAINED.format(leak="$4", moment="excluded.updated_at")} + excluded.level,
                updated_at = greatest(held.updated_at, excluded.updated_at)
            WHERE {_DRAINED.format(leak="$4", moment="excluded.updated_at")} + excluded.level <= $3::double precision
        RETURNING level
    )
    SELECT EXISTS (SELECT FROM spent) AS passed,
           (SELECT {_DRAINED.format(leak="$4", moment="clock_timestamp()")} FROM rate_limit AS held WHERE bucket = $1)
               AS level
"""  # noqa: S608 - made of constants
_FORGET = "DELETE FROM rate_limit WHERE updated_at < clock_timestamp() - interval '2 days'"


async def spend(
    database: Database,
    bucket: str,
    *,
    amount: float = 1,
    capacity: float,
    leak_per_second: float,
) -> None:
    """Pour `amount` into a bucket that holds `capacity` and leaks `leak_per_second`.

    This is a transaction of its own: an attempt counts even when what it was for is refused later.

    Raises:
        RateLimited: if it would overflow; nothing is poured then.
    """
    if amount > capacity:
        raise ValueError(f"{bucket} can never hold {amount}: its capacity is {capacity}")
    async with database.writing() as connection:
        row = await connection.raw.fetchrow(_SPEND, bucket, amount, capacity, leak_per_second)
    if row is None or not row["passed"]:
        # A level of null: the bucket was made this very moment by another, and filled.
        level = capacity if row is None or row["level"] is None else row["level"]
        raise RateLimited(retry_after=max(1, math.ceil((level + amount - capacity) / leak_per_second)))


async def forget_idle(connection: Connection) -> None:
    """Remove buckets that nothing was poured into for two days. No limit here is remembered for longer."""
    await connection.raw.execute(_FORGET)
