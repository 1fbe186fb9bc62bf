"""Product tests: variants, what members did about them, purchases and forecasts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_test",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("post_id", sa.BigInteger(), nullable=True, comment="Where it is discussed."),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True, comment="Of all its prices and costs."),
        sa.Column(
            "show_totals",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether members see totals.",
        ),
        sa.Column(
            "discussed",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether opening it posts it.",
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'DRAFT'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name=op.f("product_test_closed_check")),
        sa.CheckConstraint("(state = 'DRAFT') = (opened_at IS NULL)", name=op.f("product_test_opened_check")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("product_test_currency_check")),
        sa.CheckConstraint("state IN ('DRAFT', 'OPEN', 'CLOSED')", name=op.f("product_test_state_check")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("product_test_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("product_test_post_id_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("product_test_space_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("product_test_pkey")),
        comment="Variants of a product, shown to members.",
    )
    op.create_index(op.f("product_test_created_at_id_index"), "product_test", ["created_at", "id"], unique=False)
    op.create_index(op.f("product_test_created_by_index"), "product_test", ["created_by"], unique=False)
    op.create_index(op.f("product_test_post_id_index"), "product_test", ["post_id"], unique=False)
    op.create_index(
        op.f("product_test_space_id_created_at_id_index"),
        "product_test",
        ["space_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "product_forecast",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_test_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.SmallInteger(), nullable=False, comment="The version of the definitions."),
        sa.Column(
            "market",
            sa.Integer(),
            nullable=False,
            comment="How many people each variant will be shown to when it is sold.",
        ),
        sa.Column(
            "sales_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="What is bought until then is the demand.",
        ),
        sa.Column(
            "service_level", sa.Double(), nullable=True, comment="With what probability nobody is to go away without."
        ),
        sa.Column("learns_from_purchases", sa.Boolean(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "past_tests", sa.Integer(), nullable=False, comment="From how many earlier tests the conversion was learnt."
        ),
        sa.Column("past_variants", sa.Integer(), nullable=False),
        sa.Column(
            "conversion",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Quantiles of pieces bought for each piece intended.",
        ),
        sa.CheckConstraint("market >= 1", name=op.f("product_forecast_market_check")),
        sa.CheckConstraint("sales_until > computed_at", name=op.f("product_forecast_sales_until_check")),
        sa.CheckConstraint(
            "service_level > 0 AND service_level < 1", name=op.f("product_forecast_service_level_check")
        ),
        sa.ForeignKeyConstraint(
            ["product_test_id"],
            ["product_test.id"],
            name=op.f("product_forecast_product_test_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("product_forecast_pkey")),
        comment="How many will be bought of each variant, as it was thought at one moment.",
    )
    op.create_index(
        op.f("product_forecast_product_test_id_id_index"), "product_forecast", ["product_test_id", "id"], unique=False
    )
    op.create_table(
        "product_test_participant",
        sa.Column("product_test_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("product_test_participant_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_test_id"],
            ["product_test.id"],
            name=op.f("product_test_participant_product_test_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_test_id", "member_id", name=op.f("product_test_participant_pkey")),
        comment="Who took part in a test: of few, totals are not told.",
    )
    op.create_index(
        op.f("product_test_participant_member_id_index"), "product_test_participant", ["member_id"], unique=False
    )
    op.create_table(
        "variant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_test_id", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=True, comment="Under which it is discussed."),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="From 0."),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True, comment="In minor units, as all money here."),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True, comment="What making one costs."),
        sa.Column(
            "salvage",
            sa.BigInteger(),
            nullable=True,
            comment="What one that is left over brings; negative: what getting rid of it costs.",
        ),
        sa.Column("minimum_lot", sa.Integer(), nullable=True, comment="Fewer cannot be made, but for none."),
        sa.CheckConstraint("image_url ~ '^https://'", name=op.f("variant_image_url_check")),
        sa.CheckConstraint("minimum_lot >= 1", name=op.f("variant_minimum_lot_check")),
        sa.CheckConstraint("position >= 0", name=op.f("variant_position_check")),
        sa.CheckConstraint("price > 0", name=op.f("variant_price_check")),
        sa.CheckConstraint(
            "salvage IS NULL OR (unit_cost IS NOT NULL AND salvage < unit_cost)", name=op.f("variant_salvage_check")
        ),
        sa.CheckConstraint(
            "unit_cost IS NULL OR (unit_cost >= 0 AND price IS NOT NULL)", name=op.f("variant_unit_cost_check")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("variant_comment_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["product_test_id"], ["product_test.id"], name=op.f("variant_product_test_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("variant_pkey")),
        sa.UniqueConstraint("product_test_id", "position", name=op.f("variant_product_test_id_position_key")),
        comment="One of the things that might be made.",
    )
    op.create_index(op.f("variant_comment_id_index"), "variant", ["comment_id"], unique=False)
    op.create_table(
        "exposure",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("visitor", sa.Uuid(), nullable=True, comment="The hash of what a visitor's client called the visit."),
        sa.Column("viewings", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "dwell_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="All viewings together."
        ),
        sa.Column("first_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "recent",
            sa.LargeBinary(),
            nullable=False,
            comment="The last viewings, by hashes: one sent again counts once.",
        ),
        sa.CheckConstraint("num_nonnulls(member_id, visitor) = 1", name=op.f("exposure_whose_check")),
        sa.CheckConstraint("viewings >= 1 AND dwell_ms >= 0", name=op.f("exposure_amounts_check")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("exposure_member_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("exposure_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "variant_id",
            "member_id",
            "visitor",
            name=op.f("exposure_variant_id_member_id_visitor_key"),
            postgresql_nulls_not_distinct=True,
        ),
        comment="To whom a variant was shown, how often and how long.",
    )
    op.create_index(op.f("exposure_member_id_variant_id_index"), "exposure", ["member_id", "variant_id"], unique=False)
    op.create_table(
        "pre_order",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column(
            "previous_quantity",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Before the last change.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 20", name=op.f("pre_order_quantity_check")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("pre_order_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("pre_order_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("variant_id", "member_id", name=op.f("pre_order_pkey")),
        comment="What members say they will buy. No money moves.",
    )
    op.create_index(
        op.f("pre_order_member_id_variant_id_index"), "pre_order", ["member_id", "variant_id"], unique=False
    )
    op.create_table(
        "purchase",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_test_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False, comment="What the shop calls the order's line."),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Who bought, where known."),
        sa.Column("quantity", sa.Integer(), nullable=False, comment="0: it was cancelled or sent back."),
        sa.Column("bought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("previous_id", sa.BigInteger(), nullable=True, comment="The variant before the last correction."),
        sa.Column("previous_quantity", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("purchase_quantity_check")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("purchase_member_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["product_test_id"], ["product_test.id"], name=op.f("purchase_product_test_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("purchase_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("purchase_pkey")),
        sa.UniqueConstraint("product_test_id", "external_id", name=op.f("purchase_product_test_id_external_id_key")),
        comment="What was bought, as the shop tells.",
    )
    op.create_index(op.f("purchase_member_id_index"), "purchase", ["member_id"], unique=False)
    op.create_index(op.f("purchase_variant_id_bought_at_index"), "purchase", ["variant_id", "bought_at"], unique=False)
    op.create_table(
        "variant_favourite",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("variant_favourite_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("variant_favourite_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("variant_id", "member_id", name=op.f("variant_favourite_pkey")),
        comment="Whose favourites variants are.",
    )
    op.create_index(
        op.f("variant_favourite_member_id_variant_id_index"),
        "variant_favourite",
        ["member_id", "variant_id"],
        unique=False,
    )
    op.create_table(
        "variant_forecast",
        sa.Column("product_forecast_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("exposed", sa.Integer(), nullable=False, comment="Members who had looked at it."),
        sa.Column("interested", sa.Integer(), nullable=False, comment="Of them, who favoured it or voted for it."),
        sa.Column("ordering", sa.Integer(), nullable=False, comment="Of them, who pre-ordered."),
        sa.Column(
            "rate",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Quantiles of the share of the exposed who pre-order.",
        ),
        sa.Column(
            "intended", sa.Double(), nullable=False, comment="Pieces that the market would pre-order, on average."
        ),
        sa.Column("intended_variance", sa.Double(), nullable=False, comment="Of its logarithm."),
        sa.Column(
            "demand",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Quantiles of the pieces that will be bought.",
        ),
        sa.Column("mean_demand", sa.Double(), nullable=False),
        sa.Column(
            "raw_rate", sa.Double(), nullable=False, comment="The demand if the share seen were the share to come."
        ),
        sa.Column("equal_share", sa.Double(), nullable=False, comment="The demand if all variants were wanted alike."),
        sa.Column("critical_ratio", sa.Double(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("expected_profit", sa.Double(), nullable=True),
        sa.Column("expected_lost", sa.Double(), nullable=True, comment="Pieces wanted and not there."),
        sa.Column("expected_left", sa.Double(), nullable=True, comment="Pieces there and not wanted."),
        sa.ForeignKeyConstraint(
            ["product_forecast_id"],
            ["product_forecast.id"],
            name=op.f("variant_forecast_product_forecast_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("variant_forecast_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_forecast_id", "variant_id", name=op.f("variant_forecast_pkey")),
        comment="What a forecast says of a variant.",
    )
    op.create_index(op.f("variant_forecast_variant_id_index"), "variant_forecast", ["variant_id"], unique=False)
    op.create_table(
        "variant_tally",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "slot",
            sa.SmallInteger(),
            nullable=False,
            comment="Which of the few rows; see community/cocreation/product_tests.",
        ),
        sa.Column(
            "exposed", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Members it was shown to."
        ),
        sa.Column(
            "visitors", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Others it was shown to."
        ),
        sa.Column(
            "viewings", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="How often, to both."
        ),
        sa.Column(
            "dwell_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="How long, to both."
        ),
        sa.Column("favourites", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("votes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "pre_orders", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="By how many members."
        ),
        sa.Column(
            "pre_ordered", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="How many pieces."
        ),
        sa.Column(
            "purchases",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Order lines of one or more.",
        ),
        sa.Column(
            "purchased", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="How many pieces."
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("variant_tally_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("variant_id", "slot", name=op.f("variant_tally_pkey")),
        comment="Parts of a variant's totals, which are their sums. A part may be negative; a sum never is.",
    )
    op.create_table(
        "variant_vote",
        sa.Column("product_test_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "previous_id",
            sa.BigInteger(),
            nullable=True,
            comment="The variant before the last change: what it loses, another gains.",
        ),
        sa.Column("cast_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("variant_vote_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_test_id"], ["product_test.id"], name=op.f("variant_vote_product_test_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("variant_vote_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_test_id", "member_id", name=op.f("variant_vote_pkey")),
        comment="Which variant a member would have made: one a test.",
    )
    op.create_index(op.f("variant_vote_member_id_index"), "variant_vote", ["member_id"], unique=False)
    op.create_index(op.f("variant_vote_variant_id_index"), "variant_vote", ["variant_id"], unique=False)


def downgrade() -> None:
    for table in (
        "variant_vote",
        "variant_tally",
        "variant_forecast",
        "variant_favourite",
        "purchase",
        "pre_order",
        "exposure",
        "variant",
        "product_test_participant",
        "product_forecast",
        "product_test",
    ):
        op.drop_table(table)
