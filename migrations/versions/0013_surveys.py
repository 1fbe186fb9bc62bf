"""Surveys: what is asked, who took part, what was answered, and what members said of themselves as tags."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "anonymous", sa.Boolean(), nullable=False, comment="Whether nothing links members and their answers."
        ),
        sa.Column("space_members_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "results_public",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Once it is closed.",
        ),
        sa.Column("smallest_result", sa.Integer(), nullable=False, comment="Of fewer responses nothing is told."),
        sa.Column("state", sa.Text(), server_default=sa.text("'DRAFT'"), nullable=False),
        sa.Column(
            "closes_at", sa.DateTime(timezone=True), nullable=False, comment="Responses are taken before this moment."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What was answered, counted when it closed.",
        ),
        sa.CheckConstraint("counts IS NULL OR state = 'CLOSED'", name=op.f("survey_counts_check")),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name=op.f("survey_closed_check")),
        sa.CheckConstraint("(state = 'DRAFT') = (opened_at IS NULL)", name=op.f("survey_opened_check")),
        sa.CheckConstraint("state IN ('DRAFT', 'OPEN', 'CLOSED')", name=op.f("survey_state_check")),
        sa.CheckConstraint("smallest_result >= 5", name=op.f("survey_smallest_result_check")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("survey_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("survey_space_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("survey_pkey")),
        comment="Questions to the community.",
    )
    op.create_index(op.f("survey_created_at_id_index"), "survey", ["created_at", "id"], unique=False)
    op.create_index(op.f("survey_created_by_index"), "survey", ["created_by"], unique=False)
    op.create_index(
        "survey_due_index", "survey", ["closes_at"], unique=False, postgresql_where=sa.text("state = 'OPEN'")
    )
    op.create_index(
        op.f("survey_space_id_created_at_id_index"), "survey", ["space_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "member_tag",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("member_tag_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("member_tag_survey_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("member_tag_tag_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "tag_id", "survey_id", name=op.f("member_tag_pkey")),
        comment="What members said of themselves in surveys by name, as tags.",
    )
    op.create_index(op.f("member_tag_survey_id_index"), "member_tag", ["survey_id"], unique=False)
    op.create_index(op.f("member_tag_tag_id_member_id_index"), "member_tag", ["tag_id", "member_id"], unique=False)
    op.create_table(
        "survey_participation",
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("survey_participation_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("survey_participation_survey_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("survey_id", "member_id", name=op.f("survey_participation_pkey")),
        comment="Who took part in a survey; not when, and not with which response.",
    )
    op.create_index(op.f("survey_participation_member_id_index"), "survey_participation", ["member_id"], unique=False)
    op.create_table(
        "survey_question",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="From 0: its number in responses."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("least", sa.SmallInteger(), nullable=True, comment="Of how many choices at least an answer is."),
        sa.Column("most", sa.SmallInteger(), nullable=True),
        sa.Column("lowest", sa.Double(), nullable=True, comment="The least number that is an answer."),
        sa.Column("highest", sa.Double(), nullable=True),
        sa.Column("lowest_label", sa.Text(), nullable=True, comment="What the lowest step of a scale is called."),
        sa.Column("highest_label", sa.Text(), nullable=True),
        sa.Column(
            "whole", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment="Whether numbers are whole."
        ),
        sa.Column("longest", sa.SmallInteger(), nullable=True, comment="Characters of a text."),
        sa.Column(
            "asked_if",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="A condition on earlier answers; null: always asked.",
        ),
        sa.CheckConstraint(
            "kind IN ('SINGLE_CHOICE', 'MULTIPLE_CHOICE', 'SCALE', 'NPS', 'CSAT', 'NUMBER', 'TEXT')",
            name=op.f("survey_question_kind_check"),
        ),
        sa.CheckConstraint("least >= 1 AND least <= most", name=op.f("survey_question_amounts_check")),
        sa.CheckConstraint("lowest < highest", name=op.f("survey_question_bounds_check")),
        sa.CheckConstraint("position >= 0", name=op.f("survey_question_position_check")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("survey_question_survey_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("survey_question_pkey")),
        sa.UniqueConstraint("survey_id", "position", name=op.f("survey_question_survey_id_position_key")),
        comment="A question of a survey.",
    )
    op.create_table(
        "survey_response",
        sa.Column(
            "id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False, comment="Random: in no order."
        ),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Null: anonymous."),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True, comment="Null: anonymous."),
        sa.Column(
            "numbers",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="By question; null where there is no answer.",
        ),
        sa.Column("chosen", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="All choices that were named."),
        sa.Column(
            "texts", postgresql.ARRAY(sa.Text()), nullable=False, comment="By question; null where there is none."
        ),
        sa.Column(
            "mixed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it was written anew among others, in an order that has nothing to do with who came when.",
        ),
        sa.CheckConstraint("(member_id IS NULL) = (answered_at IS NULL)", name=op.f("survey_response_named_check")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("survey_response_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("survey_response_survey_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("survey_response_pkey")),
        sa.UniqueConstraint("survey_id", "member_id", name=op.f("survey_response_survey_id_member_id_key")),
        comment="What was answered in a survey.",
    )
    op.create_index(op.f("survey_response_member_id_index"), "survey_response", ["member_id"], unique=False)
    op.create_index(
        "survey_response_unmixed_index",
        "survey_response",
        ["survey_id"],
        unique=False,
        postgresql_where=sa.text("member_id IS NULL AND NOT mixed"),
    )
    op.create_table(
        "survey_choice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("takes_text", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=True, comment="With which it marks who names it."),
        sa.CheckConstraint("position >= 0", name=op.f("survey_choice_position_check")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["survey_question.id"], name=op.f("survey_choice_question_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("survey_choice_tag_id_fkey"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("survey_choice_pkey")),
        sa.UniqueConstraint("question_id", "position", name=op.f("survey_choice_question_id_position_key")),
        comment="What may be chosen as the answer to a question.",
    )
    op.create_index(op.f("survey_choice_tag_id_index"), "survey_choice", ["tag_id"], unique=False)


def downgrade() -> None:
    op.drop_table("member_tag")
    op.drop_table("survey_participation")
    op.drop_table("survey_response")
    op.drop_table("survey_choice")
    op.drop_table("survey_question")
    op.drop_table("survey")
