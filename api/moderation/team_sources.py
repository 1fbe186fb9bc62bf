"""What the lists of teams and saved replies draw on."""

from __future__ import annotations

from api.reading.cursors import by_number, by_text, by_time
from api.reading.readings import Scope, Source
from community.members.tables import members
from moderation.replies.tables import saved_replies
from moderation.teams.tables import routes, team_members, teams


def all_teams(scope: Scope) -> Source:
    """Draw on teams, by their names."""
    team = scope.enter(teams)
    return Source(team, (by_text(team.c.name), by_number(team.c.id)), "name")


def all_replies(scope: Scope) -> Source:
    """Draw on saved replies, by their names."""
    reply = scope.enter(saved_replies)
    return Source(reply, (by_text(reply.c.name), by_number(reply.c.id)), "name")


def members_of_team(scope: Scope) -> Source:
    """Draw on who is in a team, the longest first."""
    member, belongs = scope.enter(members), scope.enter(team_members)
    keys = by_time(belongs.c.since), by_number(member.c.id)
    return Source(
        member,
        keys,
        "since",
        where=[belongs.c.team_id == scope.row.c.id],
        joined=[(belongs, belongs.c.member_id == member.c.id)],
    )


def routes_of_team(scope: Scope) -> Source:
    """Draw on a team's routes, in order."""
    route = scope.enter(routes)
    return Source(route, (by_number(route.c.position),), "position", where=[route.c.team_id == scope.row.c.id])
