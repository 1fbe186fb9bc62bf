"""Which notifications a viewer may see: their own, and of what they may still see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal_column, or_

from community.cocreation.ideas.tables import amendments, ideas
from community.cocreation.ideas.visibility import visible_amendments, visible_ideas
from community.cocreation.rounds.tables import rounds
from community.cocreation.rounds.visibility import visible_rounds
from community.discussions.tables import comments, posts
from community.discussions.visibility import visible_comments, visible_posts
from community.foundation.visibility import Visible
from community.members.viewer import seen
from community.referrals.tables import referrals
from community.referrals.visibility import visible_referrals
from moderation.cases.tables import cases
from moderation.visibility import visible_cases

if TYPE_CHECKING:
    from community.members.viewer import ViewerTerms

_OF_WHOSE_THEY_ARE = "('pledge', 'reward', 'redemption', 'decision', 'report', 'appeal', 'case_note')"
# Whoever was moderated is told so, whatever they may see of it now; and of points it is told to whose they are.
_ABOUT_ONESELF = "('FOLLOW', 'CONTENT_REMOVED', 'POINTS_EXPIRING')"


def visible_notifications(notification: Any, viewer: ViewerTerms) -> Visible:
    """Show the viewer's own notifications, but of what they may not see any more."""
    if not viewer.kind.signed_in:
        return Visible(always=(literal_column("false"),))
    subject_kind, subject_id = notification.c.subject_kind, notification.c.subject_id
    return Visible(
        always=(
            notification.c.member_id == viewer.member_id,
            or_(
                notification.c.kind.op("IN", is_comparison=True)(literal_column(_ABOUT_ONESELF)),
                and_(
                    subject_kind == literal_column("'post'"),
                    seen(posts, visible_posts, subject_id, viewer),
                ),
                # Of these it is told to whose they are.
                subject_kind.op("IN", is_comparison=True)(literal_column(_OF_WHOSE_THEY_ARE)),
                and_(
                    subject_kind == literal_column("'case'"),
                    seen(cases, visible_cases, subject_id, viewer),
                ),
                and_(
                    subject_kind == literal_column("'referral'"),
                    seen(referrals, visible_referrals, subject_id, viewer),
                ),
                and_(
                    subject_kind == literal_column("'comment'"),
                    seen(comments, visible_comments, subject_id, viewer),
                ),
                and_(
                    subject_kind == literal_column("'idea'"),
                    seen(ideas, visible_ideas, subject_id, viewer),
                ),
                and_(
                    subject_kind == literal_column("'round'"),
                    seen(rounds, visible_rounds, subject_id, viewer),
                ),
                and_(
                    subject_kind == literal_column("'amendment'"),
                    seen(amendments, visible_amendments, subject_id, viewer),
                ),
            ),
        ),
    )
