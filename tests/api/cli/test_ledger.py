"""`teahouse ledger verify`, as an operator has it."""

from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from community.foundation.database import Database
from community.members.roles import Role
from tests.conftest import run_sql
from tests.factories.backing import back, make_campaign
from tests.factories.discussions import make_acting, make_space


async def teahouse(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, application, ["ledger", *arguments])


async def test_a_campaign_whose_totals_are_wrong_is_named(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    marketer = await make_acting(database, roles=(Role.MARKETER,))
    campaign = await make_campaign(database, marketer, await make_space(database))
    await back(database, marketer, campaign)
    good = await teahouse("verify")
    await asyncio.to_thread(run_sql, database_url, "UPDATE backing_campaign SET raised = raised + 1")

    found = await teahouse("verify")

    assert (good.exit_code, found.exit_code) == (0, 1)
    assert "2 accounts, 1 transactions, 2 entries; problems: 0" in good.stdout
    assert f"raised of {campaign}: 2,001 is kept, and the pledges make it 2,000" in found.output
