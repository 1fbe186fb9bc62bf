"""Who is looking: the facts about a viewer that decide what they may see.

The facts are few, change seldom and are needed by every read, so a server process keeps them (`ViewerFacts`) and gives
them to a statement as parameters (`ViewerTerms`), instead of asking the tables again at every row.

A viewer belongs to a class, and a read is compiled once for each class: the anonymous have no posts of their own that
are hidden from others, most members have blocked nobody and moderate nothing, and their statements need not say so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Text, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from community.foundation.parameters import Parameter
from community.members.roles import PERMISSIONS, Permission, Role
from community.members.tables import hidden_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import CTE, ColumnElement, Table

    from community.foundation.visibility import Visible


@dataclass(frozen=True, slots=True)
class ViewerClass:
    """What a statement needs to provide for. Viewers of one class share their compiled statements."""

    signed_in: bool = False
    hides_members: bool = False
    has_hidden: bool = False
    """Whether something they wrote themselves is hidden from others."""
    moderates: bool = False
    oversees: bool = False
    sees_insights: bool = False
    """Whether the viewer may see everybody's scores."""
    audits_rounds: bool = False
    """Whether the viewer sees to it that votes are fair."""
    reads_audit_log: bool = False
    """Whether the viewer may read what staff did."""
    administers: bool = False
    limited: bool = False
    """Whether something may restrict them in what they do: it lapses by the clock, which a statement looks at."""
    writes: bool = False
    """Whether the viewer can change anything: not by a token that only reads."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone who looks, with all that decides what they see.

    `readable_spaces` and `moderated_spaces` hold ids of spaces. Whom blocks hide stands in the database
    (`hidden_members`), as sending a long list costs more than looking it up. Who `oversees` moderates everywhere.
    """

    member_id: int | None = None
    roles: frozenset[str] = frozenset()
    readable_spaces: tuple[int, ...] = ()
    moderated_spaces: tuple[int, ...] = ()
    scopes: frozenset[str] = frozenset()
    session_id: str | None = None
    kind: ViewerClass = field(default=ViewerClass())

    @staticmethod
    def classify(
        member_id: int | None,
        roles: Iterable[str],
        moderated_spaces: tuple[int, ...],
        *,
        hides_members: bool,
        has_hidden: bool,
        limited: bool,
        writes: bool,
    ) -> ViewerClass:
        """Return the class of a viewer with these facts."""
        return ViewerClass(
            signed_in=member_id is not None,
            hides_members=hides_members,
            has_hidden=has_hidden,
            moderates=bool(moderated_spaces),
            oversees=not {"ADMIN", "MODERATOR"}.isdisjoint(roles),
            sees_insights=_may(roles, Permission.SEE_INSIGHTS),
            audits_rounds=_may(roles, Permission.AUDIT_ROUNDS),
            reads_audit_log=_may(roles, Permission.READ_AUDIT_LOG),
            administers=_may(roles, Permission.MANAGE_ROLES),
            limited=limited,
            writes=writes,
        )


def _may(roles: Iterable[str], permission: Permission) -> bool:
    return any(permission in PERMISSIONS[Role(role)] for role in roles)


class ViewerTerms:
    """The viewer in a statement: SQL parameters that `Viewer` fills, and what their class leaves out."""

    def __init__(self, kind: ViewerClass) -> None:
        """Make the terms for statements of one class of viewers."""
        self.kind = kind

    @cached_property
    def member_id(self) -> ColumnElement[Any]:
        """The viewer's own id; null when signed out."""
        return Parameter("viewer_member_id", BigInteger)

    @cached_property
    def session_id(self) -> ColumnElement[Any]:
        """The session that the request came by, as text; null for an access token."""
        return Parameter("viewer_session_id", Text)

    @cached_property
    def readable_spaces(self) -> ColumnElement[Any]:
        """The spaces whose posts the viewer may read, as bigint[]."""
        return Parameter("viewer_readable_spaces", ARRAY(BigInteger))

    @cached_property
    def moderated_spaces(self) -> ColumnElement[Any]:
        """The spaces that the viewer moderates, as bigint[]."""
        return Parameter("viewer_moderated_spaces", ARRAY(BigInteger))

    @cached_property
    def _hidden_members(self) -> CTE:
        kept = hidden_members.alias("kept_hidden_members")
        nobody: ColumnElement[Any] = literal_column("'{}'::int8multirange")
        # Adding nothing unpacks the value once. Kept packed, it was unpacked again for every row that was tested: half
        # as much again for a feed, with 250 blocks.
        members = kept.c.members.op("+")(nobody)
        mine = select(members).where(kept.c.member_id == self.member_id).scalar_subquery()
        return select(func.coalesce(mine, nobody).label("members")).cte("viewer_hidden").prefix_with("MATERIALIZED")

    def hides(self, member_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether the viewer is kept from this member's presence. Only for classes that hide members."""
        hidden = select(self._hidden_members.c.members).scalar_subquery()
        return hidden.op("@>", is_comparison=True)(member_id)


def any_of(array: ColumnElement[Any]) -> ColumnElement[Any]:
    """Write `ANY (array)`, which an index can use."""
    return func.any(array)


TRUE: ColumnElement[bool] = literal_column("true")


def seen(
    table: Table, visible: Callable[[Any, ViewerTerms], Visible], key: ColumnElement[Any], viewer: ViewerTerms
) -> ColumnElement[bool]:
    """Return the condition that the row of a table with this id is there, and for the viewer to see."""
    row = table.alias()
    found: Any = select(literal_column("1")).where(row.c.id == key, *visible(row, viewer).whole())
    exists: ColumnElement[bool] = found.exists()
    return exists
