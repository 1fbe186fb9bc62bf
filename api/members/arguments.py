"""How lists of members are filtered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.members.enums import Role


def _optional(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="Which members. All that is given must hold.")
class MemberFilter:
    """Which members. All that is given must hold."""

    query: str | None = _optional('Words in the handle, the name or the bio; "phrases" and -exclusions too.')
    role: Role | None = _optional("With this role everywhere, not in a single space.")
    official: bool | None = _optional("Who speak for the brand, or all but those.")
    joined_after: datetime | None = _optional("Joined at this time or later.")
    joined_before: datetime | None = _optional("Joined before this time.")
    any: list[MemberFilter] | None = _optional("At least one of these filters must hold as well.")
