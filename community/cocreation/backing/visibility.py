"""Who may see campaigns and pledges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, or_

from community.cocreation.backing.tables import campaigns
from community.foundation.visibility import Visible
from community.members.viewer import any_of, seen

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.members.viewer import ViewerTerms

_DRAFT: ColumnElement[Any] = literal_column("'DRAFT'")
_FALSE: ColumnElement[Any] = literal_column("false")


def runs_campaigns(viewer: ViewerTerms) -> bool:
    """Whether the viewer runs campaigns: the same roles do that may see insights."""
    return viewer.kind.sees_insights


def visible_campaigns(campaign: Any, viewer: ViewerTerms) -> Visible:
    """Show campaigns in readable spaces; drafts to who runs campaigns."""
    always = () if runs_campaigns(viewer) else (campaign.c.state != _DRAFT,)
    if viewer.kind.oversees:
        return Visible(always=always)
    return Visible(inherited=lambda: (campaign.c.space_id == any_of(viewer.readable_spaces),), always=always)


def visible_tiers(tier: Any, viewer: ViewerTerms) -> Visible:
    """Show the tiers of campaigns that the viewer may see."""
    return Visible(inherited=lambda: (seen(campaigns, visible_campaigns, tier.c.campaign_id, viewer),))


def visible_pledges(pledge: Any, viewer: ViewerTerms) -> Visible:
    """Show a pledge to its backer, and to who runs campaigns where they may see the campaign; to nobody else."""
    if not viewer.kind.signed_in:
        return Visible(always=(_FALSE,))
    own: ColumnElement[Any] = pledge.c.member_id == viewer.member_id
    if not runs_campaigns(viewer):
        return Visible(always=(own,))
    return Visible(always=(or_(own, seen(campaigns, visible_campaigns, pledge.c.campaign_id, viewer)),))
