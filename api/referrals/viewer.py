"""What of referrals is the viewer's own."""

from __future__ import annotations

import strawberry
from sqlalchemy import BigInteger

from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, column, connection, derived, embedded, object_type, reference, rows
from api.referrals.funnels import ReferralFunnel, funnel_of_viewer
from api.referrals.sources import brought_by_viewer, generations_below, viewers_codes
from api.referrals.types import Referral, ReferralCode, personal
from api.rewards.points import ViewerPoints
from community.referrals.tables import GENERATIONS_KEPT


@object_type
class ReferralGeneration:
    """How many stand so far below somebody in the tree of referrals."""

    generation: int = column("generation", "1: they were brought by the viewer; 2: by those; and so on.")
    members: int = column("members", "How many they are.")


@object_type
class ViewerReferrals(ViewerPoints):
    """Whom the viewer brought, by what, and the points that they have."""

    code: ReferralCode | None = reference(
        lambda scope: scope.arguments.value("program", BigInteger(), lambda id_: id_of("referral_program", id_)),
        "Their own code in a programme; null until `issueCode` has made it.",
        column="program_id",
        also=personal,
        arguments={"program": Argument(strawberry.ID, "The programme's id.")},
    )
    codes: Connection[ReferralCode] = connection(viewers_codes, "All codes that bring friends in their name.")
    funnel: ReferralFunnel = derived(funnel_of_viewer, "How many came how far by all their codes.")
    tree: Connection[Referral] = connection(
        brought_by_viewer, "Whom they brought, the latest first. Who was brought by those is told to those alone."
    )
    generations: list[ReferralGeneration] = rows(
        generations_below,
        f"How many stand below them, generation by generation, {GENERATIONS_KEPT} at most.",
        limit=GENERATIONS_KEPT,
    )
    referred_by: Referral | None = reference(
        lambda scope: scope.viewer.member_id, "That they were brought here themselves.", column="member_id"
    )


@object_type
class ReferralsViewer:
    """What of referrals is the viewer's own."""

    referrals: ViewerReferrals = embedded("Whom the viewer brought here, and by what.")
