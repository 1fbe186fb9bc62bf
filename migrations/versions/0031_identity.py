"""Accounts that are one person's, second opinions that are claimed, and how often attempts were denied."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_STATES = "state IN ('ACTIVE', 'SUSPENDED', 'MERGED', 'ERASED')"
_STATES_BEFORE = "state IN ('ACTIVE', 'SUSPENDED', 'ERASED')"
_PURPOSES = "purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD', 'MERGE_ACCOUNT')"
_PURPOSES_BEFORE = "purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD')"
_ACTIONS_BEFORE = (
    "action IN ('APPROVE', 'IGNORE', 'EDIT', 'HIDE', 'REMOVE', 'RESTORE', 'LOCK', 'MOVE', 'LABEL', 'WARN', 'LIMIT', "
    "'SILENCE', 'SUSPEND', 'BAN', 'RESET_PROFILE')"
)
_ACTIONS = _ACTIONS_BEFORE.removesuffix(")") + ", 'MERGE')"
_ENDS_BEFORE = "SIGNED_OUT, PASSWORD_CHANGED, REFRESH_REUSED, SUSPENDED, ADMINISTRATOR."
_ENDS = "SIGNED_OUT, PASSWORD_CHANGED, REFRESH_REUSED, SUSPENDED, MERGED, ADMINISTRATOR."
# Without the state, who is locked out stays locked out.
_UNDO_MERGES = "UPDATE member SET state = 'SUSPENDED', suspension_reason = 'Merged.' WHERE state = 'MERGED'"


def _check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"{table}_{name}_check"), table, type_="check")
    op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition)


def _refer(table: str, column: str, comment: str) -> None:
    op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True, comment=comment))
    op.create_foreign_key(op.f(f"{table}_{column}_fkey"), table, "member", [column], ["id"], ondelete="SET NULL")


def upgrade() -> None:
    op.add_column(
        "member",
        sa.Column(
            "merged_into",
            sa.BigInteger(),
            nullable=True,
            comment="The account that stands for this one, too: both are one person's. It is merged into none itself.",
        ),
    )
    op.create_foreign_key(op.f("member_merged_into_fkey"), "member", "member", ["merged_into"], ["id"])
    _check("member", "state", _STATES)
    op.create_check_constraint(
        op.f("member_merged_check"),
        "member",
        "(state = 'MERGED') = (merged_into IS NOT NULL) AND merged_into <> id",
    )
    op.create_index(
        "member_merged_into_index",
        "member",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.alter_column("session", "end_reason", existing_type=sa.Text(), comment=_ENDS, existing_comment=_ENDS_BEFORE)
    op.create_table(
        "carried_follow",
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("follower_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="As the follow it made.",
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["member.id"], name=op.f("carried_follow_follower_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["member.id"], name=op.f("carried_follow_merged_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merged_id", "follower_id", name=op.f("carried_follow_pkey")),
        comment="Who came to follow the account that another was merged into by following that one: until that is undone.",
    )
    op.create_index(op.f("carried_follow_follower_id_index"), "carried_follow", ["follower_id"], unique=False)
    _check("one_time_token", "purpose", _PURPOSES)
    _check("measure", "action", _ACTIONS)
    _refer("moderation_case", "other_id", "Whose it is besides: of IDENTITY the account that would stand for both.")
    _refer("decision", "other_id", "Of MERGE, whom besides.")
    for table in ("moderation_case", "decision"):
        op.create_index(
            f"{table}_other_id_index",
            table,
            ["other_id"],
            unique=False,
            postgresql_where=sa.text("other_id IS NOT NULL"),
        )
    _refer("second_opinion", "claimed_by", "Who is to give it, and is shown nothing of what was decided until then.")
    op.add_column("second_opinion", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("second_opinion_claimed_by_index"), "second_opinion", ["claimed_by"], unique=False)
    op.create_table(
        "denied_attempts",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("denied_attempts_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "operation", "hour", name=op.f("denied_attempts_pkey")),
        comment="How often a member was refused what is not theirs to do, within an hour.",
    )


def downgrade() -> None:
    op.drop_table("denied_attempts")
    op.drop_column("second_opinion", "claimed_at")
    op.drop_column("second_opinion", "claimed_by")
    op.drop_column("decision", "other_id")
    op.drop_column("moderation_case", "other_id")
    op.execute("UPDATE measure SET action = 'BAN' WHERE action = 'MERGE'")
    _check("measure", "action", _ACTIONS_BEFORE)
    op.execute("DELETE FROM one_time_token WHERE purpose = 'MERGE_ACCOUNT'")
    _check("one_time_token", "purpose", _PURPOSES_BEFORE)
    op.drop_table("carried_follow")
    op.alter_column("session", "end_reason", existing_type=sa.Text(), comment=_ENDS_BEFORE, existing_comment=_ENDS)
    op.drop_index("member_merged_into_index", table_name="member")
    op.drop_constraint(op.f("member_merged_check"), "member", type_="check")
    op.execute(_UNDO_MERGES)
    _check("member", "state", _STATES_BEFORE)
    op.drop_column("member", "merged_into")
