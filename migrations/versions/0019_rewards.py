"""Rewards: budgets, promises, points by lots, vouchers, tiers, and what points are redeemed for."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# A reward that is reversed takes its points back, spent or not: an account of points may go below zero so, and by nothing
# else. It is asked of the entries that leave such an account below zero alone.
NOT_SPENT_BELOW_ZERO = """
CREATE FUNCTION points_not_spent_below_zero() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_account WHERE id = NEW.account_id AND owner_kind = 'member' AND kind = 'POINTS'
    ) AND NOT EXISTS (
        SELECT FROM ledger_transaction AS reversal JOIN ledger_transaction AS reversed ON reversed.id = reversal.reverses_id
        WHERE reversal.id = NEW.transaction_id AND reversed.kind = 'REWARD_GRANTED'
    ) THEN
        RAISE EXCEPTION 'points are not spent below zero'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_balance_check';
    END IF;
    RETURN NULL;
END
$$
"""
TRIGGERS = (
    (
        "points_not_spent_below_zero",
        "AFTER INSERT ON ledger_entry FOR EACH ROW WHEN (NEW.amount < 0 AND NEW.balance_after < 0)",
        "points_not_spent_below_zero",
    ),
    *(
        (f"{table}_unchanged", f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", "ledger_kept")
        for table in ("reward_move", "point_lot_move")
    ),
    *(
        (f"{table}_untruncated", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "ledger_kept")
        for table in ("reward_move", "point_lot_move")
    ),
)


def upgrade() -> None:
    op.create_table(
        "reward_budget",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "unit", sa.Text(), nullable=False, comment="In which rewards count against it, such as POINTS or EUR."
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="What its rewards may cost together."),
        sa.Column(
            "per_member",
            sa.BigInteger(),
            nullable=True,
            comment="What the rewards of one member may; null: as much as all.",
        ),
        sa.Column(
            "spent",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="By rewards that are not off.",
        ),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("unit ~ '^[A-Z]{2,12}$'", name=op.f("reward_budget_unit_check")),
        sa.CheckConstraint("amount BETWEEN 0 AND 1000000000000", name=op.f("reward_budget_amount_check")),
        sa.CheckConstraint("per_member >= 0", name=op.f("reward_budget_per_member_check")),
        sa.CheckConstraint("spent BETWEEN 0 AND amount", name=op.f("reward_budget_spent_check")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("reward_budget_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("reward_budget_pkey")),
        sa.UniqueConstraint("name", name=op.f("reward_budget_name_key")),
        comment="How much may be promised. The constraint on `spent` is what keeps a budget.",
    )
    op.create_index(op.f("reward_budget_created_by_index"), "reward_budget", ["created_by"], unique=False)
    op.create_table(
        "voucher_pool",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("voucher_pool_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("voucher_pool_pkey")),
        sa.UniqueConstraint("name", name=op.f("voucher_pool_name_key")),
        comment="Codes of one kind, to be given one by one.",
    )
    op.create_index(op.f("voucher_pool_created_by_index"), "voucher_pool", ["created_by"], unique=False)
    op.create_table(
        "reward",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("cause_kind", sa.Text(), nullable=False, comment="What it is for, in a word of whoever promises."),
        sa.Column("cause_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False, comment="Which of the promiser's rules gives it."),
        sa.Column(
            "side", sa.Text(), nullable=False, comment="Whose of the sides that the cause has; empty where it has one."
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True, comment="Of points."),
        sa.Column("amount", sa.BigInteger(), nullable=True, comment="Of points."),
        sa.Column("name", sa.Text(), nullable=True, comment="Of a badge or tier."),
        sa.Column("pool_id", sa.BigInteger(), nullable=True, comment="Of which a voucher is given."),
        sa.Column(
            "until", sa.DateTime(timezone=True), nullable=True, comment="Until when a tier is theirs; null: for good."
        ),
        sa.Column(
            "points_last",
            sa.Interval(),
            nullable=True,
            comment="How long its points last from when it is granted; null: for good.",
        ),
        sa.Column("budget_id", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False, comment="What it counts against its budget."),
        sa.Column("hold_for", sa.Interval(), nullable=False, comment="How long it is held once it is earned."),
        sa.Column("state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column(
            "reason",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Of its last move, or why it is reviewed.",
        ),
        sa.Column("promised_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "held_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it is granted by the clock, unless it is reviewed.",
        ),
        sa.Column(
            "review_since",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Since when it waits for somebody to look at it.",
        ),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="When it was rejected or reversed."),
        sa.Column("badge_id", sa.BigInteger(), nullable=True, comment="The badge it has given."),
        sa.CheckConstraint(
            "(kind = 'POINTS') = (unit IS NOT NULL) AND (kind = 'POINTS') = (amount IS NOT NULL)",
            name=op.f("reward_points_check"),
        ),
        sa.CheckConstraint("(kind = 'VOUCHER') = (pool_id IS NOT NULL)", name=op.f("reward_pool_check")),
        sa.CheckConstraint("(kind IN ('BADGE', 'TIER')) = (name IS NOT NULL)", name=op.f("reward_name_check")),
        sa.CheckConstraint(
            "(state IN ('GRANTED', 'REVERSED')) = (granted_at IS NOT NULL)", name=op.f("reward_granted_check")
        ),
        sa.CheckConstraint(
            "(state IN ('REJECTED', 'REVERSED')) = (ended_at IS NOT NULL)", name=op.f("reward_ended_check")
        ),
        sa.CheckConstraint("kind IN ('POINTS', 'BADGE', 'VOUCHER', 'TIER')", name=op.f("reward_kind_check")),
        sa.CheckConstraint("review_since IS NULL OR state = 'HELD'", name=op.f("reward_review_check")),
        sa.CheckConstraint("state <> 'HELD' OR held_until IS NOT NULL", name=op.f("reward_held_check")),
        sa.CheckConstraint(
            "state IN ('PENDING', 'HELD', 'GRANTED', 'REJECTED', 'REVERSED')", name=op.f("reward_state_check")
        ),
        sa.CheckConstraint("until IS NULL OR kind = 'TIER'", name=op.f("reward_until_check")),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000", name=op.f("reward_amount_check")),
        sa.CheckConstraint("cost >= 0", name=op.f("reward_cost_check")),
        sa.ForeignKeyConstraint(["badge_id"], ["badge.id"], name=op.f("reward_badge_id_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["budget_id"], ["reward_budget.id"], name=op.f("reward_budget_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("reward_member_id_fkey")),
        sa.ForeignKeyConstraint(["pool_id"], ["voucher_pool.id"], name=op.f("reward_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reward_pkey")),
        sa.UniqueConstraint(
            "cause_kind", "cause_id", "rule", "side", name=op.f("reward_cause_kind_cause_id_rule_side_key")
        ),
        comment="What a member is promised for a cause. A cause gives it once, as the constraint says.",
    )
    op.create_index(op.f("reward_badge_id_index"), "reward", ["badge_id"], unique=False)
    op.create_index(op.f("reward_budget_id_index"), "reward", ["budget_id"], unique=False)
    op.create_index(
        "reward_due_index",
        "reward",
        ["held_until"],
        unique=False,
        postgresql_where=sa.text("state = 'HELD' AND review_since IS NULL"),
    )
    op.create_index(op.f("reward_member_id_id_index"), "reward", ["member_id", "id"], unique=False)
    op.create_index(op.f("reward_pool_id_index"), "reward", ["pool_id"], unique=False)
    op.create_index(
        "reward_review_index",
        "reward",
        ["review_since"],
        unique=False,
        postgresql_where=sa.text("review_since IS NOT NULL"),
    )
    op.create_table(
        "reward_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False, comment="In points."),
        sa.Column("unit", sa.Text(), nullable=False, comment="Of the price."),
        sa.Column("stock", sa.Integer(), nullable=True, comment="How many there are; null: as many as are wanted."),
        sa.Column(
            "taken",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="By redemptions that are not cancelled.",
        ),
        sa.Column("per_member", sa.Integer(), nullable=True, comment="How many one member may have; null: any number."),
        sa.Column("active_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("active_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fulfilment", sa.Text(), nullable=False),
        sa.Column("pool_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(fulfilment = 'VOUCHER') = (pool_id IS NOT NULL)", name=op.f("reward_item_pool_check")),
        sa.CheckConstraint("fulfilment IN ('MANUAL', 'WEBHOOK', 'VOUCHER')", name=op.f("reward_item_fulfilment_check")),
        sa.CheckConstraint("active_until > active_from", name=op.f("reward_item_active_check")),
        sa.CheckConstraint("per_member >= 1", name=op.f("reward_item_per_member_check")),
        sa.CheckConstraint("price BETWEEN 1 AND 1000000000", name=op.f("reward_item_price_check")),
        sa.CheckConstraint("stock BETWEEN 0 AND 1000000", name=op.f("reward_item_stock_check")),
        sa.CheckConstraint("taken >= 0 AND (stock IS NULL OR taken <= stock)", name=op.f("reward_item_taken_check")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("reward_item_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["voucher_pool.id"], name=op.f("reward_item_pool_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reward_item_pkey")),
        comment="What points can be redeemed for.",
    )
    op.create_index(op.f("reward_item_created_at_id_index"), "reward_item", ["created_at", "id"], unique=False)
    op.create_index(op.f("reward_item_created_by_index"), "reward_item", ["created_by"], unique=False)
    op.create_index(op.f("reward_item_pool_id_index"), "reward_item", ["pool_id"], unique=False)
    op.create_table(
        "reward_share",
        sa.Column("budget_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "spent",
            sa.BigInteger(),
            nullable=False,
            comment="Of the budget, by this member's rewards that are not off.",
        ),
        sa.CheckConstraint("spent >= 0", name=op.f("reward_share_spent_check")),
        sa.ForeignKeyConstraint(["budget_id"], ["reward_budget.id"], name=op.f("reward_share_budget_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("reward_share_member_id_fkey")),
        sa.PrimaryKeyConstraint("budget_id", "member_id", name=op.f("reward_share_pkey")),
        comment="How much of a budget each member has, to hold the cap of each.",
    )
    op.create_index(op.f("reward_share_member_id_index"), "reward_share", ["member_id"], unique=False)
    op.create_table(
        "member_tier",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("reward_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True, comment="Null: for good."),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="When its reward was reversed."),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("member_tier_member_id_fkey")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("member_tier_reward_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("member_tier_pkey")),
        sa.UniqueConstraint("reward_id", name=op.f("member_tier_reward_id_key")),
        comment="Tiers that were granted. A member's is the latest granted of those that last.",
    )
    op.create_index(op.f("member_tier_member_id_id_index"), "member_tier", ["member_id", "id"], unique=False)
    op.create_table(
        "point_lot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reward_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "remaining", sa.BigInteger(), nullable=False, comment="What is not spent, expired or taken back yet."
        ),
        sa.Column(
            "granted_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True, comment="Null: never."),
        sa.CheckConstraint("amount > 0 AND remaining BETWEEN 0 AND amount", name=op.f("point_lot_remaining_check")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("point_lot_member_id_fkey")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("point_lot_reward_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("point_lot_pkey")),
        sa.UniqueConstraint("reward_id", name=op.f("point_lot_reward_id_key")),
        comment="Points that came together, and expire together. What is left of all adds up to the ledger's balance.",
    )
    op.create_index(
        "point_lot_due_index", "point_lot", ["expires_at"], unique=False, postgresql_where=sa.text("remaining > 0")
    )
    op.create_index(op.f("point_lot_member_id_id_index"), "point_lot", ["member_id", "id"], unique=False)
    op.create_index(
        "point_lot_open_index",
        "point_lot",
        ["member_id", "unit", "id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "redemption",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "key",
            sa.Text(),
            nullable=True,
            comment="What its sender told it by; the same again is the same redemption.",
        ),
        sa.Column("price", sa.BigInteger(), nullable=False, comment="What it cost, whatever the item costs now."),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("fulfilment", sa.Text(), nullable=False, comment="As the item's was."),
        sa.Column("state", sa.Text(), server_default=sa.text("'REQUESTED'"), nullable=False),
        sa.Column(
            "reason",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Why it was cancelled, or what fulfilled it.",
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="When it was fulfilled or cancelled."),
        sa.Column(
            "ended_by",
            sa.BigInteger(),
            nullable=True,
            comment="The member who fulfilled or cancelled it; null: the server.",
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its webhook is to be called, or called again.",
        ),
        sa.Column(
            "attempts",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often it was called.",
        ),
        sa.Column("failure", sa.Text(), nullable=True, comment="What came of the last call that failed."),
        sa.CheckConstraint("(state = 'REQUESTED') = (ended_at IS NULL)", name=op.f("redemption_ended_check")),
        sa.CheckConstraint(
            "due_at IS NULL OR state = 'REQUESTED' AND fulfilment = 'WEBHOOK'", name=op.f("redemption_due_check")
        ),
        sa.CheckConstraint("fulfilment IN ('MANUAL', 'WEBHOOK', 'VOUCHER')", name=op.f("redemption_fulfilment_check")),
        sa.CheckConstraint("state IN ('REQUESTED', 'FULFILLED', 'CANCELLED')", name=op.f("redemption_state_check")),
        sa.CheckConstraint("price > 0", name=op.f("redemption_price_check")),
        sa.ForeignKeyConstraint(["item_id"], ["reward_item.id"], name=op.f("redemption_item_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("redemption_member_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("redemption_pkey")),
        sa.UniqueConstraint("member_id", "key", name=op.f("redemption_member_id_key_key")),
        comment="What a member redeemed points for.",
    )
    op.create_index(
        "redemption_due_index", "redemption", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(op.f("redemption_item_id_id_index"), "redemption", ["item_id", "id"], unique=False)
    op.create_index(op.f("redemption_member_id_id_index"), "redemption", ["member_id", "id"], unique=False)
    op.create_index(
        "redemption_requested_index",
        "redemption",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'REQUESTED'"),
    )
    op.create_table(
        "reward_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reward_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True, comment="Null when it was promised."),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "moved_by",
            sa.BigInteger(),
            nullable=True,
            comment="The member who did it; null: the clock, or whoever promised.",
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint(
            "before IS NULL AND after = 'PENDING' OR before = 'PENDING' AND after IN ('HELD', 'REJECTED') OR before = 'HELD' AND after IN ('GRANTED', 'REJECTED') OR before = 'GRANTED' AND after IN ('REVERSED')",
            name=op.f("reward_move_allowed_check"),
        ),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("reward_move_reward_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reward_move_pkey")),
        sa.UniqueConstraint("reward_id", "after", name=op.f("reward_move_reward_id_after_key")),
        comment="How a reward came from state to state. Never changed. No state is come to twice.",
    )
    op.create_table(
        "point_lot_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="What came to the lot or, negative, left it."),
        sa.CheckConstraint(
            "kind IN ('GRANTED', 'FILLED', 'SPENT', 'GIVEN_BACK', 'EXPIRED', 'UNEXPIRED', 'TAKEN_BACK')",
            name=op.f("point_lot_move_kind_check"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("point_lot_move_amount_check")),
        sa.ForeignKeyConstraint(["lot_id"], ["point_lot.id"], name=op.f("point_lot_move_lot_id_fkey")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transaction.id"], name=op.f("point_lot_move_transaction_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("point_lot_move_pkey")),
        comment="What each ledger transaction did to each lot. Never changed; adds up to what is left of the lot.",
    )
    op.create_index(op.f("point_lot_move_lot_id_id_index"), "point_lot_move", ["lot_id", "id"], unique=False)
    op.create_index(op.f("point_lot_move_transaction_id_index"), "point_lot_move", ["transaction_id"], unique=False)
    op.create_table(
        "voucher",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Whose it is; null: nobody's yet."),
        sa.Column("reward_id", sa.BigInteger(), nullable=True, comment="By which it was given."),
        sa.Column("redemption_id", sa.BigInteger(), nullable=True, comment="Or by which."),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "revoked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its reward was reversed. It is not given again.",
        ),
        sa.CheckConstraint(
            "(member_id IS NULL) = (given_at IS NULL) AND (member_id IS NULL) = (num_nonnulls(reward_id, redemption_id) = 0) AND num_nonnulls(reward_id, redemption_id) <= 1",
            name=op.f("voucher_given_check"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("voucher_member_id_fkey")),
        sa.ForeignKeyConstraint(["pool_id"], ["voucher_pool.id"], name=op.f("voucher_pool_id_fkey")),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemption.id"], name=op.f("voucher_redemption_id_fkey")),
        sa.ForeignKeyConstraint(["reward_id"], ["reward.id"], name=op.f("voucher_reward_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("voucher_pkey")),
        sa.UniqueConstraint("pool_id", "code", name=op.f("voucher_pool_id_code_key")),
        sa.UniqueConstraint("redemption_id", name=op.f("voucher_redemption_id_key")),
        sa.UniqueConstraint("reward_id", name=op.f("voucher_reward_id_key")),
        comment="Codes, each given once. Only whose it is sees one.",
    )
    op.create_index(
        "voucher_free_index", "voucher", ["pool_id", "id"], unique=False, postgresql_where=sa.text("given_at IS NULL")
    )
    op.create_index(op.f("voucher_member_id_id_index"), "voucher", ["member_id", "id"], unique=False)

    op.execute(NOT_SPENT_BELOW_ZERO)
    for name, when, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()")


def downgrade() -> None:
    op.execute("DROP TRIGGER points_not_spent_below_zero ON ledger_entry")
    op.execute("DROP FUNCTION points_not_spent_below_zero()")
    op.drop_table("voucher")
    op.drop_table("point_lot_move")
    op.drop_table("reward_move")
    op.drop_table("redemption")
    op.drop_table("point_lot")
    op.drop_table("member_tier")
    op.drop_table("reward_share")
    op.drop_table("reward_item")
    op.drop_table("reward")
    op.drop_table("voucher_pool")
    op.drop_table("reward_budget")
