"""What tests of product tests share: who runs them."""

from __future__ import annotations

import pytest

from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.factories.discussions import make_acting


@pytest.fixture
async def marketer(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.MARKETER,))
