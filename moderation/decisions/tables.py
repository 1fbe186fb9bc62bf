"""The tables of decisions: what was decided and why, what was done, and what it leaves on a member's record."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from community.foundation.tables import NOW, metadata, one_of
from moderation.decisions.actions import ACTIONS, SUGGESTED, VERDICTS

DETECTIONS = ("REPORT", "OWN_INITIATIVE", "AUTOMATED")

decisions = Table(
    "decision",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("moderation_case.id"), nullable=False),
    Column("parent_id", BigInteger, ForeignKey("decision.id"), comment="The first of those made at once."),
    Column("verdict", Text, nullable=False),
    Column(
        "reason_id", SmallInteger, ForeignKey("report_reason.id"), nullable=False, comment="Against which rule or law."
    ),
    Column("facts", Text, nullable=False, server_default=text("''"), comment="What was found, for whom it concerns."),
    Column("law", Text, comment="Which law it was against, where the reason is one of law."),
    Column(
        "territorial_scope",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="Countries, as ISO 3166 codes, where it holds; none: everywhere.",
    ),
    Column("detection", Text, nullable=False, server_default=text("'REPORT'"), comment="How it was come upon."),
    Column(
        "automated_detection",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether a program found it, also.",
    ),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Whom it concerns."),
    Column("other_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Of MERGE, whom besides."),
    Column("space_id", BigInteger, comment="Whose moderators made it besides those of the whole."),
    Column("automated", Boolean, nullable=False, server_default=text("false"), comment="Nobody looked at it."),
    Column("decided_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Null: nobody, or gone."),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("undone_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("undone_at", DateTime(timezone=True)),
    Column("undone_because", Text),
    CheckConstraint(one_of("verdict", VERDICTS), name="verdict"),
    CheckConstraint(one_of("detection", DETECTIONS), name="detection"),
    CheckConstraint("(undone_at IS NULL) = (undone_because IS NULL)", name="undone"),
    # Of a case there is one decision that holds: whoever decides second is refused.
    Index("decision_standing_index", "case_id", unique=True, postgresql_where=text("undone_at IS NULL")),
    Index(None, "case_id", "id"),
    Index(None, "parent_id"),
    Index(None, "member_id", "decided_at", "id"),
    Index("decision_other_id_index", "other_id", postgresql_where=text("other_id IS NOT NULL")),
    Index(None, "space_id", "decided_at", "id"),
    Index(None, "decided_by", "decided_at"),
    Index(None, "decided_at", "id"),
    Index(None, "reason_id"),
    Index(None, "undone_by"),
    Index("decision_undone_at_index", "undone_at", postgresql_where=text("undone_at IS NOT NULL")),
    comment="What was decided about a case, and why: the statement of reasons.",
)

measures = Table(
    "measure",
    metadata,
    Column("decision_id", BigInteger, ForeignKey("decision.id"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("until", DateTime(timezone=True), comment="Null: until it is undone."),
    Column("details", JSONB, nullable=False, server_default=text("'{}'"), comment="What the action asks besides."),
    Column("before", JSONB, nullable=False, comment="What it changed, as it was: what undoing brings back."),
    Column("after", JSONB, nullable=False, comment="The same, as it was then: what undoing must find."),
    PrimaryKeyConstraint("decision_id", "position"),
    CheckConstraint(one_of("action", ACTIONS), name="action"),
    comment="What was done by a decision, one thing after another.",
)

strike_policies = Table(
    "strike_policy",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("points", SmallInteger, nullable=False, comment="Of strikes that have not expired, the new one included."),
    Column("within_days", SmallInteger, nullable=False, comment="Given no longer ago than this."),
    Column("action", Text, nullable=False),
    Column("for_days", SmallInteger, comment="How long it lasts; null: for good, or it has no end."),
    Column("limits", ARRAY(Text), nullable=False, server_default=text("'{}'"), comment="For LIMIT: which."),
    Column("seconds", Integer, comment="Between two contributions, where SLOW_MODE is among them."),
    Column("automatic", Boolean, nullable=False, comment="It is done at once, and not only suggested."),
    UniqueConstraint("points", "within_days"),
    CheckConstraint("points > 0 AND within_days > 0 AND coalesce(for_days, 1) > 0", name="counts"),
    CheckConstraint(one_of("action", SUGGESTED), name="action"),
    # Nobody is put out for good by a rule alone.
    CheckConstraint("NOT automatic OR action IN ('LIMIT', 'SILENCE', 'SUSPEND')", name="automatic"),
    CheckConstraint("(for_days IS NULL) = (action IN ('WARN', 'BAN'))", name="lasts"),
    CheckConstraint(
        "(cardinality(limits) > 0) = (action = 'LIMIT') AND ('SLOW_MODE' = ANY(limits)) = (seconds IS NOT NULL)"
        " AND limits <@ ARRAY['SLOW_MODE', 'NO_LINKS', 'NO_MEDIA', 'NO_VOTES']",
        name="limits",
    ),
    comment="What so many points of strikes within a time suggest, or bring about.",
)

strikes = Table(
    "strike",
    metadata,
    Column("decision_id", BigInteger, ForeignKey("decision.id"), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("reason_id", SmallInteger, ForeignKey("report_reason.id"), nullable=False),
    Column("points", SmallInteger, nullable=False, comment="The severity of what was found."),
    Column("given_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("points BETWEEN 1 AND 5", name="points"),
    Index(None, "member_id", "expires_at"),
    Index(None, "reason_id"),
    comment="What a decision leaves on a member's record, for a while.",
)
