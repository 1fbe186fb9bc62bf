"""Who may see rewards, points, vouchers and what is offered for points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column

from community.foundation.visibility import Visible

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

_FALSE: ColumnElement[Any] = literal_column("false")


def runs_rewards(viewer: ViewerTerms) -> bool:
    """Whether the viewer runs rewards: the same roles do that may see insights."""
    return viewer.kind.sees_insights


def own_or_staff(row: Any, viewer: ViewerTerms) -> Visible:
    """Show what is a member's to them, and to who runs rewards; to nobody else."""
    if runs_rewards(viewer):
        return Visible()
    if not viewer.kind.signed_in:
        return Visible(always=(_FALSE,))
    return Visible(always=(row.c.member_id == viewer.member_id,))


def visible_vouchers(voucher: Any, viewer: ViewerTerms) -> Visible:
    """Show a code to whose it is; to nobody else, staff included."""
    if not viewer.kind.signed_in:
        return Visible(always=(_FALSE,))
    return Visible(always=(voucher.c.member_id == viewer.member_id,))


def staff_only(_row: Any, viewer: ViewerTerms) -> Visible:
    """Show budgets and pools to who runs rewards."""
    return Visible() if runs_rewards(viewer) else Visible(always=(_FALSE,))


def visible_items(item: Any, viewer: ViewerTerms) -> Visible:
    """Show what is or was offered to all; what is not offered yet to who runs rewards."""
    return Visible() if runs_rewards(viewer) else Visible(always=(item.c.active_from <= func.now(),))
