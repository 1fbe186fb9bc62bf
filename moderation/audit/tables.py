"""The tables of the audit log."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from community.foundation.tables import metadata

audit_entries = Table(
    "audit_entry",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="1, 2 and so on, without a gap."),
    Column("event_id", BigInteger, nullable=False, unique=True),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor_id", BigInteger, comment="No foreign keys: what happened has happened, whoever is gone."),
    Column("member_id", BigInteger),
    Column("subject_kind", Text),
    Column("subject_id", BigInteger),
    Column("space_id", BigInteger),
    Column("data", JSONB, comment="Null: taken out, as what it said must not be kept; the chain has its digest."),
    Column("data_digest", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="Of the entry before, and of all that this one says."),
    CheckConstraint("id > 0 AND octet_length(digest) = 32 AND octet_length(data_digest) = 32", name="digests"),
    Index(None, "actor_id", "id"),
    Index(None, "member_id", "id"),
    Index(None, "kind", "id"),
    Index(None, "space_id", "id"),
    Index(None, "subject_kind", "subject_id", "id"),
    comment="Every act of staff, chained: a trigger lets nobody change or delete an entry.",
)

denied_attempts = Table(
    "denied_attempts",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("operation", Text, nullable=False),
    Column("hour", DateTime(timezone=True), nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("member_id", "operation", "hour"),
    comment="How often a member was refused what is not theirs to do, within an hour.",
)
