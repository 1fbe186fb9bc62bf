"""A double-entry ledger, backing campaigns and their pledges, and the simulator of a payment provider."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# What is booked stays as it was written. Foreign keys would stop some of it; this stops all, TRUNCATE included.
KEPT = """
CREATE FUNCTION ledger_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed or deleted: reverse the transaction instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
"""

# An entry moves its account's balance and takes the next place in its statement. Whoever writes entries so locks the
# accounts, in the order of the entries: by id. What comes later than its transaction is refused.
ENTERED = """
CREATE FUNCTION ledger_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_transaction
        WHERE id = NEW.transaction_id AND database_transaction = (pg_current_xact_id()::text)::bigint
    ) THEN
        RAISE EXCEPTION 'ledger transaction % is closed', NEW.transaction_id USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE ledger_account SET balance = balance + NEW.amount, entry_count = entry_count + 1
    WHERE id = NEW.account_id
    RETURNING balance, entry_count INTO NEW.balance_after, NEW.position;
    RETURN NEW;
END
$$
"""

# Balances move by entries alone, and what an account is does not change.
ACCOUNT_KEPT = """
CREATE FUNCTION ledger_account_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2
        OR (NEW.id, NEW.owner_kind, NEW.owner_id, NEW.kind, NEW.unit, NEW.may_go_below_zero)
            IS DISTINCT FROM (OLD.id, OLD.owner_kind, OLD.owner_id, OLD.kind, OLD.unit, OLD.may_go_below_zero)
    THEN
        RAISE EXCEPTION 'ledger_account is moved by entries alone' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""
ACCOUNT_OPENED = """
CREATE FUNCTION ledger_account_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.balance := 0;
    NEW.entry_count := 0;
    RETURN NEW;
END
$$
"""

