"""Keep packed graphs as they are: trying to compress them takes as long as writing them, and gains little."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE graph_snapshot ALTER COLUMN data SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("ALTER TABLE graph_snapshot ALTER COLUMN data SET STORAGE EXTENDED")
