"""Rules that say who may take part, as GraphQL shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graph.arguments import Level
from api.graph.sources import LEVELS, level_of
from api.ids import number_of
from api.members.enums import Role
from api.reading.fields import column, entity, expression, reference
from community.eligibility import rules
from community.eligibility.rules import ANYBODY
from community.eligibility.tables import LONGEST_ACTIVITY, eligibilities
from community.foundation.visibility import Visible
from community.members.roles import Role as MemberRole

if TYPE_CHECKING:
    from api.discussions.space_types import Space

LazySpace = Annotated["Space", strawberry.lazy("api.discussions.space_types")]

_ROLES = "One of these roles, everywhere or in a space; empty: no role is asked for."
_LEVEL = "This level at least, as the last scoring found it. Who objects to being scored has none."
_TRUST = "Trusted more than so many percent of members, 0 to 100, as the last scoring found it."
_JOINED = "Who joined the community before this moment."
_BELONGS = "Who has joined this space."
_ACTIVE = "Who has written in this space, within `activeDays`."
_DAYS = f"Within how many days, 1 to {LONGEST_ACTIVITY}."
_CUSTOMERS = "Whether only customers may whom the brand knows as such."


@entity("eligibility", eligibilities, lambda _rule, _viewer: Visible())
class Eligibility:
    """Who may take part. All that is asked must hold; what is null is not asked."""

    roles: list[Role] = column("roles", _ROLES)
    level: Level | None = expression(lambda scope: level_of(scope.row), _LEVEL)
    trust: int | None = column("trust", _TRUST)
    joined_before: datetime | None = column("joined_before", _JOINED)
    belongs_to: LazySpace | None = reference(lambda scope: scope.row.c.belongs_to, _BELONGS)
    active_in: LazySpace | None = reference(lambda scope: scope.row.c.active_in, _ACTIVE)
    active_days: int | None = column("active_days", _DAYS)
    customers_only: bool = column("customers_only", _CUSTOMERS)


@strawberry.input(description="Who may take part. All that is given must hold.")
class EligibilityInput:
    """Who may take part. All that is given must hold."""

    roles: list[Role] = strawberry.field(description=_ROLES, default_factory=list)
    level: Level | None = strawberry.field(description=_LEVEL, default=None)
    trust: int | None = strawberry.field(description=_TRUST, default=None)
    joined_before: datetime | None = strawberry.field(description=_JOINED, default=None)
    belongs_to: strawberry.ID | None = strawberry.field(description=_BELONGS, default=None)
    active_in: strawberry.ID | None = strawberry.field(description=_ACTIVE, default=None)
    active_days: int | None = strawberry.field(description=_DAYS, default=None)
    customers_only: bool = strawberry.field(description=_CUSTOMERS, default=False)


def eligibility_of(given: EligibilityInput | None) -> rules.Eligibility:
    """Return the rule that an input asks for."""
    if given is None:
        return ANYBODY
    return rules.Eligibility(
        roles=frozenset(MemberRole[role.name] for role in given.roles),
        level=None if given.level is None else LEVELS[given.level.name],
        trust=given.trust,
        joined_before=given.joined_before,
        belongs_to=None if given.belongs_to is None else number_of("space", given.belongs_to),
        active_in=None if given.active_in is None else number_of("space", given.active_in),
        active_days=given.active_days,
        customers_only=given.customers_only,
    )
