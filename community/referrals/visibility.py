"""Who may see programmes, codes, and who was brought by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column, or_, select

from community.foundation.visibility import Visible
from community.referrals.tables import programs

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

_NOBODY = Visible(always=(literal_column("false"),))


def visible_to_campaigns(_row: Any, viewer: ViewerTerms) -> Visible:
    """Show how referrals are judged, and what was found of each, to who runs campaigns: the same roles see insights."""
    return Visible() if viewer.kind.sees_insights else _NOBODY


def visible_programs(program: Any, viewer: ViewerTerms) -> Visible:
    """Show programmes that have started to everybody, and those to come to who may see insights."""
    return Visible() if viewer.kind.sees_insights else Visible(always=(program.c.starts_at <= func.now(),))


def visible_terms(terms_: Any, viewer: ViewerTerms) -> Visible:
    """Show the terms of programmes that the viewer may see, past versions as well: they are what was promised."""
    if viewer.kind.sees_insights:
        return Visible()

    def seen() -> tuple[ColumnElement[Any], ...]:
        program = programs.alias()
        started = select(program.c.starts_at <= func.now()).where(program.c.id == terms_.c.program_id)
        return (started.scalar_subquery(),)

    return Visible(inherited=seen)


def visible_codes(code: Any, viewer: ViewerTerms) -> Visible:
    """Show codes to whose they are, and to who may see insights."""
    if viewer.kind.sees_insights:
        return Visible()
    return Visible(always=(code.c.member_id == viewer.member_id,)) if viewer.kind.signed_in else _NOBODY


def visible_referrals(referral: Any, viewer: ViewerTerms) -> Visible:
    """Show who was brought by whom to the two of them, and to who may see insights."""
    if viewer.kind.sees_insights:
        return Visible()
    if not viewer.kind.signed_in:
        return _NOBODY
    own = or_(referral.c.member_id == viewer.member_id, referral.c.referrer_id == viewer.member_id)
    return Visible(always=(own,))


def visible_insights(insight: Any, viewer: ViewerTerms) -> Visible:
    """Show what was computed of programmes to who sees insights."""
    del insight
    return Visible() if viewer.kind.sees_insights else _NOBODY
