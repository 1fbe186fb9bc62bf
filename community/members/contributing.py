"""What members may write, how much of it at once and how often: by their level, and by what restricts them.

Members are paced by a leaky bucket of an hour that is one moment on their row, `paced_until`: each contribution moves it by
the hour's share of one, and may move it an hour ahead at most. So somebody of a level with 30 an hour writes 30 at once, and
then one every two minutes. Staff, and who speaks for the brand, are not paced; restrictions are for everybody.

All of it is asked by the statement that counts the contribution on the writer's row, under that row's lock: of two that are
written at once, the second sees the first, and what is restricted in between.
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

LEVEL: Final = f"""coalesce(
    (SELECT reputation.level FROM reputation WHERE reputation.member_id = caller.id),
    (caller.joined_at <= now() - interval '{NEW_FOR} days')::integer
)"""  # noqa: S608 - made of a number of ours
"""The level of a member `caller`."""
_IS_STAFF = "(caller.official OR EXISTS (SELECT FROM role_grant WHERE role_grant.member_id = caller.id))"


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


def policy_for(caller: str) -> str:
    """Return the query for what the level of a member, as an expression, allows: one row, all null for staff."""
    return f"""
        SELECT caller.id AS caller_id, policy.level, policy.contributions_an_hour, policy.links, policy.images,
            policy.mentions
        FROM member AS caller LEFT JOIN level_policy AS policy ON policy.level = {LEVEL} AND NOT {_IS_STAFF}
        WHERE caller.id = {caller}
    """  # noqa: S608 - made of expressions of ours


def counted(member: str, policy: str) -> str:
    """Return the assignments that count a contribution on a member's row."""
    return f"""contributed_at = now(),
        paced_until = greatest({member}.paced_until, now()) + interval '1 hour' / {policy}.contributions_an_hour"""


def may_write(member: str, policy: str, links: str, images: str, mentions: str) -> str:
    """Return the predicate that a member may write, now, a text that carries so much; to be asked under their row's lock."""
    return f"""(
        ({member}.limits IS NULL OR NOT EXISTS (SELECT FROM {held(member)} WHERE {_refuses(member, links, images)}))
        AND coalesce({links} <= {policy}.links, true) AND coalesce({images} <= {policy}.images, true)
        AND coalesce({mentions} <= {policy}.mentions, true) AND coalesce({_within_pace(member, policy)}, true)
    )"""


def _refuses(member: str, links: str, images: str) -> str:
    return f"""held.until > now() AND (
        held.kind = '{Limit.SILENCE}' OR held.kind = '{Limit.NO_LINKS}' AND {links} > 0
        OR held.kind = '{Limit.NO_MEDIA}' AND {images} > 0
        OR held.kind = '{Limit.SLOW_MODE}' AND {member}.contributed_at > now() - held.seconds * interval '1 second'
    )"""


def _within_pace(member: str, policy: str) -> str:
    share = f"interval '1 hour' / {policy}.contributions_an_hour"
    return f"greatest({member}.paced_until, now()) + {share} <= now() + interval '1 hour'"


_COUNT_POST = f"""
    WITH policy AS ({policy_for("$1::bigint")})
    UPDATE member SET post_count = post_count + 1, {counted("member", "policy")} FROM policy
    WHERE member.id = $1 AND member.state = 'ACTIVE'
        AND {may_write("member", "policy", "$2::integer", "$3::integer", "$4::integer")}
    RETURNING member.id
"""  # noqa: S608 - made of expressions of ours
# A second less than slow mode asks for is not refused by it twice: the moment told is the one at which it ends.
_WHY = f"""
    WITH policy AS ({policy_for("$1::bigint")}), refusing AS (
        SELECT held.kind, CASE held.kind
            WHEN '{Limit.SLOW_MODE}' THEN member.contributed_at + held.seconds * interval '1 second' ELSE held.until
        END AS until
        FROM member, {held("member")} WHERE member.id = $1 AND {_refuses("member", "$2::integer", "$3::integer")}
            AND (held.kind <> '{Limit.SLOW_MODE}' OR $5::boolean)
    )
    SELECT policy.*, last.kind, last.until,
        CASE WHEN $5::boolean AND NOT coalesce({_within_pace("member", "policy")}, true) THEN
            member.paced_until + interval '1 hour' / policy.contributions_an_hour - interval '1 hour'
        END AS next_at
    FROM member JOIN policy ON true LEFT JOIN (SELECT * FROM refusing ORDER BY until DESC LIMIT 1) AS last ON true
    WHERE member.id = $1 AND $4::integer IS NOT NULL
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
    row = await connection.raw.fetchrow(_WHY, member_id, *carried, contributes)
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


async def _from_when(connection: Connection, row: asyncpg.Record, name: str, count: int) -> str:
    level = await connection.raw.fetchval(_FROM_LEVEL[name], row["level"], count)
    return "" if level is None else f"; from level {level} on, {count}"
