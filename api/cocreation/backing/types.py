"""Backing as GraphQL shows it: campaigns, what they offer, and what members pledge."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import and_, case, func, literal_column

from api.cocreation.backing.sources import (
    account_kind,
    booked,
    may_pledge,
    pledges_of,
    statement_of,
    tiers_of,
    viewer_pledges_in,
    viewers_own,
)
from api.members.types import Member
from api.money import Money, money
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import Argument, column, connection, embedded, entity, expression, object_type, reference, rows
from api.reading.json_sql import literal
from api.reading.readings import Scope
from community.cocreation.backing.campaigns import MOST_TIERS
from community.cocreation.backing.tables import campaigns, pledges, tiers
from community.cocreation.backing.visibility import (
    runs_campaigns,
    visible_campaigns,
    visible_pledges,
    visible_tiers,
)

if TYPE_CHECKING:
    from api.discussions.space_types import Space

MOST_PERCENT = 1_000_000
LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]
LazyCampaign = Annotated["BackingCampaign", strawberry.lazy("api.cocreation.backing.types")]


@strawberry.enum(description="What becomes of the money of a campaign at its deadline.")
class BackingKind(Enum):
    """What becomes of the money of a campaign at its deadline."""

    ALL_OR_NOTHING = strawberry.enum_value(
        "ALL_OR_NOTHING", description="If the goal is reached all of it is taken; if not, all of it goes back."
    )
    KEEP_IT_ALL = strawberry.enum_value("KEEP_IT_ALL", description="All of it is taken, whatever the goal was.")


@strawberry.enum(description="How far a backing campaign has come.")
class BackingCampaignState(Enum):
    """How far a backing campaign has come."""

    DRAFT = strawberry.enum_value("DRAFT", description="It is being prepared; few see it.")
    OPEN = strawberry.enum_value(
        "OPEN", description="Members pledge until the deadline; shortly after that it is decided."
    )
    SUCCEEDED = strawberry.enum_value("SUCCEEDED", description="It is made: the money is being taken, or was.")
    FAILED = strawberry.enum_value(
        "FAILED", description="The goal was missed, or nothing was pledged: the money goes back, or is back."
    )
    CANCELLED = strawberry.enum_value(
        "CANCELLED", description="It was called off: all money goes back, what was taken too, or is back."
    )


@strawberry.enum(description="How far a pledge has come.")
class PledgeState(Enum):
    """How far a pledge has come."""

    PENDING = strawberry.enum_value(
        "PENDING", description="Whether the money is there is not known yet; see `action` for whether it waits for you."
    )
    AUTHORISED = strawberry.enum_value("AUTHORISED", description="The money is put up, and counts; nothing was taken.")
    CAPTURED = strawberry.enum_value("CAPTURED", description="The money was taken.")
    CANCELLED = strawberry.enum_value(
        "CANCELLED", description="It was taken back, or its campaign was missed or called off. Nothing was taken."
    )
    FAILED = strawberry.enum_value(
        "FAILED", description="There was no money, or it could not be taken; see `failureReason`."
    )
    REFUNDED = strawberry.enum_value("REFUNDED", description="The money was taken, and given back.")


@strawberry.enum(description="What a pledge rests on.")
class PledgeSecurity(Enum):
    """What a pledge rests on."""

    HELD = strawberry.enum_value("HELD", description="Money that the payer's bank holds.")
    PROMISED = strawberry.enum_value(
        "PROMISED",
        description="A way of paying that was kept, as no bank holds money until the deadline. Nothing is held, and "
        "when the money is taken it may not be there.",
    )


@entity("backing_tier", tiers, visible_tiers)
class BackingTier(Node):
    """What backers of a campaign get, from a price on."""

    title: str = column("title", "What it is called.")
    body: str = column("body", "What it is, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    price: Money = money("price", "The least that is pledged for it.")
    stock: int | None = column("stock", "How many there are; null: as many as are wanted.")
    claimed: int = column("claimed", "How many are taken, by pledges that are pending, authorised or captured.")
    left: int | None = expression(
        lambda scope: scope.row.c.stock - scope.row.c.claimed, "How many are left; null: as many as are wanted."
    )


def _own(value: str) -> Any:
    return lambda scope: case((viewers_own(scope), getattr(scope.row.c, value)))


@object_type
class PledgeAction:
    """What the payer's bank wants of them before there is money. Only they see it."""

    url: str | None = expression(_own("action_url"), "Send them here, in a browser.")
    client_secret: str | None = expression(
        _own("action_secret"), "Or give this to the payment provider's own client, which shows it."
    )


def _waits_for_viewer(scope: Scope) -> Any:
    return and_(
        viewers_own(scope),
        scope.row.c.state == literal("PENDING"),
        scope.row.c.due == literal("CONFIRM"),
    )


@strawberry.input(description="Which pledges. All that is given must hold.")
class PledgeFilter:
    """Which pledges. All that is given must hold."""

    state: PledgeState | None = strawberry.field(default=strawberry.UNSET, description="That have come so far.")


