"""What a viewer may do with a post or comment, as SQL: the same rules that the actions' doors hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, or_, select

from api.members.deeds import free_to, free_to_write
from api.reading.readings import Scope
from community.discussions.tables import Visibility, posts, spaces
from community.members.restrictions import Deed
from community.members.viewer import any_of

TRUE: ColumnElement[Any] = literal_column("true")
FALSE: ColumnElement[Any] = literal_column("false")


def moderates(scope: Scope, space_id: Any) -> Any:
    """Whether the viewer moderates a space: not while they are silenced."""
    kind = scope.viewer.kind
    if kind.oversees:
        return free_to(scope, Deed.SHOWN)
    here = space_id == any_of(scope.viewer.moderated_spaces)
    return (and_(here, free_to(scope, Deed.SHOWN)) if kind.limited else here) if kind.moderates else FALSE


def mine(scope: Scope) -> Any:
    """Whether a row is the viewer's own."""
    return and_(TRUE, scope.row.c.author_id == scope.viewer.member_id) if scope.viewer.kind.signed_in else FALSE


def not_archived(scope: Scope, space_id: Any) -> Any:
    """Whether a space can be written in."""
    space = scope.enter(spaces)
    return (
        select(space.c.archived_at.is_(None)).select_from(space.source).where(space.c.id == space_id).scalar_subquery()
    )


def of_post(scope: Scope, name: str) -> Any:
    """Return a column of a comment's post."""
    post = scope.enter(posts)
    return (
        select(getattr(post.c, name)).select_from(post.source).where(post.c.id == scope.row.c.post_id).scalar_subquery()
    )


def may_edit(scope: Scope, space_id: Any, locked_at: Any) -> Any:
    """Whether the viewer may change what it says."""
    visibility = scope.row.c.visibility
    if not scope.viewer.kind.writes:
        return FALSE
    own = and_(mine(scope), visibility.in_((Visibility.VISIBLE.value, Visibility.HELD.value)), locked_at.is_(None))
    return and_(or_(own, moderates(scope, space_id)), not_archived(scope, space_id), free_to(scope, Deed.SHOWN))


def may_delete(scope: Scope, space_id: Any) -> Any:
    """Whether the viewer may take it down."""
    visibility = scope.row.c.visibility
    if not scope.viewer.kind.writes:
        return FALSE
    withdraw = and_(
        mine(scope),
        visibility.in_((Visibility.VISIBLE.value, Visibility.HELD.value)),
        or_(moderates(scope, space_id), not_archived(scope, space_id)),
    )
    gone = (Visibility.REMOVED.value, Visibility.WITHDRAWN.value)
    remove = and_(moderates(scope, space_id), ~mine(scope), visibility.not_in(gone))
    return or_(withdraw, remove)


def may_answer(scope: Scope, space_id: Any, locked_at: Any, visible: Any, *further_authors: Any) -> Any:
    """Whether the viewer may comment on it or reply to it; `further_authors` wrote what it stands under."""
    if not scope.viewer.kind.writes:
        return FALSE
    unlocked = or_(locked_at.is_(None), moderates(scope, space_id))
    return and_(
        visible,
        unlocked,
        not_archived(scope, space_id),
        *_unblocked(scope, *further_authors),
        free_to_write(scope),
    )


def may_react(scope: Scope, space_id: Any, visible: Any, *further_authors: Any) -> Any:
    """Whether the viewer may react to it; `further_authors` wrote what it stands under."""
    if not scope.viewer.kind.writes:
        return FALSE
    return and_(visible, not_archived(scope, space_id), *_unblocked(scope, *further_authors), free_to(scope, Deed.VOTE))


def _unblocked(scope: Scope, *further_authors: Any) -> tuple[Any, ...]:
    """Whether no block stands between: a moderator sees past blocks, and must still not talk past them."""
    kind = scope.viewer.kind
    if not kind.hides_members:
        return ()
    # Who moderates nothing does not even see a comment under a post that a block hides from them.
    authors = (scope.row.c.author_id, *(further_authors if kind.oversees or kind.moderates else ()))
    return tuple(~scope.viewer.hides(author) for author in authors)
