"""Tell at a glance whether anything a member wrote is hidden: most have nothing, and their reads need not look for it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "comment_author_hidden_index", "comment", ["author_id"], postgresql_where=sa.text("visibility <> 0")
    )


def downgrade() -> None:
    op.drop_index("comment_author_hidden_index", "comment")
