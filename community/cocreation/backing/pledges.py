"""Pledges: made, and taken back until the deadline. What it takes with the payment provider, `errands` sees to.

A pledge is made by one statement that looks at everything itself, takes the tier's stock under its lock and holds the
campaign's row: ending waits for those on their way, and whoever comes later finds it ended. So a pledge at the last
instant is counted or refused, and never lost. It is committed before the provider hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from community.cocreation.backing import events
from community.cocreation.backing.amounts import Money
from community.cocreation.backing.errors import (
    AlreadyBacking,
    CampaignNotOpen,
    PledgeKeyReused,
    PledgeNotCancellable,
    TierSoldOut,
)
from community.cocreation.backing.totals import release
from community.discussions.access import refuse_archived, sees_space, space_seen
from community.foundation.database import run_again_when_lost
from community.foundation.errors import Invalid, NotFound, NotPermitted, RateLimited
from community.foundation.events import Event, record
from community.members.acting import Acting, Caller, done_or_refused, in_good_standing, load_acting, moderates
from community.members.restrictions import Deed
from community.members.roles import Permission

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from community.foundation.database import Connection, Database

MOST_AN_HOUR = 30
"""Pledges of one member: enough for anybody, and too few to try out stolen cards."""
LONGEST_TOKEN = 255
LONGEST_KEY = 255

_FEW_LATELY = f"""
    (SELECT count(*) FROM pledge WHERE member_id = $2::bigint AND created_at > now() - interval '1 hour') < {MOST_AN_HOUR}
"""  # noqa: S608 - a number of ours
# $1 the campaign, $2 and $3 the caller, $4 the event's context.
_DOOR = f"""
    SELECT campaign.id, campaign.space_id, campaign.currency
    FROM backing_campaign AS campaign JOIN space ON space.id = campaign.space_id
    WHERE {in_good_standing(Deed.OWN)} AND campaign.id = $1 AND campaign.state = 'OPEN'
        AND clock_timestamp() < campaign.deadline AND campaign.currency = $7
        AND space.archived_at IS NULL AND {sees_space(moderates("space.id"))} AND {_FEW_LATELY}
    FOR KEY SHARE OF campaign
"""  # noqa: S608 - made of predicates of ours
# For whoever makes a pledge there is half a minute to ask the provider, before a worker does it.
_PLEDGE = f"""
    WITH door AS ({_DOOR}), chosen AS (
        UPDATE backing_tier AS tier SET claimed = claimed + 1 FROM door
        WHERE tier.id = $5 AND tier.campaign_id = door.id AND tier.price <= $6
            AND (tier.stock IS NULL OR tier.claimed < tier.stock)
        RETURNING tier.id
    ), made AS (
        INSERT INTO pledge (
            campaign_id, tier_id, member_id, amount, currency, key, provider, payment_token, due, due_at, due_since
        )
        SELECT door.id, $5, $2, $6, door.currency, $8, $9, $10, 'AUTHORISE',
            clock_timestamp() + interval '30 seconds', clock_timestamp()
        FROM door WHERE $5::bigint IS NULL OR EXISTS (SELECT FROM chosen)
        RETURNING id
    ), told AS (
        INSERT INTO event (kind, actor_id, member_id, subject_kind, subject_id, space_id, context)
        SELECT '{events.PLEDGE_MADE}', $2, $2, 'pledge', made.id, door.space_id, $4 FROM made, door
    )
    SELECT id FROM made
"""  # noqa: S608 - as above
_KNOWN = "SELECT id, campaign_id, tier_id, amount, currency FROM pledge WHERE member_id = $1 AND key = $2"
_SEEN = f"""
    SELECT campaign.space_id, campaign.currency, campaign.state = 'OPEN' AND clock_timestamp() < campaign.deadline AS open,
        campaign.state = 'DRAFT' AS draft, tier.id AS tier_id, tier.price, tier.claimed >= tier.stock AS sold_out, {_FEW_LATELY} AS few_lately
    FROM backing_campaign AS campaign LEFT JOIN backing_tier AS tier ON tier.campaign_id = campaign.id AND tier.id = $3
    WHERE campaign.id = $1
