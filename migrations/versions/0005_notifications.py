"""Notifications."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('REPLY', 'COMMENT', 'MENTION', 'REACTION', 'FOLLOW', 'ANSWER_ACCEPTED', 'OFFICIAL_ANSWER', "
    "'CONTENT_REMOVED', 'CONTENT_RESTORED')"
)
UNREAD = sa.text("read_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "subject_kind",
            sa.Text(),
            comment="The id prefix of what it is about: post or comment; null for a follow.",
        ),
        sa.Column("subject_id", sa.BigInteger()),
        sa.Column("post_id", sa.BigInteger(), comment="The thread it is about."),
        sa.Column("space_id", sa.BigInteger()),
        sa.Column(
            "group_key",
            sa.Text(),
            nullable=False,
            comment="What happens under the same key while unread joins this one.",
        ),
        sa.Column("actor_count", sa.Integer(), nullable=False, comment="How many members are behind it."),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="notification_pkey"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], "notification_member_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint(KINDS, name=op.f("notification_kind_check")),
        sa.CheckConstraint("actor_count >= 0", name=op.f("notification_actor_count_check")),
        comment="Something a member is told of.",
    )
    op.create_index(
        "notification_unread_group_index",
        "notification",
        ["member_id", "group_key"],
        unique=True,
        postgresql_where=UNREAD,
    )
    op.create_index("notification_member_id_latest_at_id_index", "notification", ["member_id", "latest_at", "id"])
    op.create_index("notification_unread_post_index", "notification", ["post_id"], postgresql_where=UNREAD)
    op.create_index(
        "notification_unread_subject_index",
        "notification",
        ["subject_id", "subject_kind"],
        postgresql_where=UNREAD,
    )
    op.create_table(
        "notification_cause",
        sa.Column("notification_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "cause",
            sa.Text(),
            nullable=False,
            comment="What they did: comment_12, or a reaction's kind.",
        ),
        sa.Column("comment_id", sa.BigInteger(), comment="The comment that it was done with."),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notification_id", "actor_id", "cause", name="notification_cause_pkey"),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            "notification_cause_notification_id_fkey",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], "notification_cause_actor_id_fkey", ondelete="CASCADE"),
        comment="What a notification stands on; one that nothing is left of goes.",
    )
    op.create_index("notification_cause_actor_id_index", "notification_cause", ["actor_id"])
    op.create_index(
        "notification_cause_comment_id_index",
        "notification_cause",
        ["comment_id"],
        postgresql_where=sa.text("comment_id IS NOT NULL"),
    )
    op.create_table(
        "notification_preference",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "kind", name="notification_preference_pkey"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            "notification_preference_member_id_fkey",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(KINDS, name=op.f("notification_preference_kind_check")),
        comment="What members want to be told of, where they said so; of everything else they are told.",
    )


def downgrade() -> None:
    for table in ("notification_preference", "notification_cause", "notification"):
        op.drop_table(table)
