"""What a viewer may do with an idea, as SQL: the same rules that the actions' doors hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, not_, or_, select

from api.discussions.permissions import FALSE, TRUE, moderates, not_archived, of_post
from api.members.deeds import free_to
from api.reading.readings import Scope
from community.cocreation.ideas.stages import MERGED, OPEN
from community.cocreation.ideas.tables import idea_co_authors, idea_follows, idea_votes, ideas
from community.cocreation.ideas.visibility import decides_on, is_author
from community.discussions.tables import posts
from community.members.restrictions import Deed


def may_vote(scope: Scope) -> Any:
    """Whether the viewer may vote for an idea, or take their vote back."""
    return and_(_takes_part(scope), free_to(scope, Deed.VOTE))


def may_follow(scope: Scope) -> Any:
    """Whether the viewer may follow an idea, or unfollow it."""
    return and_(scope.row.c.stage != literal_column(f"'{MERGED}'"), may_be_heard(scope))


def may_amend(scope: Scope) -> Any:
    """Whether the viewer may propose another text."""
    unlocked = or_(of_post(scope, "locked_at").is_(None), moderates(scope, of_post(scope, "space_id")))
    return and_(_takes_part(scope), unlocked, free_to(scope, Deed.SHOWN))


def _takes_part(scope: Scope) -> Any:
    return and_(_is_open(scope), may_be_heard(scope), not_archived(scope, of_post(scope, "space_id")))


def may_be_heard(scope: Scope) -> Any:
    """Whether the viewer can do anything with what they see: it is not hidden, and no block stands between."""
    kind = scope.viewer.kind
    if not kind.writes:
        return FALSE
    visible = of_post(scope, "visibility") == literal_column("0")
    return and_(visible, not_(scope.viewer.hides(of_post(scope, "author_id")))) if kind.hides_members else visible


def may_manage(scope: Scope, space_id: Any) -> Any:
    """Whether the viewer speaks for the brand on the ideas of a space that can be written in."""
    kind = scope.viewer.kind
    if not kind.writes:
        return FALSE
    # Who sees insights is who runs campaigns.
    may = TRUE if kind.sees_insights else moderates(scope, space_id)
    return and_(may, not_archived(scope, space_id), free_to(scope, Deed.SHOWN))


def may_advance(scope: Scope) -> Any:
    """Whether the viewer may move an idea's stage."""
    plain = of_post(scope, "visibility") == literal_column("0")
    return and_(plain, may_manage(scope, of_post(scope, "space_id")))


def may_decline(scope: Scope) -> Any:
    """Whether the viewer may decline an amendment: its idea's authors, and who moderates there."""
    if not scope.viewer.kind.writes:
        return FALSE
    idea_id = scope.row.c.idea_id
    open_ = scope.row.c.state == literal_column("'OPEN'")
    writable = not_archived(scope, of_ideas_post(scope, idea_id, "space_id"))
    # Authors decline what is proposed for what is theirs, also while they are silenced; moderators are none then.
    own = (or_(is_author(idea_id, scope.viewer), free_to(scope, Deed.SHOWN)),) if scope.viewer.kind.limited else ()
    return and_(open_, writable, decides_on(idea_id, scope.viewer), *own)


def may_accept(scope: Scope) -> Any:
    """Whether the viewer may accept an amendment: its idea's authors, but not who proposed it."""
    viewer, row = scope.viewer, scope.row.c
    if not viewer.kind.writes:
        return FALSE

    def of_post_(name: str) -> Any:
        return of_ideas_post(scope, row.idea_id, name)

    idea = scope.enter(ideas)
    stages = ", ".join(f"'{stage}'" for stage in OPEN)
    open_idea: Any = (
        select(idea.c.stage.op("IN", is_comparison=True)(literal_column(f"({stages})")))
        .select_from(idea.source)
        .where(idea.c.id == row.idea_id)
        .scalar_subquery()
    )
    return and_(
        row.state == literal_column("'OPEN'"),
        not_(outdated(scope)),
        open_idea,
        of_post_("visibility") == literal_column("0"),
        or_(of_post_("locked_at").is_(None), moderates(scope, of_post_("space_id"))),
        not_archived(scope, of_post_("space_id")),
        row.proposed_by != viewer.member_id,
        free_to(scope, Deed.SHOWN),
        is_author(row.idea_id, viewer),
        *((not_(viewer.hides(of_post_("author_id"))),) if viewer.kind.hides_members else ()),
    )


def sees_amendment_text(scope: Scope) -> Any:
    """Whether the viewer sees what an amendment says.

    All do while it is open and the text that it was proposed against stands. After that it holds what the idea does not say
    any more, which, as with revisions, is for its authors, moderators, and who proposed it.
    """
    row, viewer = scope.row.c, scope.viewer
    current = and_(row.state == literal_column("'OPEN'"), not_(outdated(scope)))
    if not viewer.kind.signed_in:
        return current
    return or_(current, row.proposed_by == viewer.member_id, decides_on(row.idea_id, viewer))


def outdated(scope: Scope) -> Any:
    """Whether the text has changed since an amendment was proposed."""
    return scope.row.c.base_revision != of_ideas_post(scope, scope.row.c.idea_id, "revision_count")


def of_ideas_post(scope: Scope, idea_id: ColumnElement[Any], name: str) -> Any:
    """Return a column of the post of an idea."""
    idea, post = scope.enter(ideas), scope.enter(posts)
    return (
        select(getattr(post.c, name))
        .select_from(idea.source.join(post.source, post.c.id == idea.c.post_id))
        .where(idea.c.id == idea_id)
        .scalar_subquery()
    )


def has_voted(scope: Scope) -> Any:
    """Whether the viewer has a vote for an idea."""
    return _linked(scope, idea_votes)


def follows(scope: Scope) -> Any:
    """Whether the viewer follows an idea."""
    return _linked(scope, idea_follows, lambda row: row.c.following)


def is_co_author(scope: Scope) -> Any:
    """Whether the viewer shares in an idea."""
    return _linked(scope, idea_co_authors, lambda row: row.c.state == literal_column("'ACCEPTED'"))


def is_invited(scope: Scope) -> Any:
    """Whether the viewer is asked to share in an idea."""
    return _linked(scope, idea_co_authors, lambda row: row.c.state == literal_column("'INVITED'"))


def is_own(scope: Scope) -> Any:
    """Whether the viewer proposed an idea."""
    if not scope.viewer.kind.signed_in:
        return FALSE
    return of_post(scope, "author_id") == scope.viewer.member_id


def _linked(scope: Scope, table: Any, also: Any = lambda _row: TRUE) -> Any:
    if not scope.viewer.kind.signed_in:
        return FALSE
    row = scope.enter(table)
    return (
        select(literal_column("1"))
        .select_from(row.source)
        .where(row.c.idea_id == scope.row.c.id, row.c.member_id == scope.viewer.member_id, also(row))
        .exists()
    )


def _is_open(scope: Scope) -> Any:
    stages = ", ".join(f"'{stage}'" for stage in OPEN)
    return scope.row.c.stage.op("IN", is_comparison=True)(literal_column(f"({stages})"))
