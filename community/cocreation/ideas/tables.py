"""The tables of ideas: boards, ideas with their votes and followers, how they came along, and who is credited.

What an idea says is a post: its title, body, tags, comments, reactions, revisions and who may see it are the post's, so
that no rule about these stands here a second time.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from community.cocreation.ideas.stages import STAGES
from community.foundation.tables import NOW, metadata, one_of

CO_AUTHOR_STATES = ("INVITED", "ACCEPTED", "DECLINED")
AMENDMENT_STATES = ("OPEN", "ACCEPTED", "DECLINED", "WITHDRAWN")
CREDIT_ROLES = ("AUTHOR", "CO_AUTHOR", "AMENDER", "MERGED_AUTHOR")
"""A member is credited once for an idea, in the first of these that holds."""


idea_boards = Table(
    "idea_board",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), nullable=False),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("open", Boolean, nullable=False, server_default=text("true"), comment="Whether it takes new ideas."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index(None, "space_id", "created_at", "id"),
    Index(None, "created_at", "id"),
    Index(None, "created_by"),
    comment="A topic on which the community is asked for ideas.",
)

ideas = Table(
    "idea",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("board_id", BigInteger, ForeignKey("idea_board.id", ondelete="CASCADE"), nullable=False),
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("stage", Text, nullable=False, server_default=text("'SUBMITTED'")),
    Column("stage_since", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("merged_into", BigInteger, ForeignKey("idea.id", ondelete="SET NULL")),
    Column("vote_count", Integer, nullable=False, server_default=text("0")),
    Column("follower_count", Integer, nullable=False, server_default=text("0")),
    Column(
        "merge_count",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Merges into it and their undoings: a change that was overtaken by one is asked for again.",
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW, comment="As the post's."),
    CheckConstraint(one_of("stage", STAGES), name="stage"),
    CheckConstraint("vote_count >= 0 AND follower_count >= 0", name="counts"),
    CheckConstraint("stage = 'MERGED' OR merged_into IS NULL", name="merged"),
    CheckConstraint("merged_into <> id", name="merged_elsewhere"),
    Index(None, "board_id", "vote_count", "id"),
    Index(None, "board_id", "created_at", "id"),
    Index(None, "vote_count", "id"),
    Index(None, "created_at", "id"),
    Index("idea_merged_into_index", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    comment="What a member proposes; what it says is its post.",
    postgresql_with={"fillfactor": "70"},
)

idea_merges = Table(
    "idea_merge",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("into_id", BigInteger, ForeignKey("idea.id", ondelete="CASCADE"), nullable=False),
    Column("merged_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("merged_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("undone_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("undone_at", DateTime(timezone=True)),
    Index(None, "into_id", "id"),
    Index(None, "merged_by"),
    Index(None, "undone_by"),
    comment="Some ideas that became one with another.",
)

idea_merge_sources = Table(
    "idea_merge_source",
    metadata,
    Column("merge_id", BigInteger, ForeignKey("idea_merge.id", ondelete="CASCADE"), nullable=False),
    Column("idea_id", BigInteger, ForeignKey("idea.id", ondelete="CASCADE"), nullable=False),
    Column("stage", Text, nullable=False, comment="As it was before."),
    Column("stage_since", DateTime(timezone=True), nullable=False, comment="As it was before."),
    Column("locked_at", DateTime(timezone=True), comment="When the merge locked its post; null: it was locked before."),
    Column("moved_votes", Integer, nullable=False, server_default=text("0")),
    Column("moved_followers", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("merge_id", "idea_id"),
    Index(None, "idea_id"),
    CheckConstraint(one_of("stage", STAGES), name="stage"),
    comment="An idea as it was before it was merged.",
)

idea_votes = Table(
    "idea_vote",
    metadata,
    Column("idea_id", BigInteger, ForeignKey("idea.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column(
        "merge_id",
        BigInteger,
        ForeignKey("idea_merge.id", ondelete="SET NULL"),
        comment="The merge that brought it from another idea, where it stays too, at rest.",
    ),
    PrimaryKeyConstraint("idea_id", "member_id"),
    Index(None, "member_id", "created_at", "idea_id"),
    Index("idea_vote_merge_id_index", "merge_id", postgresql_where=text("merge_id IS NOT NULL")),
    comment="One a member and idea; told as a number alone.",
)

idea_follows = Table(
    "idea_follow",
    metadata,
    Column("idea_id", BigInteger, ForeignKey("idea.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column(
        "following",
        Boolean,
        nullable=False,
        comment="False: they said that they do not want to, so no vote changes it.",
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("merge_id", BigInteger, ForeignKey("idea_merge.id", ondelete="SET NULL"), comment="As of a vote."),
    PrimaryKeyConstraint("idea_id", "member_id"),
    Index(None, "member_id", "created_at", "idea_id"),
    Index("idea_follow_merge_id_index", "merge_id", postgresql_where=text("merge_id IS NOT NULL")),
    comment="Who hears of what becomes of an idea.",
)

idea_answers = Table(
    "idea_answer",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("idea_id", BigInteger, ForeignKey("idea.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL"), comment="Who answered."),
    Column("from_stage", Text, nullable=False),
    Column("to_stage", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("from_stage", STAGES), name="from_stage"),
    CheckConstraint(one_of("to_stage", STAGES), name="to_stage"),
    Index(None, "idea_id", "id"),
    Index(None, "member_id"),
    comment="Each step of an idea, and what the brand says to it.",
)

idea_co_authors = Table(
    "idea_co_author",
    metadata,
    Column("idea_id", BigInteger, ForeignKey("idea.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'INVITED'")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("idea_id", "member_id"),
    CheckConstraint(one_of("state", CO_AUTHOR_STATES), name="state"),
    Index(None, "member_id", "created_at", "idea_id"),
    comment="Who shares in an idea, is asked to, or did not want to.",
)

amendments = Table(
    "amendment",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("idea_id", BigInteger, ForeignKey("idea.id", ondelete="CASCADE"), nullable=False),
    Column("proposed_by", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("base_revision", Integer, nullable=False, comment="The post's revision_count as it was proposed."),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("state", Text, nullable=False, server_default=text("'OPEN'")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("decided_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("decided_at", DateTime(timezone=True)),
    Column("decision", Text, nullable=False, server_default=text("''"), comment="Why it was not taken."),
    CheckConstraint(one_of("state", AMENDMENT_STATES), name="state"),
    CheckConstraint("(state = 'OPEN') = (decided_at IS NULL)", name="decided"),
    Index("amendment_one_open_index", "idea_id", "proposed_by", unique=True, postgresql_where=text("state = 'OPEN'")),
    Index(None, "idea_id", "id"),
    Index(None, "proposed_by"),
    Index(None, "decided_by"),
    comment="Another text for an idea, proposed to its authors.",
)

idea_credits = Table(
    "idea_credit",
    metadata,
    Column("idea_id", BigInteger, ForeignKey("idea.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("idea_id", "member_id"),
    CheckConstraint(one_of("role", CREDIT_ROLES), name="role"),
    UniqueConstraint("member_id", "created_at", "idea_id"),
    comment="Whose doing it is that there is something new: written when an idea ships.",
)
