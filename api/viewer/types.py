"""The viewer: one class a feature, put together here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal_column

from api.cocreation.backing.queries import BackingViewer
from api.cocreation.ideas.viewer import IdeasViewer
from api.cocreation.surveys.viewer import SurveysViewer
from api.discussions.viewer import DiscussionsViewer
from api.graph.viewer import GraphViewer
from api.members.viewer import ViewerAccount
from api.moderation.queries import ModerationViewer
from api.notifications.types import NotificationsViewer
from api.reading.fields import embedded, object_type
from api.reading.readings import Scope
from api.referrals.viewer import ReferralsViewer
from api.rewards.queries import RewardsViewer


@object_type
class Viewer(
    ViewerAccount,
    DiscussionsViewer,
    IdeasViewer,
    GraphViewer,
    NotificationsViewer,
    SurveysViewer,
    BackingViewer,
    ModerationViewer,
    ReferralsViewer,
    RewardsViewer,
):
    """Who asks, and all that is theirs."""


def signed_in(scope: Scope) -> Any:
    """Say whether anybody is signed in."""
    return literal_column("true" if scope.viewer.kind.signed_in else "false")


def viewer(description: str) -> Any:
    """Read the viewer; null when nobody is signed in."""
    return embedded(description, exists=signed_in)
