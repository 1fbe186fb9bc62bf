"""Notifications of what becomes of referrals, rewards and redemptions; and of which points it was told that they expire."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TOLD_BEFORE = (
    "REPLY", "COMMENT", "MENTION", "REACTION", "FOLLOW", "ANSWER_ACCEPTED", "OFFICIAL_ANSWER", "CONTENT_REMOVED",
    "CONTENT_RESTORED", "IDEA_ADVANCED", "IDEA_SHIPPED", "IDEA_CREDITED", "IDEA_MERGED", "CO_AUTHOR_INVITED",
    "CO_AUTHOR_JOINED", "AMENDMENT_PROPOSED", "AMENDMENT_ACCEPTED", "AMENDMENT_DECLINED", "PLEDGE_CAPTURED",
    "PLEDGE_CANCELLED", "PLEDGE_FAILED", "PLEDGE_REFUNDED", "ROUND_COUNTED", "BALLOT_VOIDED",
)  # fmt: skip
_TOLD_OF_REWARDS = (
    "FRIEND_JOINED", "REFERRAL_QUALIFIED", "REWARD_GRANTED", "VOUCHER_GIVEN", "REWARD_REJECTED", "REWARD_REVERSED",
    "POINTS_EXPIRING", "REDEMPTION_FULFILLED", "REDEMPTION_CANCELLED",
)  # fmt: skip


def _tell_of(kinds: tuple[str, ...]) -> None:
    known = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notification", "notification_preference"):
        op.drop_constraint(op.f(f"{table}_kind_check"), table, type_="check")
        op.create_check_constraint(op.f(f"{table}_kind_check"), table, f"kind IN ({known})")


def _say_of_subjects(before: str, after: str) -> None:
    op.alter_column("notification", "subject_kind", existing_type=sa.Text(), comment=after, existing_comment=before)


_SUBJECT_BEFORE = "The id prefix of what it is about: post or comment; null for a follow."
_SUBJECT_NOW = "The id prefix of what it is about: post or comment, say; null for a follow."


def upgrade() -> None:
    _tell_of((*_TOLD_BEFORE, *_TOLD_OF_REWARDS))
    _say_of_subjects(_SUBJECT_BEFORE, _SUBJECT_NOW)
    op.add_column(
        "point_lot",
        sa.Column(
            "announced_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When their member was told that they expire soon.",
        ),
    )
    op.create_index(
        "point_lot_unannounced_index",
        "point_lot",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("remaining > 0 AND announced_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("point_lot_unannounced_index", table_name="point_lot")
    op.drop_column("point_lot", "announced_at")
    _say_of_subjects(_SUBJECT_NOW, _SUBJECT_BEFORE)
    for table in ("notification", "notification_preference"):
        op.execute(f"DELETE FROM {table} WHERE kind IN {_TOLD_OF_REWARDS}")  # noqa: S608 - names of ours
    _tell_of(_TOLD_BEFORE)
