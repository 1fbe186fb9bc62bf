"""What the law asks of decisions: their grounds, notices and appeals of guests, and second opinions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_REFUSE_CHANGE = """
    CREATE OR REPLACE FUNCTION refuse_change_of_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.undone_at IS NOT NULL AND NEW.undone_at IS DISTINCT FROM OLD.undone_at
            OR (NEW.case_id, NEW.verdict, NEW.reason_id, NEW.facts, NEW.automated, NEW.law, NEW.territorial_scope, NEW.detection,
                    NEW.automated_detection, NEW.decided_at)
                IS DISTINCT FROM (OLD.case_id, OLD.verdict, OLD.reason_id, OLD.facts, OLD.automated, OLD.law, OLD.territorial_scope, OLD.detection,
                    OLD.automated_detection, OLD.decided_at)
        THEN
            RAISE EXCEPTION 'a decision is undone, and not changed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""
_REFUSE_CHANGE_BEFORE = """
    CREATE OR REPLACE FUNCTION refuse_change_of_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.undone_at IS NOT NULL AND NEW.undone_at IS DISTINCT FROM OLD.undone_at
            OR (NEW.case_id, NEW.verdict, NEW.reason_id, NEW.facts, NEW.automated, NEW.decided_at)
                IS DISTINCT FROM (OLD.case_id, OLD.verdict, OLD.reason_id, OLD.facts, OLD.automated, OLD.decided_at)
        THEN
            RAISE EXCEPTION 'a decision is undone, and not changed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "guest_notice",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, comment="Of what the letter's link ends in."),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("reason_id", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="Why it is illegal, or against the rules."),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), server_default=sa.text("'en'"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("guest_notice_locale_check")),
        sa.CheckConstraint(
            "subject_kind IN ('post', 'comment', 'member')", name=op.f("guest_notice_subject_kind_check")
        ),
        sa.ForeignKeyConstraint(["reason_id"], ["report_reason.id"], name=op.f("guest_notice_reason_id_fkey")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("guest_notice_pkey")),
        comment="A notice that counts once the link in a letter is followed; gone when it is, or after a few days.",
    )
    op.create_index(op.f("guest_notice_expires_at_index"), "guest_notice", ["expires_at"], unique=False)
    op.create_index(op.f("guest_notice_reason_id_index"), "guest_notice", ["reason_id"], unique=False)
    op.create_table(
        "notifier",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False, comment="Of all ways to write the address."),
        sa.Column(
            "locale", sa.Text(), server_default=sa.text("'en'"), nullable=False, comment="Of the letters to them."
        ),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("notifier_locale_check")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["moderation_case.id"], name=op.f("notifier_case_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("notifier_report_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("report_id", name=op.f("notifier_pkey")),
        comment="Who a guest is, apart from what they reported; erased once nobody can appeal any more.",
    )
    op.create_index(op.f("notifier_case_id_index"), "notifier", ["case_id"], unique=False)
    op.create_index(op.f("notifier_email_key_index"), "notifier", ["email_key"], unique=False)
    op.create_table(
        "second_opinion",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Whom the case is about."),
        sa.Column(
            "space_id",
            sa.BigInteger(),
            nullable=True,
            comment="Whose moderators may be asked besides those of the whole.",
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=True, comment="Who is not asked."),
        sa.Column("drawn_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True, comment="What the second found; null until then."),
        sa.Column("given_by", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "verdict IS NULL OR verdict IN ('UPHELD', 'DECLINED', 'IGNORED')", name=op.f("second_opinion_verdict_check")
        ),
        sa.CheckConstraint("(verdict IS NULL) = (given_at IS NULL)", name=op.f("second_opinion_given_check")),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name=op.f("second_opinion_case_id_fkey")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("second_opinion_decided_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("second_opinion_decision_id_fkey")),
        sa.ForeignKeyConstraint(
            ["given_by"], ["member.id"], name=op.f("second_opinion_given_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("second_opinion_member_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("second_opinion_pkey")),
        sa.UniqueConstraint("decision_id", name=op.f("second_opinion_decision_id_key")),
        comment="A decided case that somebody else judges too, without knowing what was decided.",
    )
    op.create_index(op.f("second_opinion_case_id_index"), "second_opinion", ["case_id"], unique=False)
    op.create_index(op.f("second_opinion_decided_by_index"), "second_opinion", ["decided_by"], unique=False)
    op.create_index(op.f("second_opinion_given_by_index"), "second_opinion", ["given_by"], unique=False)
    op.create_index(op.f("second_opinion_member_id_index"), "second_opinion", ["member_id"], unique=False)
    op.create_index(
        "second_opinion_waiting_index",
        "second_opinion",
        ["drawn_at", "id"],
        unique=False,
        postgresql_where=sa.text("verdict IS NULL"),
    )
    op.add_column("appeal", sa.Column("report_id", sa.BigInteger(), nullable=True, comment="Of a guest who appeals."))
    op.alter_column(
        "appeal",
        "appellant_id",
        existing_type=sa.BIGINT(),
        comment="Null: a guest, or gone.",
        existing_comment="Null: gone.",
        existing_nullable=True,
    )
    op.create_index(op.f("appeal_appealed_at_index"), "appeal", ["appealed_at"], unique=False)
    op.create_unique_constraint(op.f("appeal_decision_id_report_id_key"), "appeal", ["decision_id", "report_id"])
    op.create_index(op.f("appeal_report_id_index"), "appeal", ["report_id"], unique=False)
    op.create_foreign_key(op.f("appeal_report_id_fkey"), "appeal", "report", ["report_id"], ["id"], ondelete="SET NULL")
    op.add_column(
        "decision",
        sa.Column("law", sa.Text(), nullable=True, comment="Which law it was against, where the reason is one of law."),
    )
    op.add_column(
        "decision",
        sa.Column(
            "territorial_scope",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Countries, as ISO 3166 codes, where it holds; none: everywhere.",
        ),
    )
    op.add_column(
        "decision",
        sa.Column(
            "detection", sa.Text(), server_default=sa.text("'REPORT'"), nullable=False, comment="How it was come upon."
        ),
    )
    op.add_column(
        "decision",
        sa.Column(
            "automated_detection",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether a program found it, also.",
        ),
    )
    op.add_column(
        "report",
        sa.Column(
            "guest",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="By somebody who is no member.",
        ),
    )
    op.create_index(op.f("report_reported_at_index"), "report", ["reported_at"], unique=False)
    op.create_check_constraint(
        op.f("decision_detection_check"), "decision", "detection IN ('REPORT', 'OWN_INITIATIVE', 'AUTOMATED')"
    )
    op.create_check_constraint(op.f("report_guest_check"), "report", "NOT guest OR reporter_id IS NULL")
    op.execute(_REFUSE_CHANGE)


def downgrade() -> None:
    op.execute(_REFUSE_CHANGE_BEFORE)
    op.drop_index(op.f("report_reported_at_index"), table_name="report")
    op.drop_column("report", "guest")
    op.drop_column("decision", "automated_detection")
    op.drop_column("decision", "detection")
    op.drop_column("decision", "territorial_scope")
    op.drop_column("decision", "law")
    op.drop_constraint(op.f("appeal_report_id_fkey"), "appeal", type_="foreignkey")
    op.drop_index(op.f("appeal_report_id_index"), table_name="appeal")
    op.drop_constraint(op.f("appeal_decision_id_report_id_key"), "appeal", type_="unique")
    op.drop_index(op.f("appeal_appealed_at_index"), table_name="appeal")
    op.alter_column(
        "appeal",
        "appellant_id",
        existing_type=sa.BIGINT(),
        comment="Null: gone.",
        existing_comment="Null: a guest, or gone.",
        existing_nullable=True,
    )
    op.drop_column("appeal", "report_id")
    op.drop_table("second_opinion")
    op.drop_table("notifier")
    op.drop_table("guest_notice")
