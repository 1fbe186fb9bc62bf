"""Merges of ideas as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, func, literal_column, select

from api.cocreation.ideas.permissions import may_manage, of_ideas_post
from api.cocreation.ideas.sources import sources_of_merge
from api.members.types import Member
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import column, connection, entity, expression, reference
from api.reading.readings import Scope
from community.cocreation.ideas.tables import idea_merge_sources, idea_merges
from community.cocreation.ideas.visibility import visible_idea_merges

if TYPE_CHECKING:
    from api.cocreation.ideas.types import Idea

LazyIdea = Annotated["Idea", strawberry.lazy("api.cocreation.ideas.types")]


def _sum(name: str) -> Any:
    def sql(scope: Scope) -> Any:
        source = scope.enter(idea_merge_sources)
        added = func.coalesce(func.sum(getattr(source.c, name)), literal_column("0"), type_=BigInteger)
        return select(added).select_from(source.source).where(source.c.merge_id == scope.row.c.id).scalar_subquery()

    return sql


def _may_undo(scope: Scope) -> Any:
    may = may_manage(scope, of_ideas_post(scope, scope.row.c.into_id, "space_id"))
    return scope.row.c.undone_at.is_(None) & may


@entity("idea_merge", idea_merges, visible_idea_merges)
class IdeaMerge(Node):
    """Some ideas that became one with another, and can become ideas of their own again."""

    into: LazyIdea | None = reference(lambda scope: scope.row.c.into_id, "The idea that they went into.", inherits=True)
    ideas: Connection[LazyIdea] = connection(sources_of_merge, "The ideas that were merged, the oldest first.")
    merged_at: datetime = column("merged_at", "When.")
    merged_by: Member | None = reference(
        lambda scope: scope.row.c.merged_by, "By whom; null when they are not to be seen."
    )
    moved_vote_count: int = expression(
        _sum("moved_votes"), "How many members voted for one of them who had not voted for the idea they went into."
    )
    moved_follower_count: int = expression(
        _sum("moved_followers"), "How many members follow the idea that they went into because of it."
    )
    undone_at: datetime | None = column("undone_at", "When it was undone; null while it stands.")
    undone_by: Member | None = reference(
        lambda scope: scope.row.c.undone_by, "By whom; null while it stands, or when they are not to be seen."
    )
    viewer_can_undo: bool = expression(
        _may_undo, "Whether the viewer may undo it, as long as the idea they went into has not shipped or been merged."
    )
