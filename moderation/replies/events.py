"""What happens about saved replies, as the names of the events that tell of it. subject: the reply."""

REPLY_CREATED = "SavedReplyCreated"
"""actor_id has written one."""

REPLY_UPDATED = "SavedReplyUpdated"
"""actor_id has it say something else."""

REPLY_DELETED = "SavedReplyDeleted"
"""actor_id has thrown it away. Decisions keep what they copied of it."""
