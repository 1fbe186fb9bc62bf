"""The tables of rules: what they ask in each version, what they matched, and what near duplicates are found by."""

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
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from community.foundation.tables import NOW, metadata, one_of

STATES = ("OFF", "SHADOW", "LIVE")
ACTIONS = ("LABEL", "REPORT", "LIMIT", "HOLD", "REFUSE")
KINDS = ("POST", "COMMENT", "PROFILE", "AMENDMENT", "OPTION", "SPACE", "ANSWER")
LIMITS = ("SLOW_MODE", "NO_LINKS", "NO_MEDIA", "NO_VOTES")
MOST_HOURS = 720
SHORTEST_PAUSE, LONGEST_PAUSE = 10, 86_400

rules = Table(
    "rule",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), comment="Null: everywhere."),
    Column("state", Text, nullable=False, server_default=text("'OFF'")),
    Column("version", Integer, nullable=False, server_default=text("1"), comment="The one that is asked."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("state", STATES), name="state"),
    Index(None, "space_id", "id"),
    comment="A rule that is asked of what is written before anybody sees it.",
)

rule_versions = Table(
    "rule_version",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("rule_id", BigInteger, ForeignKey("rule.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("condition", JSONB, nullable=False, comment="As moderation.rules.written has it."),
    Column("action", Text, nullable=False),
    Column("kinds", ARRAY(Text), nullable=False, comment="Of what it is asked."),
    Column("staff", Boolean, nullable=False, server_default=text("false"), comment="Whether of staff as well."),
    Column("label", Text, comment="What LABEL puts on it."),
    Column("limits", ARRAY(Text), nullable=False, server_default=text("'{}'"), comment="For LIMIT: which."),
    Column("seconds", Integer, comment="Between two contributions, where SLOW_MODE is among them."),
    Column("hours", Integer, comment="For how long LIMIT keeps the author from it."),
    Column(
        "reason_id", SmallInteger, ForeignKey("report_reason.id"), nullable=False, comment="Against which rule or law."
    ),
    Column("message", JSONB, comment="What its author is told, by locale: {en: ..., zh: ...}."),
    Column("written_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Null: shipped, or gone."),
    Column("written_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    UniqueConstraint("rule_id", "number"),
    CheckConstraint(one_of("action", ACTIONS), name="action"),
    CheckConstraint(
        f"kinds <@ ARRAY[{', '.join(repr(kind) for kind in KINDS)}] AND cardinality(kinds) > 0", name="kinds"
    ),
    CheckConstraint("(action = 'LABEL') = (label IS NOT NULL)", name="label"),
    # A version that was written before there was something to say does not say it, and is only tried.
    CheckConstraint(
        f"limits <@ ARRAY[{', '.join(repr(limit) for limit in LIMITS)}]"
        " AND (action = 'LIMIT' OR cardinality(limits) = 0) AND (cardinality(limits) > 0) = (hours IS NOT NULL)"
        " AND ('SLOW_MODE' = ANY(limits)) = (seconds IS NOT NULL)",
        name="limits",
    ),
    CheckConstraint(
        f"hours BETWEEN 1 AND {MOST_HOURS} AND seconds BETWEEN {SHORTEST_PAUSE} AND {LONGEST_PAUSE}", name="lasts"
    ),
    CheckConstraint("action <> 'REFUSE' OR message IS NOT NULL", name="message"),
    Index(None, "reason_id"),
    Index(None, "written_by"),
    comment="What a rule asks and does: never changed, only followed by another.",
)

rule_matches = Table(
    "rule_match",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("rule_id", BigInteger, ForeignKey("rule.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("action", Text, nullable=False, comment="What was done, or would have been."),
    Column("shadow", Boolean, nullable=False, comment="Whether nothing was done."),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", BigInteger, comment="Null: refused, so it is nowhere."),
    Column("revision", Integer, nullable=False, server_default=text("0"), comment="Of the subject, that matched."),
    Column(
        "member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False, comment="Who wrote it."
    ),
    Column("space_id", BigInteger, comment="Where; null: nowhere in particular."),
    Column("evidence", JSONB, nullable=False, comment="Why it matched: [{condition, en, zh, spans}]."),
    Column("excerpt", Text, comment="What was refused, its beginning; what was written stands where it was written."),
    Column("matched_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("action", ACTIONS), name="action"),
    Index(None, "rule_id", "matched_at", "id"),
    Index(None, "subject_kind", "subject_id"),
    Index(None, "member_id"),
    Index(None, "matched_at"),
    comment="That a rule held of something; kept for 90 days.",
)

text_signatures = Table(
    "text_signature",
    metadata,
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("author_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("signature", LargeBinary, nullable=False, comment="MinHash: moderation.rules.near_duplicates."),
    Column("bands", ARRAY(BigInteger), nullable=False, comment="Texts that are much alike share one."),
    Column("written_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("subject_kind", "subject_id"),
    Index("text_signature_bands_index", "bands", postgresql_using="gin"),
    Index(None, "author_id", "written_at"),
    Index(None, "written_at"),
    comment="What near duplicates are found by, while a rule asks for them; kept for 30 days.",
)

text_models = Table(
    "text_model",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("label", Text, nullable=False, comment="What it looks for: spam, abuse."),
    Column("number", Integer, nullable=False),
    Column("model", LargeBinary, nullable=False, comment="As moderation.classifier.model packs it."),
    Column("training", JSONB, nullable=False, comment="Of how many texts it was made, and how well it did."),
    Column("trained_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    UniqueConstraint("label", "number"),
    comment="Classifiers that were trained here; of each label the latest gives the scores.",
)
