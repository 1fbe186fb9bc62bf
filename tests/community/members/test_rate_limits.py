import asyncio
from collections.abc import Awaitable, Callable

import pytest

from community.foundation.database import Database
from community.foundation.errors import RateLimited
from community.foundation.rate_limits import forget_idle, spend

Count = Callable[[str], Awaitable[int]]
# So slow that no test can outlast a drop.
SLOW = 1e-9


async def passes(database: Database, bucket: str, *, capacity: float, amount: float = 1) -> bool:
    try:
        await spend(database, bucket, amount=amount, capacity=capacity, leak_per_second=SLOW)
    except RateLimited:
        return False
    return True


async def test_two_hundred_at_once_never_get_more_than_the_bucket_holds(database: Database) -> None:
    passed = await asyncio.gather(*(passes(database, "new:茶", capacity=50) for _ in range(200)))

    assert sum(passed) == 50


async def test_amounts_add_up_and_a_refused_one_takes_nothing(database: Database) -> None:
    passed = [await passes(database, "b", capacity=10, amount=amount) for amount in (4, 4, 4, 2, 1)]

    assert passed == [True, True, False, True, False]


async def test_buckets_do_not_share(database: Database) -> None:
    assert await passes(database, "one", capacity=1)
    assert await passes(database, "two", capacity=1)
    assert not await passes(database, "one", capacity=1)


async def test_what_leaked_can_be_spent_again_and_an_empty_bucket_saves_nothing_up(database: Database) -> None:
    async def spend_one() -> None:
        await spend(database, "b", capacity=5, leak_per_second=1)

    for _ in range(5):
        await spend_one()
    with pytest.raises(RateLimited) as refused:
        await spend_one()
    assert refused.value.retry_after == 1

    for hours, leaked in ((3 / 3600, 3), (1, 5)):
        async with database.writing() as connection:
            await connection.raw.execute(
                "UPDATE rate_limit SET updated_at = updated_at - make_interval(secs => $1)", hours * 3600
            )
        for _ in range(leaked):
            await spend_one()
        with pytest.raises(RateLimited):
            await spend_one()


async def test_the_wait_is_told(database: Database) -> None:
    await spend(database, "b", amount=10, capacity=10, leak_per_second=0.01)

    with pytest.raises(RateLimited) as refused:
        await spend(database, "b", amount=3, capacity=10, leak_per_second=0.01)

    assert 290 <= refused.value.retry_after <= 300


async def test_what_a_bucket_can_never_hold_is_a_mistake_of_ours(database: Database, count: Count) -> None:
    with pytest.raises(ValueError, match="never hold"):
        await spend(database, "b", amount=2, capacity=1, leak_per_second=1)
    assert await count("rate_limit") == 0


async def test_idle_buckets_are_forgotten(database: Database, count: Count) -> None:
    await passes(database, "old", capacity=1)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE rate_limit SET updated_at = now() - interval '3 days'")
    await passes(database, "new", capacity=1)

    async with database.writing() as connection:
        await forget_idle(connection)

    assert await count("rate_limit") == 1
