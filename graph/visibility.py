"""Who may see scores: members their own, and who may see insights everybody's, but for those who object to profiling.

Who is suspended, or merged into another, is in no ranking from that moment on, and in their place again when it is undone: the
rows stay, and the next run goes by who is there then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, not_, or_, select

from community.foundation.visibility import Visible
from community.members.tables import members
from community.members.viewer import any_of
from graph.tables import graph_scopes, profiling_objections

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

NOTHING: ColumnElement[bool] = literal_column("false")


def visible_scores(row: Any, viewer: ViewerTerms) -> Visible:
    """Show what was found of a member to that member, and to who may see insights."""
    if not viewer.kind.signed_in:
        return Visible(always=(NOTHING,))
    # Rows go when a member objects; this holds while a run that began before is still writing.
    profiled = not_(_objects(row.c.member_id))
    if viewer.kind.sees_insights:
        return Visible(always=(profiled, not_(_is_out(row.c.member_id))))
    return Visible(always=(row.c.member_id == viewer.member_id, profiled))


def visible_influences(row: Any, viewer: ViewerTerms) -> Visible:
    """Show a member's place in a scope like all their scores, if the viewer may read there."""
    scores = visible_scores(row, viewer)
    if viewer.kind.oversees:
        return scores

    def readable() -> tuple[ColumnElement[Any], ...]:
        scope = graph_scopes.alias()
        return (
            select(or_(scope.c.space_id.is_(None), scope.c.space_id == any_of(viewer.readable_spaces)))
            .where(scope.c.id == row.c.scope_id)
            .scalar_subquery(),
        )

    return Visible(inherited=readable, always=scores.always)


def visible_ties(row: Any, viewer: ViewerTerms) -> Visible:
    """Show a member's ties like their scores, but none to who objects to profiling or is out."""
    scores = visible_scores(row, viewer)
    return Visible(always=(*scores.always, not_(_objects(row.c.other_id)), not_(_is_out(row.c.other_id))))


def visible_insights(row: Any, viewer: ViewerTerms) -> Visible:
    """Show what is found of the community as a whole, a run or a tribe, to who may see insights."""
    del row
    return Visible() if viewer.kind.sees_insights else Visible(always=(NOTHING,))


def visible_jobs(row: Any, viewer: ViewerTerms) -> Visible:
    """Show a job to who asked for it, and to who may see insights."""
    if not viewer.kind.signed_in:
        return Visible(always=(NOTHING,))
    return Visible() if viewer.kind.sees_insights else Visible(always=(row.c.asked_by == viewer.member_id,))


def visible_tribes(row: Any, viewer: ViewerTerms) -> Visible:
    """Show tribes to members: what they write about and how large they are is no secret, who is in them is."""
    del row
    return Visible() if viewer.kind.signed_in else Visible(always=(NOTHING,))


def _is_out(member_id: ColumnElement[Any]) -> ColumnElement[bool]:
    # As the index of the few that it is true of has it.
    member = members.alias()
    is_one = (member.c.id == member_id, member.c.state != literal_column("'ACTIVE'"))
    return select(literal_column("1")).select_from(member).where(*is_one).exists()


def _objects(member_id: ColumnElement[Any]) -> ColumnElement[bool]:
    objection = profiling_objections.alias()
    return select(literal_column("1")).select_from(objection).where(objection.c.member_id == member_id).exists()
