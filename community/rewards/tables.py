"""The tables of rewards. What is booked stands in the ledger; triggers that stand in the migration keep moves as written."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from community.foundation.tables import NOW, metadata, one_of
from community.rewards.states import MOVES, REWARD_STATES

POINTS = "POINTS"
"""The unit of points where nothing else is said."""
MOST_POINTS = 1_000_000_000
MOST_BUDGET = 10**12
MOST_STOCK = 1_000_000
REWARD_KINDS = ("POINTS", "BADGE", "VOUCHER", "TIER")
FULFILMENTS = ("MANUAL", "WEBHOOK", "VOUCHER")
REDEMPTION_STATES = ("REQUESTED", "FULFILLED", "CANCELLED")
LOT_MOVES = ("GRANTED", "FILLED", "SPENT", "GIVEN_BACK", "EXPIRED", "UNEXPIRED", "TAKEN_BACK")

_ALLOWED = " OR ".join(
    f"before = '{before}' AND {one_of('after', onwards)}" for before, onwards in MOVES.items() if onwards
)

reward_budgets = Table(
    "reward_budget",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False, comment="In which rewards count against it, such as POINTS or EUR."),
    Column("amount", BigInteger, nullable=False, comment="What its rewards may cost together."),
    Column("per_member", BigInteger, comment="What the rewards of one member may; null: as much as all."),
    Column("spent", BigInteger, nullable=False, server_default=text("0"), comment="By rewards that are not off."),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    UniqueConstraint("name"),
    CheckConstraint("unit ~ '^[A-Z]{2,12}$'", name="unit"),
    CheckConstraint(f"amount BETWEEN 0 AND {MOST_BUDGET}", name="amount"),
    CheckConstraint("per_member >= 0", name="per_member"),
    CheckConstraint("spent BETWEEN 0 AND amount", name="spent"),
    Index(None, "created_by"),
    comment="How much may be promised. The constraint on `spent` is what keeps a budget.",
)

reward_shares = Table(
    "reward_share",
    metadata,
    Column("budget_id", BigInteger, ForeignKey("reward_budget.id"), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id"), primary_key=True),
    Column("spent", BigInteger, nullable=False, comment="Of the budget, by this member's rewards that are not off."),
    CheckConstraint("spent >= 0", name="spent"),
    Index(None, "member_id"),
    comment="How much of a budget each member has, to hold the cap of each.",
)

voucher_pools = Table(
    "voucher_pool",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index(None, "created_by"),
    comment="Codes of one kind, to be given one by one.",
)

rewards = Table(
    "reward",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("cause_kind", Text, nullable=False, comment="What it is for, in a word of whoever promises."),
    Column("cause_id", BigInteger, nullable=False),
    Column("rule", Text, nullable=False, comment="Which of the promiser's rules gives it."),
    Column("side", Text, nullable=False, comment="Whose of the sides that the cause has; empty where it has one."),
    Column("kind", Text, nullable=False),
    Column("unit", Text, comment="Of points."),
    Column("amount", BigInteger, comment="Of points."),
    Column("name", Text, comment="Of a badge or tier."),
    Column("pool_id", BigInteger, ForeignKey("voucher_pool.id"), comment="Of which a voucher is given."),
    Column("until", DateTime(timezone=True), comment="Until when a tier is theirs; null: for good."),
    Column("points_last", Interval, comment="How long its points last from when it is granted; null: for good."),
    Column("budget_id", BigInteger, ForeignKey("reward_budget.id"), nullable=False),
    Column("cost", BigInteger, nullable=False, comment="What it counts against its budget."),
    Column("hold_for", Interval, nullable=False, comment="How long it is held once it is earned."),
    Column("state", Text, nullable=False, server_default=text("'PENDING'")),
    Column(
        "reason", Text, nullable=False, server_default=text("''"), comment="Of its last move, or why it is reviewed."
    ),
    Column("promised_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("held_until", DateTime(timezone=True), comment="When it is granted by the clock, unless it is reviewed."),
    Column("review_since", DateTime(timezone=True), comment="Since when it waits for somebody to look at it."),
    Column("granted_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True), comment="When it was rejected or reversed."),
    Column("badge_id", BigInteger, ForeignKey("badge.id", ondelete="SET NULL"), comment="The badge it has given."),
    UniqueConstraint("cause_kind", "cause_id", "rule", "side"),
    CheckConstraint(one_of("kind", REWARD_KINDS), name="kind"),
    CheckConstraint(one_of("state", REWARD_STATES), name="state"),
    CheckConstraint(
        "(kind = 'POINTS') = (unit IS NOT NULL) AND (kind = 'POINTS') = (amount IS NOT NULL)", name="points"
    ),
    CheckConstraint(f"amount BETWEEN 1 AND {MOST_POINTS}", name="amount"),
    CheckConstraint("(kind IN ('BADGE', 'TIER')) = (name IS NOT NULL)", name="name"),
    CheckConstraint("(kind = 'VOUCHER') = (pool_id IS NOT NULL)", name="pool"),
    CheckConstraint("until IS NULL OR kind = 'TIER'", name="until"),
    CheckConstraint("cost >= 0", name="cost"),
    CheckConstraint("state <> 'HELD' OR held_until IS NOT NULL", name="held"),
    CheckConstraint("review_since IS NULL OR state = 'HELD'", name="review"),
    CheckConstraint("(state IN ('GRANTED', 'REVERSED')) = (granted_at IS NOT NULL)", name="granted"),
    CheckConstraint("(state IN ('REJECTED', 'REVERSED')) = (ended_at IS NOT NULL)", name="ended"),
    Index(None, "member_id", "id"),
    Index(None, "budget_id"),
    Index(None, "pool_id"),
    Index(None, "badge_id"),
    Index("reward_due_index", "held_until", postgresql_where=text("state = 'HELD' AND review_since IS NULL")),
    Index("reward_review_index", "review_since", postgresql_where=text("review_since IS NOT NULL")),
    comment="What a member is promised for a cause. A cause gives it once, as the constraint says.",
)

reward_moves = Table(
    "reward_move",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("reward_id", BigInteger, ForeignKey("reward.id"), nullable=False),
    Column("before", Text, comment="Null when it was promised."),
    Column("after", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("moved_by", BigInteger, comment="The member who did it; null: the clock, or whoever promised."),
    Column("moved_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    CheckConstraint(f"before IS NULL AND after = 'PENDING' OR {_ALLOWED}", name="allowed"),
    UniqueConstraint("reward_id", "after"),
    comment="How a reward came from state to state. Never changed. No state is come to twice.",
)

point_lots = Table(
    "point_lot",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("reward_id", BigInteger, ForeignKey("reward.id"), nullable=False, unique=True),
    Column("member_id", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("unit", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False, comment="What is not spent, expired or taken back yet."),
    Column("granted_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("expires_at", DateTime(timezone=True), comment="Null: never."),
    Column("announced_at", DateTime(timezone=True), comment="When their member was told that they expire soon."),
    CheckConstraint("amount > 0 AND remaining BETWEEN 0 AND amount", name="remaining"),
    Index("point_lot_open_index", "member_id", "unit", "id", postgresql_where=text("remaining > 0")),
    Index(None, "member_id", "id"),
    Index("point_lot_due_index", "expires_at", postgresql_where=text("remaining > 0")),
    Index(
        "point_lot_unannounced_index",
        "expires_at",
        postgresql_where=text("remaining > 0 AND announced_at IS NULL"),
    ),
    comment="Points that came together, and expire together. What is left of all adds up to the ledger's balance.",
)

point_lot_moves = Table(
    "point_lot_move",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("lot_id", BigInteger, ForeignKey("point_lot.id"), nullable=False),
    Column("transaction_id", BigInteger, ForeignKey("ledger_transaction.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False, comment="What came to the lot or, negative, left it."),
    CheckConstraint(one_of("kind", LOT_MOVES), name="kind"),
    CheckConstraint("amount <> 0", name="amount"),
    Index(None, "lot_id", "id"),
    Index(None, "transaction_id"),
    comment="What each ledger transaction did to each lot. Never changed; adds up to what is left of the lot.",
)

reward_items = Table(
    "reward_item",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("price", BigInteger, nullable=False, comment="In points."),
    Column("unit", Text, nullable=False, comment="Of the price."),
    Column("stock", Integer, comment="How many there are; null: as many as are wanted."),
    Column(
        "taken", Integer, nullable=False, server_default=text("0"), comment="By redemptions that are not cancelled."
    ),
    Column("per_member", Integer, comment="How many one member may have; null: any number."),
    Column("active_from", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("active_until", DateTime(timezone=True)),
    Column("fulfilment", Text, nullable=False),
    Column("pool_id", BigInteger, ForeignKey("voucher_pool.id")),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(f"price BETWEEN 1 AND {MOST_POINTS}", name="price"),
    CheckConstraint(f"stock BETWEEN 0 AND {MOST_STOCK}", name="stock"),
    CheckConstraint("taken >= 0 AND (stock IS NULL OR taken <= stock)", name="taken"),
    CheckConstraint("per_member >= 1", name="per_member"),
    CheckConstraint("active_until > active_from", name="active"),
    CheckConstraint(one_of("fulfilment", FULFILMENTS), name="fulfilment"),
    CheckConstraint("(fulfilment = 'VOUCHER') = (pool_id IS NOT NULL)", name="pool"),
    Index(None, "created_at", "id"),
    Index(None, "created_by"),
    Index(None, "pool_id"),
    comment="What points can be redeemed for.",
)

redemptions = Table(
    "redemption",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("item_id", BigInteger, ForeignKey("reward_item.id"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("key", Text, comment="What its sender told it by; the same again is the same redemption."),
    Column("price", BigInteger, nullable=False, comment="What it cost, whatever the item costs now."),
    Column("unit", Text, nullable=False),
    Column("fulfilment", Text, nullable=False, comment="As the item's was."),
    Column("state", Text, nullable=False, server_default=text("'REQUESTED'")),
    Column(
        "reason", Text, nullable=False, server_default=text("''"), comment="Why it was cancelled, or what fulfilled it."
    ),
    Column("requested_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("ended_at", DateTime(timezone=True), comment="When it was fulfilled or cancelled."),
    Column("ended_by", BigInteger, comment="The member who fulfilled or cancelled it; null: the server."),
    Column("due_at", DateTime(timezone=True), comment="When its webhook is to be called, or called again."),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0"), comment="How often it was called."),
    Column("failure", Text, comment="What came of the last call that failed."),
    UniqueConstraint("member_id", "key"),
    CheckConstraint(one_of("state", REDEMPTION_STATES), name="state"),
    CheckConstraint(one_of("fulfilment", FULFILMENTS), name="fulfilment"),
    CheckConstraint("price > 0", name="price"),
    CheckConstraint("(state = 'REQUESTED') = (ended_at IS NULL)", name="ended"),
    CheckConstraint("due_at IS NULL OR state = 'REQUESTED' AND fulfilment = 'WEBHOOK'", name="due"),
    Index(None, "item_id", "id"),
    Index(None, "member_id", "id"),
    Index("redemption_due_index", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("redemption_requested_index", "id", postgresql_where=text("state = 'REQUESTED'")),
    comment="What a member redeemed points for.",
)

vouchers = Table(
    "voucher",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("pool_id", BigInteger, ForeignKey("voucher_pool.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id"), comment="Whose it is; null: nobody's yet."),
    Column("reward_id", BigInteger, ForeignKey("reward.id"), unique=True, comment="By which it was given."),
    Column("redemption_id", BigInteger, ForeignKey("redemption.id"), unique=True, comment="Or by which."),
    Column("given_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True), comment="When its reward was reversed. It is not given again."),
    UniqueConstraint("pool_id", "code"),
    CheckConstraint(
        "(member_id IS NULL) = (given_at IS NULL) AND (member_id IS NULL) = (num_nonnulls(reward_id, redemption_id) = 0)"
        " AND num_nonnulls(reward_id, redemption_id) <= 1",
        name="given",
    ),
    Index("voucher_free_index", "pool_id", "id", postgresql_where=text("given_at IS NULL")),
    Index(None, "member_id", "id"),
    comment="Codes, each given once. Only whose it is sees one.",
)

member_tiers = Table(
    "member_tier",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("reward_id", BigInteger, ForeignKey("reward.id"), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("until", DateTime(timezone=True), comment="Null: for good."),
    Column("ended_at", DateTime(timezone=True), comment="When its reward was reversed."),
    Index(None, "member_id", "id"),
    comment="Tiers that were granted. A member's is the latest granted of those that last.",
)
