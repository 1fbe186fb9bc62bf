"""What happens about reports, as the names of the events that tell of it."""

REPORT_RECEIVED = "ReportReceived"
"""actor_id says that something of member_id's is wrong. subject: the report. data: case, its id; reason."""

REPORT_ANSWERED = "ReportAnswered"
"""A report of member_id's was decided on. subject: the report. data: outcome; case, its id."""

REASON_SAVED = "ReportReasonSaved"
"""actor_id has changed why something may be reported, or added a reason. data: reason, its name; before and after."""
