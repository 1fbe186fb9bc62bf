"""Which spaces, posts, comments and tags a viewer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, literal_column, not_, or_, select

from community.discussions.tables import post_tags, posts
from community.foundation.visibility import Visible
from community.members.viewer import any_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

PLAIN: ColumnElement[Any] = literal_column("0")


def visible_spaces(space: Any, viewer: ViewerTerms) -> Visible:
    """Show the spaces that the viewer may read; who oversees the community sees all."""
    if viewer.kind.oversees:
        return Visible()
    return Visible(inherited=lambda: (space.c.id == any_of(viewer.readable_spaces),))


def visible_posts(post: Any, viewer: ViewerTerms) -> Visible:
    """Show what is plainly visible in readable spaces, the viewer's own hidden posts, and all where they moderate."""
    kind = viewer.kind
    return Visible(
        inherited=lambda: () if kind.oversees else (post.c.space_id == any_of(viewer.readable_spaces),),
        always=_not_hidden_author(post, viewer, lambda: post.c.space_id),
        plain=post.c.visibility == PLAIN,
        exceptions=_exceptions(post, viewer, lambda: post.c.space_id),
    )


def visible_comments(comment: Any, viewer: ViewerTerms) -> Visible:
    """Show a comment where its post is seen, by the same rule as the post's own."""

    def seen() -> tuple[ColumnElement[Any], ...]:
        post = posts.alias()
        whole = and_(*visible_posts(post, viewer).whole())
        return (select(whole).where(post.c.id == comment.c.post_id).scalar_subquery(),)

    def space_id() -> ColumnElement[Any]:
        post = posts.alias()
        return select(post.c.space_id).where(post.c.id == comment.c.post_id).scalar_subquery()

    exceptions = _exceptions(comment, viewer, space_id)
    return Visible(
        inherited=seen,
        always=_not_hidden_author(comment, viewer, space_id),
        plain=comment.c.visibility == PLAIN,
        # The hidden comments of a post are few: looked through once, and not by an index for each exception.
        exceptions=(or_(*exceptions),) if exceptions else (),
    )


def visible_tags(tag: Any, viewer: ViewerTerms) -> Visible:
    """Show the tags of posts that the viewer may see, and those that somebody has described for all.

    A tag is a word of whoever wrote the post: one that stands on hidden posts alone is hidden as they are.
    """
    if viewer.kind.oversees:
        return Visible()

    def carried() -> tuple[ColumnElement[Any], ...]:
        link, post = post_tags.alias(), posts.alias()
        # A scalar, not EXISTS: of that the planner could make a table of all tagged posts. The first post mostly ends it.
        found = (
            select(literal_column("true"))
            .select_from(link.join(post, post.c.id == link.c.post_id))
            .where(link.c.tag_id == tag.c.id, *visible_posts(post, viewer).whole())
            .limit(literal_column("1"))
            .scalar_subquery()
        )
        return (or_(tag.c.description != literal_column("''"), func.coalesce(found, literal_column("false"))),)

    return Visible(inherited=carried)


def _not_hidden_author(
    row: Any, viewer: ViewerTerms, space_id: Callable[[], ColumnElement[Any]]
) -> tuple[ColumnElement[Any], ...]:
    kind = viewer.kind
    if not kind.hides_members or kind.oversees:
        return ()
    shown = not_(viewer.hides(row.c.author_id))
    # Nobody keeps what they write from a space's moderators by blocking them.
    return (or_(shown, space_id() == any_of(viewer.moderated_spaces)) if kind.moderates else shown,)


def _exceptions(
    row: Any, viewer: ViewerTerms, space_id: Callable[[], ColumnElement[Any]]
) -> tuple[ColumnElement[Any], ...]:
    kind = viewer.kind
    hidden: ColumnElement[Any] = row.c.visibility != PLAIN
    if kind.oversees:
        return (hidden,)
    if not kind.signed_in:
        return ()
    own: ColumnElement[Any] = row.c.author_id == viewer.member_id
    if not kind.moderates:
        return (and_(hidden, own),) if kind.has_hidden else ()
    others = and_(hidden, space_id() == any_of(viewer.moderated_spaces))
    # Apart: as one, they made who moderates one space pass all that is hidden in another.
    return (and_(hidden, own), and_(others, not_(own))) if kind.has_hidden else (others,)
