"""The table of rules that say who may take part."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from community.foundation.tables import metadata
from community.members.reputation import HIGHEST_LEVEL

LONGEST_ACTIVITY = 366  # days

eligibilities = Table(
    "eligibility",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("roles", ARRAY(Text), nullable=False, server_default=text("'{}'"), comment="One of them; none: anybody."),
    Column("level", SmallInteger, comment="This level at least."),
    Column("trust", SmallInteger, comment="Trusted more than so many percent of members."),
    Column("joined_before", DateTime(timezone=True), comment="Who joined the community later may not."),
    Column("belongs_to", BigInteger, ForeignKey("space.id"), comment="Who has joined this space."),
    Column("active_in", BigInteger, ForeignKey("space.id"), comment="Who has written in this space ..."),
    Column("active_days", SmallInteger, comment="... within so many days."),
    Column("customers_only", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint(f"level BETWEEN 1 AND {HIGHEST_LEVEL}", name="level"),
    CheckConstraint("trust BETWEEN 0 AND 100", name="trust"),
    CheckConstraint("(active_in IS NULL) = (active_days IS NULL)", name="activity"),
    CheckConstraint(f"active_days BETWEEN 1 AND {LONGEST_ACTIVITY}", name="active_days"),
    Index(None, "belongs_to"),
    Index(None, "active_in"),
    comment="Who may take part in something. All that a row asks must hold.",
)
