"""The table of second opinions."""

from datetime import timedelta

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Identity, Index, Table, Text, text

from community.foundation.tables import NOW, metadata, one_of
from moderation.decisions.actions import VERDICTS

CLAIMED_FOR = timedelta(days=1)
"""After so long somebody else may claim a second opinion that was not given."""

second_opinions = Table(
    "second_opinion",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("decision_id", BigInteger, ForeignKey("decision.id"), nullable=False, unique=True),
    Column("case_id", BigInteger, ForeignKey("moderation_case.id"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Whom the case is about."),
    Column("space_id", BigInteger, comment="Whose moderators may be asked besides those of the whole."),
    Column("decided_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Who is not asked."),
    Column("drawn_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column(
        "claimed_by",
        BigInteger,
        ForeignKey("member.id", ondelete="SET NULL"),
        comment="Who is to give it, and is shown nothing of what was decided until then.",
    ),
    Column("claimed_at", DateTime(timezone=True)),
    Column("verdict", Text, comment="What the second found; null until then."),
    Column("given_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("given_at", DateTime(timezone=True)),
    CheckConstraint(f"verdict IS NULL OR {one_of('verdict', VERDICTS)}", name="verdict"),
    CheckConstraint("(verdict IS NULL) = (given_at IS NULL)", name="given"),
    Index(None, "case_id"),
    Index(None, "member_id"),
    Index(None, "decided_by"),
    Index(None, "given_by"),
    Index(None, "claimed_by"),
    Index("second_opinion_waiting_index", "drawn_at", "id", postgresql_where=text("verdict IS NULL")),
    comment="A decided case that somebody else judges too, without knowing what was decided.",
)
