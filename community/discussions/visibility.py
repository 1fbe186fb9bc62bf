"""Which spaces, posts and comments a viewer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from community.discussions.tables import posts
from community.foundation.visibility import Visible
from community.members.viewer import any_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms


def visible_spaces(space: Any, viewer: ViewerTerms) -> Visible:
    """Show the spaces that the viewer may read; who oversees the community sees all."""
    if viewer.kind.oversees:
        return Visible()
    return Visible(inherited=(space.c.id == any_of(viewer.readable_spaces),))


def visible_posts(post: Any, viewer: ViewerTerms) -> Visible:
    """Show what is plainly visible in readable spaces, the viewer's own hidden posts, and all where they moderate."""
    kind = viewer.kind
    return Visible(
        inherited=() if kind.oversees else (post.c.space_id == any_of(viewer.readable_spaces),),
        always=_not_hidden_author(post, viewer),
        plain=post.c.visibility == 0,
        exception=_exception(post, viewer, post.c.space_id),
    )


def visible_comments(comment: Any, viewer: ViewerTerms) -> Visible:
    """Show a comment where its post is seen, by the same rule as the post's own."""
    post = posts.alias()
    of_post = post.c.id == comment.c.post_id
    seen = select(and_(*visible_posts(post, viewer).whole())).where(of_post).scalar_subquery()
    space_id = select(post.c.space_id).where(of_post).scalar_subquery()
    return Visible(
        inherited=(seen,),
        always=_not_hidden_author(comment, viewer),
        plain=comment.c.visibility == 0,
        exception=_exception(comment, viewer, space_id),
    )


def _not_hidden_author(row: Any, viewer: ViewerTerms) -> tuple[ColumnElement[Any], ...]:
    if not viewer.kind.hides_members or viewer.kind.oversees:
        return ()
    return (~viewer.hides(row.c.author_id),)


def _exception(row: Any, viewer: ViewerTerms, space_id: ColumnElement[Any]) -> ColumnElement[Any] | None:
    kind = viewer.kind
    hidden: ColumnElement[Any] = row.c.visibility != 0
    if kind.oversees:
        return hidden
    if not kind.signed_in:
        return None
    own: ColumnElement[Any] = row.c.author_id == viewer.member_id
    if kind.moderates:
        return and_(hidden, or_(own, space_id == any_of(viewer.moderated_spaces)))
    return and_(hidden, own)
