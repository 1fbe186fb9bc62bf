"""Ideas: boards, ideas with votes and followers, stages, co-authors, amendments, merges and credit."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_INTERACTIONS = import_module("migrations.versions.0009_graph").INTERACTIONS
# A vote that a merge brought along was given to another idea, where it counts; at rest there, it still does.
_OF_IDEAS = """
    UNION ALL
    SELECT idea_vote.member_id, post.author_id, 8::smallint, post.id, post.space_id, post.official OR member.official,
        post.official, idea_vote.created_at
    FROM idea_vote
    JOIN idea ON idea.id = idea_vote.idea_id
    JOIN post ON post.id = idea.post_id AND post.visibility = 0
    LEFT JOIN member ON member.id = post.author_id
    WHERE idea_vote.merge_id IS NULL
    UNION ALL
    -- What the brand makes of an idea is the brand's own: whose doing it is has done something for it, towards nobody.
    SELECT idea_credit.member_id, NULL, 9::smallint, post.id, post.space_id, true, true, idea_credit.created_at
    FROM idea_credit
    JOIN idea ON idea.id = idea_credit.idea_id
    JOIN post ON post.id = idea.post_id AND post.visibility = 0
"""
_KINDS = (
    (8, "IDEA_VOTE", 1.5, 180, "A vote says that somebody's idea should come true.", "投票是说：这个点子应该实现。"),
    (
        9,
        "IDEA_CREDIT",
        5,
        730,
        "An idea that shipped made the brand's own better, and goes on doing so.",
        "实现了的点子让品牌更好，并且一直有用。",
    ),
)
# Any of a text's telling words: what is alike shares some of them, and rank says how many and where. Words that English
# is full of tell nothing; the dictionary knows them.
_SEARCH_ALIKE = """
CREATE FUNCTION search_alike(content text) RETURNS tsquery
LANGUAGE sql STABLE PARALLEL SAFE STRICT
RETURN (
    SELECT coalesce(string_agg(quote_literal(lexeme), ' | '), '')::tsquery
    FROM (
        SELECT lexeme FROM unnest(search_vector(content)) AS words (lexeme, positions, weights)
        WHERE ts_lexize('pg_catalog.english_stem', lexeme) IS DISTINCT FROM '{}'
        ORDER BY positions[1] LIMIT 100
    ) AS telling
)
"""
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
)
_TOLD_OF_IDEAS = (
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


def _tell_of(kinds: tuple[str, ...]) -> None:
    known = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notification", "notification_preference"):
        op.drop_constraint(op.f(f"{table}_kind_check"), table, type_="check")
        op.create_check_constraint(op.f(f"{table}_kind_check"), table, f"kind IN ({known})")


def upgrade() -> None:
    op.create_table(
        "idea_board",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "open", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment="Whether it takes new ideas."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("idea_board_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("idea_board_space_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("idea_board_pkey")),
        comment="A topic on which the community is asked for ideas.",
    )
    op.create_index(op.f("idea_board_created_at_id_index"), "idea_board", ["created_at", "id"], unique=False)
    op.create_index(op.f("idea_board_created_by_index"), "idea_board", ["created_by"], unique=False)
    op.create_index(
        op.f("idea_board_space_id_created_at_id_index"), "idea_board", ["space_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "idea",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("board_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), server_default=sa.text("'SUBMITTED'"), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("vote_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("follower_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "merge_count",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Merges into it and their undoings: a change that was overtaken by one is asked for again.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="As the post's.",
        ),
        sa.CheckConstraint("stage = 'MERGED' OR merged_into IS NULL", name=op.f("idea_merged_check")),
        sa.CheckConstraint(
            "stage IN ('SUBMITTED', 'UNDER_REVIEW', 'PLANNED', 'IN_THE_MAKING', 'SHIPPED', 'DECLINED', 'MERGED')",
            name=op.f("idea_stage_check"),
        ),
        sa.CheckConstraint("merged_into <> id", name=op.f("idea_merged_elsewhere_check")),
        sa.CheckConstraint("vote_count >= 0 AND follower_count >= 0", name=op.f("idea_counts_check")),
        sa.ForeignKeyConstraint(["board_id"], ["idea_board.id"], name=op.f("idea_board_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["merged_into"], ["idea.id"], name=op.f("idea_merged_into_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("idea_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("idea_pkey")),
        sa.UniqueConstraint("post_id", name=op.f("idea_post_id_key")),
        comment="What a member proposes; what it says is its post.",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(op.f("idea_board_id_created_at_id_index"), "idea", ["board_id", "created_at", "id"], unique=False)
    op.create_index(op.f("idea_board_id_vote_count_id_index"), "idea", ["board_id", "vote_count", "id"], unique=False)
    op.create_index(op.f("idea_created_at_id_index"), "idea", ["created_at", "id"], unique=False)
    op.create_index(
        "idea_merged_into_index",
        "idea",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(op.f("idea_vote_count_id_index"), "idea", ["vote_count", "id"], unique=False)
    op.create_table(
        "amendment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("idea_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "base_revision", sa.Integer(), nullable=False, comment="The post's revision_count as it was proposed."
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'OPEN'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), server_default=sa.text("''"), nullable=False, comment="Why it was not taken."),
        sa.CheckConstraint("(state = 'OPEN') = (decided_at IS NULL)", name=op.f("amendment_decided_check")),
        sa.CheckConstraint(
            "state IN ('OPEN', 'ACCEPTED', 'DECLINED', 'WITHDRAWN')", name=op.f("amendment_state_check")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("amendment_decided_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("amendment_idea_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["proposed_by"], ["member.id"], name=op.f("amendment_proposed_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("amendment_pkey")),
        comment="Another text for an idea, proposed to its authors.",
    )
    op.create_index(op.f("amendment_decided_by_index"), "amendment", ["decided_by"], unique=False)
    op.create_index(op.f("amendment_idea_id_id_index"), "amendment", ["idea_id", "id"], unique=False)
    op.create_index(
        "amendment_one_open_index",
        "amendment",
        ["idea_id", "proposed_by"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_index(op.f("amendment_proposed_by_index"), "amendment", ["proposed_by"], unique=False)
    op.create_table(
        "idea_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("idea_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Who answered."),
        sa.Column("from_stage", sa.Text(), nullable=False),
        sa.Column("to_stage", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "from_stage IN ('SUBMITTED', 'UNDER_REVIEW', 'PLANNED', 'IN_THE_MAKING', 'SHIPPED', 'DECLINED', 'MERGED')",
            name=op.f("idea_answer_from_stage_check"),
        ),
        sa.CheckConstraint(
            "to_stage IN ('SUBMITTED', 'UNDER_REVIEW', 'PLANNED', 'IN_THE_MAKING', 'SHIPPED', 'DECLINED', 'MERGED')",
            name=op.f("idea_answer_to_stage_check"),
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("idea_answer_idea_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("idea_answer_member_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("idea_answer_pkey")),
        comment="Each step of an idea, and what the brand says to it.",
    )
    op.create_index(op.f("idea_answer_idea_id_id_index"), "idea_answer", ["idea_id", "id"], unique=False)
    op.create_index(op.f("idea_answer_member_id_index"), "idea_answer", ["member_id"], unique=False)
    op.create_table(
        "idea_co_author",
        sa.Column("idea_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'INVITED'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('INVITED', 'ACCEPTED', 'DECLINED')", name=op.f("idea_co_author_state_check")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("idea_co_author_idea_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("idea_co_author_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("idea_id", "member_id", name=op.f("idea_co_author_pkey")),
        comment="Who shares in an idea, is asked to, or did not want to.",
    )
    op.create_index(
        op.f("idea_co_author_member_id_created_at_idea_id_index"),
        "idea_co_author",
        ["member_id", "created_at", "idea_id"],
        unique=False,
    )
    op.create_table(
        "idea_credit",
        sa.Column("idea_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "role IN ('AUTHOR', 'CO_AUTHOR', 'AMENDER', 'MERGED_AUTHOR')", name=op.f("idea_credit_role_check")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("idea_credit_idea_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("idea_credit_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("idea_id", "member_id", name=op.f("idea_credit_pkey")),
        sa.UniqueConstraint(
            "member_id", "created_at", "idea_id", name=op.f("idea_credit_member_id_created_at_idea_id_key")
        ),
        comment="Whose doing it is that there is something new: written when an idea ships.",
    )
    op.create_table(
        "idea_merge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_by", sa.BigInteger(), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["into_id"], ["idea.id"], name=op.f("idea_merge_into_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["merged_by"], ["member.id"], name=op.f("idea_merge_merged_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"], ["member.id"], name=op.f("idea_merge_undone_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("idea_merge_pkey")),
        comment="Some ideas that became one with another.",
    )
    op.create_index(op.f("idea_merge_into_id_id_index"), "idea_merge", ["into_id", "id"], unique=False)
    op.create_index(op.f("idea_merge_merged_by_index"), "idea_merge", ["merged_by"], unique=False)
    op.create_index(op.f("idea_merge_undone_by_index"), "idea_merge", ["undone_by"], unique=False)
    op.create_table(
        "idea_follow",
        sa.Column("idea_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "following",
            sa.Boolean(),
            nullable=False,
            comment="False: they said that they do not want to, so no vote changes it.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("merge_id", sa.BigInteger(), nullable=True, comment="As of a vote."),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("idea_follow_idea_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("idea_follow_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["idea_merge.id"], name=op.f("idea_follow_merge_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("idea_id", "member_id", name=op.f("idea_follow_pkey")),
        comment="Who hears of what becomes of an idea.",
    )
    op.create_index(
        op.f("idea_follow_member_id_created_at_idea_id_index"),
        "idea_follow",
        ["member_id", "created_at", "idea_id"],
        unique=False,
    )
    op.create_index(
        "idea_follow_merge_id_index",
        "idea_follow",
        ["merge_id"],
        unique=False,
        postgresql_where=sa.text("merge_id IS NOT NULL"),
    )
    op.create_table(
        "idea_merge_source",
        sa.Column("merge_id", sa.BigInteger(), nullable=False),
        sa.Column("idea_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False, comment="As it was before."),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False, comment="As it was before."),
        sa.Column(
            "locked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the merge locked its post; null: it was locked before.",
        ),
        sa.Column("moved_votes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("moved_followers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "stage IN ('SUBMITTED', 'UNDER_REVIEW', 'PLANNED', 'IN_THE_MAKING', 'SHIPPED', 'DECLINED', 'MERGED')",
            name=op.f("idea_merge_source_stage_check"),
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["idea.id"], name=op.f("idea_merge_source_idea_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["idea_merge.id"], name=op.f("idea_merge_source_merge_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merge_id", "idea_id", name=op.f("idea_merge_source_pkey")),
        comment="An idea as it was before it was merged.",
    )
    op.create_index(op.f("idea_merge_source_idea_id_index"), "idea_merge_source", ["idea_id"], unique=False)
    op.create_table(
        "idea_vote",
        sa.Column("idea_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "merge_id",
            sa.BigInteger(),
            nullable=True,
            comment="The merge that brought it from another idea, where it stays too, at rest.",
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("idea_vote_idea_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("idea_vote_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["idea_merge.id"], name=op.f("idea_vote_merge_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("idea_id", "member_id", name=op.f("idea_vote_pkey")),
        comment="One a member and idea; told as a number alone.",
    )
    op.create_index(
        op.f("idea_vote_member_id_created_at_idea_id_index"),
        "idea_vote",
        ["member_id", "created_at", "idea_id"],
        unique=False,
    )
    op.create_index(
        "idea_vote_merge_id_index",
        "idea_vote",
        ["merge_id"],
        unique=False,
        postgresql_where=sa.text("merge_id IS NOT NULL"),
    )
    op.execute("CREATE OR REPLACE VIEW interaction AS " + _INTERACTIONS + _OF_IDEAS)
    op.execute(_SEARCH_ALIKE)
    _tell_of(_TOLD_BEFORE + _TOLD_OF_IDEAS)
    op.bulk_insert(
        sa.table(
            "interaction_kind",
            *(sa.column(name) for name in ("id", "name", "weight", "half_life_days")),
            sa.column("reasons", postgresql.JSONB()),
        ),
        [
            {"id": number, "name": name, "weight": weight, "half_life_days": days, "reasons": {"en": en, "zh": zh}}
            for number, name, weight, days, en, zh in _KINDS
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM interaction_kind WHERE id IN (8, 9)")
    for table in ("notification", "notification_preference"):
        op.execute(
            sa.text(f"DELETE FROM {table} WHERE kind = ANY(:kinds)").bindparams(  # noqa: S608 - a name of ours
                sa.bindparam("kinds", list(_TOLD_OF_IDEAS), type_=postgresql.ARRAY(sa.Text()))
            )
        )
    _tell_of(_TOLD_BEFORE)
    op.execute("DROP FUNCTION search_alike(text)")
    # A view keeps the columns that it has, and so may be told anew what they are of.
    op.execute("CREATE OR REPLACE VIEW interaction AS " + _INTERACTIONS)
    for table in (
        "idea_credit",
        "amendment",
        "idea_co_author",
        "idea_answer",
        "idea_follow",
        "idea_vote",
        "idea_merge_source",
        "idea_merge",
        "idea",
        "idea_board",
    ):
        op.drop_table(table)
