"""What strikes suggest, as administrators set it: all of it at once, so that nothing is left between two policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from community.members.restricting import LONGEST_PAUSE, SHORTEST_PAUSE
from community.members.restrictions import Limit
from community.members.roles import Permission
from moderation.decisions import events

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_POLICIES = 20
MOST_POINTS = 1_000
LONGEST = 3_650
"""Days."""
AUTOMATIC = frozenset({"LIMIT", "SILENCE", "SUSPEND"})
"""What can be done by a rule alone: it ends by itself."""
ENDLESS = frozenset({"WARN", "BAN"})

# Whoever decides meanwhile goes by what there was, or by all of what there is.
_LOCK = "LOCK TABLE strike_policy IN SHARE ROW EXCLUSIVE MODE"
_FORGET = "DELETE FROM strike_policy"
_ADD = """
    INSERT INTO strike_policy (id, points, within_days, action, for_days, limits, seconds, automatic)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """So many points within so many days suggest an action, for so many days."""

    points: int
    within_days: int
    action: str
    for_days: int | None = None
    limits: tuple[str, ...] = ()
    seconds: int | None = None
    automatic: bool = False


async def update_strike_policies(connection: Connection, acting: Acting, policies: Sequence[Policy]) -> None:
    """Have these policies be all that there are, from the next decision on.

    Raises:
        NotPermitted: unless the member may manage the community.
        Invalid: if one cannot be followed, or two say the same.
    """
    acting.require(Permission.MANAGE_COMMUNITY, action="change what strikes suggest")
    if len(policies) > MOST_POLICIES:
        raise Invalid(field="policies", reason=f"At most {MOST_POLICIES}.")
    if len({(each.points, each.within_days) for each in policies}) < len(policies):
        raise Invalid(field="policies", reason="Two ask for as many points within as many days.")
    for each in policies:
        _refuse_unsound(each)
    await connection.raw.execute(_LOCK)
    await connection.raw.execute(_FORGET)
    for number, each in enumerate(sorted(policies, key=lambda policy: policy.points), 1):
        await connection.raw.execute(
            _ADD,
            number,
            each.points,
            each.within_days,
            each.action,
            each.for_days,
            list(each.limits),
            each.seconds,
            each.automatic,
        )
    happened = Event(
        events.STRIKE_POLICIES_UPDATED,
        actor_id=acting.member_id,
        data={"policies": [asdict(each) for each in policies]},
        context=acting.context,
    )
    await record(connection, happened)


def _refuse_unsound(policy: Policy) -> None:
    if not (0 < policy.points <= MOST_POINTS and 0 < policy.within_days <= LONGEST):
        raise Invalid(field="policies", reason=f"1 to {MOST_POINTS:,} points within 1 to {LONGEST:,} days.")
    if (policy.for_days is None) != (policy.action in ENDLESS) or not 0 < (policy.for_days or 1) <= LONGEST:
        raise Invalid(field="policies", reason=f"{policy.action} {_lasting(policy.action)}.")
    if policy.automatic and policy.action not in AUTOMATIC:
        raise Invalid(field="policies", reason=f"A rule alone can do {', '.join(sorted(AUTOMATIC))}.")
    if bool(policy.limits) != (policy.action == "LIMIT") or Limit.SILENCE in policy.limits:
        raise Invalid(field="policies", reason="LIMIT names its limits, and nothing else does; SILENCE is an action.")
    if len(set(policy.limits)) < len(policy.limits):
        raise Invalid(field="policies", reason="Each limit at most once.")
    if (policy.seconds is None) == (Limit.SLOW_MODE in policy.limits):
        raise Invalid(field="policies", reason="SLOW_MODE needs seconds, and nothing else takes them.")
    if not SHORTEST_PAUSE <= (policy.seconds or SHORTEST_PAUSE) <= LONGEST_PAUSE:
        raise Invalid(field="policies", reason=f"Slow mode is {SHORTEST_PAUSE} to {LONGEST_PAUSE} seconds.")


def _lasting(action: str) -> str:
    return "has no end" if action in ENDLESS else f"lasts 1 to {LONGEST:,} days"
