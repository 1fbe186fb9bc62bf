"""What steps of referrals did not earn, and why; and rewards found by their cause."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referral_unrewarded",
        sa.Column("referral_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("referral_unrewarded_referral_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["referral_reward_rule.id"], name=op.f("referral_unrewarded_rule_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("referral_id", "rule_id", name=op.f("referral_unrewarded_pkey")),
        comment="What a step that was reached did not earn, and why.",
    )
    op.create_index(op.f("referral_unrewarded_rule_id_index"), "referral_unrewarded", ["rule_id"], unique=False)


def downgrade() -> None:
    op.drop_table("referral_unrewarded")
