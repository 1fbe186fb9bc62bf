"""Where imported things came from."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange_name",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "name",
            sa.Text(),
            nullable=False,
        ),
        sa.CheckConstraint("id = 1", name=op.f("exchange_name_only_one_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("exchange_name_pkey")),
        comment="What ids made here begin with in exports, so that those of two communities never meet.",
    )
    op.execute("INSERT INTO exchange_name (name) VALUES (substr(replace(gen_random_uuid()::text, '-', ''), 1, 12))")
    op.create_table(
        "import_origin",
        sa.Column("source", sa.Text(), nullable=False, comment="The platform or file format, as named at the import."),
        sa.Column("kind", sa.Text(), nullable=False, comment="member, space, post or comment."),
        sa.Column("external_id", sa.Text(), nullable=False, comment="Its id there."),
        sa.Column("subject_id", sa.BigInteger(), nullable=False, comment="Its id here."),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="Of the record as it was read: the same is not written again.",
        ),
        sa.PrimaryKeyConstraint("source", "kind", "external_id", name=op.f("import_origin_pkey")),
        comment="What was imported, from where.",
    )
    op.create_index(op.f("import_origin_kind_subject_id_index"), "import_origin", ["kind", "subject_id"], unique=False)


def downgrade() -> None:
    op.drop_table("import_origin")
    op.drop_table("exchange_name")
