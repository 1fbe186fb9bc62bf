"""The tables of product tests: variants, what members did about them, what was bought, and forecasts.

What a variant was counted to have is kept in slots, one row for each of a few connections: who writes at the same time
writes mostly to different rows, so that many who look and choose at once do not wait for each other. A variant's totals
are the sums over its slots.
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
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from community.foundation.tables import NOW, metadata, one_of

PRODUCT_TEST_STATES = ("DRAFT", "OPEN", "CLOSED")
"""A draft is opened once, and closed once; closed it stays."""

MOST_PIECES = 20
"""That a member may pre-order of a variant: more is trade, and would drown what members want."""

product_tests = Table(
    "product_test",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), nullable=False),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="SET NULL"), comment="Where it is discussed."),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("currency", Text, comment="Of all its prices and costs."),
    Column("show_totals", Boolean, nullable=False, server_default=text("false"), comment="Whether members see totals."),
    Column("discussed", Boolean, nullable=False, server_default=text("true"), comment="Whether opening it posts it."),
    Column("state", Text, nullable=False, server_default=text("'DRAFT'")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("opened_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    CheckConstraint(one_of("state", PRODUCT_TEST_STATES), name="state"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint("(state = 'DRAFT') = (opened_at IS NULL)", name="opened"),
    CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
    Index(None, "space_id", "created_at", "id"),
    Index(None, "created_at", "id"),
    Index(None, "created_by"),
    Index(None, "post_id"),
    comment="Variants of a product, shown to members.",
)

variants = Table(
    "variant",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("product_test_id", BigInteger, ForeignKey("product_test.id", ondelete="CASCADE"), nullable=False),
    Column(
        "comment_id", BigInteger, ForeignKey("comment.id", ondelete="SET NULL"), comment="Under which it is discussed."
    ),
    Column("position", SmallInteger, nullable=False, comment="From 0."),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("image_url", Text),
    Column("price", BigInteger, comment="In minor units, as all money here."),
    Column("unit_cost", BigInteger, comment="What making one costs."),
    Column("salvage", BigInteger, comment="What one that is left over brings; negative: what getting rid of it costs."),
    Column("minimum_lot", Integer, comment="Fewer cannot be made, but for none."),
    UniqueConstraint("product_test_id", "position"),
    CheckConstraint("position >= 0", name="position"),
    CheckConstraint("image_url ~ '^https://'", name="image_url"),
    CheckConstraint("price > 0", name="price"),
    CheckConstraint("unit_cost IS NULL OR (unit_cost >= 0 AND price IS NOT NULL)", name="unit_cost"),
    CheckConstraint("salvage IS NULL OR (unit_cost IS NOT NULL AND salvage < unit_cost)", name="salvage"),
    CheckConstraint("minimum_lot >= 1", name="minimum_lot"),
    Index(None, "comment_id"),
    comment="One of the things that might be made.",
)

variant_tallies = Table(
    "variant_tally",
    metadata,
    Column("variant_id", BigInteger, ForeignKey("variant.id", ondelete="CASCADE"), nullable=False),
    Column(
        "slot", SmallInteger, nullable=False, comment="Which of the few rows; see community/cocreation/product_tests."
    ),
    Column("exposed", BigInteger, nullable=False, server_default=text("0"), comment="Members it was shown to."),
    Column("visitors", BigInteger, nullable=False, server_default=text("0"), comment="Others it was shown to."),
    Column("viewings", BigInteger, nullable=False, server_default=text("0"), comment="How often, to both."),
    Column("dwell_ms", BigInteger, nullable=False, server_default=text("0"), comment="How long, to both."),
    Column("favourites", BigInteger, nullable=False, server_default=text("0")),
    Column("votes", BigInteger, nullable=False, server_default=text("0")),
    Column("pre_orders", BigInteger, nullable=False, server_default=text("0"), comment="By how many members."),
    Column("pre_ordered", BigInteger, nullable=False, server_default=text("0"), comment="How many pieces."),
    Column("purchases", BigInteger, nullable=False, server_default=text("0"), comment="Order lines of one or more."),
    Column("purchased", BigInteger, nullable=False, server_default=text("0"), comment="How many pieces."),
    PrimaryKeyConstraint("variant_id", "slot"),
    comment="Parts of a variant's totals, which are their sums. A part may be negative; a sum never is.",
)

exposures = Table(
    "exposure",
    metadata,
    Column("variant_id", BigInteger, ForeignKey("variant.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE")),
    Column("visitor", Uuid, comment="The hash of what a visitor's client called the visit."),
    Column("viewings", Integer, nullable=False, server_default=text("1")),
    Column("dwell_ms", BigInteger, nullable=False, server_default=text("0"), comment="All viewings together."),
    Column("first_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("last_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("recent", LargeBinary, nullable=False, comment="The last viewings, by hashes: one sent again counts once."),
    UniqueConstraint("variant_id", "member_id", "visitor", postgresql_nulls_not_distinct=True),
    CheckConstraint("num_nonnulls(member_id, visitor) = 1", name="whose"),
    CheckConstraint("viewings >= 1 AND dwell_ms >= 0", name="amounts"),
    Index(None, "member_id", "variant_id"),
    comment="To whom a variant was shown, how often and how long.",
)

participants = Table(
    "product_test_participant",
    metadata,
    Column("product_test_id", BigInteger, ForeignKey("product_test.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("product_test_id", "member_id"),
    Index(None, "member_id"),
    comment="Who took part in a test: of few, totals are not told.",
)

favourites = Table(
    "variant_favourite",
    metadata,
    Column("variant_id", BigInteger, ForeignKey("variant.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("variant_id", "member_id"),
    Index(None, "member_id", "variant_id"),
    comment="Whose favourites variants are.",
)

votes = Table(
    "variant_vote",
    metadata,
    Column("product_test_id", BigInteger, ForeignKey("product_test.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("variant_id", BigInteger, ForeignKey("variant.id", ondelete="CASCADE"), nullable=False),
    Column("previous_id", BigInteger, comment="The variant before the last change: what it loses, another gains."),
    Column("cast_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("product_test_id", "member_id"),
    Index(None, "variant_id"),
    Index(None, "member_id"),
    comment="Which variant a member would have made: one a test.",
)

pre_orders = Table(
    "pre_order",
    metadata,
    Column("variant_id", BigInteger, ForeignKey("variant.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("quantity", SmallInteger, nullable=False),
    Column(
        "previous_quantity", SmallInteger, nullable=False, server_default=text("0"), comment="Before the last change."
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("variant_id", "member_id"),
    CheckConstraint(f"quantity BETWEEN 1 AND {MOST_PIECES}", name="quantity"),
    Index(None, "member_id", "variant_id"),
    comment="What members say they will buy. No money moves.",
)

purchases = Table(
    "purchase",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("product_test_id", BigInteger, ForeignKey("product_test.id", ondelete="CASCADE"), nullable=False),
    Column("external_id", Text, nullable=False, comment="What the shop calls the order's line."),
    Column("variant_id", BigInteger, ForeignKey("variant.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Who bought, where known."),
    Column("quantity", Integer, nullable=False, comment="0: it was cancelled or sent back."),
    Column("bought_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("previous_id", BigInteger, comment="The variant before the last correction."),
    Column("previous_quantity", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("product_test_id", "external_id"),
    CheckConstraint("quantity >= 0", name="quantity"),
    Index(None, "variant_id", "bought_at"),
    Index(None, "member_id"),
    comment="What was bought, as the shop tells.",
)

product_forecasts = Table(
    "product_forecast",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("product_test_id", BigInteger, ForeignKey("product_test.id", ondelete="CASCADE"), nullable=False),
    Column("model", SmallInteger, nullable=False, comment="The version of the definitions."),
    Column("market", Integer, nullable=False, comment="How many people each variant will be shown to when it is sold."),
    Column("sales_until", DateTime(timezone=True), nullable=False, comment="What is bought until then is the demand."),
    Column("service_level", Double, comment="With what probability nobody is to go away without."),
    Column("learns_from_purchases", Boolean, nullable=False),
    Column("computed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("past_tests", Integer, nullable=False, comment="From how many earlier tests the conversion was learnt."),
    Column("past_variants", Integer, nullable=False),
    Column("conversion", ARRAY(Double), nullable=False, comment="Quantiles of pieces bought for each piece intended."),
    CheckConstraint("market >= 1", name="market"),
    CheckConstraint("service_level > 0 AND service_level < 1", name="service_level"),
    CheckConstraint("sales_until > computed_at", name="sales_until"),
    Index(None, "product_test_id", "id"),
    comment="How many will be bought of each variant, as it was thought at one moment.",
)

variant_forecasts = Table(
    "variant_forecast",
    metadata,
    Column("product_forecast_id", BigInteger, ForeignKey("product_forecast.id", ondelete="CASCADE"), nullable=False),
    Column("variant_id", BigInteger, ForeignKey("variant.id", ondelete="CASCADE"), nullable=False),
    Column("exposed", Integer, nullable=False, comment="Members who had looked at it."),
    Column("interested", Integer, nullable=False, comment="Of them, who favoured it or voted for it."),
    Column("ordering", Integer, nullable=False, comment="Of them, who pre-ordered."),
    Column("rate", ARRAY(Double), nullable=False, comment="Quantiles of the share of the exposed who pre-order."),
    Column("intended", Double, nullable=False, comment="Pieces that the market would pre-order, on average."),
    Column("intended_variance", Double, nullable=False, comment="Of its logarithm."),
    Column("demand", ARRAY(Double), nullable=False, comment="Quantiles of the pieces that will be bought."),
    Column("mean_demand", Double, nullable=False),
    Column("raw_rate", Double, nullable=False, comment="The demand if the share seen were the share to come."),
    Column("equal_share", Double, nullable=False, comment="The demand if all variants were wanted alike."),
    Column("critical_ratio", Double),
    Column("quantity", BigInteger),
    Column("expected_profit", Double),
    Column("expected_lost", Double, comment="Pieces wanted and not there."),
    Column("expected_left", Double, comment="Pieces there and not wanted."),
    PrimaryKeyConstraint("product_forecast_id", "variant_id"),
    Index(None, "variant_id"),
    comment="What a forecast says of a variant.",
)
