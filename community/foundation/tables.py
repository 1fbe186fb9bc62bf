"""The tables that every feature builds on: the event log, its readers' cursors, and what a request must remember.

All tables of the product share one ``metadata``; a feature declares its own in its ``tables.py``.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    },
)

NOW = text("now()")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Return the condition that a column holds one of some words of ours."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


# Ordered by (transaction_id, id): ids alone are handed out before commit, so a reader that followed them would
# skip the events of a transaction that was slower than its neighbour.
events = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column(
        "transaction_id",
        BigInteger,
        nullable=False,
        server_default=text("(pg_current_xact_id()::text)::bigint"),
    ),
    Column("occurred_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column(
        "kind", Text, nullable=False, comment="What happened, e.g. PostCreated; each feature's events.py lists its own."
    ),
    Column("actor_id", BigInteger, comment="The member who did it; null when the system did."),
    Column("member_id", BigInteger, comment="The member it was done to: the author replied to, the one followed."),
    Column("subject_kind", Text, comment="The id prefix of what it was done on: post, comment, member, space."),
    Column("subject_id", BigInteger),
    Column("post_id", BigInteger, comment="The thread it belongs to, for filters."),
    Column("space_id", BigInteger, comment="The space it belongs to, for filters and for who may know of it."),
    Column("data", JSONB, nullable=False, server_default=text("'{}'"), comment="What else this kind says."),
    Column("context", JSONB, nullable=False, server_default=text("'{}'"), comment="Campaign, channel, client."),
    PrimaryKeyConstraint("occurred_at", "id"),
    Index(None, "transaction_id", "id"),
    comment="What happened, as data. Partitioned by month; read in the order (transaction_id, id).",
    postgresql_partition_by="RANGE (occurred_at)",
)

event_cursors = Table(
    "event_cursor",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("transaction_id", BigInteger, nullable=False),
    Column("event_id", BigInteger, nullable=False),
    comment="How far each reader of the event log has come; moved in the transaction that holds its effects.",
)

idempotency_keys = Table(
    "idempotency_key",
    metadata,
    Column("owner", Text, nullable=False, comment="The member's id, or the address of someone signed out."),
    Column("key", Text, nullable=False),
    Column("request_digest", LargeBinary, nullable=False, comment="SHA-256 of the request; another body is refused."),
    Column("response", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("owner", "key"),
    Index(None, "created_at"),
    comment="Answers already given, kept 24 hours, so that a retry has one effect.",
)

rate_limits = Table(
    "rate_limit",
    metadata,
    Column("bucket", Text, primary_key=True, comment="What is limited and for whom, e.g. sign-in:203.0.113.9."),
    Column("level", Double, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    comment="Leaky buckets that must hold over every server process: sign-ins, resets, invitations.",
    prefixes=["UNLOGGED"],
)

community_profile = Table(
    "community_profile",
    metadata,
    Column("id", SmallInteger, primary_key=True, server_default=text("1")),
    Column("name", Text, nullable=False, server_default=text("'Teahouse'")),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("rules", Text, nullable=False, server_default=text("''")),
    Column("rules_html", Text, nullable=False, server_default=text("''")),
    CheckConstraint("id = 1", name="only_one"),
    comment="The one community that this server runs.",
)

mails = Table(
    "mail",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("due_at", DateTime(timezone=True), server_default=NOW, comment="When to try, or try again; null: never."),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("failure", Text, comment="What the mail server said last."),
    Index(None, "due_at"),
    comment="Letters to deliver, queued by the transaction that owes them; gone once delivered, as they hold secrets.",
)

JOB_STATES = ("QUEUED", "RUNNING", "DONE", "FAILED")

jobs = Table(
    "job",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False, comment="What is to be done; each feature names its own."),
    Column("state", Text, nullable=False, server_default=text("'QUEUED'")),
    Column("asked_by", BigInteger, comment="The member who asked; null: the server itself."),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("progress", Double, nullable=False, server_default=text("0"), comment="0 to 1."),
    Column("step", Text, comment="What is being done."),
    Column("parameters", JSONB, nullable=False, server_default=text("'{}'")),
    Column("result", JSONB),
    Column("failure", Text),
    CheckConstraint(f"state IN ({', '.join(repr(state) for state in JOB_STATES)})", name="state"),
    Index("job_waiting_index", "id", postgresql_where=text("state IN ('QUEUED', 'RUNNING')")),
    Index(None, "asked_by", "id"),
    Index(None, "kind", "id"),
    comment="Long work, asked for and done by a process of its own.",
)
