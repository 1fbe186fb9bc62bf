"""What members may write, how much of it at once and how often: by their level, and by what restricts them.

Each contribution counts within an hour that begins with the first: who has written as many as their level allows goes on when
it is over. Staff, and who speaks for the brand, are not measured by a level; restrictions are for everybody.

All of it is asked by the statement that counts the contribution on the writer's row, under that row's lock: of two that are
written at once, the second sees the first, and what is restricted in between. To ask costs next to nothing: a level is looked
up only for what carries something, and for who has written as much as the lowest of all levels allows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from community.members.errors import LevelTooLow, PaceExceeded
from community.members.restrictions import Limit, held, limited

if TYPE_CHECKING:
    import asyncpg

    from community.foundation.database import Connection
    from community.foundation.markdown import Rendered

NEW_FOR = 3
"""Days after which a member is of level 1, whom no scoring has found yet or who objects to being scored."""


def level_of(member: str) -> str:
    """Return the level of a member, given the name of their row."""
    return f"""coalesce(
        (SELECT reputation.level FROM reputation WHERE reputation.member_id = {member}.id),
        ({member}.joined_at <= now() - interval '{NEW_FOR} days')::integer
    )"""  # noqa: S608 - made of names of ours


def _is_staff(member: str) -> str:
    return f"({member}.official OR EXISTS (SELECT FROM role_grant WHERE role_grant.member_id = {member}.id))"


class Carried(NamedTuple):
    """What a text has in it, as far as it matters to who may write it."""

    links: int = 0
    """Those that lead elsewhere."""
    images: int = 0
    mentions: int = 0

    @classmethod
    def by(cls, rendered: Rendered) -> Carried:
        """Return what a text carries."""
        elsewhere = sum(not link.startswith("/") for link in rendered.links)
        return cls(elsewhere, len(rendered.images), len(rendered.mentions))

    def beyond(self, before: Carried) -> Carried:
        """Return what a text carries where it is more than it carried before: what was let in once stays let in."""
        return Carried(*(now if now > then else 0 for now, then in zip(self, before, strict=True)))


def counted(member: str) -> str:
    """Return the assignments that count a contribution on a member's row."""
    return f"""contributed_at = now(), hour_count = {_count_with_this(member)},
        hour_began = CASE WHEN {_in_hour(member)} THEN {member}.hour_began ELSE now() END"""


def _in_hour(member: str) -> str:
    return f"{member}.hour_began > now() - interval '1 hour'"


def _count_with_this(member: str) -> str:
    return f"(CASE WHEN {_in_hour(member)} THEN {member}.hour_count ELSE 0 END + 1)"


def may_write(member: str, links: str, images: str, mentions: str) -> str:
    """Return the predicate that a member may write, now, a text that carries so much; to be asked under their row's lock."""
    return f"""(
        ({member}.limits IS NULL OR NOT EXISTS (SELECT FROM {held(member)} WHERE {_refuses(member, links, images)}))
        AND (
            {links} + {images} + {mentions} = 0 AND {_count_with_this(member)} <= ({_FEWEST})
            OR NOT EXISTS (
                SELECT FROM level_policy AS policy WHERE policy.level = {level_of(member)} AND NOT {_is_staff(member)}
                    AND (
                        policy.links < {links} OR policy.images < {images} OR policy.mentions < {mentions}
                        OR policy.contributions_an_hour < {_count_with_this(member)}
                    )
            )
        )
    )"""  # noqa: S608 - made of expressions of ours


_FEWEST = "SELECT coalesce(min(contributions_an_hour), 2147483647) FROM level_policy"


def _refuses(member: str, links: str, images: str) -> str:
    return f"""held.until > now() AND (
        held.kind = '{Limit.SILENCE}' OR held.kind = '{Limit.NO_LINKS}' AND {links} > 0
        OR held.kind = '{Limit.NO_MEDIA}' AND {images} > 0
        OR held.kind = '{Limit.SLOW_MODE}' AND {member}.contributed_at > now() - held.seconds * interval '1 second'
    )"""


