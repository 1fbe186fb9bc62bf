"""What rankings are asked by."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from api.members.enums import Role


def _optional(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.enum(description="How far back a ranking looks.")
class InfluenceWindow(Enum):
    """How far back a ranking looks."""

    ALL = strawberry.enum_value("ALL", description="All that ever happened, the old faded.")
    YEAR = strawberry.enum_value("YEAR", description="The last 365 days.")
    QUARTER = strawberry.enum_value("QUARTER", description="The last 91 days.")
    MONTH = strawberry.enum_value("MONTH", description="The last 30 days.")


@strawberry.enum(description="In which order a ranking comes.")
class InfluenceSort(Enum):
    """In which order a ranking comes."""

    SCORE = strawberry.enum_value("SCORE", description="Who has the most attention of those who are trusted first.")
    REACH = strawberry.enum_value("REACH", description="Who is expected to reach the most members first.")
    RISING = strawberry.enum_value("RISING", description="Who rose most since the run before first.")


@strawberry.enum(description="How much somebody is part of the community, by the percentile of their social capital.")
class Level(Enum):
    """How much somebody is part of the community."""

    NEWCOMER = strawberry.enum_value("NEWCOMER", description="Below half of all.")
    REGULAR = strawberry.enum_value("REGULAR", description="From the 50th percentile.")
    CONTRIBUTOR = strawberry.enum_value("CONTRIBUTOR", description="From the 80th percentile.")
    PILLAR = strawberry.enum_value("PILLAR", description="From the 95th percentile.")


@strawberry.enum(description="A dimension of social capital.")
class ScoreDimension(Enum):
    """A dimension of social capital."""

    TRUST_AND_SUPPORT = strawberry.enum_value("TRUST_AND_SUPPORT", description="Who trusts and supports you.")
    STRONG_TIES = strawberry.enum_value("STRONG_TIES", description="Whom you are close to, and whom you connect.")
    PARTICIPATION = strawberry.enum_value("PARTICIPATION", description="How you take part.")
    BRAND_SUPPORT = strawberry.enum_value("BRAND_SUPPORT", description="What you do around the brand's own.")


@strawberry.input(description="Within what members are ranked; nothing given: everywhere but in private spaces, ever.")
class GraphScope:
    """Within what members are ranked."""

    space: strawberry.ID | None = _optional("Only by what happened in this space.")
    tag: str | None = _optional("Only by what happened about this tag. Not together with a space.")
    tribe: strawberry.ID | None = _optional("Only members of this tribe; their ranks stay those among all.")
    window: InfluenceWindow | None = _optional("Only by what happened of late.")


@strawberry.input(description="Which members of a ranking. All that is given must hold.")
class InfluenceFilter:
    """Which members of a ranking."""

    min_trust: float | None = _optional("Whose trust is at this percentile at least, 0 to 100.")
    tribe: strawberry.ID | None = _optional("Who is in this tribe.")
    level: Level | None = _optional("Who has reached this level, and no higher one.")
    joined_after: datetime | None = _optional("Joined at this time or later.")
    joined_before: datetime | None = _optional("Joined before this time.")
    role: Role | None = _optional("With this role everywhere.")
    official: bool | None = _optional("Who speak for the brand, or all but those.")
