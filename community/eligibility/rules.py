"""Rules that say who may take part: kept as a row, and asked by one predicate in every statement that opens a door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Interval, Text, and_, any_, cast, func, literal_column, or_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY

from community.discussions.access import space_seen
from community.discussions.tables import comments, posts, space_members
from community.eligibility.tables import LONGEST_ACTIVITY
from community.foundation.errors import Invalid, NotFound
from community.members.reputation import HIGHEST_LEVEL
from community.members.roles import Role
from community.members.tables import members, reputations, role_grants

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.foundation.database import Connection
    from community.members.acting import Acting

HIGHEST_TRUST = 100

_INSERT = """
    INSERT INTO eligibility (roles, level, trust, joined_before, belongs_to, active_in, active_days, customers_only)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may take part. All that is asked must hold; what is left out is not asked."""

    roles: frozenset[Role] = frozenset()
    level: int | None = None
    trust: int | None = None
    joined_before: datetime | None = None
    belongs_to: int | None = None
    active_in: int | None = None
    active_days: int | None = None
    customers_only: bool = False


ANYBODY = Eligibility()


async def keep_eligibility(connection: Connection, acting: Acting, rule: Eligibility, *, field: str) -> int | None:
    """Keep a rule that the acting member has written; return its id, or None where it asks for nothing.

    Raises:
        NotFound: if it names a space that they may not see.
        Invalid: if it asks for what nobody can be; `field` is where it stood.
    """
    if rule == ANYBODY:
        return None
    if rule.level is not None and not 1 <= rule.level <= HIGHEST_LEVEL:
        raise Invalid(field=field, reason=f"Levels go from 1 to {HIGHEST_LEVEL}.")
    if rule.trust is not None and not 0 <= rule.trust <= HIGHEST_TRUST:
        raise Invalid(field=field, reason=f"Trust is asked for in percent of members, 0 to {HIGHEST_TRUST}.")
    if (rule.active_in is None) != (rule.active_days is None):
        raise Invalid(field=field, reason="Activity is in a space and within some days: give both.")
    if rule.active_days is not None and not 1 <= rule.active_days <= LONGEST_ACTIVITY:
        raise Invalid(field=field, reason=f"Activity is within 1 to {LONGEST_ACTIVITY} days.")
    for space_id in {rule.belongs_to, rule.active_in} - {None}:
        assert space_id is not None  # taken out just now
        try:
            await space_seen(connection, acting, space_id)
        except NotFound:
            raise NotFound(what="space", path=(field,)) from None
    rule_id: int = await connection.raw.fetchval(
        _INSERT,
        *(sorted(rule.roles), rule.level, rule.trust, rule.joined_before),
        *(rule.belongs_to, rule.active_in, rule.active_days, rule.customers_only),
    )
    return rule_id


def is_eligible(rule: Callable[[str], ColumnElement[Any]], member_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the predicate that a member may take part by a rule, whose columns `rule` returns; never null.

    Each question is asked only where the rule asks it, by the key of a table: some microseconds.
    """
    one: ColumnElement[Any] = literal_column("1")
    member, reputation = members.alias(), reputations.alias()
    grant, joined = role_grants.alias(), space_members.alias()
    post, comment, answered = posts.alias(), comments.alias(), posts.alias()

    def of_member(value: Any) -> Any:
        return select(value).where(member.c.id == member_id).scalar_subquery()

    def of_reputation(value: Any) -> Any:
        return select(value).where(reputation.c.member_id == member_id).scalar_subquery()

    def there_is(*where: Any) -> Any:
        return select(one).where(*where).exists()

    since = func.now() - cast(cast(rule("active_days"), Text).op("||")(literal_column("' days'")), Interval)
    wrote = or_(
        there_is(
            post.c.author_id == member_id,
            post.c.visibility == literal_column("0"),
            post.c.space_id == rule("active_in"),
            post.c.created_at > since,
        ),
        there_is(
            comment.c.author_id == member_id,
            comment.c.visibility == literal_column("0"),
            comment.c.created_at > since,
            answered.c.id == comment.c.post_id,
            answered.c.space_id == rule("active_in"),
        ),
    )
    asked = and_(
        or_(
            func.cardinality(rule("roles")) == literal_column("0"),
            there_is(grant.c.member_id == member_id, grant.c.role == any_(cast(rule("roles"), ARRAY(Text)))),
        ),
        or_(rule("level").is_(None), of_reputation(reputation.c.level >= rule("level"))),
        or_(rule("trust").is_(None), of_reputation(reputation.c.trust >= rule("trust"))),
        or_(rule("joined_before").is_(None), of_member(member.c.joined_at < rule("joined_before"))),
        or_(
            rule("belongs_to").is_(None),
            there_is(joined.c.space_id == rule("belongs_to"), joined.c.member_id == member_id),
        ),
        or_(rule("active_in").is_(None), wrote),
        or_(~rule("customers_only"), of_member(member.c.customer_since.is_not(None))),
    )
    return or_(rule("id").is_(None), func.coalesce(asked, literal_column("false")))


def eligible(rule: str, member: str) -> str:
    """Return the predicate of :func:`is_eligible` as text, for a statement that joins the rule's row by some name.

    A row that is not there, as after a left join, asks for nothing.
    """
    predicate = is_eligible(lambda name: literal_column(f"{rule}.{name}"), literal_column(member))
    return str(predicate.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call] # SQLAlchemy's own
