"""The tables of referrals: programmes and their terms, codes, clicks, who was brought by whom, and how far they came."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
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
from sqlalchemy.dialects.postgresql import ARRAY

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
    Column("rewarded", Integer, nullable=False, server_default=text("0"), comment="First granted something that day."),
    Column("cost", BigInteger, nullable=False, server_default=text("0"), comment="Of what those were granted since."),
    Column("cohort_verified", Integer, nullable=False, server_default=text("0"), comment="Of who joined that day."),
    Column("cohort_qualified", Integer, nullable=False, server_default=text("0"), comment="The same."),
    Column("cohort_rewarded", Integer, nullable=False, server_default=text("0"), comment="The same."),
    Column("cohort_cost", BigInteger, nullable=False, server_default=text("0"), comment="Of what those were granted."),
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
    Column("rewarded_at", DateTime(timezone=True), comment="When the first was granted of what it has; null: nothing."),
    Column("cost", BigInteger, nullable=False, server_default=text("0"), comment="Of what it was granted and has."),
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

insights = Table(
    "referral_insight",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column(
        "program_id", BigInteger, ForeignKey("referral_program.id", ondelete="CASCADE"), comment="Null: of them all."
    ),
    Column("computed_at", DateTime(timezone=True), nullable=False),
    Column("known", ARRAY(BigInteger), nullable=False, comment="What there was, to know whether anything has changed."),
    Column("members", Integer, nullable=False, comment="Who could have invited."),
    Column("invitations_per_member", ARRAY(Double), nullable=False, comment="As all such: value, low, high; or null."),
    Column("conversion", ARRAY(Double), nullable=False),
    Column("k_factor", ARRAY(Double), nullable=False),
    Column("generations", Double, comment="Null: without end, or unknown."),
    Column("breadths", ARRAY(Integer), nullable=False, comment="How many stand so far from a root, roots first."),
    Column("branching", Double),
    UniqueConstraint("program_id", postgresql_nulls_not_distinct=True),
    comment="What a programme's referrals are worth, as it was computed last. Beside it stand retention and spending.",
)

retentions = Table(
    "referral_retention",
    metadata,
    Column("insight_id", BigInteger, ForeignKey("referral_insight.id", ondelete="CASCADE"), nullable=False),
    Column("days", Integer, nullable=False),
    Column("referred", ARRAY(Double), nullable=False, comment="The share that stays longer: value, low, high."),
    Column("others", ARRAY(Double), nullable=False),
    Column("difference", ARRAY(Double), nullable=False),
    PrimaryKeyConstraint("insight_id", "days"),
    comment="Which share stays for so long, of who was brought and of who came by themselves.",
)

spendings = Table(
    "referral_spending",
    metadata,
    Column("insight_id", BigInteger, ForeignKey("referral_insight.id", ondelete="CASCADE"), nullable=False),
    Column("currency", Text, nullable=False),
    Column("days", Integer, nullable=False, comment="Since joining; 0: so far."),
    Column("referred_members", Integer, nullable=False, comment="Who have been there for so long."),
    Column("referred", ARRAY(Double), nullable=False, comment="What they spent on average: value, low, high."),
    Column("other_members", Integer, nullable=False),
    Column("others", ARRAY(Double), nullable=False),
    PrimaryKeyConstraint("insight_id", "currency", "days"),
    comment="What members spent on average within so many days of joining, in the currency's smallest unit.",
)

nodes = Table(
    "referral_node",
    metadata,
    Column("insight_id", BigInteger, ForeignKey("referral_insight.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False, comment="From 1 on, so that who brought somebody comes before them."),
    # Written by the hundred thousand: without a foreign key, and shown by way of the member alone.
    Column("member_id", BigInteger, nullable=False),
    Column("referrer_id", BigInteger, comment="Null: a root."),
    Column("depth", Integer, nullable=False, comment="0: a root."),
    Column("below", Integer, nullable=False, comment="Brought by them, by those, and so on."),
    Column("qualified", Boolean, nullable=False),
    PrimaryKeyConstraint("insight_id", "place"),
    comment="The forest that a programme's referrals are, in an order in which it can be drawn.",
)
