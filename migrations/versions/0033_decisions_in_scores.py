"""Rankings leave out at once who is suspended or merged, and scores are asked for after decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("member_out_index"), "member", ["id"], postgresql_where=sa.text("state <> 'ACTIVE'"))
    op.create_index(
        op.f("decision_undone_at_index"),
        "decision",
        ["undone_at"],
        postgresql_where=sa.text("undone_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("decision_undone_at_index", table_name="decision")
    op.drop_index("member_out_index", table_name="member")