# Asked at the end of the database's transaction, when all entries are there; of each entry, as constraints can be asked
# before the end, and entries come after that.
BALANCED = """
CREATE FUNCTION ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked ledger_transaction;
BEGIN
    IF TG_TABLE_NAME = 'ledger_entry' THEN
        SELECT * INTO booked FROM ledger_transaction WHERE id = NEW.transaction_id;
    ELSE
        booked := NEW;
    END IF;
    IF NOT EXISTS (SELECT FROM ledger_entry WHERE transaction_id = booked.id) THEN
        RAISE EXCEPTION 'ledger transaction % moves nothing', booked.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_balanced';
    END IF;
    IF EXISTS (
        SELECT FROM ledger_entry WHERE transaction_id = booked.id GROUP BY unit HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'the entries of ledger transaction % do not add up to 0', booked.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_balanced';
    END IF;
    IF booked.reverses_id IS NOT NULL AND EXISTS (
        SELECT FROM ledger_entry WHERE transaction_id IN (booked.id, booked.reverses_id)
        GROUP BY account_id HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger transaction % does not undo %', booked.id, booked.reverses_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_reversed';
    END IF;
    RETURN NULL;
END
$$
"""
TRIGGERS = (
    ("ledger_entered", "BEFORE INSERT ON ledger_entry FOR EACH ROW", "ledger_entered"),
    ("ledger_account_opened", "BEFORE INSERT ON ledger_account FOR EACH ROW", "ledger_account_opened"),
    ("ledger_account_kept", "BEFORE UPDATE ON ledger_account FOR EACH ROW", "ledger_account_kept"),
    ("ledger_account_undeleted", "BEFORE DELETE ON ledger_account FOR EACH ROW", "ledger_kept"),
    *(
        (f"{table}_unchanged", f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", "ledger_kept")
        for table in ("ledger_transaction", "ledger_entry", "simulated_move")
    ),
    *(
        (f"{table}_untruncated", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "ledger_kept")
        for table in ("ledger_account", "ledger_transaction", "ledger_entry", "simulated_move")
    ),
)
CONSTRAINTS = ("ledger_transaction", "ledger_entry")

_TOLD_BEFORE = (
    "REPLY",
    "COMMENT",
    "MENTION",
    "REACTION",
    "FOLLOW",
    "ANSWER_ACCEPTED",
    "OFFICIAL_ANSWER",
    "CONTENT_REMOVED",
    "CONTENT_RESTORED",
    "IDEA_ADVANCED",
    "IDEA_SHIPPED",
    "IDEA_CREDITED",
    "IDEA_MERGED",
    "CO_AUTHOR_INVITED",
    "CO_AUTHOR_JOINED",
    "AMENDMENT_PROPOSED",
    "AMENDMENT_ACCEPTED",
    "AMENDMENT_DECLINED",
)
_TOLD_OF_PLEDGES = ("PLEDGE_CAPTURED", "PLEDGE_CANCELLED", "PLEDGE_FAILED", "PLEDGE_REFUNDED")


def _tell_of(kinds: tuple[str, ...]) -> None:
    known = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notification", "notification_preference"):
        op.drop_constraint(op.f(f"{table}_kind_check"), table, type_="check")
        op.create_check_constraint(op.f(f"{table}_kind_check"), table, f"kind IN ({known})")


def upgrade() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "owner_kind", sa.Text(), nullable=False, comment="The id prefix of whose it is: member, backing_campaign."
        ),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="What lies on it, in a word of its feature's."),
        sa.Column(
            "unit",
            sa.Text(),
            nullable=False,
            comment="A currency, such as EUR, or what else is counted, such as POINTS.",
        ),
        sa.Column(
            "may_go_below_zero", sa.Boolean(), nullable=False, comment="As one does on which money from outside begins."
        ),
        sa.Column(
            "balance", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Moved by entries alone."
        ),
        sa.Column("entry_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("unit ~ '^[A-Z]{2,12}$'", name=op.f("ledger_account_unit_check")),
        sa.CheckConstraint("balance >= 0 OR may_go_below_zero", name=op.f("ledger_account_balance_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_account_pkey")),
        sa.UniqueConstraint("id", "unit", name=op.f("ledger_account_id_unit_key")),
        sa.UniqueConstraint(
            "owner_kind", "owner_id", "kind", "unit", name=op.f("ledger_account_owner_kind_owner_id_kind_unit_key")
        ),
        comment="Where something lies: whose it is, of what kind, and how much.",
    )
    op.create_table(
        "ledger_transaction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="What was booked under a key is not booked again."),
        sa.Column("kind", sa.Text(), nullable=False, comment="What it is for, in a word of its feature's."),
        sa.Column("subject_kind", sa.Text(), nullable=False, comment="The id prefix of what it is for."),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True, comment="Which it undoes."),
        sa.Column("booked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "database_transaction",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
            comment="Its entries come in the same one, and none after it.",
        ),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 200", name=op.f("ledger_transaction_key_check")),
        sa.CheckConstraint("reverses_id <> id", name=op.f("ledger_transaction_reverses_check")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_transaction.id"], name=op.f("ledger_transaction_reverses_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_transaction_pkey")),
        sa.UniqueConstraint("key", name=op.f("ledger_transaction_key_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("ledger_transaction_reverses_id_key")),
        comment="What moved, whole or not at all. Never changed: what was wrong is reversed, once.",
    )
    op.create_index(
        op.f("ledger_transaction_subject_kind_subject_id_index"),
        "ledger_transaction",
        ["subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "payment_call",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column(
            "event", sa.Text(), nullable=False, comment="What the provider calls it; it may tell the same twice."
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("provider", "event", name=op.f("payment_call_pkey")),
        comment="What a payment provider has told by itself, so that it counts once.",
    )
    op.create_index(op.f("payment_call_received_at_index"), "payment_call", ["received_at"], unique=False)
    op.create_table(
        "simulated_payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("secured_by", sa.Text(), nullable=False, comment="What it rests on once it is authorised."),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('DECLINED', 'ACTION', 'HELD', 'PROMISED', 'CAPTURED', 'CANCELLED', 'REFUNDED')",
            name=op.f("simulated_payment_state_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("simulated_payment_pkey")),
        comment="A payment as the simulator of a provider has it.",
    )
    op.create_table(
        "simulated_request",
        sa.Column("key", sa.Text(), nullable=False, comment="The same key again has the same answer, and no effect."),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("simulated_request_pkey")),
        comment="What the simulator was asked, and answered.",
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column(
            "amount",
            sa.BigInteger(),
            nullable=False,
            comment="In the smallest unit; what leaves the account is negative.",
        ),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="From 1, without gaps, in the account's statement."
        ),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0 AND abs(amount) <= 1000000000000000", name=op.f("ledger_entry_amount_check")),
        sa.ForeignKeyConstraint(
            ["account_id", "unit"],
            ["ledger_account.id", "ledger_account.unit"],
            name=op.f("ledger_entry_account_id_unit_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transaction.id"], name=op.f("ledger_entry_transaction_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_entry_pkey")),
        sa.UniqueConstraint("account_id", "position", name=op.f("ledger_entry_account_id_position_key")),
        sa.UniqueConstraint("transaction_id", "account_id", name=op.f("ledger_entry_transaction_id_account_id_key")),
        comment="What came to an account or left it. The entries of a transaction add up to 0 in each unit.",
    )
    op.create_table(
        "simulated_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "what IN ('AUTHORISED', 'CAPTURED', 'CANCELLED', 'REFUNDED')", name=op.f("simulated_move_what_check")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["simulated_payment.id"], name=op.f("simulated_move_payment_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("simulated_move_pkey")),
        comment="The simulator's books: every movement of money it made, to hold against the ledger.",
    )
    op.create_index(op.f("simulated_move_payment_id_index"), "simulated_move", ["payment_id"], unique=False)
    op.create_table(
        "backing_campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="What becomes of the money if the goal is missed."),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("goal", sa.BigInteger(), nullable=False, comment="In the currency's smallest unit, as all amounts."),
        sa.Column("state", sa.Text(), server_default=sa.text("'DRAFT'"), nullable=False),
        sa.Column(
            "deadline", sa.DateTime(timezone=True), nullable=False, comment="Pledges are taken before this moment."
        ),
        sa.Column(
            "raised",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Authorised or captured now.",
        ),
        sa.Column("backer_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("raised_at_end", sa.BigInteger(), nullable=True, comment="What was raised when it was decided."),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "settled_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the last of its money was where it belongs.",
        ),
        sa.CheckConstraint(
            "(state IN ('DRAFT', 'OPEN')) = (ended_at IS NULL)", name=op.f("backing_campaign_ended_check")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("backing_campaign_currency_check")),
        sa.CheckConstraint("kind IN ('ALL_OR_NOTHING', 'KEEP_IT_ALL')", name=op.f("backing_campaign_kind_check")),
        sa.CheckConstraint("state <> 'OPEN' OR opened_at IS NOT NULL", name=op.f("backing_campaign_opened_check")),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'OPEN', 'SUCCEEDED', 'FAILED', 'CANCELLED')", name=op.f("backing_campaign_state_check")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (raised_at_end IS NULL)", name=op.f("backing_campaign_raised_at_end_check")
        ),
        sa.CheckConstraint("goal BETWEEN 1 AND 1000000000000", name=op.f("backing_campaign_goal_check")),
        sa.CheckConstraint("raised >= 0 AND backer_count >= 0", name=op.f("backing_campaign_counts_check")),
        sa.CheckConstraint("settled_at IS NULL OR ended_at IS NOT NULL", name=op.f("backing_campaign_settled_check")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("backing_campaign_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("backing_campaign_space_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("backing_campaign_pkey")),
        comment="What the brand would make, if enough members pledge money towards it.",
    )
    op.create_index(
        op.f("backing_campaign_created_at_id_index"), "backing_campaign", ["created_at", "id"], unique=False
    )
    op.create_index(op.f("backing_campaign_created_by_index"), "backing_campaign", ["created_by"], unique=False)
    op.create_index(
        "backing_campaign_due_index",
        "backing_campaign",
        ["deadline"],
        unique=False,
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_index(
        op.f("backing_campaign_space_id_created_at_id_index"),
        "backing_campaign",
        ["space_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "backing_campaign_unsettled_index",
        "backing_campaign",
        ["id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL AND settled_at IS NULL"),
    )
    op.create_table(
        "backing_tier",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False, comment="The campaign's."),
        sa.Column("price", sa.BigInteger(), nullable=False, comment="The least that is pledged for it."),
        sa.Column("stock", sa.Integer(), nullable=True, comment="How many there are; null: as many as are wanted."),
        sa.Column("claimed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "claimed >= 0 AND (stock IS NULL OR claimed <= stock)", name=op.f("backing_tier_claimed_check")
        ),
        sa.CheckConstraint("price BETWEEN 1 AND 1000000000000", name=op.f("backing_tier_price_check")),
        sa.CheckConstraint("stock >= 1", name=op.f("backing_tier_stock_check")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["backing_campaign.id"], name=op.f("backing_tier_campaign_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("backing_tier_pkey")),
        sa.UniqueConstraint("campaign_id", "position", name=op.f("backing_tier_campaign_id_position_key")),
        comment="What backers of a campaign get.",
    )
    op.create_table(
        "pledge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=True, comment="What its sender told it by; the same again is the same pledge."
        ),
        sa.Column(
            "payment_key",
            sa.Text(),
            server_default=sa.text("(gen_random_uuid())::text"),
            nullable=False,
            comment="What tells the provider the same request again.",
        ),
        sa.Column("provider", sa.Text(), nullable=False, comment="Which payment provider it is with."),
        sa.Column(
            "payment_token",
            sa.Text(),
            nullable=True,
            comment="What the payer's client was given for their card; kept until it is used.",
        ),
        sa.Column("reference", sa.Text(), nullable=True, comment="What the provider calls it."),
        sa.Column("secured_by", sa.Text(), nullable=True),
        sa.Column("action_url", sa.Text(), nullable=True, comment="Where the payer is wanted, before they have paid."),
        sa.Column("action_secret", sa.Text(), nullable=True, comment="The same for clients that show it themselves."),
        sa.Column("failure", sa.Text(), nullable=True, comment="Why there is no money, in the provider's word."),
        sa.Column("due", sa.Text(), nullable=True, comment="What the provider is yet to be asked; null: nothing."),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="When to ask, or to ask again."),
        sa.Column("due_since", sa.DateTime(timezone=True), nullable=True, comment="When it was first to be asked."),
        sa.Column(
            "attempts",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often it was asked.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was cancelled, failed or was refunded.",
        ),
        sa.CheckConstraint(
            "(state IN ('PENDING', 'AUTHORISED', 'CAPTURED')) = (ended_at IS NULL)", name=op.f("pledge_ended_check")
        ),
        sa.CheckConstraint(
            "due IN ('AUTHORISE', 'CONFIRM', 'CAPTURE', 'CANCEL', 'REFUND')", name=op.f("pledge_due_check")
        ),
        sa.CheckConstraint("secured_by IN ('HELD', 'PROMISED')", name=op.f("pledge_secured_by_check")),
        sa.CheckConstraint(
            "state IN ('PENDING', 'AUTHORISED', 'CAPTURED', 'CANCELLED', 'FAILED', 'REFUNDED')",
            name=op.f("pledge_state_check"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('AUTHORISED', 'CAPTURED') OR authorised_at IS NOT NULL", name=op.f("pledge_secured_check")
        ),
        sa.CheckConstraint(
            "state NOT IN ('CAPTURED', 'REFUNDED') OR captured_at IS NOT NULL", name=op.f("pledge_captured_check")
        ),
        sa.CheckConstraint("(authorised_at IS NULL) = (secured_by IS NULL)", name=op.f("pledge_authorised_check")),
        sa.CheckConstraint(
            "(due IS NULL) = (due_at IS NULL) AND (due IS NULL) = (due_since IS NULL)", name=op.f("pledge_due_at_check")
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000", name=op.f("pledge_amount_check")),
        sa.ForeignKeyConstraint(["campaign_id"], ["backing_campaign.id"], name=op.f("pledge_campaign_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("pledge_member_id_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["tier_id"], ["backing_tier.id"], name=op.f("pledge_tier_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("pledge_pkey")),
        sa.UniqueConstraint("member_id", "key", name=op.f("pledge_member_id_key_key")),
        sa.UniqueConstraint("provider", "reference", name=op.f("pledge_provider_reference_key")),
        comment="Money that a member puts up for a campaign; shown to them, and to who runs campaigns.",
    )
    op.create_index(
        op.f("pledge_campaign_id_created_at_id_index"), "pledge", ["campaign_id", "created_at", "id"], unique=False
    )
    op.create_index("pledge_due_index", "pledge", ["due_at"], unique=False, postgresql_where=sa.text("due IS NOT NULL"))
    op.create_index(
        op.f("pledge_member_id_created_at_id_index"), "pledge", ["member_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "pledge_one_a_member_index",
        "pledge",
        ["campaign_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('PENDING', 'AUTHORISED', 'CAPTURED')"),
    )
    op.create_index(op.f("pledge_tier_id_index"), "pledge", ["tier_id"], unique=False)
    op.create_index(
        "pledge_pending_index",
        "pledge",
        ["campaign_id"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_index(
        "pledge_unsettled_index",
        "pledge",
        ["campaign_id"],
        unique=False,
        postgresql_where=sa.text("due IS NOT NULL OR state IN ('PENDING', 'AUTHORISED')"),
    )
    _tell_of((*_TOLD_BEFORE, *_TOLD_OF_PLEDGES))
    for function in (KEPT, ENTERED, ACCOUNT_KEPT, ACCOUNT_OPENED, BALANCED):
        op.execute(function)
    for name, moment, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {moment} EXECUTE FUNCTION {function}()")
    for table in CONSTRAINTS:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_balanced AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balanced()"
        )


def downgrade() -> None:
    for table in ("notification", "notification_preference"):
        op.execute(f"DELETE FROM {table} WHERE kind LIKE 'PLEDGE%'")  # noqa: S608 - a name of ours
    _tell_of(_TOLD_BEFORE)
    op.drop_table("payment_call")
    op.drop_table("pledge")
    op.drop_table("backing_tier")
    op.drop_table("backing_campaign")
    op.drop_table("simulated_move")
    op.drop_table("simulated_request")
    op.drop_table("simulated_payment")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_transaction")
    op.drop_table("ledger_account")
    for function in ("balanced", "account_opened", "account_kept", "entered", "kept"):
        op.execute(f"DROP FUNCTION ledger_{function}()")
