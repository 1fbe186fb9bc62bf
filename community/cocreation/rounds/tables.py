"""The tables of rounds: a question to the community, its options, and what members answered.

A ballot is a row of small whole numbers, one for each option in their order (or, where options are compared, one for
each two of them); what they mean is the method's to say. So one table holds all kinds of ballots, equal ones are found
by comparing, and counting reads them as they are.
"""

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
    Interval,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from community.cocreation.rounds.methods import BALLOT_KINDS, METHODS
from community.foundation.tables import NOW, metadata, one_of

ROUND_STATES = ("DRAFT", "OPEN", "CLOSED")
"""A draft is opened once, and closed by its time or before; closed it stays."""


rounds = Table(
    "round",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), nullable=False),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("method", Text, nullable=False, comment="By which rule ballots are counted."),
    Column("ballot_kind", Text, nullable=False, comment="What a ballot of this method says of each option."),
    Column("winners", SmallInteger, nullable=False, server_default=text("1"), comment="How many are to win."),
    Column("lowest_score", SmallInteger, comment="For methods that score."),
    Column("highest_score", SmallInteger),
    Column("credits", Integer, comment="What the votes of a ballot may cost together, where they cost anything."),
    Column("budget", Integer, comment="What the winners may cost together, for methods that spend one."),
    Column("voters_id", BigInteger, ForeignKey("eligibility.id"), comment="Who may vote; null: who sees the round."),
    Column("proposers_id", BigInteger, ForeignKey("eligibility.id"), comment="Who may propose options."),
    Column("proposals_each", SmallInteger, nullable=False, server_default=text("0"), comment="As many a member."),
    Column("opens_at", DateTime(timezone=True), comment="When the clock opens it; null: somebody does."),
    Column("proposals_until", DateTime(timezone=True), comment="Members propose options before this moment."),
    Column("voting_from", DateTime(timezone=True), comment="Ballots are taken from this moment; null: once open."),
    Column("discussed", Boolean, nullable=False, server_default=text("false")),
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="SET NULL"), comment="Where it is discussed."),
    Column("quorum", Integer, nullable=False, server_default=text("0"), comment="With fewer ballots nobody wins."),
    Column("smallest_result", Integer, nullable=False, comment="Of fewer ballots nothing is told."),
    Column(
        "seed", Text, nullable=False, comment="The lots of options that are level follow from it. Known beforehand."
    ),
    Column("state", Text, nullable=False, server_default=text("'DRAFT'")),
    Column("closes_at", DateTime(timezone=True), nullable=False, comment="Ballots are taken before this moment."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("opened_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("counted_at", DateTime(timezone=True)),
    Column("tally_open", Boolean, nullable=False, server_default=text("false"), comment="Told while votes come in."),
    Column("tallied_at", DateTime(timezone=True), comment="When the open tally was taken last."),
    Column("tallied_within", Interval, comment="How long that took."),
    Column("untallied", Integer, nullable=False, server_default=text("0"), comment="Ballots since, about."),
    Column("ballot_count", Integer, comment="How many were counted, by the result or by the open tally."),
    Column("source_key", LargeBinary, comment="Keys the sources of ballots; gone once counted, and they mean nothing."),
    Column("examination", JSONB, comment="Signs of votes that are not a community's own, as found when it closed."),
    Column("held_at", DateTime(timezone=True), comment="Not counted until somebody has looked at the signs."),
    Column("released_at", DateTime(timezone=True)),
    Column("released_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("release_reason", Text),
    Column("result", JSONB, comment="What the rule found: steps and ties, options by id."),
    CheckConstraint(one_of("state", ROUND_STATES), name="state"),
    CheckConstraint(one_of("method", METHODS), name="method"),
    CheckConstraint(one_of("ballot_kind", BALLOT_KINDS), name="ballot_kind"),
    CheckConstraint("winners >= 1", name="winners"),
    CheckConstraint("lowest_score < highest_score", name="scores"),
    CheckConstraint("credits > 0", name="credits"),
    CheckConstraint("budget > 0", name="budget"),
    CheckConstraint("quorum >= 0 AND smallest_result >= 1", name="sizes"),
    CheckConstraint("(state = 'DRAFT') = (opened_at IS NULL)", name="opened"),
    CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
    CheckConstraint("tally_open OR tallied_at IS NULL", name="tallied"),
    CheckConstraint("(counted_at IS NULL) = (result IS NULL)", name="counted"),
    CheckConstraint("proposals_each >= 0 AND (proposals_each = 0) = (proposals_until IS NULL)", name="proposals"),
    CheckConstraint("proposals_until <= voting_from AND voting_from < closes_at", name="phases"),
    CheckConstraint("released_at IS NULL OR held_at IS NOT NULL", name="released"),
    Index(None, "space_id", "created_at", "id"),
    Index(None, "created_at", "id"),
    Index(None, "created_by"),
    Index("round_due_index", "closes_at", postgresql_where=text("state = 'OPEN'")),
    Index("round_opening_index", "opens_at", postgresql_where=text("state = 'DRAFT' AND opens_at IS NOT NULL")),
    Index("round_tallied_index", "id", postgresql_where=text("state = 'OPEN' AND tally_open")),
    Index(None, "post_id"),
    comment="A question to the community.",
)

round_options = Table(
    "round_option",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("round_id", BigInteger, ForeignKey("round.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False, comment="From 0: its number on ballots."),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("cost", Integer, comment="What it takes of the budget."),
    Column(
        "proposed_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Null: there from the start."
    ),
    Column("won_as", SmallInteger, comment="1 is who won first; null for who did not."),
    Column("tally", Double, comment="What the rule's last full count gave it."),
    UniqueConstraint("round_id", "position"),
    CheckConstraint("position >= 0", name="position"),
    CheckConstraint("cost > 0", name="cost"),
    Index(None, "proposed_by"),
    comment="What may be chosen in a round.",
)

ballots = Table(
    "ballot",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("round_id", BigInteger, ForeignKey("round.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), comment="Null: cast elsewhere."),
    Column("marks", ARRAY(SmallInteger), nullable=False, comment="By option: approval, rank, score or votes."),
    Column("receipt", Text, nullable=False, comment="Known to who cast it alone: whether it was counted."),
    Column("cast_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("source", BigInteger, comment="Of ballots from one network the same, within a round; see source_key."),
    Column("voided_at", DateTime(timezone=True), comment="Not counted from then on."),
    Column("voided_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("void_reason", Text),
    CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="voided"),
    UniqueConstraint("round_id", "member_id"),
    UniqueConstraint("round_id", "receipt"),
    Index(None, "member_id", "round_id"),
    comment="What a member answered; shown to nobody else.",
)

SEGMENTATIONS = ("TRIBE", "LEVEL", "TENURE", "CUSTOMER", "TRUST")
"""By what ballots are parted for marketers; by TRUST they are weighed instead."""

round_segments = Table(
    "round_segment",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("round_id", BigInteger, ForeignKey("round.id", ondelete="CASCADE"), nullable=False),
    Column("segmentation", Text, nullable=False),
    Column("segment", Text, comment="Which of them; null: who belongs to none."),
    Column("ballot_count", Integer, nullable=False),
    Column("winners", ARRAY(BigInteger), nullable=False, comment="Options by id, the first first."),
    Column("tallies", ARRAY(Double), comment="By option, as the rule counts these ballots alone."),
    CheckConstraint(one_of("segmentation", SEGMENTATIONS), name="segmentation"),
    UniqueConstraint("round_id", "segmentation", "segment", postgresql_nulls_not_distinct=True),
    comment="How a part of the voters voted, told only of large parts.",
)
