"""Errands: what the payment provider is yet to be asked for a pledge, asked, and what came of it written down.

No transaction is open while a provider is asked. First the errand is claimed and that is committed; then the provider is
asked, by a key that makes asking again harmless; then the outcome is committed. Whatever dies in between leaves the
errand due, and after a pause somebody else runs it again: exactly one effect, however often it is asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from community.cocreation.backing.outcomes import ACT_WITHIN, note
from community.cocreation.backing.payments.port import (
    Cancelled,
    Declined,
    Order,
    Outcome,
    Payment,
    PaymentProvider,
    ProviderRefused,
    ProviderUnavailable,
    RequiresAction,
)

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Database

ASKED_AGAIN_FOR = timedelta(hours=20)
"""For how long money is asked for: only the key keeps that from being done twice, and providers keep keys for a day."""
WAITED_FOR = 10.0
"""Seconds that a member's request waits for the provider; what is not known by then, a worker asks again."""
AT_ONCE = 20
ABREAST = 4
"""Of the connections of a process, that its requests need as well."""

# The pause is as long as an answer may take, at first, and doubles up to an hour.
_CLAIM = """
    UPDATE pledge SET attempts = least(attempts + 1, 1000),
        due_at = clock_timestamp() + least(power(2, least(attempts, 7)) * interval '30 seconds', interval '1 hour')
    FROM backing_campaign AS campaign
    WHERE campaign.id = pledge.campaign_id AND {which}
    RETURNING pledge.*, campaign.title, campaign.deadline, clock_timestamp() - due_since AS waited,
        clock_timestamp() >= campaign.deadline OR campaign.state <> 'OPEN' AS over
"""
_CLAIM_ONE = _CLAIM.format(which="pledge.id = $1 AND pledge.due IS NOT NULL AND pledge.provider = $2")
_CLAIM_DUE = _CLAIM.format(
    which="""pledge.id IN (
        SELECT id FROM pledge WHERE due IS NOT NULL AND due_at <= clock_timestamp() AND provider = $1
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )"""
)
_HURRY = "UPDATE pledge SET due_at = clock_timestamp() WHERE provider = $1 AND reference = $2 AND due IS NOT NULL RETURNING id"
_LOOK = """
    UPDATE pledge SET due = 'CONFIRM', due_at = clock_timestamp(), due_since = clock_timestamp(), attempts = 0
    WHERE provider = $1 AND reference = $2 AND due IS NULL AND state = 'AUTHORISED' RETURNING id
"""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Errands:
    """Who runs errands: with which provider, and where payers are sent back to."""

    database: Database
    provider: PaymentProvider
    returns_to: str

    async def run_for(self, pledge_id: int) -> None:
        """Run what is due for one pledge now; what cannot be done now, or takes too long, stays due."""
        try:
            async with asyncio.timeout(WAITED_FOR):
                await self._run_for(pledge_id)
        except TimeoutError:
            logger.warning("backing.provider_slow", pledge=pledge_id)

    async def _run_for(self, pledge_id: int) -> None:
        for _ in range(2):  # what is given up before it is known has an errand more
            async with self.database.writing() as connection:
                claimed = await connection.raw.fetchrow(_CLAIM_ONE, pledge_id, self.provider.name)
            if claimed is None or not await self._run(claimed) or claimed["due"] != "CANCEL":
                return

    async def run_due(self) -> int:
        """Run errands that are due, some at a time, until none is left; return how many were run."""
        amount = 0
        while True:
            async with self.database.writing() as connection:
                claimed = await connection.raw.fetch(_CLAIM_DUE, self.provider.name, AT_ONCE)
            if not claimed:
                return amount
            abreast = asyncio.Semaphore(ABREAST)

            async def one(pledge: asyncpg.Record, abreast: asyncio.Semaphore = abreast) -> None:
                async with abreast:
                    await self._run(pledge)

            await asyncio.gather(*(one(pledge) for pledge in claimed))
            amount += len(claimed)

    async def hear_of(self, reference: str, *, gone: bool) -> int | None:
        """Look again at the payment that the provider says has changed, or is gone; return its pledge.

        What it says is not believed, but is a reason to ask.
        """
        async with self.database.writing() as connection:
            pledge_id: int | None = await connection.raw.fetchval(_HURRY, self.provider.name, reference)
            if pledge_id is None and gone:
                pledge_id = await connection.raw.fetchval(_LOOK, self.provider.name, reference)
        if pledge_id is not None:
            await self.run_for(pledge_id)
        return pledge_id

    async def _run(self, pledge: asyncpg.Record) -> bool:
        """Ask the provider and write down what came of it; say whether that is done."""
        pledge_id, due = pledge["id"], pledge["due"]
        try:
            outcome = await self._outcome(pledge)
            if outcome is not None:
                written = outcome
                await self.database.transact(lambda connection: note(connection, pledge_id, due, written))
        except ProviderUnavailable as error:
            logger.warning("backing.provider_unavailable", pledge=pledge_id, due=due, error=str(error))
            return False
        except ProviderRefused as error:
            logger.error("backing.provider_refused", pledge=pledge_id, due=due, error=str(error))  # noqa: TRY400 - no bug
            return False
        except Exception:
            # Of this one pledge: it stays due, and the others are not held up by it.
            logger.exception("backing.errand_failed", pledge=pledge_id, due=due)
            return False
        return outcome is not None

    async def _outcome(self, pledge: asyncpg.Record) -> Outcome | None:
        """Return what came of it; None where there is nothing to write down yet."""
        provider, key = self.provider, f"{pledge['payment_key']}:{pledge['due'].lower()}"
        too_long = pledge["waited"] > ASKED_AGAIN_FOR
        match pledge["due"]:
            case "AUTHORISE":
                return Declined("no_answer") if too_long else await provider.authorise(self._order(pledge))
            case "CONFIRM":
                return await self._confirmed(pledge)
            case "CAPTURE":
                return await provider.capture(_payment(pledge), key)
            case "REFUND":
                outcome = await provider.refund(_payment(pledge), key)
                if isinstance(outcome, Declined):
                    raise ProviderRefused(outcome.reason)
                return outcome
            case _:
                return await self._let_go(pledge, key, too_long=too_long)

    async def _confirmed(self, pledge: asyncpg.Record) -> Outcome | None:
        """Return what the payer did; who has not acted in time is not waited for."""
        payment = _payment(pledge)
        outcome = await self.provider.look_up(payment)
        if not isinstance(outcome, RequiresAction):
            return outcome
        if pledge["waited"] < ACT_WITHIN and not pledge["over"]:
            return None
        # Acting and giving up can meet: the provider decides, once.
        cancelled = await self.provider.cancel(payment, f"{pledge['payment_key']}:cancel")
        return Declined("not_confirmed") if isinstance(cancelled, Cancelled) else await self.provider.look_up(payment)

    async def _let_go(self, pledge: asyncpg.Record, key: str, *, too_long: bool) -> Outcome:
        if pledge["reference"] is not None:
            return await self.provider.cancel(_payment(pledge), key)
        # It was asked for, and what came of that is not known: only asking again tells what to let go of.
        if pledge["payment_token"] is None or too_long:
            return Cancelled()
        return await self.provider.authorise(self._order(pledge))

    def _order(self, pledge: asyncpg.Record) -> Order:
        # From what does not change: the same request again must be the same.
        made: datetime = pledge["created_at"]
        return Order(
            key=f"{pledge['payment_key']}:authorise",
            token=pledge["payment_token"],
            amount=pledge["amount"],
            currency=pledge["currency"],
            within=pledge["deadline"] - made,
            description=f"pledge_{pledge['id']}",
            returns_to=self.returns_to,
        )


def _payment(pledge: asyncpg.Record) -> Payment:
    return Payment(pledge["reference"], pledge["amount"], pledge["currency"], pledge["secured_by"])
