"""Settling: campaigns that have come to their end are decided, and their money goes where it belongs, some at a time.

At the deadline no pledge is taken any more, and those on their way are waited for: each is counted or refused. Then the
campaign is decided, once. What follows (taking all, or giving all back) is marked on the pledges in small batches, run as
errands, and found where it was left by whoever comes next: any number of servers may do this at once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from community.cocreation.backing import events
from community.cocreation.backing.totals import release
from community.foundation.events import Event, record

if TYPE_CHECKING:
    from community.cocreation.backing.errands import Errands
    from community.foundation.database import Connection

AT_ONCE = 500

# Who is still to act for their bank can act no more.
_HURRY = """
    UPDATE pledge SET due_at = clock_timestamp(), due_since = clock_timestamp(), attempts = 0
    FROM backing_campaign AS campaign
    WHERE campaign.id = campaign_id AND campaign.state = 'OPEN' AND campaign.deadline <= now()
        AND pledge.state = 'PENDING' AND due = 'CONFIRM' AND due_since < campaign.deadline
"""
_OVER = """
    SELECT id FROM backing_campaign AS campaign WHERE state = 'OPEN' AND deadline <= now()
        AND NOT EXISTS (SELECT FROM pledge WHERE campaign_id = campaign.id AND pledge.state = 'PENDING')
    ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED
"""
# Asked anew under the lock: what was on its way when the campaign was found has come in since.
_END = """
    UPDATE backing_campaign AS campaign SET ended_at = now(), raised_at_end = raised, state = CASE
        WHEN raised >= CASE kind WHEN 'KEEP_IT_ALL' THEN 1 ELSE goal END THEN 'SUCCEEDED' ELSE 'FAILED'
    END
    WHERE id = $1 AND NOT EXISTS (SELECT FROM pledge WHERE campaign_id = campaign.id AND pledge.state = 'PENDING')
    RETURNING id, space_id, state
"""
# In any order: those that cannot be settled yet must not keep others away.
_UNSETTLED = """
    SELECT id, space_id, state FROM backing_campaign WHERE ended_at IS NOT NULL AND settled_at IS NULL
    ORDER BY random() LIMIT 100
"""
_HOLD = "SELECT true FROM backing_campaign WHERE id = $1 AND state = $2 FOR KEY SHARE"
_CAPTURE = """
    UPDATE pledge SET due = 'CAPTURE', due_at = clock_timestamp(), due_since = clock_timestamp(), attempts = 0
    WHERE id IN (
        SELECT id FROM pledge WHERE campaign_id = $1 AND state = 'AUTHORISED' AND due IS NULL
        LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""
# What is being taken is let be: it is given back once it was taken. What was never asked for need not be taken back.
_CANCEL = """
    UPDATE pledge SET state = 'CANCELLED', ended_at = clock_timestamp(), attempts = 0, action_url = NULL,
        action_secret = NULL,
        payment_token = CASE WHEN reference IS NULL AND attempts > 0 THEN payment_token END,
        due = CASE WHEN reference IS NOT NULL OR attempts > 0 THEN 'CANCEL' END,
        due_at = CASE WHEN reference IS NOT NULL OR attempts > 0 THEN clock_timestamp() END,
        due_since = CASE WHEN reference IS NOT NULL OR attempts > 0 THEN clock_timestamp() END
    WHERE id IN (
        SELECT id FROM pledge WHERE campaign_id = $1 AND (
            state = 'PENDING' OR state = 'AUTHORISED' AND (due IS NULL OR due = 'CAPTURE' AND attempts = 0)
        )
        LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING *
"""
_REFUND = """
    UPDATE pledge SET due = 'REFUND', due_at = clock_timestamp(), due_since = clock_timestamp(), attempts = 0
    WHERE id IN (
        SELECT id FROM pledge WHERE campaign_id = $1 AND state = 'CAPTURED' AND due IS NULL
        LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""
_SETTLED = """
    UPDATE backing_campaign AS campaign SET settled_at = now()
    WHERE id = $1 AND state = $2 AND settled_at IS NULL AND NOT EXISTS (
        SELECT FROM pledge WHERE campaign_id = campaign.id AND (due IS NOT NULL OR pledge.state IN ('PENDING', 'AUTHORISED'))
    ) AND (state <> 'CANCELLED' OR NOT EXISTS (
        SELECT FROM pledge WHERE campaign_id = campaign.id AND pledge.state = 'CAPTURED'
    ))
    RETURNING id
"""


async def see_to(errands: Errands) -> int:
    """Do all that is due about campaigns and pledges; return how many errands were run. Any process may, at any time."""
    database = errands.database
    ran = await errands.run_due()
    while await database.transact(_end_due):
        pass
    async with database.reading() as connection:
        unsettled = await connection.raw.fetch(_UNSETTLED)
    for campaign in unsettled:
        ended = (campaign["id"], campaign["state"], campaign["space_id"])
        while await database.transact(partial(_mark, ended=ended)):
            ran += await errands.run_due()
        await database.transact(partial(_settle, ended=ended))
    return ran


async def _end_due(connection: Connection) -> int:
    """Decide the campaigns whose time is over and that wait for no pledge; return how many there were."""
    await connection.raw.execute(_HURRY)
    over = await connection.raw.fetch(_OVER)
    amount = 0
    for each in over:
        ended = await connection.raw.fetchrow(_END, each["id"])
        if ended is not None:
            await _record(connection, events.CAMPAIGN_ENDED, ended["id"], ended["space_id"], state=ended["state"])
            amount += 1
    return amount


Ended = tuple[int, str, int]
"""A campaign that has ended: its id, its state and its space's id."""


async def _mark(connection: Connection, ended: Ended) -> int:
    """Mark what is due on some pledges of a campaign that has ended; return on how many."""
    campaign_id, state, space_id = ended
    # Held, so that it is not called off meanwhile.
    held = await connection.raw.fetchval(_HOLD, campaign_id, state)
    if not held:
        return 0
    if state == "SUCCEEDED":
        return len(await connection.raw.fetch(_CAPTURE, campaign_id, AT_ONCE))
    cancelled = await connection.raw.fetch(_CANCEL, campaign_id, AT_ONCE)
    await release(connection, cancelled)
    for pledge in cancelled:
        await record(
            connection,
            Event(
                events.PLEDGE_CANCELLED,
                member_id=pledge["member_id"],
                subject_kind="pledge",
                subject_id=pledge["id"],
                space_id=space_id,
            ),
        )
    refunded = await connection.raw.fetch(_REFUND, campaign_id, AT_ONCE) if state == "CANCELLED" else []
    return len(cancelled) + len(refunded)


async def _settle(connection: Connection, ended: Ended) -> None:
    """Note that the last of a campaign's money is where it belongs, once it is."""
    campaign_id, state, space_id = ended
    if await connection.raw.fetchval(_SETTLED, campaign_id, state) is not None:
        await _record(connection, events.CAMPAIGN_SETTLED, campaign_id, space_id)


async def _record(connection: Connection, kind: str, campaign_id: int, space_id: int, **data: object) -> None:
    await record(
        connection,
        Event(kind, subject_kind="backing_campaign", subject_id=campaign_id, space_id=space_id, data=data),
    )