_COUNT_POST = f"""
    UPDATE member SET post_count = post_count + 1, {counted("member")}
    WHERE id = $1 AND state = 'ACTIVE' AND {may_write("member", "$2::integer", "$3::integer", "$4::integer")}
    RETURNING id
"""  # noqa: S608 - made of expressions of ours
# The moment told of slow mode is the one at which it lets the next one through.
_WHY = f"""
    WITH refusing AS (
        SELECT held.kind, CASE held.kind
            WHEN '{Limit.SLOW_MODE}' THEN member.contributed_at + held.seconds * interval '1 second' ELSE held.until
        END AS until
        FROM member, {held("member")} WHERE member.id = $1 AND {_refuses("member", "$2::integer", "$3::integer")}
            AND (held.kind <> '{Limit.SLOW_MODE}' OR $4::boolean)
    )
    SELECT policy.*, last.kind, last.until,
        CASE WHEN $4::boolean AND policy.contributions_an_hour < {_count_with_this("member")} THEN
            member.hour_began + interval '1 hour'
        END AS next_at
    FROM member
        LEFT JOIN level_policy AS policy ON policy.level = {level_of("member")} AND NOT {_is_staff("member")}
        LEFT JOIN (SELECT * FROM refusing ORDER BY until DESC LIMIT 1) AS last ON true
    WHERE member.id = $1
"""  # noqa: S608 - made of expressions of ours
_IMAGES_AN_HOUR = f"""
    SELECT policy.contributions_an_hour * policy.images FROM member
        JOIN level_policy AS policy ON policy.level = {level_of("member")} AND NOT {_is_staff("member")}
    WHERE member.id = $1
"""  # noqa: S608 - made of expressions of ours
_FROM_LEVEL: Final = {
    name: f"SELECT min(level) FROM level_policy WHERE level > $1 AND coalesce({name} >= $2, true)"  # noqa: S608 - ours
    for name in Carried._fields
}


async def count_post(connection: Connection, member_id: int, carried: Carried) -> bool:
    """Count a post on its author's row, which stays locked; say whether they may write it."""
    return await connection.raw.fetchval(_COUNT_POST, member_id, *carried) is not None


async def refuse_writing(
    connection: Connection, member_id: int, carried: Carried, *, contributes: bool = True, by_level: bool = True
) -> None:
    """Refuse a text that a member may not write: why `count_post` and its like did nothing.

    An edit does not contribute, and so is not paced; a profile is not measured by the level.

    Raises:
        MemberLimited: if something restricts them.
        LevelTooLow: if it carries more than their level allows.
        PaceExceeded: if they have written as much as their level allows in an hour.
    """
    row = await connection.raw.fetchrow(_WHY, member_id, carried.links, carried.images, contributes)
    if row is None:
        return
    if row["kind"] is not None:
        raise limited(Limit(row["kind"]), row["until"])
    for name, count in carried._asdict().items() if by_level else ():
        if row[name] is not None and count > row[name]:
            raise LevelTooLow(allowed=row[name], what=name, more=await _from_when(connection, row, name, count))
    if row["next_at"] is not None:
        allowed = row["contributions_an_hour"]
        raise PaceExceeded(allowed=allowed, until=row["next_at"] + timedelta(seconds=1))


async def images_an_hour(connection: Connection, member_id: int) -> int | None:
    """Return how many images a member may show in an hour at most, by their level; None where it does not say."""
    most: int | None = await connection.raw.fetchval(_IMAGES_AN_HOUR, member_id)
    return most


async def _from_when(connection: Connection, row: asyncpg.Record, name: str, count: int) -> str:
    level = await connection.raw.fetchval(_FROM_LEVEL[name], row["level"], count)
    return "" if level is None else f"; from level {level} on, {count}"
