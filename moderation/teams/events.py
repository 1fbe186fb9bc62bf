"""What happens about teams, as the names of the events that tell of it."""

TEAM_CREATED = "TeamCreated"
"""actor_id has made a team. subject: the team. data: all that was said of it."""

TEAM_UPDATED = "TeamUpdated"
"""actor_id has changed a team. subject: the team. data: what was said of it."""

CASE_ASSIGNED = "CaseAssigned"
"""actor_id has given a case to a team or a moderator. subject: the case. data: team, assignee: their ids, or null."""

CASE_ESCALATED = "CaseEscalated"
"""A team did not answer a case in time: it is another's now. subject: the case. data: before and team, their ids."""
