"""The table of appeals."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from community.foundation.tables import NOW, metadata, one_of

APPEAL_STATES = ("OPEN", "GRANTED", "DENIED")

appeals = Table(
    "appeal",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("decision_id", BigInteger, ForeignKey("decision.id"), nullable=False),
    Column("appellant_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Null: a guest, or gone."),
    Column("report_id", BigInteger, ForeignKey("report.id", ondelete="SET NULL"), comment="Of a guest who appeals."),
    Column("case_id", BigInteger, ForeignKey("moderation_case.id"), comment="In which it waits to be judged."),
    Column("body", Text, nullable=False, comment="Why the decision is wrong."),
    Column("state", Text, nullable=False, server_default=text("'OPEN'")),
    Column("answer", Text, comment="Why it was granted or denied, in writing."),
    Column("decided_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("decided_at", DateTime(timezone=True)),
    Column("appealed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    # Once each: who has been answered has been heard.
    UniqueConstraint("decision_id", "appellant_id"),
    UniqueConstraint("decision_id", "report_id"),
    CheckConstraint(one_of("state", APPEAL_STATES), name="state"),
    CheckConstraint("(state = 'OPEN') = (decided_at IS NULL) AND (state = 'OPEN') = (answer IS NULL)", name="answered"),
    Index(None, "appellant_id", "appealed_at", "id"),
    Index(None, "case_id"),
    Index(None, "report_id"),
    Index(None, "appealed_at"),
    Index(None, "decided_by"),
    comment="Somebody asks that a decision be looked at again, by somebody else.",
)
