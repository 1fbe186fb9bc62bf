"""Rules that look at what is written before people do; what they matched; classifiers; and what waits to be told of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# Of a version only who wrote it can go: what was decided by it stays explained.
_REFUSE_CHANGE = """
    CREATE FUNCTION refuse_change_of_rule_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - 'written_by' IS DISTINCT FROM to_jsonb(OLD) - 'written_by' THEN
            RAISE EXCEPTION 'a rule is followed by another version, and not changed'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""
_DAY = 86_400
_SPAM = 1
# What slows newcomers down, to be tried in shadow and switched on by whoever wants it. name, condition, action.
_SHIPPED = (
    (
        "First posts · 新成员首帖",
        {"first_posts": {"first": 3}},
        "REPORT",
    ),
    (
        "Links by new accounts · 新账号发链接",
        {"all": [{"links": {}}, {"account_age": {"under": 7 * _DAY}}, {"first_posts": {"first": 10}}]},
        "HOLD",
    ),
    (
        "Contact details by new accounts · 新账号留联系方式",
        {
            "all": [
                {
                    "keywords": {
                        "words": [
                            "加微信",
                            "加我微信",
                            "微信号",
                            "加qq",
                            "扫码进群",
                            "私聊我",
                            "whatsapp me",
                            "dm me",
                            "telegram me",
                        ],
                        "variants": {"薇信": "微信", "威信": "微信", "vx": "微信", "v信": "微信", "扣扣": "qq"},
                    }
                },
                {"account_age": {"under": 7 * _DAY}},
            ]
        },
        "HOLD",
    ),
    (
        "The same again by new accounts · 新账号重复发帖",
        {
            "all": [
                {"account_age": {"under": 30 * _DAY}},
                {"near_duplicates": {"within": _DAY, "times": 2, "whose": "ANYBODY"}},
            ]
        },
        "HOLD",
    ),
    (
        "Many in a short time by new accounts · 新账号短时间大量发布",
        {"all": [{"account_age": {"under": 7 * _DAY}}, {"velocity": {"times": 6, "within": 600}}]},
        "HOLD",
    ),
)


