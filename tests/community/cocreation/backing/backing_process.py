"""A process that pledges, takes back and settles, and says on standard output what it acknowledged; to be killed."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import structlog

from community.cocreation.backing import settling
from community.cocreation.backing.amounts import Money
from community.cocreation.backing.errands import Errands
from community.cocreation.backing.payments.simulator import Simulator
from community.cocreation.backing.pledges import Offer, cancel_pledge, make_pledge
from community.foundation.database import Database
from community.foundation.errors import Refusal
from community.members.acting import load_acting


def say(what: str, pledge_id: int) -> None:
    """Acknowledge something."""
    sys.stdout.write(f"{what} {pledge_id}\n")
    sys.stdout.flush()


async def do(database: Database, errands: Errands, step: dict[str, Any]) -> None:
    """Do one step of a plan."""
    if step["verb"] == "settle":
        await settling.see_to(errands)
        return
    async with database.reading() as connection:
        acting = await load_acting(connection, step["member"])
        active = await connection.raw.fetchval(
            "SELECT id FROM pledge WHERE member_id = $1 ORDER BY id DESC LIMIT 1", acting.member_id
        )
    try:
        if step["verb"] == "pledge":
            money = Money(str(step["amount"]), "EUR")
            offer = Offer(step["campaign"], money, step["token"], step["tier"], step["key"])
            pledge_id = await make_pledge(database, acting, offer, provider="simulator")
            say("made", pledge_id)
            await errands.run_for(pledge_id)
            async with database.reading() as connection:
                state = await connection.raw.fetchval("SELECT state FROM pledge WHERE id = $1", pledge_id)
            say(state, pledge_id)
        elif active is not None:
            await database.transact(lambda connection: cancel_pledge(connection, acting, active))
            say("CANCELLED", active)
            await errands.run_for(active)
    except Refusal:
        pass


async def main(url: str, steps: list[dict[str, Any]]) -> None:
    """Do the steps, three abreast."""
    database = await Database.connect(url, maximum=8, acquire_within=10)
    errands = Errands(database, Simulator(database), "https://tea.example")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for first in range(0, len(steps), 3):
        await asyncio.gather(*(do(database, errands, step) for step in steps[first : first + 3]))
    sys.stdout.write("end\n")
    sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(sys.argv[1], json.loads(sys.stdin.read())))
