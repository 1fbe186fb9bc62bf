"""What happens about cases, as the names of the events that tell of it. subject: the case; space_id: whose case it is."""

CASE_OPENED = "CaseOpened"
"""There is something to be looked at. member_id: whom it is about. data: kind."""

CASE_REPORTED_AGAIN = "CaseReportedAgain"
"""Somebody else has reported what is to be looked at already."""

CASE_CLAIMED = "CaseClaimed"
"""actor_id looks at it, and nobody else for a while."""

CASE_RELEASED = "CaseReleased"
"""actor_id looks at it no more."""

CASE_CLOSED = "CaseClosed"
"""It is decided. data: decision, its id."""

CASE_REOPENED = "CaseReopened"
"""What was decided is undone: it is to be looked at again."""

CASE_NOTED = "CaseNoted"
"""actor_id has written a note. data: note, its id; shown, whether whom it is about reads it."""
