"""The tables of backing: campaigns, what they offer, and what members pledge.

A pledge says two things apart: how far it has come (`state`, which is decided here), and what the payment provider is yet
to be asked (`due`). So what is decided holds at once, and whatever ends between two steps is taken up where it was left.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from community.foundation.tables import NOW, metadata, one_of

CAMPAIGN_STATES = ("DRAFT", "OPEN", "SUCCEEDED", "FAILED", "CANCELLED")
CAMPAIGN_KINDS = ("ALL_OR_NOTHING", "KEEP_IT_ALL")
PLEDGE_STATES = ("PENDING", "AUTHORISED", "CAPTURED", "CANCELLED", "FAILED", "REFUNDED")
ACTIVE = ("PENDING", "AUTHORISED", "CAPTURED")
"""The states of a pledge that takes its tier's stock, and of which a member has one at most in a campaign."""
ASKED = ("AUTHORISE", "CONFIRM", "CAPTURE", "CANCEL", "REFUND")
"""What a provider can be asked. CONFIRM: whether the payer has done what was wanted of them."""
SECURITIES = ("HELD", "PROMISED")
"""What a pledge rests on: money that the payer's bank holds, or a way of paying that was kept for the deadline."""
MOST_MONEY = 10**12
"""Of a campaign's goal, in the smallest unit."""

campaigns = Table(
    "backing_campaign",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("space_id", BigInteger, ForeignKey("space.id"), nullable=False),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("kind", Text, nullable=False, comment="What becomes of the money if the goal is missed."),
    Column("currency", Text, nullable=False),
    Column("goal", BigInteger, nullable=False, comment="In the currency's smallest unit, as all amounts."),
    Column("state", Text, nullable=False, server_default=text("'DRAFT'")),
    Column("deadline", DateTime(timezone=True), nullable=False, comment="Pledges are taken before this moment."),
    Column("raised", BigInteger, nullable=False, server_default=text("0"), comment="Authorised or captured now."),
    Column("backer_count", Integer, nullable=False, server_default=text("0")),
    Column("raised_at_end", BigInteger, comment="What was raised when it was decided."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("opened_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True), comment="When the last of its money was where it belongs."),
    CheckConstraint(one_of("state", CAMPAIGN_STATES), name="state"),
    CheckConstraint(one_of("kind", CAMPAIGN_KINDS), name="kind"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint(f"goal BETWEEN 1 AND {MOST_MONEY}", name="goal"),
    CheckConstraint("raised >= 0 AND backer_count >= 0", name="counts"),
    CheckConstraint("(state IN ('DRAFT', 'OPEN')) = (ended_at IS NULL)", name="ended"),
    CheckConstraint("(ended_at IS NULL) = (raised_at_end IS NULL)", name="raised_at_end"),
    CheckConstraint("state <> 'OPEN' OR opened_at IS NOT NULL", name="opened"),
    CheckConstraint("settled_at IS NULL OR ended_at IS NOT NULL", name="settled"),
    Index(None, "space_id", "created_at", "id"),
    Index(None, "created_at", "id"),
    Index(None, "created_by"),
    Index("backing_campaign_due_index", "deadline", postgresql_where=text("state = 'OPEN'")),
    Index(
        "backing_campaign_unsettled_index",
        "id",
        postgresql_where=text("ended_at IS NOT NULL AND settled_at IS NULL"),
    ),
    comment="What the brand would make, if enough members pledge money towards it.",
)

tiers = Table(
    "backing_tier",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("backing_campaign.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("currency", Text, nullable=False, comment="The campaign's."),
    Column("price", BigInteger, nullable=False, comment="The least that is pledged for it."),
    Column("stock", Integer, comment="How many there are; null: as many as are wanted."),
    Column("claimed", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("campaign_id", "position"),
    CheckConstraint(f"price BETWEEN 1 AND {MOST_MONEY}", name="price"),
    CheckConstraint("stock >= 1", name="stock"),
    CheckConstraint("claimed >= 0 AND (stock IS NULL OR claimed <= stock)", name="claimed"),
    comment="What backers of a campaign get.",
)

pledges = Table(
    "pledge",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("backing_campaign.id"), nullable=False),
    Column("tier_id", BigInteger, ForeignKey("backing_tier.id")),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'PENDING'")),
    Column("key", Text, comment="What its sender told it by; the same again is the same pledge."),
    Column(
        "payment_key",
        Text,
        nullable=False,
        server_default=text("(gen_random_uuid())::text"),
        comment="What tells the provider the same request again.",
    ),
    Column("provider", Text, nullable=False, comment="Which payment provider it is with."),
    Column("payment_token", Text, comment="What the payer's client was given for their card; kept until it is used."),
    Column("reference", Text, comment="What the provider calls it."),
    Column("secured_by", Text),
    Column("action_url", Text, comment="Where the payer is wanted, before they have paid."),
    Column("action_secret", Text, comment="The same for clients that show it themselves."),
    Column("failure", Text, comment="Why there is no money, in the provider's word."),
    Column("due", Text, comment="What the provider is yet to be asked; null: nothing."),
    Column("due_at", DateTime(timezone=True), comment="When to ask, or to ask again."),
    Column("due_since", DateTime(timezone=True), comment="When it was first to be asked."),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0"), comment="How often it was asked."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("authorised_at", DateTime(timezone=True)),
    Column("captured_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True), comment="When it was cancelled, failed or was refunded."),
    CheckConstraint(one_of("state", PLEDGE_STATES), name="state"),
    CheckConstraint(f"amount BETWEEN 1 AND {MOST_MONEY}", name="amount"),
    CheckConstraint(one_of("due", ASKED), name="due"),
    CheckConstraint("(due IS NULL) = (due_at IS NULL) AND (due IS NULL) = (due_since IS NULL)", name="due_at"),
    CheckConstraint(one_of("secured_by", SECURITIES), name="secured_by"),
    CheckConstraint("(authorised_at IS NULL) = (secured_by IS NULL)", name="authorised"),
    CheckConstraint("state NOT IN ('AUTHORISED', 'CAPTURED') OR authorised_at IS NOT NULL", name="secured"),
    CheckConstraint("state NOT IN ('CAPTURED', 'REFUNDED') OR captured_at IS NOT NULL", name="captured"),
    CheckConstraint(f"({one_of('state', ACTIVE)}) = (ended_at IS NULL)", name="ended"),
    UniqueConstraint("member_id", "key"),
    UniqueConstraint("provider", "reference"),
    Index(
        "pledge_one_a_member_index",
        "campaign_id",
        "member_id",
        unique=True,
        postgresql_where=text(one_of("state", ACTIVE)),
    ),
    Index(None, "campaign_id", "created_at", "id"),
    Index(None, "member_id", "created_at", "id"),
    Index(None, "tier_id"),
    Index("pledge_pending_index", "campaign_id", postgresql_where=text("state = 'PENDING'")),
    Index("pledge_due_index", "due_at", postgresql_where=text("due IS NOT NULL")),
    Index(
        "pledge_unsettled_index",
        "campaign_id",
        postgresql_where=text("due IS NOT NULL OR state IN ('PENDING', 'AUTHORISED')"),
    ),
    comment="Money that a member puts up for a campaign; shown to them, and to who runs campaigns.",
)

payment_calls = Table(
    "payment_call",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("event", Text, primary_key=True, comment="What the provider calls it; it may tell the same twice."),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index(None, "received_at"),
    comment="What a payment provider has told by itself, so that it counts once.",
)
