"""Outcomes: what came of asking the provider, written down. Each is a guarded move, its booking, its totals and its event.

Whoever hears the same outcome a second time, or too late, changes nothing: the guard of the move says so, and the key of
the booking says it again. Locks are taken in one order: pledge, campaign, tiers, accounts by id.

A pledge's money lies, in the campaign's currency:

| on account | while |
|---|---|
| `PAYMENT` of the member, which goes below zero | it is the member's |
| `HELD` of the campaign | the payer's bank holds it |
| `PROMISED` of the campaign | the payer's way of paying was kept, and nothing is held |
| `RECEIVED` of the campaign | it was taken for the brand |
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from community.cocreation.backing import events
from community.cocreation.backing.payments.port import (
    Authorised,
    Cancelled,
    Captured,
    Declined,
    Outcome,
    Refunded,
    RequiresAction,
)
from community.cocreation.backing.totals import count, release
from community.foundation.events import Event, record
from community.ledger.booking import Account, Move, Purpose, book, open_account, reverse

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

ACT_WITHIN = timedelta(hours=1)
"""How long a payer has to do what their bank wants of them."""
LONGEST_REASON = 200

HELD, CAPTURED, RETURNED, REFUNDED = "PLEDGE_HELD", "PLEDGE_CAPTURED", "PLEDGE_RETURNED", "PLEDGE_REFUNDED"

_NOTHING_DUE = "due = NULL, due_at = NULL, due_since = NULL, attempts = 0"
_SPACE = "(SELECT space_id FROM backing_campaign WHERE id = campaign_id) AS space_id"
# What was given up while the provider was asked is taken back there.
_AUTHORISED = f"""
    UPDATE pledge SET reference = $2, secured_by = $3, authorised_at = clock_timestamp(), payment_token = NULL,
        action_url = NULL, action_secret = NULL, attempts = 0,
        state = CASE state WHEN 'PENDING' THEN 'AUTHORISED' ELSE state END,
        due = CASE state WHEN 'PENDING' THEN NULL ELSE 'CANCEL' END,
        due_at = CASE state WHEN 'PENDING' THEN NULL ELSE clock_timestamp() END,
        due_since = CASE state WHEN 'PENDING' THEN NULL ELSE clock_timestamp() END
    WHERE id = $1 AND authorised_at IS NULL AND state IN ('PENDING', 'CANCELLED', 'FAILED')
    RETURNING *, {_SPACE}
"""  # noqa: S608 - made of words of ours
_ACTION = """
    UPDATE pledge SET reference = $2, action_url = $3, action_secret = $4, payment_token = NULL, attempts = 0,
        due = CASE state WHEN 'PENDING' THEN 'CONFIRM' ELSE 'CANCEL' END,
        due_at = clock_timestamp() + CASE state WHEN 'PENDING' THEN $5 ELSE interval '0' END,
        due_since = clock_timestamp()
    WHERE id = $1 AND authorised_at IS NULL AND reference IS NULL AND state IN ('PENDING', 'CANCELLED', 'FAILED')
"""
# Only while that is due of which it came: another may have brought the money since.
_FAILED = f"""
    UPDATE pledge SET state = 'FAILED', failure = $2, ended_at = clock_timestamp(), payment_token = NULL,
        action_url = NULL, action_secret = NULL, {_NOTHING_DUE}
    WHERE id = $1 AND state IN ('PENDING', 'AUTHORISED') AND due = $3 RETURNING *, {_SPACE}
"""  # noqa: S608 - as above
_CAPTURED = f"""
    UPDATE pledge SET state = 'CAPTURED', captured_at = clock_timestamp(), reference = $2, {_NOTHING_DUE}
    WHERE id = $1 AND state = 'AUTHORISED' RETURNING *, {_SPACE}
"""  # noqa: S608 - as above
_RETURNED = f"""
    UPDATE pledge SET {_NOTHING_DUE}, payment_token = NULL
    WHERE id = $1 AND due = 'CANCEL' AND state IN ('CANCELLED', 'FAILED') RETURNING *, {_SPACE}
"""  # noqa: S608 - as above
_REFUNDED = f"""
    UPDATE pledge SET state = 'REFUNDED', ended_at = clock_timestamp(), {_NOTHING_DUE}
    WHERE id = $1 AND state = 'CAPTURED' RETURNING *, {_SPACE}
"""  # noqa: S608 - as above
_AS_IT_WAS = f"UPDATE pledge SET {_NOTHING_DUE} WHERE id = $1 AND due = 'CONFIRM' AND state = 'AUTHORISED'"  # noqa: S608 - as above
_STATE = "SELECT state, due FROM pledge WHERE id = $1"


async def note(connection: Connection, pledge_id: int, asked: str, outcome: Outcome) -> None:
    """Write down what came of asking the provider for a pledge, in the caller's transaction; `asked` is what was due."""
    match outcome:
        case Authorised():
            await _note_authorised(connection, pledge_id, outcome)
        case RequiresAction():
            secret = (outcome.url, outcome.secret)
            await connection.raw.execute(_ACTION, pledge_id, outcome.reference, *secret, ACT_WITHIN)
        case Declined():
            await _note_failed(connection, pledge_id, asked, outcome.reason)
        case Captured():
            await _note_captured(connection, pledge_id, outcome)
        case Cancelled():
            await _note_cancelled(connection, pledge_id, asked)
        case Refunded():
            await _note_refunded(connection, pledge_id)


