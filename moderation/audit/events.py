"""What the audit log is told besides what happened."""

ATTEMPT_DENIED = "AttemptDenied"
"""actor_id asked for what is not theirs to do, and nothing came of it. data: operation, code, asked
(the ids it named), count (how often within the hour, by then: of many, not each is told)."""
