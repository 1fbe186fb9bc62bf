"""The tables of referrals: programmes and their terms, codes, clicks, who was brought by whom, and how far they came."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
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

from community.foundation.tables import NOW, metadata, one_of

PROGRAM_STATES = ("ACTIVE", "PAUSED", "ENDED")
MODELS = ("FIRST_TOUCH", "LAST_TOUCH")
STEPS = ("CLICK", "SIGN_UP", "VERIFIED", "FIRST_POST", "PURCHASE", "LEVEL")
"""In the order in which people come to them."""
WITH_THRESHOLD = ("PURCHASE", "LEVEL")
SIDES = ("REFERRER", "REFEREE", "UPLINE")
REWARDS = ("POINTS", "BADGE", "VOUCHER", "TIER")
CODE_KINDS = ("PERSONAL", "CAMPAIGN", "ONE_USE")
SOURCES = ("LINK", "TYPED", "IMPORTED")
GENERATIONS_KEPT = 10
"""How many generations above a member are kept for counting; who stands higher is known by walking up."""

programs = Table(
    "referral_program",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'ACTIVE'")),
    Column("terms_id", BigInteger, comment="The terms under which referrals are claimed now."),
    Column("starts_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("ends_at", DateTime(timezone=True), comment="Null: until somebody ends it."),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint(one_of("state", PROGRAM_STATES), name="state"),
    CheckConstraint("starts_at < ends_at", name="times"),
    CheckConstraint("(state = 'ENDED') = (ended_at IS NOT NULL)", name="ended"),
    Index(None, "created_at", "id"),
    Index(None, "created_by"),
    comment="A programme in which friends bring friends.",
)

terms = Table(
    "referral_terms",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("program_id", BigInteger, ForeignKey("referral_program.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("referrers_id", BigInteger, ForeignKey("eligibility.id"), comment="Who may refer; null: every member."),
    Column("window_days", SmallInteger, nullable=False, comment="From click to joining, and from joining to a claim."),
    Column("model", Text, nullable=False),
    Column("rewarded_each", Integer, comment="How many referrals of one referrer earn; null: any number."),
    Column("rewarded_most", Integer, comment="How many of the programme's referrals earn; null: any number."),
    Column("budget", BigInteger, comment="What all rewards may cost, in the currency's smallest unit; null: no limit."),
    Column("currency", Text, comment="Of the budget, and of purchases that are a step."),
    Column("hold_days", SmallInteger, nullable=False, server_default=text("0"), comment="Rewards wait so long."),
    Column("created_by", BigInteger, comment="No foreign key: terms are never touched again."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    UniqueConstraint("program_id", "version"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("window_days BETWEEN 1 AND 366", name="window"),
    CheckConstraint("hold_days BETWEEN 0 AND 366", name="hold"),
    CheckConstraint(one_of("model", MODELS), name="model"),
    CheckConstraint("rewarded_each > 0 AND rewarded_most > 0", name="rewarded"),
    CheckConstraint("budget >= 0 AND (budget IS NULL OR currency IS NOT NULL)", name="budget"),
    Index(None, "referrers_id"),
    comment="What a programme promised, version by version. A referral keeps the one it was claimed under.",
)

asked_steps = Table(
    "referral_asked_step",
    metadata,
    Column("terms_id", BigInteger, ForeignKey("referral_terms.id", ondelete="CASCADE"), nullable=False),
    Column("step", Text, nullable=False),
    Column("threshold", BigInteger, nullable=False, server_default=text("0"), comment="Of purchases and levels."),
    Column("position", SmallInteger, nullable=False),
    PrimaryKeyConstraint("terms_id", "step", "threshold"),
    CheckConstraint(one_of("step", STEPS), name="step"),
    CheckConstraint(f"threshold >= 0 AND (threshold > 0) = ({one_of('step', WITH_THRESHOLD)})", name="threshold"),
    comment="The steps that a referral comes to, in their order; with the last of them it qualifies.",
)

reward_rules = Table(
    "referral_reward_rule",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("terms_id", BigInteger, nullable=False),
    Column("step", Text, nullable=False),
    Column("threshold", BigInteger, nullable=False, server_default=text("0")),
    Column("side", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False, server_default=text("1"), comment="How many points; else 1."),
    Column("name", Text, nullable=False, server_default=text("''"), comment="Of the badge, the vouchers, the tier."),
    ForeignKeyConstraint(
        ["terms_id", "step", "threshold"],
        ["referral_asked_step.terms_id", "referral_asked_step.step", "referral_asked_step.threshold"],
        ondelete="CASCADE",
        name="referral_reward_rule_step_fkey",
    ),
    UniqueConstraint("terms_id", "step", "threshold", "side", "kind", "name"),
    CheckConstraint(one_of("side", SIDES), name="side"),
    CheckConstraint(one_of("kind", REWARDS), name="kind"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("(kind = 'POINTS') = (name = '')", name="name"),
    comment="What a step earns, and who: the referrer, who was referred, or who had referred the referrer.",
)

codes = Table(
    "referral_code",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("program_id", BigInteger, ForeignKey("referral_program.id", ondelete="CASCADE"), nullable=False),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column(
        "member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), comment="Who refers; null: the brand."
    ),
    Column("channel", Text, nullable=False, server_default=text("''")),
    Column("campaign", Text, nullable=False, server_default=text("''")),
    Column("most_uses", Integer, comment="Null: any number."),
    Column("uses", Integer, nullable=False, server_default=text("0")),
    Column("expires_at", DateTime(timezone=True)),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint(one_of("kind", CODE_KINDS), name="kind"),
    CheckConstraint("uses BETWEEN 0 AND coalesce(most_uses, uses)", name="uses"),
    CheckConstraint("most_uses > 0 AND (kind <> 'ONE_USE' OR most_uses = 1)", name="most_uses"),
    CheckConstraint("kind <> 'PERSONAL' OR member_id IS NOT NULL", name="personal"),
    Index(
        "referral_code_personal_index",
        "program_id",
        "member_id",
        unique=True,
        postgresql_where=text("kind = 'PERSONAL' AND revoked_at IS NULL"),
    ),
    Index(None, "program_id", "created_at", "id"),
    Index(None, "member_id", "created_at", "id"),
    Index(None, "created_by"),
    comment="What is given to friends: whoever joins by it was brought by its member, or by the brand.",
)

clicks = Table(
    "referral_click",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("code_id", BigInteger, nullable=False, comment="Without a foreign key: written by the thousand a second."),
    Column("clicked_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("visitor", LargeBinary, comment="Tells visitors of one day and network apart; leads to no address."),
    Column("bot", Boolean, nullable=False),
    Column("channel", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Index(None, "code_id", "clicked_at"),
    comment="Somebody followed a link.",
)

visitors = Table(
    "referral_visitor",
    metadata,
    Column("code_id", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("channel", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("visitor", LargeBinary, nullable=False),
    PrimaryKeyConstraint("day", "code_id", "visitor", "channel", "campaign"),
    comment="Who has been counted as one of a day's people already.",
)

days = Table(
    "referral_day",
    metadata,
    Column("program_id", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("code_id", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("clicks", Integer, nullable=False, server_default=text("0")),
    Column("bot_clicks", Integer, nullable=False, server_default=text("0")),
    Column("people", Integer, nullable=False, server_default=text("0"), comment="Different visitors of the day."),
    Column("sign_ups", Integer, nullable=False, server_default=text("0")),
    Column("verified", Integer, nullable=False, server_default=text("0")),
    Column("qualified", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("program_id", "day", "code_id", "channel", "campaign"),
    Index(None, "code_id"),
    comment="What came of codes, day by day (UTC): changed by the statement that makes it true.",
    postgresql_with={"fillfactor": "70"},
)

referrals = Table(
    "referral",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("referrer_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Null: the brand itself."),
    Column("program_id", BigInteger, ForeignKey("referral_program.id"), nullable=False),
    Column("terms_id", BigInteger, ForeignKey("referral_terms.id"), nullable=False),
    Column("code_id", BigInteger, ForeignKey("referral_code.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("click_id", BigInteger, comment="The click that brought them, if one did."),
    Column("clicked_at", DateTime(timezone=True)),
    Column("claimed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("qualified_at", DateTime(timezone=True), comment="When the last step that its terms ask was reached."),
    CheckConstraint(one_of("source", SOURCES), name="source"),
    CheckConstraint("member_id <> referrer_id", name="not_oneself"),
    Index(None, "referrer_id", "claimed_at", "id"),
    Index(None, "program_id", "claimed_at", "id"),
    Index(None, "terms_id"),
    Index(None, "code_id"),
    comment="Who was brought by whom: set once. A trigger refuses to change it.",
)

lines = Table(
    "referral_line",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("ancestor_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("generation", SmallInteger, nullable=False, comment="1: was brought by them."),
    PrimaryKeyConstraint("member_id", "ancestor_id"),
    CheckConstraint(f"generation BETWEEN 1 AND {GENERATIONS_KEPT}", name="generation"),
    Index(None, "ancestor_id", "generation", "member_id"),
    comment="Who stands above whom in the tree of referrals, and how far.",
)

reached_steps = Table(
    "referral_step",
    metadata,
    Column("referral_id", BigInteger, ForeignKey("referral.id", ondelete="CASCADE"), nullable=False),
    Column("step", Text, nullable=False),
    Column("threshold", BigInteger, nullable=False),
    Column("reached_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("referral_id", "step", "threshold"),
    CheckConstraint(one_of("step", STEPS), name="step"),
    comment="How far a referral has come: each step once.",
)

purchases = Table(
    "referral_purchase",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("external_id", Text, nullable=False, unique=True, comment="The shop's own: sent twice, it is one."),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("amount", BigInteger, nullable=False, comment="In the currency's smallest unit."),
    Column("currency", Text, nullable=False),
    Column("purchased_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("instrument", BigInteger, comment="A keyed hash of what they paid with; null: not told, or forgotten."),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    Index(None, "member_id", "purchased_at"),
    Index(None, "recorded_by"),
    Index("referral_purchase_instrument_index", "recorded_at", postgresql_where=text("instrument IS NOT NULL")),
    comment="What the brand's shop says that members bought, as far as referrals ask for it.",
)

unrewarded = Table(
    "referral_unrewarded",
    metadata,
    Column("referral_id", BigInteger, ForeignKey("referral.id", ondelete="CASCADE"), nullable=False),
    Column("rule_id", BigInteger, ForeignKey("referral_reward_rule.id", ondelete="CASCADE"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("referral_id", "rule_id"),
    Index(None, "rule_id"),
    comment="What a step that was reached did not earn, and why.",
)
