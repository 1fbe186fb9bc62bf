"""What happens about appeals, as the names of the events that tell of it. subject: the appeal."""

APPEAL_RECEIVED = "AppealReceived"
"""actor_id asks that a decision be looked at again. data: decision, its id; case, in which it waits."""

APPEAL_DECIDED = "AppealDecided"
"""actor_id has judged an appeal of member_id's. data: decision, its id; granted."""