@entity("pledge", pledges, visible_pledges)
class Pledge(Node):
    """Money that a member puts up for a campaign. They see it, and who runs campaigns; nobody else does."""

    campaign: LazyCampaign | None = reference(lambda scope: scope.row.c.campaign_id, "For which campaign.")
    tier: BackingTier | None = reference(lambda scope: scope.row.c.tier_id, "For what; null: for nothing in return.")
    member: Member | None = reference(lambda scope: scope.row.c.member_id, "Who backs.")
    amount: Money = money("amount", "How much.")
    state: PledgeState = column("state", "How far it has come.")
    secured_by: PledgeSecurity | None = column("secured_by", "What it rests on; null before there was money.")
    action: PledgeAction | None = embedded(
        "What the viewer must do before there is money, if anything; then `confirmPledge`.", exists=_waits_for_viewer
    )
    failure_reason: str | None = column(
        "failure", "Why there is no money, in the payment provider's word, such as `card_declined`."
    )
    in_transit: bool = expression(
        lambda scope: scope.row.c.due.is_not(None),
        "Whether the payment provider is yet to answer: what `state` says holds, and the money follows.",
    )
    created_at: datetime = column("created_at", "When it was made.")
    authorised_at: datetime | None = column("authorised_at", "When the money was put up.")
    captured_at: datetime | None = column("captured_at", "When the money was taken.")
    ended_at: datetime | None = column("ended_at", "When it was cancelled, failed or was refunded.")


@object_type
class LedgerEntry:
    """An amount that came to an account or left it: a line of the account's statement."""

    position: int = column("position", "Its place in the account's statement, from 1 without gaps.")
    account: str = expression(account_kind, "What lies on the account: PAYMENT, HELD, PROMISED or RECEIVED.")
    kind: str = expression(
        booked("kind"), "What it was for: PLEDGE_HELD, PLEDGE_CAPTURED, PLEDGE_RETURNED or PLEDGE_REFUNDED."
    )
    amount: Money = money("amount", "How much came; what left is negative.", currency="unit")
    balance_after: Money = money("balance_after", "What was on the account afterwards.", currency="unit")
    pledge: Pledge | None = reference(booked("subject_id"), "For which pledge.")
    booked_at: datetime = expression(booked("booked_at"), "When it was booked.")


def _staff(scope: Scope) -> Any:
    return literal_column("true" if runs_campaigns(scope.viewer) else "false")


@entity("backing_campaign", campaigns, visible_campaigns)
class BackingCampaign(Node):
    """What the brand would make, if enough members pledge money towards it before a deadline."""

    space: LazySpace | None = reference(lambda scope: scope.row.c.space_id, "Where it is shown.", inherits=True)
    title: str = column("title", "What is to be made.")
    body: str = column("body", "What there is to say about it, as Markdown.")
    body_html: str = column("body_html", "The same as safe HTML.")
    kind: BackingKind = column("kind", "What becomes of the money at the deadline.")
    goal: Money = money("goal", "What it takes.")
    deadline: datetime = column("deadline", "Pledges are taken before this moment, by the database's clock.")
    state: BackingCampaignState = column("state", "How far it has come.")
    raised: Money = money("raised", "What is authorised or captured now.")
    raised_at_end: Money | None = money(
        "raised_at_end",
        "What was raised when it was decided or called off; null before.",
        exists=lambda scope: scope.row.c.raised_at_end.is_not(None),
    )
    backer_count: int = column("backer_count", "How many members' pledges are authorised or captured now.")
    percent: int = expression(
        lambda scope: func.least(
            (scope.row.c.raised * literal_column("100")).op("/")(scope.row.c.goal), literal_column(str(MOST_PERCENT))
        ),
        f"How much of the goal is raised now, in whole percent, rounded down; {MOST_PERCENT} at most.",
    )
    created_at: datetime = column("created_at", "When it was made.")
    opened_at: datetime | None = column("opened_at", "When it was opened.")
    ended_at: datetime | None = column("ended_at", "When it was decided or called off.")
    settled_at: datetime | None = column("settled_at", "When the last of its money was where it belongs.")
    tiers: list[BackingTier] = rows(tiers_of, "What backers get, in order.", limit=MOST_TIERS)
    viewer_can_pledge: bool = expression(may_pledge, "Whether the viewer may pledge now.")
    viewer_pledges: list[Pledge] = rows(
        viewer_pledges_in,
        "The viewer's own pledges, the latest first, 20 at most: one of them counts, if any.",
        limit=20,
    )
    pledges: Connection[Pledge] | None = connection(
        pledges_of,
        "All pledges, the latest first; for who runs campaigns, and null for others.",
        exists=_staff,
        arguments={"filter": Argument(PledgeFilter | None, "Which of them.", None)},
    )
    statement: Connection[LedgerEntry] | None = connection(
        statement_of,
        "What was booked on the campaign's accounts, the latest first; for who runs campaigns, and null for others.",
        exists=_staff,
        cost=50,
    )
