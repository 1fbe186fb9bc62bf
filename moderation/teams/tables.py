"""The tables of teams: who is in them, and which cases are theirs."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from community.foundation.tables import NOW, metadata, one_of
from moderation.cases.tables import CASE_KINDS

LONGEST_NAME = 80
MOST_MINUTES = 60 * 24 * 30

teams = Table(
    "moderation_team",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column(
        "respond_within",
        ARRAY(Integer),
        nullable=False,
        server_default=text("'{}'"),
        comment="Minutes to a decision by severity, 1 to 5; empty: there is no hurry.",
    ),
    Column(
        "escalates_to", BigInteger, ForeignKey("moderation_team.id"), comment="Who answers what it did not in time."
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("retired_at", DateTime(timezone=True), comment="It keeps what it has, and gets nothing new."),
    CheckConstraint(f"length(name) BETWEEN 1 AND {4 * LONGEST_NAME}", name="name"),
    CheckConstraint(
        f"cardinality(respond_within) IN (0, 5) AND 0 < ALL (respond_within) AND {MOST_MINUTES} >= ALL (respond_within)",
        name="respond_within",
    ),
    CheckConstraint("escalates_to <> id", name="escalates_to"),
    Index(None, "escalates_to"),
    comment="A department that answers cases.",
)

team_members = Table(
    "moderation_team_member",
    metadata,
    Column("team_id", BigInteger, ForeignKey("moderation_team.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("team_id", "member_id"),
    Index(None, "member_id", "team_id"),
    comment="Who is in a team. What one may see and decide is said by roles, not by teams.",
)

routes = Table(
    "moderation_route",
    metadata,
    Column("team_id", BigInteger, ForeignKey("moderation_team.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False, comment="Among the team's own."),
    Column("priority", Integer, nullable=False, comment="Of all routes that fit a case, the smallest decides."),
    Column("kind", Text, comment="Cases of this kind; null: of any."),
    Column("reason_id", SmallInteger, ForeignKey("report_reason.id"), comment="Null: for any reason."),
    Column(
        "space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), comment="Null: of any space, or of none."
    ),
    Column(
        "tag_id",
        BigInteger,
        ForeignKey("tag.id", ondelete="CASCADE"),
        comment="On the post, or on that which is commented on.",
    ),
    PrimaryKeyConstraint("team_id", "position"),
    CheckConstraint(f"kind IS NULL OR {one_of('kind', CASE_KINDS)}", name="kind"),
    Index(None, "priority", "team_id", "position"),
    Index(None, "reason_id"),
    Index(None, "space_id"),
    Index(None, "tag_id"),
    comment="Which cases are a team's: all that a route names must hold.",
)
