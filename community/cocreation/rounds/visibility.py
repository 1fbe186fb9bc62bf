"""Who may see rounds and ballots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal_column, or_, select

from community.cocreation.rounds.tables import rounds
from community.foundation.visibility import Visible
from community.members.viewer import any_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

_DRAFT: ColumnElement[Any] = literal_column("'DRAFT'")


def visible_rounds(round_: Any, viewer: ViewerTerms) -> Visible:
    """Show rounds in readable spaces; drafts to who made them, moderates there, or runs campaigns.

    Auditors see all that were opened, wherever they are asked.
    """
    kind = viewer.kind
    if kind.oversees:
        return Visible()
    readable = round_.c.space_id == any_of(viewer.readable_spaces)
    if kind.audits_rounds:
        readable = or_(readable, round_.c.state != _DRAFT)
    known: list[ColumnElement[Any]] = [round_.c.state != _DRAFT]
    if kind.signed_in:
        known.append(round_.c.created_by == viewer.member_id)
    if kind.moderates:
        known.append(round_.c.space_id == any_of(viewer.moderated_spaces))
    if kind.sees_insights:
        known.append(literal_column("true"))
    return Visible(
        inherited=lambda: (readable,),
        always=(or_(*known),),
    )


def visible_options(option: Any, viewer: ViewerTerms) -> Visible:
    """Show the options of rounds that the viewer may see."""

    def seen() -> tuple[ColumnElement[Any], ...]:
        round_ = rounds.alias()
        whole = and_(literal_column("true"), *visible_rounds(round_, viewer).whole())
        return (select(whole).where(round_.c.id == option.c.round_id).scalar_subquery(),)

    return Visible(inherited=seen)


def visible_segments(_segment: Any, viewer: ViewerTerms) -> Visible:
    """Show how parts of the voters voted to who may see insights."""
    return Visible() if viewer.kind.sees_insights else Visible(always=(literal_column("false"),))


def visible_ballots(ballot: Any, viewer: ViewerTerms) -> Visible:
    """Show a ballot to who cast it, and to nobody else, whoever they are."""
    if not viewer.kind.signed_in:
        return Visible(always=(literal_column("false"),))
    return Visible(always=(ballot.c.member_id == viewer.member_id,))
