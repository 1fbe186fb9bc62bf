"""The audit log as GraphQL shows it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, cast, func

from api.discussions.space_types import Space
from api.members.types import Member
from api.node import Node
from api.reading.fields import (
    column,
    entity,
    expression,
    reference,
)
from api.reading.json_sql import literal
from moderation.audit.tables import audit_entries
from moderation.visibility import (
    reads_audit_log,
)


@entity("audit_entry", audit_entries, reads_audit_log)
class AuditEntry(Node):
    """An act of staff. Entries are chained, so that a change afterwards shows. For who may read the audit log."""

    kind: str = column("kind", "What happened.")
    occurred_at: datetime = column("occurred_at", "When.")
    actor: Member | None = reference(lambda scope: scope.row.c.actor_id, "Who did it; null: the system, or gone.")
    member: Member | None = reference(lambda scope: scope.row.c.member_id, "To whom.")
    space: Space | None = reference(lambda scope: scope.row.c.space_id, "In which space.")
    data: str | None = expression(
        lambda scope: cast(scope.row.c.data, Text), "What it says besides, as JSON; null where that had to go."
    )
    digest: str = expression(
        lambda scope: func.encode(scope.row.c.digest, literal("hex")), "SHA-256 of this entry and all before it."
    )
