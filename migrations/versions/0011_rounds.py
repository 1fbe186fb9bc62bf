"""Rounds: questions to the community, their options, and ballots."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("method", sa.Text(), nullable=False, comment="By which rule ballots are counted."),
        sa.Column(
            "ballot_kind", sa.Text(), nullable=False, comment="What a ballot of this method says of each option."
        ),
        sa.Column(
            "winners", sa.SmallInteger(), server_default=sa.text("1"), nullable=False, comment="How many are to win."
        ),
        sa.Column("lowest_score", sa.SmallInteger(), nullable=True, comment="For methods that score."),
        sa.Column("highest_score", sa.SmallInteger(), nullable=True),
        sa.Column(
            "credits",
            sa.Integer(),
            nullable=True,
            comment="What the votes of a ballot may cost together, where they cost anything.",
        ),
        sa.Column(
            "budget",
            sa.Integer(),
            nullable=True,
            comment="What the winners may cost together, for methods that spend one.",
        ),
        sa.Column("joined_before", sa.DateTime(timezone=True), nullable=True, comment="Who joined later may not vote."),
        sa.Column("space_members_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "quorum",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="With fewer ballots nobody wins.",
        ),
        sa.Column("smallest_result", sa.Integer(), nullable=False, comment="Of fewer ballots nothing is told."),
        sa.Column(
            "seed",
            sa.Text(),
            nullable=False,
            comment="The lots of options that are level follow from it. Known beforehand.",
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'DRAFT'"), nullable=False),
        sa.Column(
            "closes_at", sa.DateTime(timezone=True), nullable=False, comment="Ballots are taken before this moment."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ballot_count", sa.Integer(), nullable=True, comment="How many were counted."),
        sa.Column(
            "result",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What the rule found: steps and ties, options by id.",
        ),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name=op.f("round_closed_check")),
        sa.CheckConstraint("(state = 'DRAFT') = (opened_at IS NULL)", name=op.f("round_opened_check")),
        sa.CheckConstraint(
            "ballot_kind IN ('APPROVING', 'CHOOSING', 'RANKING', 'SCORING', 'VOTING')",
            name=op.f("round_ballot_kind_check"),
        ),
        sa.CheckConstraint(
            "method IN ('APPROVAL', 'PLURALITY', 'SCORE', 'BORDA', 'INSTANT_RUNOFF', 'SCHULZE', 'RANKED_PAIRS', 'SINGLE_TRANSFERABLE_VOTE', 'SEQUENTIAL_PROPORTIONAL_APPROVAL', 'EQUAL_SHARES', 'PHRAGMEN', 'QUADRATIC', 'BUDGET_GREEDY', 'BUDGET_EQUAL_SHARES')",
            name=op.f("round_method_check"),
        ),
        sa.CheckConstraint("state IN ('DRAFT', 'OPEN', 'CLOSED')", name=op.f("round_state_check")),
        sa.CheckConstraint("(counted_at IS NULL) = (result IS NULL)", name=op.f("round_counted_check")),
        sa.CheckConstraint("budget > 0", name=op.f("round_budget_check")),
        sa.CheckConstraint("credits > 0", name=op.f("round_credits_check")),
        sa.CheckConstraint("lowest_score < highest_score", name=op.f("round_scores_check")),
        sa.CheckConstraint("quorum >= 0 AND smallest_result >= 1", name=op.f("round_sizes_check")),
        sa.CheckConstraint("winners >= 1", name=op.f("round_winners_check")),
        sa.ForeignKeyConstraint(["created_by"], ["member.id"], name=op.f("round_created_by_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("round_space_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("round_pkey")),
        comment="A question to the community.",
    )
    op.create_index(op.f("round_created_at_id_index"), "round", ["created_at", "id"], unique=False)
    op.create_index(op.f("round_created_by_index"), "round", ["created_by"], unique=False)
    op.create_index("round_due_index", "round", ["closes_at"], unique=False, postgresql_where=sa.text("state = 'OPEN'"))
    op.create_index(op.f("round_space_id_created_at_id_index"), "round", ["space_id", "created_at", "id"], unique=False)
    op.create_table(
        "ballot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Null: cast elsewhere."),
        sa.Column(
            "marks",
            postgresql.ARRAY(sa.SmallInteger()),
            nullable=False,
            comment="By option: approval, rank, score or votes.",
        ),
        sa.Column("receipt", sa.Text(), nullable=False, comment="Known to who cast it alone: whether it was counted."),
        sa.Column("cast_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("ballot_member_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("ballot_round_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("ballot_pkey")),
        sa.UniqueConstraint("round_id", "member_id", name=op.f("ballot_round_id_member_id_key")),
        sa.UniqueConstraint("round_id", "receipt", name=op.f("ballot_round_id_receipt_key")),
        comment="What a member answered; shown to nobody else.",
    )
    op.create_index(op.f("ballot_member_id_round_id_index"), "ballot", ["member_id", "round_id"], unique=False)
    op.create_table(
        "round_option",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="From 0: its number on ballots."),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=True, comment="What it takes of the budget."),
        sa.Column("won_as", sa.SmallInteger(), nullable=True, comment="1 is who won first; null for who did not."),
        sa.Column("tally", sa.Double(), nullable=True, comment="What the rule's last full count gave it."),
        sa.CheckConstraint("cost > 0", name=op.f("round_option_cost_check")),
        sa.CheckConstraint("position >= 0", name=op.f("round_option_position_check")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("round_option_round_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("round_option_pkey")),
        sa.UniqueConstraint("round_id", "position", name=op.f("round_option_round_id_position_key")),
        comment="What may be chosen in a round.",
    )


def downgrade() -> None:
    op.drop_table("ballot")
    op.drop_table("round_option")
    op.drop_table("round")
