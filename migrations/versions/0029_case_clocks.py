"""Every case has a clock: its team's, or that of what was reported; and open cases are read in its order, or as they came."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.add_column(
        "report_reason",
        sa.Column(
            "respond_within",
            sa.Integer(),
            nullable=False,
            server_default="10080",
            comment="Minutes to a decision where no team has a clock of its own.",
        ),
    )
    op.alter_column("report_reason", "respond_within", server_default=None)
    op.create_check_constraint(op.f("report_reason_respond_within_check"), "report_reason", "respond_within > 0")
    op.execute("UPDATE report_reason SET respond_within = 1440 WHERE name IN ('MINORS', 'SELF_HARM', 'ILLEGAL')")
    op.execute("""
        UPDATE moderation_case SET respond_by = opened_at + make_interval(mins => respond_within)
        FROM report_reason WHERE report_reason.id = reason_id AND respond_by IS NULL
    """)
    op.alter_column(
        "moderation_case",
        "respond_by",
        nullable=False,
        comment="When it is to be decided: see teams.routing.",
        existing_comment="When its team is to have decided; null: there is no hurry.",
    )
    op.create_index(
        op.f("moderation_case_space_overdue_index"),
        "moderation_case",
        ["space_id", "respond_by", "id"],
        postgresql_where=_OPEN,
    )
    op.create_index(op.f("moderation_case_latest_index"), "moderation_case", ["id"], postgresql_where=_OPEN)
    op.create_index(
        op.f("moderation_case_space_latest_index"), "moderation_case", ["space_id", "id"], postgresql_where=_OPEN
    )


def downgrade() -> None:
    op.drop_index("moderation_case_space_latest_index", table_name="moderation_case")
    op.drop_index("moderation_case_latest_index", table_name="moderation_case")
    op.drop_index("moderation_case_space_overdue_index", table_name="moderation_case")
    op.alter_column(
        "moderation_case",
        "respond_by",
        nullable=True,
        comment="When its team is to have decided; null: there is no hurry.",
        existing_comment="When it is to be decided: see teams.routing.",
    )
    op.drop_column("report_reason", "respond_within")
