"""Campaigns and pledges, made by the verbs that members use, with a simulator of a payment provider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from community.cocreation.backing import settling
from community.cocreation.backing.amounts import Money
from community.cocreation.backing.campaigns import Plan, Tier, create_backing_campaign, open_backing_campaign
from community.cocreation.backing.errands import Errands
from community.cocreation.backing.payments.port import PaymentProvider
from community.cocreation.backing.payments.simulator import Simulator
from community.cocreation.backing.pledges import Offer, make_pledge
from community.cocreation.backing.totals import differences
from community.foundation.database import Database
from community.ledger.verifying import verify
from community.members.acting import Acting

CARD = "tok_visa"


def euros(amount: int) -> Money:
    """Return an amount of euro cents."""
    return Money(str(amount), "EUR")


def errands_of(database: Database, provider: PaymentProvider | None = None) -> Errands:
    """Return who runs errands, with the simulator unless another provider is given."""
    return Errands(database, provider or Simulator(database), "https://tea.example")


async def make_campaign(
    database: Database,
    acting: Acting,
    space_id: int,
    *,
    title: str = "紫砂壶 Yixing teapot",
    kind: str = "ALL_OR_NOTHING",
    goal: int = 10_000,
    tiers: Sequence[tuple[str, int, int | None]] = (("一把壶 one pot", 2_000, None),),
    opened: bool = True,
    ends_in: timedelta = timedelta(days=5),
) -> int:
    """Make a campaign in euros, by somebody who may; return its id."""
    plan = Plan(
        title=title,
        kind=kind,
        goal=euros(goal),
        deadline=datetime.now(UTC) + ends_in,
        body=title,
        tiers=[Tier(name, euros(price), name, stock) for name, price, stock in tiers],
    )
    async with database.writing() as connection:
        campaign_id = await create_backing_campaign(connection, acting, space_id, plan)
        if opened:
            await open_backing_campaign(connection, acting, campaign_id)
    return campaign_id


async def tiers_of(database: Database, campaign_id: int) -> list[int]:
    """Return the ids of a campaign's tiers, in order."""
    async with database.reading() as connection:
        found = await connection.raw.fetch(
            "SELECT id FROM backing_tier WHERE campaign_id = $1 ORDER BY position", campaign_id
        )
    return [row["id"] for row in found]


async def back(
    database: Database,
    member: Acting,
    campaign_id: int,
    *,
    amount: int = 2_000,
    token: str = CARD,
    tier_id: int | None = None,
    key: str | None = None,
) -> int:
    """Let a member pledge, and the provider answer; return the pledge's id."""
    offer = Offer(campaign_id, euros(amount), token, tier_id, key)
    pledge_id = await make_pledge(database, member, offer, provider="simulator")
    await errands_of(database).run_for(pledge_id)
    return pledge_id


async def reach_deadline(database: Database, campaign_id: int) -> None:
    """Let a campaign's time have been over for a while, as clocks are set back at times, and everything that waits be due."""
    async with database.writing() as connection:
        await connection.raw.execute(
            "UPDATE backing_campaign SET deadline = clock_timestamp() - interval '10 seconds' WHERE id = $1",
            campaign_id,
        )
        await connection.raw.execute(
            "UPDATE pledge SET due_at = clock_timestamp() - interval '10 seconds' WHERE due IS NOT NULL"
        )


async def settle(database: Database, provider: PaymentProvider | None = None) -> None:
    """Let the worker do all that is due now, and what comes of that; what waited for a pause does so no more."""
    errands = errands_of(database, provider)
    for _ in range(4):
        async with database.writing() as connection:
            await connection.raw.execute(
                "UPDATE pledge SET due_at = clock_timestamp() - interval '10 seconds' WHERE due IS NOT NULL"
            )
        await settling.see_to(errands)


async def all_in_order(database: Database) -> None:
    """Check that totals, stock and accounts are what the pledges say, and the ledger what it must be."""
    async with database.reading() as connection:
        assert await differences(connection) == []
        assert (await verify(connection)).problems == ()


async def provider_books(database: Database) -> dict[str, int]:
    """Return what the simulator did, in money: held now, taken and kept, and given back after it was taken."""
    async with database.reading() as connection:
        moves = {
            row["what"]: int(row["amount"])
            for row in await connection.raw.fetch(
                "SELECT what, sum(amount) AS amount FROM simulated_move GROUP BY what"
            )
        }
    authorised, captured, cancelled, refunded = (
        moves.get(what, 0) for what in ("AUTHORISED", "CAPTURED", "CANCELLED", "REFUNDED")
    )
    return {"held": authorised - captured - cancelled, "taken": captured - refunded}


async def own_books(database: Database) -> dict[str, int]:
    """Return the same by the ledger."""
    async with database.reading() as connection:
        balances = {
            row["kind"]: int(row["balance"])
            for row in await connection.raw.fetch(
                "SELECT kind, sum(balance) AS balance FROM ledger_account GROUP BY kind"
            )
        }
    return {"held": balances.get("HELD", 0) + balances.get("PROMISED", 0), "taken": balances.get("RECEIVED", 0)}
