"""Reactions, as GraphQL shows them: the kinds there are, how many of each, and the viewer's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, func, literal_column, select

from api.labels import in_words
from api.reading.cursors import by_number
from api.reading.fields import column, expression, interface_type, object_type, rows
from api.reading.readings import Scope, Source
from community.discussions.tables import comment_reactions, post_reactions, reaction_kinds


@object_type
class ReactionKind:
    """A way to react, the community's to choose."""

    name: str = column("name", "What `addReaction` takes.")
    emoji: str = column("emoji", "A sign to show.")
    label: str = in_words("labels", "Its name in words.")
    retired: bool = expression(
        lambda scope: scope.row.c.retired_at.is_not(None),
        "Whether it is no longer to be had: old reactions of this kind count on.",
    )


@object_type
class ReactionCount:
    """How many reacted in one way."""

    kind: str = column("name", "The kind's name; see `community.reactionKinds`.")
    emoji: str = column("emoji", "The kind's sign.")
    count: int = column("count", "How many members reacted so.")


def known_reaction_kinds(scope: Scope) -> Source:
    """Draw on all kinds, in the community's order."""
    kind = scope.enter(reaction_kinds)
    return Source(kind, (by_number(kind.c.position), by_number(kind.c.id)), "position")


def _reaction_counts(scope: Scope) -> Source:
    kind = scope.enter(reaction_kinds)
    count = func.coalesce(scope.row.c.reaction_counts[kind.c.id], 0)
    return Source(
        kind,
        (by_number(kind.c.position), by_number(kind.c.id)),
        "position",
        where=[count > 0],
        extras={"count": (count, Integer())},
    )


_TABLES = {"post_id": post_reactions, "comment_id": comment_reactions}


def viewer_reactions(subject: str) -> Any:
    """Declare the kinds of the viewer's own reactions to a post or a comment."""

    def sql(scope: Scope) -> Any:
        if not scope.viewer.kind.signed_in:
            return literal_column("'{}'::text[]")
        reaction, kind = scope.enter(_TABLES[subject]), scope.enter(reaction_kinds)
        # Ordered before they are gathered: an array's order is what its rows' was.
        mine = (
            select(kind.c.name)
            .select_from(reaction.source.join(kind.source, kind.c.id == reaction.c.kind_id))
            .where(getattr(reaction.c, subject) == scope.row.c.id, reaction.c.member_id == scope.viewer.member_id)
            .order_by(kind.c.position, kind.c.id)
        )
        return func.array(mine.scalar_subquery())

    return expression(sql, "The kinds of the viewer's own reactions, in the community's order.")


def viewer_has_reacted(subject: str) -> Any:
    """Declare whether the viewer reacted to a post or a comment."""

    def sql(scope: Scope) -> Any:
        if not scope.viewer.kind.signed_in:
            return literal_column("false")
        reaction = scope.enter(_TABLES[subject])
        return (
            select(literal_column("1"))
            .select_from(reaction.source)
            .where(getattr(reaction.c, subject) == scope.row.c.id, reaction.c.member_id == scope.viewer.member_id)
            .exists()
        )

    return expression(sql, "Whether the viewer reacted in any way.")


@interface_type
class Reactable:
    """What members can react to."""

    reaction_count: int = column("reaction_count", "How many reactions there are, of all kinds.")
    reaction_counts: list[ReactionCount] = rows(
        _reaction_counts, "How many of each kind; kinds with none are left out."
    )
    # Each type that can be reacted to says anew from which table.
    viewer_has_reacted: bool = viewer_has_reacted("post_id")
    viewer_reactions: list[str] = viewer_reactions("post_id")
