"""Who does not know whether an account exists must not learn it from how long an answer takes.

The time is the subject here, so it is measured. The hash is made cheaper than it is: the less it hides, the harder the
test. Known and unknown alternate, so that whatever else the machine does falls on both alike.
"""

import itertools
import time
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from argon2 import PasswordHasher

from community.foundation.database import Database
from community.members import accounts, passwords, sessions
from community.members.accounts import request_password_reset, sign_up
from community.members.admission import Site
from community.members.errors import CredentialsWrong
from community.members.sessions import sign_in
from community.members.signing import SigningKeys
from tests.factories.members import PASSWORD, make_member

SAMPLES = 1_000
STEP = accounts.RESET_STEP
LIMIT = 0.55
# On a busy machine neighbours add what is no leak. A leak is there each time.
TRIES = 3
ACCOUNTS = 50
Call = Callable[[str], Awaitable[None]]


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch: pytest.MonkeyPatch, _cheap_hashes: None) -> None:
    # An eighth of what is used, so that this ends before the tea is cold.
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=4 * 1024, parallelism=1))

    # As it is served.
    monkeypatch.setattr(accounts, "RESET_STEP", STEP)

    async def pass_all(*_: object, **__: object) -> None:
        return

    for module in (accounts, sessions):
        monkeypatch.setattr(module, "spend_attempt", pass_all)


async def assert_alike(call: Call, known: list[str], unknown: list[str]) -> None:
    areas: list[float] = []
    for _ in range(TRIES):
        areas.append(await told_apart(call, known, unknown))
        if areas[-1] < LIMIT:
            return
    raise AssertionError(f"each time, known was told from unknown: {areas}")


async def told_apart(call: Call, known: list[str], unknown: list[str]) -> float:
    """Return how well the times tell known from unknown: the area under the curve, 0.5 for a guess, 1 for certainty."""
    times: dict[bool, list[float]] = {True: [], False: []}
    chance = np.random.default_rng(1)
    for number in range(SAMPLES):
        for is_known in chance.permutation([True, False]):
            name = (known if is_known else unknown)[number % len(known)]
            start = time.perf_counter()
            await call(name)
            times[bool(is_known)].append(time.perf_counter() - start)
    ranks = np.argsort(np.argsort(times[True] + times[False])) + 1
    area = (ranks[:SAMPLES].sum() - SAMPLES * (SAMPLES + 1) / 2) / SAMPLES**2
    return float(max(area, 1 - area))


async def names(database: Database) -> tuple[list[str], list[str]]:
    known = [(await make_member(database)).email for _ in range(ACCOUNTS)]
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE account SET password_hash = $1", passwords._HASHER.hash(PASSWORD))
    return known, [f"nobody{number:03}@example.com" for number in range(ACCOUNTS)]


@pytest.mark.slow
async def test_the_time_of_a_sign_in_does_not_tell(database: Database, keys: SigningKeys) -> None:
    known, unknown = await names(database)

    async def call(name: str) -> None:
        with pytest.raises(CredentialsWrong):
            await sign_in(database, keys, login=name, password="wrong password")

    await assert_alike(call, known, unknown)


@pytest.mark.slow
async def test_the_time_of_a_password_reset_does_not_tell(database: Database, site: Site) -> None:
    known, unknown = await names(database)

    async def call(name: str) -> None:
        await request_password_reset(database, site, email=name)

    await assert_alike(call, known, unknown)


@pytest.mark.slow
async def test_the_time_of_a_sign_up_does_not_tell(database: Database, site: Site) -> None:
    known, unknown = await names(database)
    handles = itertools.count()

    async def call(name: str) -> None:
        await sign_up(database, site, handle=f"h{next(handles):06}x", email=name, password=PASSWORD)

    await assert_alike(call, known, unknown)
