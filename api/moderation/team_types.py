"""What moderators work with: teams with their clocks and routes, and saved replies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.discussions.space_types import Space, Tag
from api.members.types import Member
from api.moderation.enums import CaseKind
from api.moderation.report_types import ReportReason
from api.moderation.team_sources import members_of_team, routes_of_team
from api.node import Node
from api.reading.connections import Connection
from api.reading.fields import column, connection, entity, object_type, reference, rows
from moderation.replies.tables import saved_replies
from moderation.teams.managing import MOST_ROUTES
from moderation.teams.tables import teams
from moderation.visibility import moderators_only

LazyTeam = Annotated["Team", strawberry.lazy("api.moderation.team_types")]


@object_type
class Route:
    """Which cases are a team's. All that it names must hold."""

    priority: int = column("priority", "Of all routes that fit a case, the one with the smallest decides.")
    kind: CaseKind | None = column("kind", "Cases that came about like this; null: like any.")
    reason: ReportReason | None = reference(lambda scope: scope.row.c.reason_id, "Null: for any reason.", column="id")
    space: Space | None = reference(lambda scope: scope.row.c.space_id, "Null: of any space, or of none.")
    tag: Tag | None = reference(
        lambda scope: scope.row.c.tag_id, "On the post, or on that which is commented on; null: on any, or none."
    )


@entity("team", teams, moderators_only)
class Team(Node):
    """A department that answers cases. What its members may see and decide is said by their roles, not by their team."""

    name: str = column("name", "What it is called.")
    respond_within: list[int] = column(
        "respond_within", "Within how many minutes it decides, by severity from 1 to 5; empty: there is no hurry."
    )
    escalates_to: LazyTeam | None = reference(
        lambda scope: scope.row.c.escalates_to, "Whose a case becomes that it did not decide in time."
    )
    members: Connection[Member] = connection(members_of_team, "Who is in it, the longest first.")
    routes: list[Route] = rows(routes_of_team, "Which cases are its own.", limit=MOST_ROUTES)
    created_at: datetime = column("created_at", "When it was made.")
    retired_at: datetime | None = column("retired_at", "Since when it gets nothing new.")


@entity("saved_reply", saved_replies, moderators_only)
class SavedReply(Node):
    """What moderators say again and again. `decide` copies it in the language of whom it concerns."""

    name: str = column("name", "What moderators find it by.")
    text_en: str = column("text_en", "What it says in English.")
    text_zh: str = column("text_zh", "What it says in Chinese.")
    reason: ReportReason | None = reference(
        lambda scope: scope.row.c.reason_id, "For which reason it is meant; null: for any.", column="id"
    )
    changed_by: Member | None = reference(lambda scope: scope.row.c.changed_by, "Who wrote it last.")
    changed_at: datetime = column("changed_at", "When.")
