"""`teahouse rewards` and what `teahouse ledger verify` finds of rewards, as an operator has them."""

from __future__ import annotations

import asyncio
import csv
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from api.cli.terminal import output
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from community.rewards.granting import reverse_reward
from community.rewards.promises import PointsOf
from tests.api.conftest import Client
from tests.conftest import run_sql
from tests.factories.discussions import make_acting
from tests.factories.rewards import make_budget, make_item, make_redemption, make_reward

STATEMENT = """{ viewer { rewards { balance { amount } statement(first: 50) { nodes {
    position kind amount { amount currency } balanceAfter { amount } reward { id } redemption { id } bookedAt } } } } }"""


async def teahouse(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, application, arguments)


@pytest.fixture
async def member(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Acting:
    """Make a member who was given points, spent some of them and lost some."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    staff, member = await make_acting(database, roles=(Role.MARKETER,)), await make_acting(database, "陈_chen")
    budget = await make_budget(database, staff)
    lost = await make_reward(database, member, budget, 70)
    await make_reward(database, member, budget, PointsOf(100, timedelta(days=30)))
    await make_redemption(database, member, await make_item(database, staff, 80, title="=1+1 茶杯"))
    await database.transact(lambda connection: reverse_reward(connection, lost, "错了 a mistake"))
    return member


async def test_the_statement_of_a_member_is_what_they_see_themselves(
    graphql: Client, member: Acting, tmp_path: Path
) -> None:
    file = tmp_path / "statement.csv"

    printed = await teahouse("rewards", "statement", "陈_Chen", "--csv", str(file))

    assert printed.exit_code == 0, printed.output
    own = (await graphql(STATEMENT, as_=member))["viewer"]["rewards"]
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert [
        (row["position"], row["what"], row["amount"], row["unit"], row["balance after"], row["of"]) for row in rows
    ] == [
        (
            str(line["position"]),
            line["kind"],
            *(line["amount"]["amount"], line["amount"]["currency"], line["balanceAfter"]["amount"]),
            (line["reward"] or line["redemption"])["id"],
        )
        for line in reversed(own["statement"]["nodes"])
    ]
    assert [row["amount"] for row in rows] == ["70", "100", "-80", "-70"]
    assert rows[2]["reason"] == "'=1+1 茶杯", "no formula to a spreadsheet"
    assert rows[3]["reason"] == "错了 a mistake"
    assert f"Balance: {own['balance']['amount']} POINTS." in printed.stdout


async def test_lines_and_lots_are_printed(member: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "width", 200)  # narrower, words are broken

    printed = await teahouse("rewards", "statement", "陈_chen")

    assert printed.exit_code == 0, printed.output
    assert "错了 a mistake" in printed.stdout
    assert "POINTS_REDEEMED" in printed.stdout
    (lot,) = [line for line in printed.stdout.splitlines() if "100 POINTS" in line and "GRANTED" not in line]
    assert " 20 " in lot, "what is left of the lot that expires"


async def test_nobody_and_a_file_that_cannot_be_written_are_named(member: Acting, tmp_path: Path) -> None:
    nobody = await teahouse("rewards", "statement", "谁也不是")
    nowhere = await teahouse("rewards", "statement", "陈_chen", "--csv", str(tmp_path / "没有" / "file.csv"))

    assert (nobody.exit_code, nowhere.exit_code) == (1, 1)
    assert "There is no member 谁也不是." in nobody.output
    assert "No such file" in nowhere.output


async def test_a_budget_whose_spending_is_wrong_is_named(member: Acting, database_url: str) -> None:
    good = await teahouse("ledger", "verify")
    await asyncio.to_thread(run_sql, database_url, "UPDATE reward_budget SET spent = spent + 1")

    found = await teahouse("ledger", "verify")

    assert (good.exit_code, found.exit_code) == (0, 1), good.output
    assert "101 is kept, and a recount makes it 100" in found.output
