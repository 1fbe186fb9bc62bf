"""Who may see boards, ideas, amendments and what hangs on them: as a rule who may see the post that an idea is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal_column, not_, or_, select

from community.cocreation.ideas.tables import idea_co_authors, ideas
from community.discussions.tables import posts
from community.discussions.visibility import visible_posts
from community.foundation.visibility import Visible
from community.members.tables import members
from community.members.viewer import any_of, seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

TRUE: ColumnElement[Any] = literal_column("true")
FALSE: ColumnElement[Any] = literal_column("false")


def visible_idea_boards(board: Any, viewer: ViewerTerms) -> Visible:
    """Show the boards of readable spaces."""
    if viewer.kind.oversees:
        return Visible()
    return Visible(inherited=lambda: (board.c.space_id == any_of(viewer.readable_spaces),))


def visible_ideas(idea: Any, viewer: ViewerTerms) -> Visible:
    """Show an idea where its post is seen."""
    return Visible(inherited=lambda: (seen(posts, visible_posts, idea.c.post_id, viewer),))


def visible_amendments(amendment: Any, viewer: ViewerTerms) -> Visible:
    """Show an amendment where its idea is seen, but not one by who is hidden from the viewer, or suspended."""
    return Visible(
        inherited=_idea_seen(amendment.c.idea_id, viewer),
        always=_of_shown_member(amendment.c.idea_id, amendment.c.proposed_by, viewer),
    )


def visible_idea_merges(merge: Any, viewer: ViewerTerms) -> Visible:
    """Show a merge where the idea that it led to is seen."""
    return Visible(inherited=_idea_seen(merge.c.into_id, viewer))


def visible_idea_answers(answer: Any, viewer: ViewerTerms) -> Visible:
    """Show what the brand said to an idea where the idea is seen."""
    return Visible(inherited=_idea_seen(answer.c.idea_id, viewer))


def visible_idea_credits(credit: Any, viewer: ViewerTerms) -> Visible:
    """Show who is credited for an idea where the idea is seen, and they are."""
    kind = viewer.kind
    shown = (not_(viewer.hides(credit.c.member_id)),) if kind.hides_members and not kind.oversees else ()
    return Visible(inherited=_idea_seen(credit.c.idea_id, viewer), always=shown)


def decides_on(idea_id: ColumnElement[Any], viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether the viewer is an idea's author, a co-author, or moderates where it is."""
    kind = viewer.kind
    if kind.oversees:
        return TRUE
    if not kind.moderates:
        return is_author(idea_id, viewer)
    idea, post = ideas.alias(), posts.alias()
    here: Any = (
        select(post.c.space_id == any_of(viewer.moderated_spaces))
        .select_from(idea.join(post, post.c.id == idea.c.post_id))
        .where(idea.c.id == idea_id)
    ).scalar_subquery()
    return or_(here, is_author(idea_id, viewer))


def is_author(idea_id: ColumnElement[Any], viewer: ViewerTerms) -> ColumnElement[Any]:
    """Return whether the viewer is an idea's author, or a co-author."""
    if not viewer.kind.signed_in:
        return FALSE
    idea, post, co_author = ideas.alias(), posts.alias(), idea_co_authors.alias()
    theirs: Any = (
        select(post.c.author_id == viewer.member_id)
        .select_from(idea.join(post, post.c.id == idea.c.post_id))
        .where(idea.c.id == idea_id)
    ).scalar_subquery()
    shares: Any = select(literal_column("1")).where(
        co_author.c.idea_id == idea_id,
        co_author.c.member_id == viewer.member_id,
        co_author.c.state == literal_column("'ACCEPTED'"),
    )
    return or_(theirs, shares.exists())


def _idea_seen(idea_id: Any, viewer: ViewerTerms) -> Callable[[], tuple[ColumnElement[Any], ...]]:
    return lambda: (seen(ideas, visible_ideas, idea_id, viewer),)


def _of_shown_member(idea_id: Any, member_id: Any, viewer: ViewerTerms) -> tuple[ColumnElement[Any], ...]:
    kind = viewer.kind
    if kind.oversees:
        return ()
    member = members.alias()
    shown: ColumnElement[Any] = (
        select(member.c.state != literal_column("'SUSPENDED'")).where(member.c.id == member_id).scalar_subquery()
    )
    if kind.hides_members:
        shown = and_(shown, not_(viewer.hides(member_id)))
    if kind.signed_in:
        shown = or_(shown, member_id == viewer.member_id)
    if kind.moderates:
        idea, post = ideas.alias(), posts.alias()
        here = (
            select(post.c.space_id == any_of(viewer.moderated_spaces))
            .select_from(idea.join(post, post.c.id == idea.c.post_id))
            .where(idea.c.id == idea_id)
            .scalar_subquery()
        )
        shown = or_(shown, here)
    return (shown,)
