"""Amendments as GraphQL shows them, with what they would change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import case, func, literal_column, select

from api.cocreation.ideas.arguments import AmendmentState
from api.cocreation.ideas.permissions import may_accept, may_decline, of_ideas_post, outdated, sees_amendment_text
from api.discussions.revision_types import TextChange, compared
from api.members.types import Member
from api.node import Node
from api.reading.fields import column, computed, embedded, entity, expression, object_type, reference
from api.reading.readings import Scope
from community.cocreation.ideas.tables import amendments, ideas
from community.cocreation.ideas.visibility import visible_amendments
from community.discussions.tables import post_revisions

if TYPE_CHECKING:
    from api.cocreation.ideas.types import Idea

LazyIdea = Annotated["Idea", strawberry.lazy("api.cocreation.ideas.types")]


def _base(scope: Scope, name: str) -> Any:
    """Return what the idea said when an amendment was proposed: as the next edit found it, or as it is now."""
    idea, revision = scope.enter(ideas), scope.enter(post_revisions)
    found = (
        select(getattr(revision.c, name))
        .select_from(idea.source.join(revision.source, revision.c.post_id == idea.c.post_id))
        .where(idea.c.id == scope.row.c.idea_id, revision.c.number == scope.row.c.base_revision + literal_column("1"))
    )
    return func.coalesce(found.scalar_subquery(), of_ideas_post(scope, scope.row.c.idea_id, name))


def _texts(name: str) -> Any:
    def inputs(scope: Scope) -> Sequence[Any]:
        return _base(scope, name), getattr(scope.row.c, name)

    return inputs


def _text(name: str) -> Any:
    return lambda scope: case((sees_amendment_text(scope), getattr(scope.row.c, name)))


@object_type
class AmendmentDiff:
    """What an amendment would change, against the text that it was proposed for."""

    title: list[TextChange] = computed(_texts("title"), compared, "What it would do to the title.")
    body: list[TextChange] = computed(_texts("body"), compared, "What it would do to the body.")


@entity("amendment", amendments, visible_amendments)
class Amendment(Node):
    """Another text for an idea, proposed to its authors.

    What it says is for all to see while it is open and the text that it was proposed against stands; after that for who
    proposed it, the idea's authors and moderators, as with revisions: it holds what the idea does not say any more.
    """

    idea: LazyIdea | None = reference(lambda scope: scope.row.c.idea_id, "The idea.", inherits=True)
    proposed_by: Member | None = reference(
        lambda scope: scope.row.c.proposed_by, "Who proposed it; null when they are not to be seen."
    )
    state: AmendmentState = column("state", "What became of it.")
    base_revision: int = column("base_revision", "The post's `revisionCount` as it was proposed.")
    outdated: bool = expression(
        outdated, "Whether the text has changed since, so that it cannot be accepted, or has been already."
    )
    created_at: datetime = column("created_at", "When it was proposed.")
    title: str | None = expression(_text("title"), "The title that it proposes; null to whom it is not shown.")
    body: str | None = expression(_text("body"), "The body that it proposes, as Markdown; null as the title.")
    body_html: str | None = expression(_text("body_html"), "The same as safe HTML; null as the title.")
    reason: str | None = expression(_text("reason"), "Why, in the words of who proposed it; null as the title.")
    diff: AmendmentDiff | None = embedded(
        "What it changes in the text that it was proposed for; null as the title.", exists=sees_amendment_text
    )
    decided_at: datetime | None = column("decided_at", "When it was accepted, declined or withdrawn.")
    decided_by: Member | None = reference(
        lambda scope: scope.row.c.decided_by, "By whom; null while it is open, or when they are not to be seen."
    )
    decision: str = column("decision", "Why it was declined; empty where nothing was said.")
    viewer_can_accept: bool = expression(
        may_accept, "Whether the viewer may accept it, as one of the idea's authors, and not who proposed it."
    )
    viewer_can_decline: bool = expression(
        may_decline, "Whether the viewer may decline it, as one of the idea's authors or a moderator."
    )
