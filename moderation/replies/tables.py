"""The table of saved replies."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Table,
    Text,
)

from community.foundation.tables import NOW, metadata

LONGEST_NAME = 80

saved_replies = Table(
    "saved_reply",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="What moderators find it by."),
    Column("text_en", Text, nullable=False, comment="What whom it concerns reads in English."),
    Column("text_zh", Text, nullable=False, comment="The same in Chinese."),
    Column("reason_id", SmallInteger, ForeignKey("report_reason.id"), comment="For which reason it is meant."),
    Column("changed_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(f"length(name) BETWEEN 1 AND {4 * LONGEST_NAME}", name="name"),
    CheckConstraint("text_en <> '' AND text_zh <> ''", name="texts"),
    Index(None, "reason_id"),
    Index(None, "changed_by"),
    comment="What moderators say again and again. A decision has a copy of it, so changing it changes no decision.",
)
