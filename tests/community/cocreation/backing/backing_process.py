"""A process that pledges, takes back and settles, and says on standard output what it acknowledged; to be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable
from typing import Any

import structlog

from community.cocreation.backing import outcomes, settling
from community.cocreation.backing.amounts import Money
from community.cocreation.backing.errands import Errands
from community.cocreation.backing.payments.port import Order, Outcome, Payment
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


class Dying(Simulator):
    """A provider whose asker dies: before a verb is done, after it, or within writing down what came of it."""

    def __init__(self, database: Database, verb: str, when: str) -> None:
        super().__init__(database)
        self._verb, self._when = verb, when

    async def authorise(self, order: Order) -> Outcome:
        return await self._dying("authorise", super().authorise(order))

    async def capture(self, payment: Payment, key: str) -> Outcome:
        return await self._dying("capture", super().capture(payment, key))

    async def cancel(self, payment: Payment, key: str) -> Outcome:
        return await self._dying("cancel", super().cancel(payment, key))

    async def refund(self, payment: Payment, key: str) -> Outcome:
        return await self._dying("refund", super().refund(payment, key))

    async def _dying(self, verb: str, asking: Awaitable[Outcome]) -> Outcome:
        if (verb, "before") == (self._verb, self._when):
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = await asking
        if (verb, "after") == (self._verb, self._when):
            os.kill(os.getpid(), signal.SIGKILL)
        if (verb, "within") == (self._verb, self._when):

            async def die(*_: object) -> None:
                os.kill(os.getpid(), signal.SIGKILL)

            outcomes.record = die  # type: ignore[assignment,attr-defined] # the last thing before the commit
        return outcome


async def main(url: str, steps: list[dict[str, Any]], dies: list[str] | None) -> None:
    """Do the steps, three abreast; die where it is said, or do not."""
    database = await Database.connect(url, maximum=8, acquire_within=10)
    provider = Simulator(database) if dies is None else Dying(database, *dies)
    errands = Errands(database, provider, "https://tea.example")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for first in range(0, len(steps), 3):
        await asyncio.gather(*(do(database, errands, step) for step in steps[first : first + 3]))
    sys.stdout.write("end\n")
    sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(sys.argv[1], **json.loads(sys.stdin.read())))
