"""The tables of the social graph: how interactions weigh, the runs that scored, and what they found."""

from collections.abc import Iterator
from typing import Any

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
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REAL

from community.foundation.tables import NOW, events, metadata, one_of

RUN_STATES = ("RUNNING", "DONE", "FAILED")
WINDOWS = ("ALL", "YEAR", "QUARTER", "MONTH")


def _scored(names: tuple[str, ...]) -> Iterator[Column[Any]]:
    """Return the columns of scores: the value, its percentile, and by how much that changed since the run before."""
    for name in names:
        yield Column(name, Double, nullable=False)
        yield Column(f"{name}_percentile", REAL, nullable=False)
        yield Column(f"{name}_change", REAL, comment="Null for who was not scored then.")


interaction_kinds = Table(
    "interaction_kind",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("weight", Double, nullable=False, comment="What the first of its kind adds to a tie; 0: nothing."),
    Column("half_life_days", Double, nullable=False, comment="After how many days one counts half."),
    Column("reasons", JSONB, nullable=False, comment="Why it weighs so, by locale."),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("weight BETWEEN 0 AND 100", name="weight"),
    CheckConstraint("half_life_days BETWEEN 1 AND 36500", name="half_life"),
    comment="What members do towards each other, and how much it counts: the brand's to choose.",
)

score_weights = Table(
    "score_weight",
    metadata,
    Column("dimension", Text, primary_key=True),
    Column("weight", Double, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("weight BETWEEN 0 AND 100", name="weight"),
    comment="How much each dimension weighs in the composite: the brand's to choose.",
)

profiling_objections = Table(
    "profiling_objection",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), primary_key=True),
    Column("objected_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    comment="Who is not to be scored: in no ranking, and with no social capital.",
)

score_runs = Table(
    "score_run",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("state", Text, nullable=False, server_default=text("'RUNNING'")),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("finished_at", DateTime(timezone=True)),
    Column("as_of", DateTime(timezone=True), comment="What had happened until then was counted."),
    Column("model", Integer, nullable=False, comment="The version of the definitions that the scores follow."),
    Column(
        "parameters", JSONB, nullable=False, server_default=text("'{}'"), comment="Weights, half-lives and the rest."
    ),
    Column("members", Integer, nullable=False, server_default=text("0")),
    Column("ties", BigInteger, nullable=False, server_default=text("0")),
    Column("interactions", BigInteger, nullable=False, server_default=text("0")),
    Column("seconds", JSONB, nullable=False, server_default=text("'{}'"), comment="How long each step took."),
    Column("failure", Text),
    Column("watermark", BigInteger, comment="Below which transaction everything in the event log was counted."),
    Column(
        "whole",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Whether everything was read; otherwise the graph of the run before was brought up to date.",
    ),
    CheckConstraint(one_of("state", RUN_STATES), name="state"),
    Index(None, "finished_at", postgresql_where=text("state = 'DONE'")),
    # Two at once would write the same rows: the second is refused.
    Index("score_run_one_running_index", "state", unique=True, postgresql_where=text("state = 'RUNNING'")),
    comment="One scoring of the whole community.",
)

graph_snapshots = Table(
    "graph_snapshot",
    metadata,
    Column("run_id", BigInteger, ForeignKey("score_run.id", ondelete="CASCADE"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "part"),
    comment="The graph that a run scored, packed; in parts, as one value holds less than a gigabyte.",
)

graph_scopes = Table(
    "graph_scope",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), comment="None: in all open spaces."),
    Column("tag_id", BigInteger, ForeignKey("tag.id", ondelete="CASCADE"), comment="None: about anything."),
    Column("since", Text, nullable=False, server_default=text("'ALL'"), comment="Which window of time."),
    Column("run_id", BigInteger, ForeignKey("score_run.id", ondelete="SET NULL"), comment="Which run ranked it last."),
    Column("members", Integer, nullable=False, server_default=text("0")),
    CheckConstraint(one_of("since", WINDOWS), name="since"),
    CheckConstraint("space_id IS NULL OR tag_id IS NULL", name="one_place"),
    UniqueConstraint("space_id", "tag_id", "since", postgresql_nulls_not_distinct=True),
    comment="Within what members are ranked: everywhere, in a space or about a tag; ever, or of late.",
)

tribes = Table(
    "tribe",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("since_run_id", BigInteger, comment="The run that found it first."),
    Column("run_id", BigInteger, ForeignKey("score_run.id", ondelete="SET NULL")),
    Column("size", Integer, nullable=False),
    Column("cohesion", REAL, nullable=False, comment="The share of its members' tie weight that stays within."),
    Index(None, "size", "id"),
    comment="Members who are tied to each other more than to others.",
)

# What follows is written anew by each run, by the million: without foreign keys, which cost more than half of the
# writing. Whose row has gone meanwhile is not found by any read, which all come by way of the member, scope or tribe.

STANDING = ("trust", "bridging")
"""What is kept beside a member's place in a scope, as in social_capital: rankings are filtered and shown from one table."""

_FILTERED = ("level", "joined_at", "trust_percentile")