def upgrade() -> None:

    op.create_table(
        "text_model",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("label", sa.Text(), nullable=False, comment="What it looks for: spam, abuse."),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("model", sa.LargeBinary(), nullable=False, comment="As moderation.classifier.model packs it."),
        sa.Column(
            "training",
            postgresql.JSONB(),
            nullable=False,
            comment="Of how many texts it was made, and how well it did.",
        ),
        sa.Column("trained_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("text_model_pkey")),
        sa.UniqueConstraint("label", "number", name=op.f("text_model_label_number_key")),
        comment="Classifiers that were trained here; of each label the latest gives the scores.",
    )
    op.create_table(
        "text_signature",
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False, comment="MinHash: moderation.rules.near_duplicates."),
        sa.Column(
            "bands", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="Texts that are much alike share one."
        ),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["member.id"], name=op.f("text_signature_author_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", name=op.f("text_signature_pkey")),
        comment="What near duplicates are found by, while a rule asks for them; kept for 30 days.",
    )
    op.create_index(
        op.f("text_signature_author_id_written_at_index"), "text_signature", ["author_id", "written_at"], unique=False
    )
    op.create_index("text_signature_bands_index", "text_signature", ["bands"], unique=False, postgresql_using="gin")
    op.create_index(op.f("text_signature_written_at_index"), "text_signature", ["written_at"], unique=False)
    op.create_table(
        "rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True, comment="Null: everywhere."),
        sa.Column("state", sa.Text(), server_default=sa.text("'OFF'"), nullable=False),
        sa.Column(
            "version", sa.Integer(), server_default=sa.text("1"), nullable=False, comment="The one that is asked."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('OFF', 'SHADOW', 'LIVE')", name=op.f("rule_state_check")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("rule_space_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("rule_pkey")),
        comment="A rule that is asked of what is written before anybody sees it.",
    )
    op.create_index(op.f("rule_space_id_id_index"), "rule", ["space_id", "id"], unique=False)
    op.create_table(
        "rule_match",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False, comment="What was done, or would have been."),
        sa.Column("shadow", sa.Boolean(), nullable=False, comment="Whether nothing was done."),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True, comment="Null: refused, so it is nowhere."),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of the subject, that matched.",
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=False, comment="Who wrote it."),
        sa.Column("space_id", sa.BigInteger(), nullable=True, comment="Where; null: nowhere in particular."),
        sa.Column(
            "evidence", postgresql.JSONB(), nullable=False, comment="Why it matched: [{condition, en, zh, spans}]."
        ),
        sa.Column(
            "excerpt",
            sa.Text(),
            nullable=True,
            comment="What was refused, its beginning; what was written stands where it was written.",
        ),
        sa.Column("matched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "action IN ('LABEL', 'REPORT', 'LIMIT', 'HOLD', 'REFUSE')", name=op.f("rule_match_action_check")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("rule_match_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("rule_match_rule_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("rule_match_pkey")),
        comment="That a rule held of something; kept for 90 days.",
    )
    op.create_index(op.f("rule_match_matched_at_index"), "rule_match", ["matched_at"], unique=False)
    op.create_index(op.f("rule_match_member_id_index"), "rule_match", ["member_id"], unique=False)
    op.create_index(
        op.f("rule_match_rule_id_matched_at_id_index"), "rule_match", ["rule_id", "matched_at", "id"], unique=False
    )
    op.create_index(
        op.f("rule_match_subject_kind_subject_id_index"), "rule_match", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "rule_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("condition", postgresql.JSONB(), nullable=False, comment="As moderation.rules.written has it."),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False, comment="Of what it is asked."),
        sa.Column(
            "staff", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="Whether of staff as well."
        ),
        sa.Column("label", sa.Text(), nullable=True, comment="What LABEL puts on it."),
        sa.Column("reason_id", sa.SmallInteger(), nullable=False, comment="Against which rule or law."),
        sa.Column(
            "message",
            postgresql.JSONB(),
            nullable=True,
            comment="What its author is told, by locale: {en: ..., zh: ...}.",
        ),
        sa.Column("written_by", sa.BigInteger(), nullable=True, comment="Null: shipped, or gone."),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(action = 'LABEL') = (label IS NOT NULL)", name=op.f("rule_version_label_check")),
        sa.CheckConstraint("action <> 'REFUSE' OR message IS NOT NULL", name=op.f("rule_version_message_check")),
        sa.CheckConstraint(
            "action IN ('LABEL', 'REPORT', 'LIMIT', 'HOLD', 'REFUSE')", name=op.f("rule_version_action_check")
        ),
        sa.CheckConstraint(
            "kinds <@ ARRAY['POST', 'COMMENT', 'PROFILE'] AND cardinality(kinds) > 0",
            name=op.f("rule_version_kinds_check"),
        ),
        sa.ForeignKeyConstraint(["reason_id"], ["report_reason.id"], name=op.f("rule_version_reason_id_fkey")),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("rule_version_rule_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["written_by"], ["member.id"], name=op.f("rule_version_written_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("rule_version_pkey")),
        sa.UniqueConstraint("rule_id", "number", name=op.f("rule_version_rule_id_number_key")),
        comment="What a rule asks and does: never changed, only followed by another.",
    )
    op.create_index(op.f("rule_version_reason_id_index"), "rule_version", ["reason_id"], unique=False)
    op.create_index(op.f("rule_version_written_by_index"), "rule_version", ["written_by"], unique=False)
    op.create_table(
        "held_back",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=False, comment="Whether nobody has been told that it is there."),
        sa.Column(
            "told",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What followed each @ when it was last shown: whom that meant has been told.",
        ),
        sa.Column(
            "context",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="As the event shall have it.",
        ),
        sa.CheckConstraint("(post_id IS NULL) <> (comment_id IS NULL)", name=op.f("held_back_subject_check")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("held_back_comment_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("held_back_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("held_back_pkey")),
        sa.UniqueConstraint("comment_id", name=op.f("held_back_comment_id_key")),
        sa.UniqueConstraint("post_id", name=op.f("held_back_post_id_key")),
        comment="What was held as it was written, until it is shown: who is to be told of it waits with it.",
    )

    rule = sa.table("rule", sa.column("name"), sa.column("state"))
    version = sa.table(
        "rule_version",
        sa.column("rule_id"),
        sa.column("number"),
        sa.column("condition", postgresql.JSONB()),
        sa.column("action"),
        sa.column("kinds", postgresql.ARRAY(sa.Text())),
        sa.column("reason_id"),
    )
    op.bulk_insert(rule, [{"name": name, "state": "SHADOW"} for name, _, _ in _SHIPPED])
    op.bulk_insert(
        version,
        [
            {
                "rule_id": number,
                "number": 1,
                "condition": condition,
                "action": action,
                "kinds": ["POST", "COMMENT"],
                "reason_id": _SPAM,
            }
            for number, (_, condition, action) in enumerate(_SHIPPED, 1)
        ],
    )
    op.execute(_REFUSE_CHANGE)
    op.execute(
        "CREATE TRIGGER rule_version_fixed BEFORE UPDATE ON rule_version"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_rule_version()"
    )


def downgrade() -> None:
    for table in ("held_back", "rule_match", "rule_version", "rule", "text_signature", "text_model"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_rule_version()")
