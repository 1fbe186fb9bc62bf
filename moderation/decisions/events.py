"""What happens about decisions, as the names of the events that tell of it."""

DECISION_MADE = "DecisionMade"
"""actor_id (none: a rule) has decided on a case about member_id. subject: the decision. data: case, verdict, actions,
automated; other, whom it concerns besides, if it does."""

STRIKE_POLICIES_UPDATED = "StrikePoliciesUpdated"
"""actor_id has changed what strikes suggest. data: policies, all of them as they are now."""

DECISION_UNDONE = "DecisionUndone"
"""actor_id has taken a decision about member_id back. subject: the decision. data: case, because; other, as above."""
