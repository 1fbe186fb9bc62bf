"""Restrictions of members, levels that say what may be written, labels on content, and what strikes suggest."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_BEFORE = (
    "APPROVE", "IGNORE", "EDIT", "HIDE", "REMOVE", "RESTORE", "LOCK", "MOVE", "WARN", "SUSPEND", "BAN", "RESET_PROFILE"
)  # fmt: skip
_NOW = (*_BEFORE[:8], "LABEL", "WARN", "LIMIT", "SILENCE", *_BEFORE[9:])

_CASES_BEFORE = ("REPORTED", "NOTICED", "HELD", "NEW_MEMBER", "INTEGRITY", "FRAUD", "APPEAL", "IDENTITY")

# level, posts and comments an hour, links, images and mentions in one, what a report counts
_LEVELS = (
    (0, 30, 2, 2, 5, 1.0),
    (1, 60, 5, 5, 10, 2.0),
    (2, 120, 10, 10, 20, 3.0),
    (3, 300, 20, 20, None, 4.0),
    (4, None, None, None, None, 5.0),
)
# name, English, Chinese, whether it blurs images, whether it covers all of it
_LABELS = (
    ("SPOILER", "Spoiler", "含剧透", False, True),
    ("SENSITIVE", "Sensitive content", "敏感内容", True, True),
    ("GRAPHIC", "Disturbing images", "图片可能令人不适", True, False),
    ("DISPUTED", "What is said here is disputed", "内容有争议，请谨慎判断", False, False),
    ("ADVERTISING", "Advertising", "广告", False, False),
    ("GENERATED", "Made by artificial intelligence", "内容由人工智能生成", False, False),
)
# points, within how many days, what it suggests, for how many days
_POLICIES = (
    (3, 30, "WARN", None, []),
    (6, 90, "LIMIT", 7, ["SLOW_MODE", "NO_LINKS"]),
    (10, 90, "SILENCE", 7, []),
    (15, 180, "SUSPEND", 30, []),
    (20, 180, "BAN", None, []),
)


def upgrade() -> None:
    op.create_table(
        "restriction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True, comment="Between two contributions, for SLOW_MODE."),
        sa.Column(
            "until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="It lapses by the clock: nobody has to lift it.",
        ),
        sa.Column(
            "decision_id",
            sa.BigInteger(),
            nullable=False,
            comment="By which it was placed, and is lifted where undone.",
        ),
        sa.Column("placed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'SLOW_MODE') = (seconds IS NOT NULL) AND coalesce(seconds, 1) > 0",
            name=op.f("restriction_seconds_check"),
        ),
        sa.CheckConstraint(
            "kind IN ('SLOW_MODE', 'NO_LINKS', 'NO_MEDIA', 'NO_VOTES', 'SILENCE')", name=op.f("restriction_kind_check")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("restriction_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("restriction_pkey")),
        comment="What a member may not do for a while, short of suspension. Several hold at once.",
    )
    op.create_index(op.f("restriction_decision_id_index"), "restriction", ["decision_id"], unique=False)
    op.create_index(op.f("restriction_member_id_until_index"), "restriction", ["member_id", "until"], unique=False)
    op.add_column(
        "member",
        sa.Column(
            "limits",
            postgresql.JSONB(),
            nullable=True,
            comment="The restrictions that held when one was last placed or lifted: [{kind, until, seconds}].",
        ),
    )
    op.add_column(
        "member",
        sa.Column(
            "contributed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When they last posted or commented, for slow mode.",
        ),
    )
    op.add_column(
        "member",
        sa.Column(
            "hour_began",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When they wrote the first of what counts in `hour_count`.",
        ),
    )
    op.add_column(
        "member",
        sa.Column(
            "hour_count",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Posts and comments since then.",
        ),
    )
    _make_level_policies()
    _make_labels()
    _make_strike_policies()
    _allow("measure", "action", _NOW)
    _allow("moderation_case", "kind", (*_CASES_BEFORE, "STRIKES"))


def downgrade() -> None:
    # What the new actions did goes with them; the decisions stay.
    op.execute("DELETE FROM measure WHERE action IN ('LABEL', 'LIMIT', 'SILENCE')")
    op.execute("UPDATE moderation_case SET kind = 'NOTICED' WHERE kind = 'STRIKES'")
    _allow("measure", "action", _BEFORE)
    _allow("moderation_case", "kind", _CASES_BEFORE)
    op.drop_table("strike_policy")
    op.drop_column("post", "label_id")
    op.drop_column("comment", "label_id")
    op.drop_table("content_label")
    op.drop_table("level_policy")
    op.drop_column("member", "hour_count")
    op.drop_column("member", "hour_began")
    op.drop_column("member", "contributed_at")
    op.drop_column("member", "limits")
    op.drop_table("restriction")


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    name = op.f(f"{table}_{column}_check")
    op.drop_constraint(name, table, type_="check")
    allowed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(name, table, f"{column} IN ({allowed})")


def _make_level_policies() -> None:
    policy = op.create_table(
        "level_policy",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False, comment="0, who is new, to 4."),
        sa.Column(
            "contributions_an_hour",
            sa.Integer(),
            nullable=True,
            comment="Posts and comments; null: as many as they like.",
        ),
        *(
            sa.Column(name, sa.Integer(), nullable=True, comment="In one post or comment; null: as many as they like.")
            for name in ("links", "images", "mentions")
        ),
        sa.Column("creates_spaces", sa.Boolean(), nullable=False, comment="Without a role that allows it."),
        sa.Column(
            "report_weight", sa.REAL(), nullable=False, comment="What a report counts before the reporter's record."
        ),
        sa.CheckConstraint("level BETWEEN 0 AND 4", name=op.f("level_policy_level_check")),
        sa.CheckConstraint(
            "contributions_an_hour > 0 AND links >= 0 AND images >= 0 AND mentions >= 0",
            name=op.f("level_policy_counts_check"),
        ),
        sa.CheckConstraint("report_weight > 0", name=op.f("level_policy_report_weight_check")),
        sa.PrimaryKeyConstraint("level", name=op.f("level_policy_pkey")),
        comment="What members of a level may do, and how much of it.",
    )
    op.bulk_insert(
        policy,
        [
            {
                "level": level,
                "contributions_an_hour": pace,
                "links": links,
                "images": images,
                "mentions": mentions,
                "creates_spaces": False,
                "report_weight": weight,
            }
            for level, pace, links, images, mentions, weight in _LEVELS
        ],
    )


def _make_labels() -> None:
    label = op.create_table(
        "content_label",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What clients send, e.g. SPOILER."),
        sa.Column(
            "labels",
            postgresql.JSONB(),
            nullable=False,
            comment="What readers are told, by locale: {en: Spoiler, zh: 剧透}.",
        ),
        sa.Column("blurs_media", sa.Boolean(), nullable=False, comment="Images are shown to who asks for them."),
        sa.Column("covers_text", sa.Boolean(), nullable=False, comment="All of it is shown to who asks for it."),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Old labels stay; new ones are refused.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("content_label_pkey")),
        sa.UniqueConstraint("name", name=op.f("content_label_name_key")),
        comment="What readers can be told before they read, the community's to choose.",
    )
    op.bulk_insert(
        label,
        [
            {
                "id": number,
                "name": name,
                "labels": {"en": en, "zh": zh},
                "blurs_media": blurs,
                "covers_text": covers,
                "position": number,
            }
            for number, (name, en, zh, blurs, covers) in enumerate(_LABELS, 1)
        ],
    )
    for table in ("post", "comment"):
        op.add_column(
            table,
            sa.Column(
                "label_id", sa.SmallInteger(), nullable=True, comment="What readers are told before they read it."
            ),
        )
        op.create_foreign_key(op.f(f"{table}_label_id_fkey"), table, "content_label", ["label_id"], ["id"])


def _make_strike_policies() -> None:
    policy = op.create_table(
        "strike_policy",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "points",
            sa.SmallInteger(),
            nullable=False,
            comment="Of strikes that have not expired, the new one included.",
        ),
        sa.Column("within_days", sa.SmallInteger(), nullable=False, comment="Given no longer ago than this."),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column(
            "for_days", sa.SmallInteger(), nullable=True, comment="How long it lasts; null: for good, or it has no end."
        ),
        sa.Column(
            "limits",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="For LIMIT: which.",
        ),
        sa.Column(
            "seconds",
            sa.Integer(),
            nullable=True,
            comment="Between two contributions, where SLOW_MODE is among them.",
        ),
        sa.Column("automatic", sa.Boolean(), nullable=False, comment="It is done at once, and not only suggested."),
        sa.CheckConstraint(
            "points > 0 AND within_days > 0 AND coalesce(for_days, 1) > 0", name=op.f("strike_policy_counts_check")
        ),
        sa.CheckConstraint(
            "action IN ('WARN', 'LIMIT', 'SILENCE', 'SUSPEND', 'BAN')", name=op.f("strike_policy_action_check")
        ),
        sa.CheckConstraint(
            "NOT automatic OR action IN ('LIMIT', 'SILENCE', 'SUSPEND')", name=op.f("strike_policy_automatic_check")
        ),
        sa.CheckConstraint("(for_days IS NULL) = (action IN ('WARN', 'BAN'))", name=op.f("strike_policy_lasts_check")),
        sa.CheckConstraint(
            "(cardinality(limits) > 0) = (action = 'LIMIT') AND ('SLOW_MODE' = ANY(limits)) = (seconds IS NOT NULL)"
            " AND limits <@ ARRAY['SLOW_MODE', 'NO_LINKS', 'NO_MEDIA', 'NO_VOTES']",
            name=op.f("strike_policy_limits_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("strike_policy_pkey")),
        sa.UniqueConstraint("points", "within_days", name=op.f("strike_policy_points_within_days_key")),
        comment="What so many points of strikes within a time suggest, or bring about.",
    )
    op.bulk_insert(
        policy,
        [
            {
                "id": number,
                "points": points,
                "within_days": within,
                "action": action,
                "for_days": lasts,
                "limits": limits,
                "seconds": 300 if "SLOW_MODE" in limits else None,
                "automatic": False,
            }
            for number, (points, within, action, lasts, limits) in enumerate(_POLICIES, 1)
        ],
    )
