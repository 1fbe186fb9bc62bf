"""Referrals: programmes and terms, codes, clicks and their daily counts, who brought whom, and steps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Who was brought by whom, by which code and under which terms stands for good. That a member is gone for good from the
# database, as no action of ours makes them, is the one thing that takes a referrer away.
_REFUSE_ANOTHER = """
    CREATE FUNCTION refuse_another_referral() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.member_id, NEW.program_id, NEW.terms_id, NEW.code_id, NEW.claimed_at)
                IS DISTINCT FROM (OLD.member_id, OLD.program_id, OLD.terms_id, OLD.code_id, OLD.claimed_at)
            OR NEW.referrer_id IS DISTINCT FROM OLD.referrer_id
                AND (NEW.referrer_id IS NOT NULL OR EXISTS (SELECT FROM member WHERE id = OLD.referrer_id))
        THEN
            RAISE EXCEPTION 'who was brought by whom is set once' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""
_REFUSE_CHANGE = """
    CREATE FUNCTION refuse_change_of_terms() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'terms are changed by another version' USING ERRCODE = 'integrity_constraint_violation';
    END $$
"""
_FIXED = ("referral_terms", "referral_asked_step", "referral_reward_rule")


def upgrade() -> None:
    op.create_table(
        "referral_click",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "code_id",
            sa.BigInteger(),
            nullable=False,
            comment="Without a foreign key: written by the thousand a second.",
        ),
        sa.Column("clicked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "visitor",
            sa.LargeBinary(),
            nullable=True,
            comment="Tells visitors of one day and network apart; leads to no address.",
        ),
        sa.Column("bot", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_click_pkey")),
        comment="Somebody followed a link.",
    )
    op.create_index(
        op.f("referral_click_code_id_clicked_at_index"), "referral_click", ["code_id", "clicked_at"], unique=False
    )
    op.create_table(
        "referral_day",
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("clicks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("bot_clicks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "people",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Different visitors of the day.",
        ),
        sa.Column("sign_ups", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("verified", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("qualified", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("program_id", "day", "code_id", "channel", "campaign", name=op.f("referral_day_pkey")),
        comment="What came of codes, day by day (UTC): changed by the statement that makes it true.",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(op.f("referral_day_code_id_index"), "referral_day", ["code_id"], unique=False)
    op.create_table(
        "referral_visitor",
        sa.Column("code_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("visitor", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "code_id", "visitor", "channel", "campaign", name=op.f("referral_visitor_pkey")),
        comment="Who has been counted as one of a day's people already.",
    )
    op.create_table(
        "referral_line",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("ancestor_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.SmallInteger(), nullable=False, comment="1: was brought by them."),
        sa.CheckConstraint("generation BETWEEN 1 AND 10", name=op.f("referral_line_generation_check")),
        sa.ForeignKeyConstraint(
            ["ancestor_id"], ["member.id"], name=op.f("referral_line_ancestor_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("referral_line_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "ancestor_id", name=op.f("referral_line_pkey")),
        comment="Who stands above whom in the tree of referrals, and how far.",
    )
    op.create_index(
        op.f("referral_line_ancestor_id_generation_member_id_index"),
        "referral_line",
        ["ancestor_id", "generation", "member_id"],
        unique=False,
    )
    op.create_table(
        "referral_program",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column(
            "terms_id", sa.BigInteger(), nullable=True, comment="The terms under which referrals are claimed now."
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True, comment="Null: until somebody ends it."),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'ENDED') = (ended_at IS NOT NULL)", name=op.f("referral_program_ended_check")),
        sa.CheckConstraint("state IN ('ACTIVE', 'PAUSED', 'ENDED')", name=op.f("referral_program_state_check")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("referral_program_times_check")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("referral_program_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_program_pkey")),
        comment="A programme in which friends bring friends.",
    )
    op.create_index(
        op.f("referral_program_created_at_id_index"), "referral_program", ["created_at", "id"], unique=False
    )
    op.create_index(op.f("referral_program_created_by_index"), "referral_program", ["created_by"], unique=False)
    op.create_table(
        "referral_purchase",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False, comment="The shop's own: sent twice, it is one."),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="In the currency's smallest unit."),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("purchased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("referral_purchase_currency_check")),
        sa.CheckConstraint("amount > 0", name=op.f("referral_purchase_amount_check")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("referral_purchase_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["member.id"], name=op.f("referral_purchase_recorded_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_purchase_pkey")),
        sa.UniqueConstraint("external_id", name=op.f("referral_purchase_external_id_key")),
        comment="What the brand's shop says that members bought, as far as referrals ask for it.",
    )
    op.create_index(
        op.f("referral_purchase_member_id_purchased_at_index"),
        "referral_purchase",
        ["member_id", "purchased_at"],
        unique=False,
    )
    op.create_index(op.f("referral_purchase_recorded_by_index"), "referral_purchase", ["recorded_by"], unique=False)
    op.create_table(
        "referral_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Who refers; null: the brand."),
        sa.Column("channel", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("campaign", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("most_uses", sa.Integer(), nullable=True, comment="Null: any number."),
        sa.Column("uses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind <> 'PERSONAL' OR member_id IS NOT NULL", name=op.f("referral_code_personal_check")),
        sa.CheckConstraint("kind IN ('PERSONAL', 'CAMPAIGN', 'ONE_USE')", name=op.f("referral_code_kind_check")),
        sa.CheckConstraint(
            "most_uses > 0 AND (kind <> 'ONE_USE' OR most_uses = 1)", name=op.f("referral_code_most_uses_check")
        ),
        sa.CheckConstraint("uses BETWEEN 0 AND coalesce(most_uses, uses)", name=op.f("referral_code_uses_check")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("referral_code_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("referral_code_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["program_id"], ["referral_program.id"], name=op.f("referral_code_program_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_code_pkey")),
        sa.UniqueConstraint("code", name=op.f("referral_code_code_key")),
        comment="What is given to friends: whoever joins by it was brought by its member, or by the brand.",
    )
    op.create_index(op.f("referral_code_created_by_index"), "referral_code", ["created_by"], unique=False)
    op.create_index(
        op.f("referral_code_member_id_created_at_id_index"),
        "referral_code",
        ["member_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "referral_code_personal_index",
        "referral_code",
        ["program_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'PERSONAL' AND revoked_at IS NULL"),
    )
    op.create_index(
        op.f("referral_code_program_id_created_at_id_index"),
        "referral_code",
        ["program_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "referral_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("referrers_id", sa.BigInteger(), nullable=True, comment="Who may refer; null: every member."),
        sa.Column(
            "window_days",
            sa.SmallInteger(),
            nullable=False,
            comment="From click to joining, and from joining to a claim.",
        ),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column(
            "rewarded_each",
            sa.Integer(),
            nullable=True,
            comment="How many referrals of one referrer earn; null: any number.",
        ),
        sa.Column(
            "rewarded_most",
            sa.Integer(),
            nullable=True,
            comment="How many of the programme's referrals earn; null: any number.",
        ),
        sa.Column(
            "budget",
            sa.BigInteger(),
            nullable=True,
            comment="What all rewards may cost, in the currency's smallest unit; null: no limit.",
        ),
        sa.Column("currency", sa.Text(), nullable=True, comment="Of the budget, and of purchases that are a step."),
        sa.Column(
            "hold_days", sa.SmallInteger(), server_default=sa.text("0"), nullable=False, comment="Rewards wait so long."
        ),
        sa.Column(
            "created_by", sa.BigInteger(), nullable=True, comment="No foreign key: terms are never touched again."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("model IN ('FIRST_TOUCH', 'LAST_TOUCH')", name=op.f("referral_terms_model_check")),
        sa.CheckConstraint(
            "budget >= 0 AND (budget IS NULL OR currency IS NOT NULL)", name=op.f("referral_terms_budget_check")
        ),
        sa.CheckConstraint("hold_days BETWEEN 0 AND 366", name=op.f("referral_terms_hold_check")),
        sa.CheckConstraint("rewarded_each > 0 AND rewarded_most > 0", name=op.f("referral_terms_rewarded_check")),
        sa.CheckConstraint("version >= 1", name=op.f("referral_terms_version_check")),
        sa.CheckConstraint("window_days BETWEEN 1 AND 366", name=op.f("referral_terms_window_check")),
        sa.ForeignKeyConstraint(
            ["program_id"], ["referral_program.id"], name=op.f("referral_terms_program_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["referrers_id"], ["eligibility.id"], name=op.f("referral_terms_referrers_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_terms_pkey")),
        sa.UniqueConstraint("program_id", "version", name=op.f("referral_terms_program_id_version_key")),
        comment="What a programme promised, version by version. A referral keeps the one it was claimed under.",
    )
    op.create_index(op.f("referral_terms_referrers_id_index"), "referral_terms", ["referrers_id"], unique=False)
    op.create_table(
        "referral",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("referrer_id", sa.BigInteger(), nullable=True, comment="Null: the brand itself."),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("terms_id", sa.BigInteger(), nullable=False),
        sa.Column("code_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("click_id", sa.BigInteger(), nullable=True, comment="The click that brought them, if one did."),
        sa.Column("clicked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "qualified_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the last step that its terms ask was reached.",
        ),
        sa.CheckConstraint("source IN ('LINK', 'TYPED', 'IMPORTED')", name=op.f("referral_source_check")),
        sa.CheckConstraint("member_id <> referrer_id", name=op.f("referral_not_oneself_check")),
        sa.ForeignKeyConstraint(["code_id"], ["referral_code.id"], name=op.f("referral_code_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("referral_member_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["program_id"], ["referral_program.id"], name=op.f("referral_program_id_fkey")),
        sa.ForeignKeyConstraint(
            ["referrer_id"], ["member.id"], name=op.f("referral_referrer_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["terms_id"], ["referral_terms.id"], name=op.f("referral_terms_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_pkey")),
        sa.UniqueConstraint("member_id", name=op.f("referral_member_id_key")),
        comment="Who was brought by whom: set once. A trigger refuses to change it.",
    )
    op.create_index(op.f("referral_code_id_index"), "referral", ["code_id"], unique=False)
    op.create_index(
        op.f("referral_program_id_claimed_at_id_index"), "referral", ["program_id", "claimed_at", "id"], unique=False
    )
    op.create_index(
        op.f("referral_referrer_id_claimed_at_id_index"), "referral", ["referrer_id", "claimed_at", "id"], unique=False
    )
    op.create_index(op.f("referral_terms_id_index"), "referral", ["terms_id"], unique=False)
    op.create_table(
        "referral_asked_step",
        sa.Column("terms_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column(
            "threshold",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of purchases and levels.",
        ),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "step IN ('CLICK', 'SIGN_UP', 'VERIFIED', 'FIRST_POST', 'PURCHASE', 'LEVEL')",
            name=op.f("referral_asked_step_step_check"),
        ),
        sa.CheckConstraint(
            "threshold >= 0 AND (threshold > 0) = (step IN ('PURCHASE', 'LEVEL'))",
            name=op.f("referral_asked_step_threshold_check"),
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["referral_terms.id"], name=op.f("referral_asked_step_terms_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("terms_id", "step", "threshold", name=op.f("referral_asked_step_pkey")),
        comment="The steps that a referral comes to, in their order; with the last of them it qualifies.",
    )
    op.create_table(
        "referral_reward_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("terms_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "amount", sa.BigInteger(), server_default=sa.text("1"), nullable=False, comment="How many points; else 1."
        ),
        sa.Column(
            "name",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Of the badge, the vouchers, the tier.",
        ),
        sa.CheckConstraint("(kind = 'POINTS') = (name = '')", name=op.f("referral_reward_rule_name_check")),
        sa.CheckConstraint(
            "kind IN ('POINTS', 'BADGE', 'VOUCHER', 'TIER')", name=op.f("referral_reward_rule_kind_check")
        ),
        sa.CheckConstraint("side IN ('REFERRER', 'REFEREE', 'UPLINE')", name=op.f("referral_reward_rule_side_check")),
        sa.CheckConstraint("amount > 0", name=op.f("referral_reward_rule_amount_check")),
        sa.ForeignKeyConstraint(
            ["terms_id", "step", "threshold"],
            ["referral_asked_step.terms_id", "referral_asked_step.step", "referral_asked_step.threshold"],
            name="referral_reward_rule_step_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_reward_rule_pkey")),
        sa.UniqueConstraint(
            "terms_id",
            "step",
            "threshold",
            "side",
            "kind",
            "name",
            name=op.f("referral_reward_rule_terms_id_step_threshold_side_kind_name_key"),
        ),
        comment="What a step earns, and who: the referrer, who was referred, or who had referred the referrer.",
    )
    op.create_table(
        "referral_step",
        sa.Column("referral_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('CLICK', 'SIGN_UP', 'VERIFIED', 'FIRST_POST', 'PURCHASE', 'LEVEL')",
            name=op.f("referral_step_step_check"),
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("referral_step_referral_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("referral_id", "step", "threshold", name=op.f("referral_step_pkey")),
        comment="How far a referral has come: each step once.",
    )
    op.add_column(
        "sign_up",
        sa.Column(
            "brought_by",
            postgresql.JSONB(),
            nullable=True,
            comment="What brought them here, for whoever counts that; means nothing here.",
        ),
    )

    op.execute(_REFUSE_ANOTHER)
    op.execute(
        "CREATE TRIGGER referral_set_once BEFORE UPDATE ON referral FOR EACH ROW EXECUTE FUNCTION refuse_another_referral()"
    )
    op.execute(_REFUSE_CHANGE)
    for table in _FIXED:
        op.execute(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change_of_terms()"
        )


def downgrade() -> None:
    for table in (
        "referral_purchase", "referral_step", "referral_line", "referral", "referral_day", "referral_visitor",
        "referral_click", "referral_code", "referral_reward_rule", "referral_asked_step", "referral_terms",
        "referral_program",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_another_referral()")
    op.execute("DROP FUNCTION refuse_change_of_terms()")
    op.drop_column("sign_up", "brought_by")
