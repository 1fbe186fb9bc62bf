"""Where reading about referrals begins."""

from __future__ import annotations

from typing import Any

import strawberry
from sqlalchemy import BigInteger

from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, object_type, reference
from api.referrals.enums import ReferralProgramState
from api.referrals.growth import ReferralGrowth, growth_of_all
from api.referrals.insights import ReferralInsights, insights
from api.referrals.judging import ReferralJudging, judging
from api.referrals.sources import all_programs, under_review
from api.referrals.types import Referral, ReferralProgram
from api.rewards.sources import staff


@strawberry.input(description="Which programmes. All that is given must hold.")
class ReferralProgramFilter:
    """Which programmes. All that is given must hold."""

    state: ReferralProgramState | None = strawberry.field(default=strawberry.UNSET, description="In this state.")
    open: bool | None = strawberry.field(
        default=strawberry.UNSET, description="That take referrals now, or that take none."
    )


def _by_id(prefix: str) -> Any:
    return lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of(prefix, written))


@object_type
class ReferralQueries:
    """Where reading about referrals begins."""

    referral_program: ReferralProgram | None = reference(
        _by_id("referral_program"),
        "The programme with this id.",
        arguments={"id": Argument(strawberry.ID, "A programme's id.")},
    )
    referral_programs: Connection[ReferralProgram] = connection(
        all_programs,
        "Programmes in which friends bring friends, the latest first.",
        arguments={"filter": Argument(ReferralProgramFilter | None, "Which of them.", None)},
    )
    referral: Referral | None = reference(
        _by_id("referral"),
        "The referral with this id.",
        arguments={"id": Argument(strawberry.ID, "A referral's id.")},
    )
    referrals_under_review: Connection[Referral] | None = connection(
        under_review,
        "Referrals of which a reward waits for somebody to look at it, the latest first; `verdict` has the evidence, and "
        "`reviewReferral` decides. For staff who run campaigns, and null for others.",
        exists=staff,
    )
    referral_judging: ReferralJudging | None = judging()
    referral_insights: ReferralInsights | None = insights()
    referral_growth: ReferralGrowth | None = growth_of_all()
