"""Teams that answer cases in time, saved replies, and what moderation tells members of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TOLD_BEFORE = (
    "REPLY", "COMMENT", "MENTION", "REACTION", "FOLLOW", "ANSWER_ACCEPTED", "OFFICIAL_ANSWER", "CONTENT_REMOVED",
    "CONTENT_RESTORED", "IDEA_ADVANCED", "IDEA_SHIPPED", "IDEA_CREDITED", "IDEA_MERGED", "CO_AUTHOR_INVITED",
    "CO_AUTHOR_JOINED", "AMENDMENT_PROPOSED", "AMENDMENT_ACCEPTED", "AMENDMENT_DECLINED", "PLEDGE_CAPTURED",
    "PLEDGE_CANCELLED", "PLEDGE_FAILED", "PLEDGE_REFUNDED", "ROUND_COUNTED", "BALLOT_VOIDED", "FRIEND_JOINED",
    "REFERRAL_QUALIFIED", "REWARD_GRANTED", "VOUCHER_GIVEN", "REWARD_REJECTED", "REWARD_REVERSED", "POINTS_EXPIRING",
    "REDEMPTION_FULFILLED", "REDEMPTION_CANCELLED",
)  # fmt: skip
_TOLD_OF_MODERATION = ("DECISION", "REPORT_ANSWERED", "APPEAL_DECIDED", "CASE_NOTE", "CASE_ASSIGNED")


def _tell_of(kinds: tuple[str, ...]) -> None:
    known = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notification", "notification_preference"):
        op.drop_constraint(op.f(f"{table}_kind_check"), table, type_="check")
        op.create_check_constraint(op.f(f"{table}_kind_check"), table, f"kind IN ({known})")


def upgrade() -> None:
    _tell_of((*_TOLD_BEFORE, *_TOLD_OF_MODERATION))
    op.create_table(
        "moderation_team",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "respond_within",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Minutes to a decision by severity, 1 to 5; empty: there is no hurry.",
        ),
        sa.Column("escalates_to", sa.BigInteger(), nullable=True, comment="Who answers what it did not in time."),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="It keeps what it has, and gets nothing new.",
        ),
        sa.CheckConstraint(
            "cardinality(respond_within) IN (0, 5) AND 0 < ALL (respond_within) AND 43200 >= ALL (respond_within)",
            name=op.f("moderation_team_respond_within_check"),
        ),
        sa.CheckConstraint("escalates_to <> id", name=op.f("moderation_team_escalates_to_check")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 320", name=op.f("moderation_team_name_check")),
        sa.ForeignKeyConstraint(
            ["escalates_to"], ["moderation_team.id"], name=op.f("moderation_team_escalates_to_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("moderation_team_pkey")),
        sa.UniqueConstraint("name", name=op.f("moderation_team_name_key")),
        comment="A department that answers cases.",
    )
    op.create_index(op.f("moderation_team_escalates_to_index"), "moderation_team", ["escalates_to"], unique=False)
    op.create_table(
        "moderation_team_member",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("moderation_team_member_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["moderation_team.id"], name=op.f("moderation_team_member_team_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "member_id", name=op.f("moderation_team_member_pkey")),
        comment="Who is in a team. What one may see and decide is said by roles, not by teams.",
    )
    op.create_index(
        op.f("moderation_team_member_member_id_team_id_index"),
        "moderation_team_member",
        ["member_id", "team_id"],
        unique=False,
    )
    op.create_table(
        "saved_reply",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What moderators find it by."),
        sa.Column("text_en", sa.Text(), nullable=False, comment="What whom it concerns reads in English."),
        sa.Column("text_zh", sa.Text(), nullable=False, comment="The same in Chinese."),
        sa.Column("reason_id", sa.SmallInteger(), nullable=True, comment="For which reason it is meant."),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("text_en <> '' AND text_zh <> ''", name=op.f("saved_reply_texts_check")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 320", name=op.f("saved_reply_name_check")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["member.id"], name=op.f("saved_reply_changed_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["reason_id"], ["report_reason.id"], name=op.f("saved_reply_reason_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("saved_reply_pkey")),
        sa.UniqueConstraint("name", name=op.f("saved_reply_name_key")),
        comment="What moderators say again and again. A decision has a copy of it, so changing it changes no decision.",
    )
    op.create_index(op.f("saved_reply_changed_by_index"), "saved_reply", ["changed_by"], unique=False)
    op.create_index(op.f("saved_reply_reason_id_index"), "saved_reply", ["reason_id"], unique=False)
    op.create_table(
        "moderation_route",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="Among the team's own."),
        sa.Column(
            "priority", sa.Integer(), nullable=False, comment="Of all routes that fit a case, the smallest decides."
        ),
        sa.Column("kind", sa.Text(), nullable=True, comment="Cases of this kind; null: of any."),
        sa.Column("reason_id", sa.SmallInteger(), nullable=True, comment="Null: for any reason."),
        sa.Column("space_id", sa.BigInteger(), nullable=True, comment="Null: of any space, or of none."),
        sa.Column("tag_id", sa.BigInteger(), nullable=True, comment="On the post, or on that which is commented on."),
        sa.CheckConstraint(
            "kind IS NULL OR kind IN ('REPORTED', 'NOTICED', 'HELD', 'NEW_MEMBER', 'INTEGRITY', 'FRAUD', 'APPEAL', 'IDENTITY')",
            name=op.f("moderation_route_kind_check"),
        ),
        sa.ForeignKeyConstraint(["reason_id"], ["report_reason.id"], name=op.f("moderation_route_reason_id_fkey")),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("moderation_route_space_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("moderation_route_tag_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["team_id"], ["moderation_team.id"], name=op.f("moderation_route_team_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "position", name=op.f("moderation_route_pkey")),
        comment="Which cases are a team's: all that a route names must hold.",
    )
    op.create_index(
        op.f("moderation_route_priority_team_id_position_index"),
        "moderation_route",
        ["priority", "team_id", "position"],
        unique=False,
    )
    op.create_index(op.f("moderation_route_reason_id_index"), "moderation_route", ["reason_id"], unique=False)
    op.create_index(op.f("moderation_route_space_id_index"), "moderation_route", ["space_id"], unique=False)
    op.create_index(op.f("moderation_route_tag_id_index"), "moderation_route", ["tag_id"], unique=False)
    op.add_column(
        "moderation_case",
        sa.Column("team_id", sa.BigInteger(), nullable=True, comment="Whose it is to answer; null: nobody's yet."),
    )
    op.add_column(
        "moderation_case", sa.Column("assigned_to", sa.BigInteger(), nullable=True, comment="Whose of the moderators.")
    )
    op.add_column(
        "moderation_case",
        sa.Column(
            "respond_by",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its team is to have decided; null: there is no hurry.",
        ),
    )
    op.add_column(
        "moderation_case",
        sa.Column(
            "escalate_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it goes to another team, if nobody decides before.",
        ),
    )
    op.create_index(
        "moderation_case_assigned_queue_index",
        "moderation_case",
        ["assigned_to", "urgency", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("moderation_case_assigned_to_index"), "moderation_case", ["assigned_to"], unique=False)
    op.create_index(
        "moderation_case_claimed_queue_index",
        "moderation_case",
        ["claimed_by", "urgency", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "moderation_case_closed_index",
        "moderation_case",
        ["id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "moderation_case_space_team_closed_index",
        "moderation_case",
        ["space_id", "team_id", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "moderation_case_space_kind_closed_index",
        "moderation_case",
        ["space_id", "kind", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "moderation_case_space_closed_index",
        "moderation_case",
        ["space_id", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "moderation_case_team_closed_index",
        "moderation_case",
        ["team_id", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "moderation_case_kind_closed_index",
        "moderation_case",
        ["kind", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "moderation_case_escalating_index",
        "moderation_case",
        ["escalate_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL AND escalate_at IS NOT NULL"),
    )
    op.create_index(
        "moderation_case_member_queue_index",
        "moderation_case",
        ["member_id", "urgency", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "moderation_case_overdue_index",
        "moderation_case",
        ["respond_by", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("moderation_case_team_id_index"), "moderation_case", ["team_id"], unique=False)
    op.create_index(
        "moderation_case_team_queue_index",
        "moderation_case",
        ["team_id", "urgency", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_foreign_key(
        op.f("moderation_case_team_id_fkey"), "moderation_case", "moderation_team", ["team_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("moderation_case_assigned_to_fkey"),
        "moderation_case",
        "member",
        ["assigned_to"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("moderation_case_assigned_to_fkey"), "moderation_case", type_="foreignkey")
    op.drop_constraint(op.f("moderation_case_team_id_fkey"), "moderation_case", type_="foreignkey")
    op.drop_index("moderation_case_team_queue_index", table_name="moderation_case")
    op.drop_index(op.f("moderation_case_team_id_index"), table_name="moderation_case")
    op.drop_index("moderation_case_overdue_index", table_name="moderation_case")
    op.drop_index("moderation_case_member_queue_index", table_name="moderation_case")
    op.drop_index("moderation_case_escalating_index", table_name="moderation_case")
    op.drop_index("moderation_case_kind_closed_index", table_name="moderation_case")
    op.drop_index("moderation_case_team_closed_index", table_name="moderation_case")
    op.drop_index("moderation_case_space_closed_index", table_name="moderation_case")
    op.drop_index("moderation_case_space_kind_closed_index", table_name="moderation_case")
    op.drop_index("moderation_case_space_team_closed_index", table_name="moderation_case")
    op.drop_index("moderation_case_closed_index", table_name="moderation_case")
    op.drop_index("moderation_case_claimed_queue_index", table_name="moderation_case")
    op.drop_index(op.f("moderation_case_assigned_to_index"), table_name="moderation_case")
    op.drop_index("moderation_case_assigned_queue_index", table_name="moderation_case")
    op.drop_column("moderation_case", "escalate_at")
    op.drop_column("moderation_case", "respond_by")
    op.drop_column("moderation_case", "assigned_to")
    op.drop_column("moderation_case", "team_id")
    op.drop_index(op.f("moderation_route_tag_id_index"), table_name="moderation_route")
    op.drop_index(op.f("moderation_route_space_id_index"), table_name="moderation_route")
    op.drop_index(op.f("moderation_route_reason_id_index"), table_name="moderation_route")
    op.drop_index(op.f("moderation_route_priority_team_id_position_index"), table_name="moderation_route")
    op.drop_table("moderation_route")
    op.drop_index(op.f("saved_reply_reason_id_index"), table_name="saved_reply")
    op.drop_index(op.f("saved_reply_changed_by_index"), table_name="saved_reply")
    op.drop_table("saved_reply")
    op.drop_index(op.f("moderation_team_member_member_id_team_id_index"), table_name="moderation_team_member")
    op.drop_table("moderation_team_member")
    op.drop_index(op.f("moderation_team_escalates_to_index"), table_name="moderation_team")
    op.drop_table("moderation_team")
    for table in ("notification", "notification_preference"):
        op.execute(f"DELETE FROM {table} WHERE kind IN {_TOLD_OF_MODERATION}")  # noqa: S608 - names of ours
    _tell_of(_TOLD_BEFORE)