"""  # noqa: S608 - as above
# What was never asked of the provider need not be taken back there.
_CANCEL = """
    WITH door AS (
        SELECT pledge.id, campaign.space_id FROM pledge JOIN backing_campaign AS campaign ON campaign.id = campaign_id
        WHERE pledge.id = $1 AND pledge.member_id = $2 AND campaign.state = 'OPEN'
            AND clock_timestamp() < campaign.deadline
        FOR KEY SHARE OF campaign
    )
    UPDATE pledge SET state = 'CANCELLED', ended_at = clock_timestamp(), attempts = 0, action_url = NULL,
        action_secret = NULL,
        payment_token = CASE WHEN reference IS NULL AND attempts > 0 THEN payment_token END,
        due = CASE WHEN reference IS NOT NULL OR attempts > 0 THEN 'CANCEL' END,
        due_at = CASE WHEN reference IS NOT NULL OR attempts > 0 THEN clock_timestamp() END,
        due_since = CASE WHEN reference IS NOT NULL OR attempts > 0 THEN clock_timestamp() END
    FROM door WHERE pledge.id = door.id AND pledge.state IN ('PENDING', 'AUTHORISED')
    RETURNING pledge.*, door.space_id
"""
_OWN = """
    SELECT pledge.member_id = $2 AS own, pledge.state, campaign.space_id
    FROM pledge JOIN backing_campaign AS campaign ON campaign.id = campaign_id WHERE pledge.id = $1
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a member puts up: how much, for which tier if any, and what their client was given for their card."""

    campaign_id: int
    money: Money
    payment_token: str
    tier_id: int | None = None
    key: str | None = None
    """Tells the same pledge again."""


async def make_pledge(database: Database, caller: Caller, offer: Offer, *, provider: str) -> int:
    """Make a pledge, committed, and return its id; the provider is still to be asked. The same key is the same pledge.

    Raises:
        Unauthenticated, AccountSuspended: if the caller may not take part.
        NotFound: if they may not see the campaign, or it has no such tier.
        SpaceArchived: if its space is read-only.
        CampaignNotOpen: if it takes no pledges, or none any more.
        TierSoldOut: if all of the tier are taken.
        AlreadyBacking: if they back it already.
        RateLimited: if they have made too many lately.
        PledgeKeyReused: if the key came with another pledge.
        Invalid: for an amount or token that is none.
    """
    connection = database.autocommit
    if offer.key is not None and (known := await _known(connection, caller, offer)) is not None:
        await load_acting(connection, caller.member_id)
        return known
    try:
        amount = offer.money.checked("amount")
        _refuse_bad_words(offer)
    except Invalid:
        # What is wrong with a pledge tells of its campaign: that is for who may pledge there.
        acting = await load_acting(connection, caller.member_id, caller.context, with_roles=caller.with_roles)
        await _doors(connection, acting, offer)
        raise

    async def attempt() -> int | None:
        made: int | None = await connection.raw.fetchval(
            _PLEDGE,
            *(offer.campaign_id, caller.member_id, caller.with_roles, dict(caller.context), offer.tier_id, amount),
            *(offer.money.currency, offer.key, provider, offer.payment_token),
        )
        return made

    def doors(acting: Acting) -> Awaitable[None]:
        return _doors(connection, acting, offer)

    try:
        # A pledge is between the member and the brand, and paid for: no restriction keeps them from it.
        return await run_again_when_lost(lambda: done_or_refused(connection, caller, attempt, doors, deed=Deed.OWN))
    except asyncpg.UniqueViolationError:
        known = None if offer.key is None else await _known(connection, caller, offer)
        if known is None:
            raise AlreadyBacking from None
        return known


async def cancel_pledge(connection: Connection, acting: Acting, pledge_id: int) -> None:
    """Take one's pledge back, until its campaign's deadline. It counts no more at once; the money follows.

    Raises:
        NotFound: if there is none that the member may know of.
        NotPermitted: if it is somebody else's.
        PledgeNotCancellable: if it is too late, or there is nothing to take back.
    """
    pledge = await connection.raw.fetchrow(_CANCEL, pledge_id, acting.member_id)
    if pledge is None:
        await own_pledge(connection, acting, pledge_id, "cancel somebody else's pledge")
        raise PledgeNotCancellable
    await release(connection, [pledge])
    happened = Event(
        events.PLEDGE_CANCELLED,
        actor_id=acting.member_id,
        member_id=acting.member_id,
        subject_kind="pledge",
        subject_id=pledge_id,
        space_id=pledge["space_id"],
        context=acting.context,
    )
    await record(connection, happened)


async def own_pledge(connection: Connection, acting: Acting, pledge_id: int, action: str) -> None:
    """Let a member through to a pledge of their own.

    Raises:
        NotFound: if there is none that they may know of.
        NotPermitted: if it is somebody else's, and they run campaigns where it was made.
    """
    pledge = await connection.raw.fetchrow(_OWN, pledge_id, acting.member_id)
    if pledge is None or not (pledge["own"] or acting.may(Permission.MANAGE_CAMPAIGNS)):
        raise NotFound(what="pledge")
    if pledge["own"]:
        return
    try:
        await space_seen(connection, acting, pledge["space_id"])
    except NotFound:
        raise NotFound(what="pledge") from None
    raise NotPermitted(action=action)


async def _known(connection: Connection, caller: Caller, offer: Offer) -> int | None:
    """Return the pledge that was made by a key.

    Raises:
        PledgeKeyReused: if it is another.
    """
    known = await connection.raw.fetchrow(_KNOWN, caller.member_id, offer.key)
    if known is None:
        return None
    same = (known["campaign_id"], known["tier_id"], str(known["amount"]), known["currency"])
    if same != (offer.campaign_id, offer.tier_id, offer.money.amount, offer.money.currency):
        raise PledgeKeyReused
    return known["id"]  # type: ignore[no-any-return] # of a record


def _refuse_bad_words(offer: Offer) -> None:
    token = offer.payment_token
    if not (token.isascii() and token.isprintable() and 0 < len(token) <= LONGEST_TOKEN):
        reason = f"A payment token is 1 to {LONGEST_TOKEN} printable ASCII characters."
        raise Invalid(field="paymentToken", reason=reason)
    if offer.key is not None and not 0 < len(offer.key) <= LONGEST_KEY:
        raise Invalid(field="idempotencyKey", reason=f"A key is 1 to {LONGEST_KEY} characters.", path=())


async def _doors(connection: Connection, acting: Acting, offer: Offer) -> None:
    """Refuse whoever the statement would not let in, in the words of what they may know; else what is wrong comes last."""
    seen = await connection.raw.fetchrow(_SEEN, offer.campaign_id, acting.member_id, offer.tier_id)
    if seen is None or (seen["draft"] and not acting.may(Permission.MANAGE_CAMPAIGNS)):
        raise NotFound(what="campaign")
    try:
        space = await space_seen(connection, acting, seen["space_id"])
    except NotFound:
        raise NotFound(what="campaign") from None
    if offer.tier_id is not None and seen["tier_id"] is None:
        raise NotFound(what="tier")
    refuse_archived(space)
    if not seen["open"]:
        raise CampaignNotOpen
    if not seen["few_lately"]:
        raise RateLimited(retry_after=3600)
    amount = offer.money.checked("amount", seen["currency"])
    _refuse_bad_words(offer)
    if seen["price"] is not None and amount < seen["price"]:
        raise Invalid(field="amount", reason=f"This costs {seen['price']} at least.", path=("amount", "amount"))
    if seen["sold_out"]:
        raise TierSoldOut
