"""The tables of the simulator: what it was asked, and what it did."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from community.foundation.tables import NOW, metadata, one_of

PAYMENT_STATES = ("DECLINED", "ACTION", "HELD", "PROMISED", "CAPTURED", "CANCELLED", "REFUNDED")
MOVES = ("AUTHORISED", "CAPTURED", "CANCELLED", "REFUNDED")

simulated_payments = Table(
    "simulated_payment",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("token", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("secured_by", Text, nullable=False, comment="What it rests on once it is authorised."),
    Column("state", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("state", PAYMENT_STATES), name="state"),
    comment="A payment as the simulator of a provider has it.",
)

simulated_requests = Table(
    "simulated_request",
    metadata,
    Column("key", Text, primary_key=True, comment="The same key again has the same answer, and no effect."),
    Column("asked", JSONB, nullable=False),
    Column("answer", JSONB, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    comment="What the simulator was asked, and answered.",
)

simulated_moves = Table(
    "simulated_move",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("payment_id", BigInteger, ForeignKey("simulated_payment.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("moved_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("what", MOVES), name="what"),
    Index(None, "payment_id"),
    comment="The simulator's books: every movement of money it made, to hold against the ledger.",
)
