"""The tables by which referrals are judged: where accounts were seen, what was found of a referral, what was decided."""

from sqlalchemy import (
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
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from community.foundation.tables import NOW, metadata, one_of

BANDS = ("GRANT", "HOLD", "REJECT")
DECISIONS = ("GRANTED", "REJECTED", "REVERSED")
SHARES = ("precision", "recall", "false_positives")
"""What is measured of a judging, each with its bounds."""
MOST_REASONS = 8
"""Of what was found that spoke for or against, so much is kept in words, what weighed most first."""

sightings = Table(
    "referral_sighting",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("network", BigInteger, nullable=False, comment="A keyed hash; 0: not known."),
    Column("device", BigInteger, nullable=False, comment="A keyed hash; 0: not known."),
    Column("sign_up", Boolean, nullable=False, comment="Here they asked to join; else they were seen as a referrer."),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("member_id", "network", "device"),
    CheckConstraint("network >= 0 AND device >= 0 AND network + device::numeric > 0", name="known"),
    Index("referral_sighting_sign_up_index", "member_id", unique=True, postgresql_where=text("sign_up")),
    Index(None, "seen_at"),
    comment="On which network and device a member was seen, as keyed hashes that lead to no address. Thrown away in time.",
)

judgings = Table(
    "referral_judging",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("learned_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("intercept", Double, nullable=False),
    Column("weights", JSONB, nullable=False, comment="By the name of the signal, in nats."),
    Column("hold_from", Double, nullable=False),
    Column("reject_from", Double, nullable=False),
    Column("decisions", Integer, nullable=False, comment="Of which it was learned, or by which it was tried."),
    Column("frauds", Integer, nullable=False, comment="Of them, how many said that a referral was made up."),
    Column("unopposed", Integer, nullable=False, comment="Referrals granted long ago, of which nobody complained."),
    Column("tried", Integer, nullable=False, comment="Decisions that took no part in it, by which it was measured."),
    *(
        column
        for name in SHARES
        for column in (
            Column(name, Double, comment="As measured; null where there was nothing to measure."),
            Column(f"{name}_low", Double),
            Column(f"{name}_high", Double),
        )
    ),
    CheckConstraint("hold_from <= reject_from", name="bands"),
    comment="By which numbers referrals are judged, version by version: the latest counts.",
)

verdicts = Table(
    "referral_verdict",
    metadata,
    Column("referral_id", BigInteger, ForeignKey("referral.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "judging_id", BigInteger, ForeignKey("referral_judging.id"), comment="Null: by the numbers that are shipped."
    ),
    Column("probability", Double, nullable=False),
    Column("band", Text, nullable=False),
    Column("strengths", JSONB, nullable=False, comment="By the name of the signal, 0 to 1; those that are 0 left out."),
    Column("evidence", JSONB, nullable=False, comment="Signal, sentence and weight, what weighed most first."),
    Column("judged_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("band", BANDS), name="band"),
    Index(None, "judging_id"),
    comment="What was found of a referral when it was judged last.",
)

decisions = Table(
    "referral_decision",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("referral_id", BigInteger, ForeignKey("referral.id", ondelete="CASCADE"), nullable=False),
    Column("decided_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("decision", Text, nullable=False),
    Column("probability", Double, comment="As it was judged by then; null: it was not."),
    Column("strengths", JSONB, comment="Of the signals, as they were by then."),
    CheckConstraint(one_of("decision", DECISIONS), name="decision"),
    Index(None, "referral_id", "id"),
    Index(None, "decided_by"),
    comment="What somebody decided of a referral, and what spoke for and against it: judging learns of it.",
)
