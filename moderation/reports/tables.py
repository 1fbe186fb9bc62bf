"""The tables of reports: for what reasons one may report, who reported what, and how often each was right."""

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from community.foundation.tables import NOW, metadata, one_of

BASES = ("LAW", "RULES")
OUTCOMES = ("PENDING", "UPHELD", "DECLINED", "IGNORED")

report_reasons = Table(
    "report_reason",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True, comment="What clients send, e.g. SPAM."),
    Column("labels", JSONB, nullable=False, comment="By locale: {en: Spam, zh: 垃圾信息}."),
    Column("descriptions", JSONB, nullable=False, comment="What falls under it, by locale."),
    Column("basis", Text, nullable=False, comment="Whether it is against the law, or against the community's rules."),
    Column("severity", SmallInteger, nullable=False, comment="1, a nuisance, to 5, danger to somebody."),
    Column("dsa_category", Text, nullable=False, comment="As the European transparency database calls it."),
    Column("position", SmallInteger, nullable=False),
    Column(
        "respond_within", Integer, nullable=False, comment="Minutes to a decision where no team has a clock of its own."
    ),
    Column("retired_at", DateTime(timezone=True), comment="Old reports keep it; new ones are refused."),
    CheckConstraint(one_of("basis", BASES), name="basis"),
    CheckConstraint("severity BETWEEN 1 AND 5", name="severity"),
    CheckConstraint("respond_within > 0", name="respond_within"),
    comment="Why something may be reported, the community's to choose.",
)

reports = Table(
    "report",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("moderation_case.id", ondelete="CASCADE"), nullable=False),
    Column("reporter_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Null: a guest, or gone."),
    Column("guest", Boolean, nullable=False, server_default=text("false"), comment="By somebody who is no member."),
    Column("reason_id", SmallInteger, ForeignKey("report_reason.id"), nullable=False),
    Column("body", Text, nullable=False, server_default=text("''"), comment="What the reporter has to say."),
    Column("revision", Integer, nullable=False, comment="Which of the case's contents they saw."),
    Column("weight", REAL, nullable=False, comment="What the reporter's word counted when it was given."),
    Column("outcome", Text, nullable=False, server_default=text("'PENDING'")),
    Column("reported_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("answered_at", DateTime(timezone=True)),
    UniqueConstraint("case_id", "reporter_id"),
    CheckConstraint(one_of("outcome", OUTCOMES), name="outcome"),
    CheckConstraint("(outcome = 'PENDING') = (answered_at IS NULL)", name="answered"),
    CheckConstraint("weight > 0", name="weight"),
    CheckConstraint("NOT guest OR reporter_id IS NULL", name="guest"),
    Index(None, "reporter_id", "reported_at", "id"),
    Index(None, "reason_id"),
    Index(None, "reported_at"),
    comment="Somebody says that something is wrong.",
)

reporters = Table(
    "reporter",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), primary_key=True),
    Column("upheld", Integer, nullable=False, server_default=text("0")),
    Column("declined", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("upheld >= 0 AND declined >= 0", name="counts"),
    comment="How often moderators agreed with a member who reports; what was ignored says nothing.",
)