async def _note_failed(connection: Connection, pledge_id: int, asked: str, reason: str) -> None:
    """Write down that there is no money: at once, or any more."""
    pledge = await connection.raw.fetchrow(_FAILED, pledge_id, reason[:LONGEST_REASON], asked)
    if pledge is None:
        # It was given up before; there is nothing to take back.
        await _note_returned(connection, pledge_id)
        return
    await release(connection, [pledge])
    if pledge["authorised_at"] is not None:
        await _give_back(connection, pledge)
    await _record(connection, events.PLEDGE_FAILED, pledge, failure=pledge["failure"])


async def _note_authorised(connection: Connection, pledge_id: int, outcome: Authorised) -> None:
    pledge = await connection.raw.fetchrow(_AUTHORISED, pledge_id, outcome.reference, outcome.secured_by)
    if pledge is None:
        await connection.raw.execute(_AS_IT_WAS, pledge_id)
        return
    if pledge["state"] == "AUTHORISED":
        await count(connection, pledge)
    currency, campaign_id = pledge["currency"], pledge["campaign_id"]
    payer = Account("member", pledge["member_id"] or 0, "PAYMENT", currency, may_go_below_zero=True)
    moves = (
        Move(await open_account(connection, payer), -pledge["amount"]),
        Move(
            await open_account(connection, Account("backing_campaign", campaign_id, outcome.secured_by, currency)),
            pledge["amount"],
        ),
    )
    await book(connection, _purpose(pledge, HELD), moves)
    if pledge["state"] == "AUTHORISED":
        await _record(connection, events.PLEDGE_AUTHORISED, pledge)


async def _note_captured(connection: Connection, pledge_id: int, outcome: Captured) -> None:
    pledge = await connection.raw.fetchrow(_CAPTURED, pledge_id, outcome.reference)
    if pledge is None:
        state = await connection.raw.fetchrow(_STATE, pledge_id)
        if state is not None and state["due"] == "CANCEL":
            raise LookupError(f"pledge {pledge_id} was taken back, and its payment was taken")
        return
    currency, campaign_id = pledge["currency"], pledge["campaign_id"]
    moves = [
        Move(await open_account(connection, Account("backing_campaign", campaign_id, kind, currency)), amount)
        for kind, amount in ((pledge["secured_by"], -pledge["amount"]), ("RECEIVED", pledge["amount"]))
    ]
    await book(connection, _purpose(pledge, CAPTURED), moves)
    await _record(connection, events.PLEDGE_CAPTURED, pledge)


async def _note_cancelled(connection: Connection, pledge_id: int, asked: str) -> None:
    """Nothing is held any more: as was asked, or because the hold lapsed or the payer did not act."""
    if not await _note_returned(connection, pledge_id):
        await _note_failed(connection, pledge_id, asked, "lapsed")


async def _note_returned(connection: Connection, pledge_id: int) -> bool:
    pledge = await connection.raw.fetchrow(_RETURNED, pledge_id)
    if pledge is None:
        state = await connection.raw.fetchrow(_STATE, pledge_id)
        return state is None or state["state"] not in {"PENDING", "AUTHORISED"}
    if pledge["authorised_at"] is not None:
        await _give_back(connection, pledge)
        await _record(connection, events.PLEDGE_RETURNED, pledge)
    return True


async def _note_refunded(connection: Connection, pledge_id: int) -> None:
    pledge = await connection.raw.fetchrow(_REFUNDED, pledge_id)
    if pledge is None:
        return
    await release(connection, [pledge])
    # Back the way it came.
    await reverse(connection, _key(pledge, CAPTURED), key=_key(pledge, REFUNDED), kind=REFUNDED)
    await _give_back(connection, pledge)
    await _record(connection, events.PLEDGE_REFUNDED, pledge)


async def _give_back(connection: Connection, pledge: asyncpg.Record) -> None:
    await reverse(connection, _key(pledge, HELD), key=_key(pledge, RETURNED), kind=RETURNED)


def _key(pledge: asyncpg.Record, kind: str) -> str:
    return f"{kind}_{pledge['id']}"


def _purpose(pledge: asyncpg.Record, kind: str) -> Purpose:
    return Purpose(_key(pledge, kind), kind, "pledge", pledge["id"])


async def _record(connection: Connection, kind: str, pledge: asyncpg.Record, **data: object) -> None:
    happened = Event(
        kind,
        member_id=pledge["member_id"],
        subject_kind="pledge",
        subject_id=pledge["id"],
        space_id=pledge["space_id"],
        data=data,
    )
    await record(connection, happened)
