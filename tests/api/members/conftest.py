from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from community.members import passwords


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    # The cost of a hash is argon2's business; what is tested here is what is done with it.
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
