"""Who may see rounds and ballots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, or_

from community.cocreation.asking import visible_asked
from community.cocreation.rounds.tables import rounds
from community.foundation.visibility import Visible
from community.members.viewer import any_of, seen

if TYPE_CHECKING:
    from community.members.viewer import ViewerTerms


def visible_rounds(round_: Any, viewer: ViewerTerms) -> Visible:
    """Show rounds in readable spaces; drafts to who made them, moderates there, or runs campaigns.

    Auditors see all that were opened, wherever they are asked.
    """
    readable = round_.c.space_id == any_of(viewer.readable_spaces)
    if viewer.kind.audits_rounds:
        readable = or_(readable, round_.c.state != literal_column("'DRAFT'"))
    return visible_asked(round_, viewer, readable)


def visible_options(option: Any, viewer: ViewerTerms) -> Visible:
    """Show the options of rounds that the viewer may see."""
    return Visible(inherited=lambda: (seen(rounds, visible_rounds, option.c.round_id, viewer),))


def visible_segments(_segment: Any, viewer: ViewerTerms) -> Visible:
    """Show how parts of the voters voted to who may see insights."""
    return Visible() if viewer.kind.sees_insights else Visible(always=(literal_column("false"),))


def visible_ballots(ballot: Any, viewer: ViewerTerms) -> Visible:
    """Show a ballot to who cast it, and to nobody else, whoever they are."""
    if not viewer.kind.signed_in:
        return Visible(always=(literal_column("false"),))
    return Visible(always=(ballot.c.member_id == viewer.member_id,))
