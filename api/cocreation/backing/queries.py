"""Where reading about backing begins, and what of it is the viewer's own."""

from __future__ import annotations

import strawberry
from sqlalchemy import BigInteger

from api.cocreation.backing.sources import viewer_pledges, viewer_statement
from api.cocreation.backing.types import BackingCampaign, BackingCampaignState, LedgerEntry, Pledge
from api.cocreation.sources import latest
from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, object_type, reference
from community.cocreation.backing.tables import campaigns


@strawberry.input(description="Which backing campaigns. All that is given must hold.")
class BackingCampaignFilter:
    """Which backing campaigns. All that is given must hold."""

    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="In this space.")
    state: BackingCampaignState | None = strawberry.field(
        default=strawberry.UNSET, description="That have come so far."
    )


@object_type
class BackingQueries:
    """Where reading about backing begins."""

    backing_campaign: BackingCampaign | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("backing_campaign", written)),
        "The backing campaign with this id.",
        arguments={"id": Argument(strawberry.ID, "A backing campaign's id.")},
    )
    backing_campaigns: Connection[BackingCampaign] = connection(
        latest(campaigns),
        "What the brand would make with its members' money, the latest first.",
        arguments={"filter": Argument(BackingCampaignFilter | None, "Which of them.", None)},
    )


@object_type
class BackingViewer:
    """What of backing is the viewer's own."""

    pledges: Connection[Pledge] = connection(viewer_pledges, "What the viewer pledged, the latest first.")
    payment_statement: Connection[LedgerEntry] = connection(
        viewer_statement,
        "What the viewer paid and got back, the latest first: negative is money put up, positive money that came back.",
    )
