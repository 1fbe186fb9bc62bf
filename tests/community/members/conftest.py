from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from argon2 import PasswordHasher

from community.foundation.database import Database
from community.members import passwords
from community.members.admission import Site
from community.members.signing import SigningKeys, derive_keys

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    # The cost of a hash is argon2's business; what is tested here is what is done with it.
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def keys() -> SigningKeys:
    return derive_keys(b"a secret that only this test knows")


@pytest.fixture
def site() -> Site:
    return Site("https://teahouse.example", admin_email="boss@example.com")


@pytest.fixture
def count(database: Database) -> Callable[[str], Awaitable[int]]:
    async def counted(rows: str) -> int:
        async with database.reading() as connection:
            return int(await connection.raw.fetchval(f"SELECT count(*) FROM {rows}"))

    return counted
