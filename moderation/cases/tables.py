"""The tables of cases: what is to be looked at, what was said when, and what moderators tell each other about it."""

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from community.foundation.tables import NOW, metadata, one_of

BY_RULES = ("HELD", "LABELLED", "LIMITED")
"""Kinds of cases that a rule has decided on before anybody looked."""
CASE_KINDS = ("REPORTED", "NOTICED", *BY_RULES, "NEW_MEMBER", "INTEGRITY", "FRAUD", "APPEAL", "IDENTITY", "STRIKES")
SUBJECTS = ("post", "comment", "member", "image", "referral", "round", "appeal")
OPEN, CLOSED = text("closed_at IS NULL"), text("closed_at IS NOT NULL")

cases = Table(
    "moderation_case",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False, comment="No foreign key: a case outlives what it is about."),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Whom it is about."),
    Column(
        "other_id",
        BigInteger,
        ForeignKey("member.id", ondelete="SET NULL"),
        comment="Whose it is besides: of IDENTITY the account that would stand for both.",
    ),
    Column(
        "space_id", BigInteger, comment="Whose moderators it is for besides those of the whole; null: theirs alone."
    ),
    Column("reason_id", SmallInteger, ForeignKey("report_reason.id"), nullable=False, comment="The gravest given."),
    Column("severity", SmallInteger, nullable=False),
    Column("reach", REAL, nullable=False),
    Column("weight", REAL, nullable=False, comment="Of all who reported it, together."),
    Column("report_count", Integer, nullable=False, server_default=text("0")),
    Column("urgency", Double, nullable=False, comment="What the queue is in the order of: see cases.urgency."),
    Column(
        "version", Integer, nullable=False, server_default=text("1"), comment="Of whoever decides on what they saw."
    ),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("claimed_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("claimed_until", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column(
        "team_id", BigInteger, ForeignKey("moderation_team.id"), comment="Whose it is to answer; null: nobody's yet."
    ),
    Column("assigned_to", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Whose of the moderators."),
    Column(
        "respond_by", DateTime(timezone=True), nullable=False, comment="When it is to be decided: see teams.routing."
    ),
    Column("escalate_at", DateTime(timezone=True), comment="When it goes to another team, if nobody decides before."),
    CheckConstraint(one_of("kind", CASE_KINDS), name="kind"),
    CheckConstraint(one_of("subject_kind", SUBJECTS), name="subject_kind"),
    CheckConstraint("severity BETWEEN 1 AND 5 AND reach >= 1 AND weight > 0 AND report_count >= 0", name="measures"),
    CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL) OR claimed_by IS NULL", name="claim"),
    # However many say it at once, of one thing there is one open case of a kind.
    Index("moderation_case_open_index", "kind", "subject_kind", "subject_id", unique=True, postgresql_where=OPEN),
    Index("moderation_case_queue_index", "urgency", "id", postgresql_where=OPEN),
    Index("moderation_case_space_queue_index", "space_id", "urgency", "id", postgresql_where=OPEN),
    Index("moderation_case_kind_queue_index", "kind", "urgency", "id", postgresql_where=OPEN),
    Index("moderation_case_opened_index", "opened_at", "id"),
    Index(None, "subject_kind", "subject_id", "id"),
    Index(None, "member_id", "id"),
    Index("moderation_case_other_id_index", "other_id", postgresql_where=text("other_id IS NOT NULL")),
    Index("moderation_case_member_queue_index", "member_id", "urgency", "id", postgresql_where=OPEN),
    Index("moderation_case_team_queue_index", "team_id", "urgency", "id", postgresql_where=OPEN),
    Index("moderation_case_assigned_queue_index", "assigned_to", "urgency", "id", postgresql_where=OPEN),
    Index("moderation_case_claimed_queue_index", "claimed_by", "urgency", "id", postgresql_where=OPEN),
    Index("moderation_case_overdue_index", "respond_by", "id", postgresql_where=OPEN),
    Index("moderation_case_space_overdue_index", "space_id", "respond_by", "id", postgresql_where=OPEN),
    Index(
        "moderation_case_escalating_index",
        "escalate_at",
        "id",
        postgresql_where=text("closed_at IS NULL AND escalate_at IS NOT NULL"),
    ),
    Index("moderation_case_latest_index", "id", postgresql_where=OPEN),
    Index("moderation_case_space_latest_index", "space_id", "id", postgresql_where=OPEN),
    Index("moderation_case_closed_index", "id", postgresql_where=CLOSED),
    Index("moderation_case_space_closed_index", "space_id", "id", postgresql_where=CLOSED),
    Index("moderation_case_team_closed_index", "team_id", "id", postgresql_where=CLOSED),
    Index("moderation_case_kind_closed_index", "kind", "id", postgresql_where=CLOSED),
    # For moderators of a few spaces: what a team or a kind has not in a space is not looked for among all that the space has.
    Index("moderation_case_space_team_closed_index", "space_id", "team_id", "id", postgresql_where=CLOSED),
    Index("moderation_case_space_kind_closed_index", "space_id", "kind", "id", postgresql_where=CLOSED),
    Index(None, "team_id"),
    Index(None, "assigned_to"),
    Index(None, "claimed_by"),
    comment="What moderators are to look at.",
    # A storm of reports touches one row, and no index of it while its urgency stays.
    postgresql_with={"fillfactor": "70"},
)

case_contents = Table(
    "moderation_case_content",
    metadata,
    Column("case_id", BigInteger, ForeignKey("moderation_case.id", ondelete="CASCADE"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content", JSONB, nullable=False, comment="What was written, by the names of its fields."),
    Column("kept_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("case_id", "revision"),
    comment="What was reported, as it was then, whatever its author made of it afterwards.",
)

case_notes = Table(
    "moderation_case_note",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("moderation_case.id", ondelete="CASCADE"), nullable=False),
    Column("author_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("body", Text, nullable=False),
    Column("shown", Boolean, nullable=False, server_default=text("false"), comment="To whom the case is about."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index(None, "case_id", "id"),
    Index(None, "author_id"),
    comment="What moderators tell each other about a case, or whom it is about.",
)
