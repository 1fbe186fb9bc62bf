"""Find a member's own hidden posts in a space without passing those in all others."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "post_space_author_hidden_index",
        "post",
        ["space_id", "author_id", "created_at", "id"],
        postgresql_where=sa.text("visibility <> 0"),
    )


def downgrade() -> None:
    op.drop_index("post_space_author_hidden_index", "post")
