"""What is on a member's record, as GraphQL shows it: restrictions, strikes, and what strikes suggest."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.moderation.enums import DecisionAction, LimitKind
from api.reading.fields import column, entity, reference
from community.members.tables import restrictions
from community.members.visibility import own_or_overseen
from moderation.decisions.tables import strike_policies, strikes
from moderation.visibility import visible_policies

if TYPE_CHECKING:
    from api.moderation.decision_types import Decision
    from api.moderation.report_types import ReportReason

LazyDecision = Annotated["Decision", strawberry.lazy("api.moderation.decision_types")]
LazyReportReason = Annotated["ReportReason", strawberry.lazy("api.moderation.report_types")]


@entity("restriction", restrictions, own_or_overseen)
class Restriction:
    """What a member may not do for a while. They see it, and who oversees the community; nobody else does."""

    kind: LimitKind = column("kind", "What.")
    seconds: int | None = column("seconds", "How long between two contributions, for SLOW_MODE.")
    until: datetime = column("until", "Until when; then it is over by itself.")
    placed_at: datetime = column("placed_at", "Since when.")
    decision: LazyDecision | None = reference(
        lambda scope: scope.row.c.decision_id, "The decision that it comes from, with its reasons."
    )


@entity("strike", strikes, own_or_overseen)
class Strike:
    """What a decision left on a member's record, for a while. They see it, and who oversees the community."""

    points: int = column("points", "How grave what was found was, 1 to 5.")
    given_at: datetime = column("given_at", "When.")
    expires_at: datetime = column("expires_at", "When it counts no more.")
    reason: LazyReportReason | None = reference(lambda scope: scope.row.c.reason_id, "Against which rule or law.")
    decision: LazyDecision | None = reference(lambda scope: scope.row.c.decision_id, "The decision that it comes from.")


@entity("strike_policy", strike_policies, visible_policies)
class StrikePolicy:
    """What so many points of strikes within a time suggest. A person decides, but where it is automatic."""

    points: int = column("points", "How many, those of what is being decided included.")
    within_days: int = column("within_days", "Given within how many days.")
    action: DecisionAction = column("action", "What is suggested.")
    for_days: int | None = column("for_days", "For how many days; null: it has no end.")
    limits: list[LimitKind] = column("limits", "Which, for LIMIT.")
    seconds: int | None = column("seconds", "Between two contributions, where SLOW_MODE is among the limits.")
    automatic: bool = column("automatic", "Whether it is done at once, and nobody looks at it.")
