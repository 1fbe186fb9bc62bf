"""Campaigns: drafted, opened, called off. How they end by their time, `settling` sees to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from community.cocreation.asking import asked_seen
from community.cocreation.backing import events
from community.cocreation.backing.amounts import Money
from community.cocreation.backing.errors import CampaignNotDraft, CampaignOver
from community.discussions.access import refuse_archived, space_seen
from community.discussions.texts import clean_text
from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from community.foundation.markdown import render
from community.members.acting import Acting
from community.members.names import clean_line
from community.members.roles import Permission

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection

LONGEST_TITLE = 200
LONGEST_BODY = 20_000
MOST_TIERS = 50
MOST_STOCK = 1_000_000
LONGEST_CAMPAIGN = timedelta(days=90)

_INSERT = """
    INSERT INTO backing_campaign (space_id, created_by, title, body, body_html, kind, currency, goal, deadline)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
"""
_INSERT_TIERS = """
    INSERT INTO backing_tier (campaign_id, position, title, body, body_html, price, stock, currency)
    SELECT $1, place - 1, title, body, body_html, price, stock, $7
    FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::integer[]) WITH ORDINALITY
        AS tier (title, body, body_html, price, stock, place)
"""
# Whoever pledges, or takes a pledge back, holds FOR KEY SHARE: none is on its way when a campaign changes its state.
_LOCKED = """
    SELECT campaign.*, clock_timestamp() >= deadline AS over FROM backing_campaign AS campaign WHERE id = $1 FOR UPDATE
"""
_OPEN = "UPDATE backing_campaign SET state = 'OPEN', opened_at = now() WHERE id = $1"
_CANCEL = """
    UPDATE backing_campaign SET state = 'CANCELLED', settled_at = NULL, ended_at = coalesce(ended_at, now()),
        raised_at_end = coalesce(raised_at_end, raised)
    WHERE id = $1
"""
_IN_TIME = "SELECT $1::timestamptz > now() AND $1::timestamptz < now() + $2::interval"


@dataclass(frozen=True, slots=True)
class Tier:
    """What backers get, and for how much."""

    title: str
    price: Money
    body: str = ""
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is to make, and what that takes."""

    title: str
    kind: str
    goal: Money
    deadline: datetime
    body: str = ""
    tiers: Sequence[Tier] = ()


async def create_backing_campaign(connection: Connection, acting: Acting, space_id: int, plan: Plan) -> int:
    """Make a draft of a campaign; return its id.

    Raises:
        NotFound: if the member may not see the space.
        NotPermitted: unless they run campaigns.
        SpaceArchived: if it is read-only.
        Invalid: for what is not what it may be.
    """
    space = await space_seen(connection, acting, space_id)
    _require(acting)
    refuse_archived(space)
    goal = plan.goal.checked("goal")
    currency = plan.goal.currency
    title = _line(plan.title, "title")
    body = clean_text(plan.body, "body", LONGEST_BODY)
    if len(plan.tiers) > MOST_TIERS:
        raise Invalid(field="tiers", reason=f"At most {MOST_TIERS} tiers.")
    titles = [_line(tier.title, "tiers") for tier in plan.tiers]
    bodies = [clean_text(tier.body, "tiers", LONGEST_BODY) for tier in plan.tiers]
    prices = [tier.price.checked("tiers", currency) for tier in plan.tiers]
    if any(tier.stock is not None and not 1 <= tier.stock <= MOST_STOCK for tier in plan.tiers):
        raise Invalid(field="tiers", reason=f"Of a tier there are 1 to {MOST_STOCK:,}, or no limit.")
    if not await connection.raw.fetchval(_IN_TIME, plan.deadline, LONGEST_CAMPAIGN):
        reason = f"A campaign ends in the future, within {LONGEST_CAMPAIGN.days} days."
        raise Invalid(field="deadline", reason=reason)
    campaign_id: int = await connection.raw.fetchval(
        _INSERT,
        *(space_id, acting.member_id, title, body, render(body).html, plan.kind, currency, goal, plan.deadline),
    )
    await connection.raw.execute(
        _INSERT_TIERS,
        *(campaign_id, titles, bodies, [render(each).html for each in bodies]),
        *(prices, [tier.stock for tier in plan.tiers], currency),
    )
    await _record(connection, events.CAMPAIGN_CREATED, acting, campaign_id, space_id)
    return campaign_id


async def open_backing_campaign(connection: Connection, acting: Acting, campaign_id: int) -> None:
    """Let members pledge.

    Raises:
        NotFound, NotPermitted, SpaceArchived: as for creating one.
        CampaignNotDraft: if it was opened or cancelled before.
        Invalid: if its time is over already.
    """
    campaign, space = await _managed(connection, acting, campaign_id)
    if campaign["state"] != "DRAFT":
        raise CampaignNotDraft
    if campaign["over"]:
        raise Invalid(field="campaign", reason="It would end before it opens; make another.")
    refuse_archived(space)
    await connection.raw.execute(_OPEN, campaign_id)
    await _record(connection, events.CAMPAIGN_OPENED, acting, campaign_id, campaign["space_id"])


async def cancel_backing_campaign(connection: Connection, acting: Acting, campaign_id: int) -> None:
    """Call a campaign off: no pledge is taken any more, and all money goes back, what was captured too.

    Raises:
        NotFound, NotPermitted: as for creating one.
        CampaignOver: if it failed, or was called off before.
    """
    campaign, _ = await _managed(connection, acting, campaign_id)
    if campaign["state"] in {"FAILED", "CANCELLED"}:
        raise CampaignOver
    await connection.raw.execute(_CANCEL, campaign_id)
    await _record(connection, events.CAMPAIGN_CANCELLED, acting, campaign_id, campaign["space_id"])


async def _managed(connection: Connection, acting: Acting, campaign_id: int) -> tuple[asyncpg.Record, asyncpg.Record]:
    """Return a campaign that the member may manage, and its space. Locked: no pledge is on its way into it.

    Raises:
        NotFound: if they may not see it.
        NotPermitted: if they may not manage it.
    """
    found = await connection.raw.fetchrow(_LOCKED, campaign_id)
    knows_drafts = acting.may(Permission.MANAGE_CAMPAIGNS)
    campaign, space = await asked_seen(connection, acting, found, "campaign", knows_drafts=knows_drafts)
    _require(acting)
    return campaign, space


def _require(acting: Acting) -> None:
    acting.require(Permission.MANAGE_CAMPAIGNS, action="run campaigns")


def _line(written: str, field: str) -> str:
    line = clean_line(written, field, LONGEST_TITLE)
    if not line:
        raise Invalid(field=field, reason="There is a title.")
    return line


async def _record(connection: Connection, kind: str, acting: Acting, campaign_id: int, space_id: int) -> None:
    await record(
        connection,
        Event(
            kind,
            actor_id=acting.member_id,
            subject_kind="backing_campaign",
            subject_id=campaign_id,
            space_id=space_id,
            context=acting.context,
        ),
    )
