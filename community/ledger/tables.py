"""The tables of the ledger.

What must hold is held by the database: triggers that stand in the migration keep transactions and entries as they were
written, balances in step with entries, and the entries of a transaction at a sum of 0.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from community.foundation.tables import NOW, metadata

LARGEST_AMOUNT = 10**15
"""Of one entry, in the smallest unit."""

accounts = Table(
    "ledger_account",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("owner_kind", Text, nullable=False, comment="The id prefix of whose it is: member, backing_campaign."),
    Column("owner_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False, comment="What lies on it, in a word of its feature's."),
    Column("unit", Text, nullable=False, comment="A currency, such as EUR, or what else is counted, such as POINTS."),
    Column("may_go_below_zero", Boolean, nullable=False, comment="As one does on which money from outside begins."),
    Column("balance", BigInteger, nullable=False, server_default=text("0"), comment="Moved by entries alone."),
    Column("entry_count", BigInteger, nullable=False, server_default=text("0")),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    UniqueConstraint("owner_kind", "owner_id", "kind", "unit"),
    UniqueConstraint("id", "unit"),
    CheckConstraint("unit ~ '^[A-Z]{2,12}$'", name="unit"),
    CheckConstraint("balance >= 0 OR may_go_below_zero", name="balance"),
    comment="Where something lies: whose it is, of what kind, and how much.",
)

transactions = Table(
    "ledger_transaction",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="What was booked under a key is not booked again."),
    Column("kind", Text, nullable=False, comment="What it is for, in a word of its feature's."),
    Column("subject_kind", Text, nullable=False, comment="The id prefix of what it is for."),
    Column("subject_id", BigInteger, nullable=False),
    Column("reverses_id", BigInteger, ForeignKey("ledger_transaction.id"), unique=True, comment="Which it undoes."),
    Column("booked_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column(
        "database_transaction",
        BigInteger,
        nullable=False,
        server_default=text("(pg_current_xact_id()::text)::bigint"),
        comment="Its entries come in the same one, and none after it.",
    ),
    CheckConstraint("length(key) BETWEEN 1 AND 200", name="key"),
    CheckConstraint("reverses_id <> id", name="reverses"),
    Index(None, "subject_kind", "subject_id"),
    comment="What moved, whole or not at all. Never changed: what was wrong is reversed, once.",
)

entries = Table(
    "ledger_entry",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("transaction_id", BigInteger, ForeignKey("ledger_transaction.id"), nullable=False),
    Column("account_id", BigInteger, nullable=False),
    Column("unit", Text, nullable=False),
    Column("amount", BigInteger, nullable=False, comment="In the smallest unit; what leaves the account is negative."),
    Column("position", BigInteger, nullable=False, comment="From 1, without gaps, in the account's statement."),
    Column("balance_after", BigInteger, nullable=False),
    ForeignKeyConstraint(["account_id", "unit"], ["ledger_account.id", "ledger_account.unit"]),
    UniqueConstraint("transaction_id", "account_id"),
    UniqueConstraint("account_id", "position"),
    CheckConstraint(f"amount <> 0 AND abs(amount) <= {LARGEST_AMOUNT}", name="amount"),
    comment="What came to an account or left it. The entries of a transaction add up to 0 in each unit.",
)