influences = Table(
    "influence",
    metadata,
    Column("scope_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("position", Integer, nullable=False, comment="1 is who has the most influence."),
    *_scored(("score", *STANDING)),
    Column("reach", REAL, nullable=False, comment="Members expected to be reached, oneself included."),
    Column("reach_low", REAL, nullable=False),
    Column("reach_high", REAL, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("joined_at", DateTime(timezone=True), nullable=False, comment="As the member's: newcomers stand far down."),
    Column("tribe_id", BigInteger),
    PrimaryKeyConstraint("member_id", "scope_id"),
    # What is filtered by stands in the indexes as well: whoever walks a ranking looks at the rows of its page alone.
    Index("influence_position_index", "scope_id", "position", "member_id", *_FILTERED),
    Index("influence_reach_index", "scope_id", "reach", "member_id", *_FILTERED),
    Index("influence_rising_index", "scope_id", "score_change", "member_id", *_FILTERED),
    Index(None, "scope_id", "tribe_id", "position"),
    comment="A member's place in one scope, as the last run found it.",
)

tribe_tags = Table(
    "tribe_tag",
    metadata,
    Column("tribe_id", BigInteger, ForeignKey("tribe.id", ondelete="CASCADE"), nullable=False),
    Column("tag_id", BigInteger, ForeignKey("tag.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("lift", REAL, nullable=False, comment="How many times as often as elsewhere its members write about it."),
    PrimaryKeyConstraint("tribe_id", "tag_id"),
    Index(None, "tag_id"),
    comment="What a tribe writes about more than others do.",
)

tribe_bridges = Table(
    "tribe_bridge",
    metadata,
    Column("tribe_id", BigInteger, ForeignKey("tribe.id", ondelete="CASCADE"), nullable=False),
    Column("other_id", BigInteger, ForeignKey("tribe.id", ondelete="CASCADE"), nullable=False),
    Column("weight", REAL, nullable=False),
    Column("ties", Integer, nullable=False),
    PrimaryKeyConstraint("tribe_id", "other_id"),
    Index(None, "tribe_id", "weight", "other_id"),
    Index(None, "other_id"),
    comment="How strongly two tribes are tied; a row each way.",
)

DIMENSIONS = ("trust_and_support", "strong_ties", "participation", "brand_support")
"""What social capital is made of."""

LEVELS_FROM = (0, 50, 80, 95)
"""From which percentile of the composite each level begins."""

MEASURES = ("trust", "support", "bonding", "bridging")
"""What two of the dimensions are made of in turn."""

VALUES = ("composite", *DIMENSIONS, *MEASURES)
"""All that is kept of a member with its percentile and the change of that."""

OF_A_MEMBER = ("influence", "social_capital", "social_capital_point", "strongest_ties", "reputation")
"""The tables whose rows say something of one member, by member_id: nothing of who objects to that may stay in them."""

social_capitals = Table(
    "social_capital",
    metadata,
    Column("member_id", BigInteger, primary_key=True),
    Column("run_id", BigInteger),
    *_scored(VALUES),
    Column("level", SmallInteger, nullable=False, comment="1 to 4, by the composite's percentile."),
    Column("core", Integer, nullable=False, comment="The most k such that they are in a group tied k times each."),
    Column("tribe_id", BigInteger),
    Index(None, "tribe_id", "composite", "member_id"),
    Index(None, "trust_percentile", "member_id"),
    comment="What a member's ties and deeds are worth, in four dimensions, as the last run found it.",
)

social_capital_points = Table(
    "social_capital_point",
    metadata,
    Column("member_id", BigInteger, nullable=False),
    Column("as_of", DateTime(timezone=True), nullable=False),
    *(Column(name, REAL, nullable=False) for name in ("composite", *DIMENSIONS)),
    PrimaryKeyConstraint("member_id", "as_of"),
    Index(None, "as_of"),
    comment="Percentiles of the past; thinned as they age.",
)

strongest_ties = Table(
    "strongest_ties",
    metadata,
    Column("member_id", BigInteger, primary_key=True),
    Column("others", ARRAY(BigInteger), nullable=False, comment="To whom, the strongest first."),
    Column("given", ARRAY(REAL), nullable=False, comment="What the member did towards each."),
    Column("received", ARRAY(REAL), nullable=False, comment="What each did towards the member."),
    comment="The few dozen strongest ties of each member, in both directions together.",
)

seeding_picks = Table(
    "seeding_pick",
    metadata,
    Column("job_id", BigInteger, ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False, comment="In the order in which they were chosen."),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("gain", Double, nullable=False, comment="How many more are reached with this member than without."),
    PrimaryKeyConstraint("job_id", "position"),
    Index(None, "member_id"),
    comment="Whom a seeding plan would tell.",
)

# Mentions are in the log alone, which grows without end: theirs are found without reading the rest.
_MENTION = text("kind = 'MemberMentioned'")
Index("event_mention_actor_id_index", events.c.actor_id, postgresql_where=_MENTION)
Index("event_mention_member_id_index", events.c.member_id, postgresql_where=_MENTION)

views = MetaData()
"""Views, which migrations define: of a metadata of their own, as they are no tables to be compared."""

interactions = Table(
    "interaction",
    views,
    Column("actor_id", BigInteger),
    Column("target_id", BigInteger, comment="Null for what is done towards nobody."),
    Column("kind", SmallInteger, comment="As in interaction_kind."),
    Column("post_id", BigInteger, comment="The post it is about; null for a follow."),
    Column("space_id", BigInteger, comment="Where; null for a follow."),
    Column("brand", Boolean, comment="Whether it is about something official, or towards who speaks for the brand."),
    Column("official", Boolean, comment="Whether it is about something official. Far cheaper to ask for than `brand`."),
    Column("occurred_at", DateTime(timezone=True)),
    comment="What members did towards each other, from the tables that hold it; a mention, which none holds, from the log.",
)

ties = Table(
    "tie",
    views,
    Column("member_id", BigInteger),
    Column("other_id", BigInteger),
    Column("place", Integer, comment="1 is the member's strongest tie."),
    Column("given", REAL),
    Column("received", REAL),
    Column("strength", REAL),
    comment="The view of strongest_ties with a row for each tie of each member.",
)
