"""What members of each level may write and do: rows that administrators change. Levels themselves come of scoring.

Levels are 0 for who is new, and 1 to 4 as scoring finds them (`reputation.py`). New members are slowed, and not silenced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from community.foundation.errors import Invalid
from community.foundation.events import Event, record
from community.members.contributing import level_of
from community.members.events import LEVEL_POLICY_UPDATED
from community.members.reputation import HIGHEST_LEVEL
from community.members.roles import Permission

if TYPE_CHECKING:
    from community.foundation.database import Connection
    from community.members.acting import Acting

MOST_AN_HOUR = 10_000
MOST_IN_ONE = 1_000
HEAVIEST = 100.0

_POLICY = "SELECT * FROM level_policy WHERE level = $1 FOR UPDATE"
_CHANGE = """
    UPDATE level_policy SET contributions_an_hour = $2, links = $3, images = $4, mentions = $5, creates_spaces = $6,
        report_weight = $7
    WHERE level = $1
"""
_LEVEL = level_of("caller")
_CREATES_SPACES = f"""
    SELECT policy.creates_spaces FROM member AS caller JOIN level_policy AS policy ON policy.level = {_LEVEL}
    WHERE caller.id = $1
"""  # noqa: S608 - made of expressions of ours
REPORT_WEIGHT: Final = (
    f"(SELECT policy.report_weight FROM level_policy AS policy WHERE policy.level = {level_of('caller')})"  # noqa: S608 - ours
)
"""What a report of a member `caller` counts, before their record as a reporter."""


class LevelChanges(TypedDict, total=False):
    """What to change; what is left out stays, and None is as many as they like."""

    contributions_an_hour: int | None
    links: int | None
    images: int | None
    mentions: int | None
    creates_spaces: bool
    report_weight: float


_MOST: Final = {"contributions_an_hour": (1, MOST_AN_HOUR)} | dict.fromkeys(
    ("links", "images", "mentions"), (0, MOST_IN_ONE)
)


async def creates_spaces(connection: Connection, member_id: int) -> bool:
    """Say whether a member's level lets them open spaces."""
    return bool(await connection.raw.fetchval(_CREATES_SPACES, member_id))


async def update_level_policy(
    connection: Connection, acting: Acting, level: int, **changes: Unpack[LevelChanges]
) -> bool:
    """Change what members of a level may do, from now on; say whether anything changed.

    Raises:
        NotPermitted: unless the member may manage the community.
        Invalid: for a level that there is not, or an amount that is none.
    """
    acting.require(Permission.MANAGE_COMMUNITY, action="change what members may do")
    if not 0 <= level <= HIGHEST_LEVEL:
        raise Invalid(field="level", reason=f"0 to {HIGHEST_LEVEL}.")
    for name, (least, most) in _MOST.items():
        value = changes.get(name)
        if isinstance(value, int) and not least <= value <= most:
            raise Invalid(field=name, reason=f"{least} to {most:,}, or null for as many as they like.")
    if not 0 < changes.get("report_weight", 1.0) <= HEAVIEST:
        raise Invalid(field="report_weight", reason=f"More than 0, and at most {HEAVIEST:g}.")
    before = await connection.raw.fetchrow(_POLICY, level)
    assert before is not None  # there is one for each level
    after = {**before, **changes}
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        return False
    await connection.raw.execute(
        _CHANGE,
        level,
        after["contributions_an_hour"],
        after["links"],
        after["images"],
        after["mentions"],
        after["creates_spaces"],
        after["report_weight"],
    )
    happened = Event(
        LEVEL_POLICY_UPDATED,
        actor_id=acting.member_id,
        data={"level": level, "changes": changed},
        context=acting.context,
    )
    await record(connection, happened)
    return True
