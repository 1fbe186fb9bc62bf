"""Moderation: reports, cases, decisions, appeals, and the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# What decisions did stays as it was written: of a decision only that it is undone can be added, once.
_REFUSE_CHANGE = """
    CREATE FUNCTION refuse_change_of_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.undone_at IS NOT NULL AND NEW.undone_at IS DISTINCT FROM OLD.undone_at
            OR (NEW.case_id, NEW.verdict, NEW.reason_id, NEW.facts, NEW.automated, NEW.decided_at)
                IS DISTINCT FROM (OLD.case_id, OLD.verdict, OLD.reason_id, OLD.facts, OLD.automated, OLD.decided_at)
        THEN
            RAISE EXCEPTION 'a decision is undone, and not changed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""
# An entry stays; what an event said besides can go, as the chain holds without it.
_REFUSE_CHANGE_OF_LOG = """
    CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND NEW.data IS NULL AND to_jsonb(NEW) - 'data' = to_jsonb(OLD) - 'data' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the audit log is added to, and not changed' USING ERRCODE = 'integrity_constraint_violation';
    END $$
"""

# name, English, Chinese, what falls under it in both, basis, severity, the European database's category (its version 2)
_REASONS = (
    (
        "SPAM",
        "Spam",
        "垃圾信息",
        "Advertising, repetition, bait.",
        "广告、刷屏、引流。",
        "RULES",
        1,
        "OTHER_VIOLATION_TC",
    ),
    ("OFF_TOPIC", "Off topic", "与主题无关", "It belongs elsewhere.", "不属于这里。", "RULES", 1, "OTHER_VIOLATION_TC"),
    ("ABUSE", "Insult or harassment", "辱骂或骚扰", "Against somebody.", "针对他人。", "RULES", 3, "CYBER_VIOLENCE"),
    (
        "HATE",
        "Hate",
        "仇恨言论",
        "Against people for what they are.",
        "因他人的身份而攻击。",
        "RULES",
        4,
        "ILLEGAL_OR_HARMFUL_SPEECH",
    ),
    ("SEXUAL", "Sexual content", "色情内容", "Not for this place.", "不宜在此出现。", "RULES", 3, "OTHER_VIOLATION_TC"),
    ("VIOLENCE", "Violence", "暴力", "Shown, called for or threatened.", "展示、鼓动或威胁。", "RULES", 4, "VIOLENCE"),
    ("SELF_HARM", "Self-harm", "自残", "Somebody may be in danger.", "有人可能处于危险之中。", "RULES", 5, "SELF_HARM"),
    (
        "PRIVACY",
        "Private data",
        "泄露隐私",
        "Of somebody who did not agree.",
        "未经本人同意。",
        "RULES",
        3,
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
    ),
    (
        "MISLEADING",
        "Misleading",
        "虚假误导",
        "False, and does harm.",
        "不实且有害。",
        "RULES",
        2,
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
    ),
    ("FRAUD", "Fraud", "欺诈", "To get money or data.", "骗取钱财或信息。", "LAW", 4, "SCAMS_AND_FRAUD"),
    (
        "COUNTERFEIT",
        "Infringement",
        "侵权",
        "Of a brand, a work or a patent.",
        "侵犯商标、作品或专利。",
        "LAW",
        2,
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
    ),
    (
        "PRODUCT",
        "Unsafe product",
        "不安全的产品",
        "Forbidden or dangerous goods.",
        "违禁或危险的商品。",
        "LAW",
        4,
        "UNSAFE_AND_PROHIBITED_PRODUCTS",
    ),
    ("MINORS", "Harm to minors", "危害未成年人", "Of whatever kind.", "任何形式。", "LAW", 5, "PROTECTION_OF_MINORS"),
    (
        "ILLEGAL",
        "Other illegal content",
        "其他违法内容",
        "Say against which law.",
        "请说明违反哪条法律。",
        "LAW",
        4,
        "RISK_FOR_PUBLIC_SECURITY",
    ),
    ("OTHER", "Something else", "其他", "Say what.", "请说明。", "RULES", 1, "OTHER_VIOLATION_TC"),
)


def upgrade() -> None:

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False, comment="1, 2 and so on, without a gap."),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "actor_id",
            sa.BigInteger(),
            nullable=True,
            comment="No foreign keys: what happened has happened, whoever is gone.",
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "data",
            postgresql.JSONB(),
            nullable=True,
            comment="Null: taken out, as what it said must not be kept; the chain has its digest.",
        ),
        sa.Column("data_digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="Of the entry before, and of all that this one says."
        ),
        sa.CheckConstraint(
            "id > 0 AND octet_length(digest) = 32 AND octet_length(data_digest) = 32",
            name=op.f("audit_entry_digests_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_entry_pkey")),
        sa.UniqueConstraint("event_id", name=op.f("audit_entry_event_id_key")),
        comment="Every act of staff, chained: a trigger lets nobody change or delete an entry.",
    )
    op.create_index(op.f("audit_entry_actor_id_id_index"), "audit_entry", ["actor_id", "id"], unique=False)
    op.create_index(op.f("audit_entry_kind_id_index"), "audit_entry", ["kind", "id"], unique=False)
    op.create_index(op.f("audit_entry_member_id_id_index"), "audit_entry", ["member_id", "id"], unique=False)
    op.create_index(op.f("audit_entry_space_id_id_index"), "audit_entry", ["space_id", "id"], unique=False)
    op.create_index(
        op.f("audit_entry_subject_kind_subject_id_id_index"),
        "audit_entry",
        ["subject_kind", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "report_reason",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What clients send, e.g. SPAM."),
        sa.Column(
            "labels",
            postgresql.JSONB(),
            nullable=False,
            comment="By locale: {en: Spam, zh: 垃圾信息}.",
        ),
        sa.Column(
            "descriptions",
            postgresql.JSONB(),
            nullable=False,
            comment="What falls under it, by locale.",
        ),
        sa.Column(
            "basis",
            sa.Text(),
            nullable=False,
            comment="Whether it is against the law, or against the community's rules.",
        ),
        sa.Column("severity", sa.SmallInteger(), nullable=False, comment="1, a nuisance, to 5, danger to somebody."),
        sa.Column("dsa_category", sa.Text(), nullable=False, comment="As the European transparency database calls it."),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Old reports keep it; new ones are refused.",
        ),
        sa.CheckConstraint("basis IN ('LAW', 'RULES')", name=op.f("report_reason_basis_check")),
        sa.CheckConstraint("severity BETWEEN 1 AND 5", name=op.f("report_reason_severity_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("report_reason_pkey")),
        sa.UniqueConstraint("name", name=op.f("report_reason_name_key")),
        comment="Why something may be reported, the community's to choose.",
    )
    op.create_table(
        "moderation_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column(
            "subject_id", sa.BigInteger(), nullable=False, comment="No foreign key: a case outlives what it is about."
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Whom it is about."),
        sa.Column(
            "space_id",
            sa.BigInteger(),
            nullable=True,
            comment="Whose moderators it is for besides those of the whole; null: theirs alone.",
        ),
        sa.Column("reason_id", sa.SmallInteger(), nullable=False, comment="The gravest given."),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("reach", sa.REAL(), nullable=False),
        sa.Column("weight", sa.REAL(), nullable=False, comment="Of all who reported it, together."),
        sa.Column("report_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "urgency", sa.Double(), nullable=False, comment="What the queue is in the order of: see cases.urgency."
        ),
        sa.Column(
            "version",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Of whoever decides on what they saw.",
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('REPORTED', 'NOTICED', 'HELD', 'NEW_MEMBER', 'INTEGRITY', 'FRAUD', 'APPEAL', 'IDENTITY')",
            name=op.f("moderation_case_kind_check"),
        ),
        sa.CheckConstraint(
            "subject_kind IN ('post', 'comment', 'member', 'referral', 'round', 'appeal')",
            name=op.f("moderation_case_subject_kind_check"),
        ),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL) OR claimed_by IS NULL",
            name=op.f("moderation_case_claim_check"),
        ),
        sa.CheckConstraint(
            "severity BETWEEN 1 AND 5 AND reach >= 1 AND weight > 0 AND report_count >= 0",
            name=op.f("moderation_case_measures_check"),
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["member.id"], name=op.f("moderation_case_claimed_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("moderation_case_member_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["reason_id"], ["report_reason.id"], name=op.f("moderation_case_reason_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("moderation_case_pkey")),
        comment="What moderators are to look at.",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(op.f("moderation_case_claimed_by_index"), "moderation_case", ["claimed_by"], unique=False)
    op.create_index(
        "moderation_case_kind_queue_index",
        "moderation_case",
        ["kind", "urgency", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("moderation_case_member_id_id_index"), "moderation_case", ["member_id", "id"], unique=False)
    op.create_index(
        "moderation_case_open_index",
        "moderation_case",
        ["kind", "subject_kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("moderation_case_opened_index", "moderation_case", ["opened_at", "id"], unique=False)
    op.create_index(
        "moderation_case_queue_index",
        "moderation_case",
        ["urgency", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "moderation_case_space_queue_index",
        "moderation_case",
        ["space_id", "urgency", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        op.f("moderation_case_subject_kind_subject_id_id_index"),
        "moderation_case",
        ["subject_kind", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "reporter",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("upheld", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("declined", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("upheld >= 0 AND declined >= 0", name=op.f("reporter_counts_check")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("reporter_member_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("reporter_pkey")),
        comment="How often moderators agreed with a member who reports; what was ignored says nothing.",
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True, comment="The first of those made at once."),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason_id", sa.SmallInteger(), nullable=False, comment="Against which rule or law."),
        sa.Column(
            "facts",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="What was found, for whom it concerns.",
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="Whom it concerns."),
        sa.Column(
            "space_id", sa.BigInteger(), nullable=True, comment="Whose moderators made it besides those of the whole."
        ),
        sa.Column(
            "automated", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="Nobody looked at it."
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=True, comment="Null: nobody, or gone."),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_because", sa.Text(), nullable=True),
        sa.CheckConstraint("verdict IN ('UPHELD', 'DECLINED', 'IGNORED')", name=op.f("decision_verdict_check")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_because IS NULL)", name=op.f("decision_undone_check")),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name=op.f("decision_case_id_fkey")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("decision_decided_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("decision_member_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["decision.id"], name=op.f("decision_parent_id_fkey")),
        sa.ForeignKeyConstraint(["reason_id"], ["report_reason.id"], name=op.f("decision_reason_id_fkey")),
        sa.ForeignKeyConstraint(
            ["undone_by"], ["member.id"], name=op.f("decision_undone_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("decision_pkey")),
        comment="What was decided about a case, and why: the statement of reasons.",
    )
    op.create_index(op.f("decision_case_id_id_index"), "decision", ["case_id", "id"], unique=False)
    op.create_index(op.f("decision_decided_at_id_index"), "decision", ["decided_at", "id"], unique=False)
    op.create_index(
        op.f("decision_decided_by_decided_at_index"), "decision", ["decided_by", "decided_at"], unique=False
    )
    op.create_index(
        op.f("decision_member_id_decided_at_id_index"), "decision", ["member_id", "decided_at", "id"], unique=False
    )
    op.create_index(op.f("decision_parent_id_index"), "decision", ["parent_id"], unique=False)
    op.create_index(op.f("decision_reason_id_index"), "decision", ["reason_id"], unique=False)
    op.create_index(
        op.f("decision_space_id_decided_at_id_index"), "decision", ["space_id", "decided_at", "id"], unique=False
    )
    op.create_index(
        "decision_standing_index", "decision", ["case_id"], unique=True, postgresql_where=sa.text("undone_at IS NULL")
    )
    op.create_index(op.f("decision_undone_by_index"), "decision", ["undone_by"], unique=False)
    op.create_table(
        "moderation_case_content",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "content",
            postgresql.JSONB(),
            nullable=False,
            comment="What was written, by the names of its fields.",
        ),
        sa.Column("kept_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["moderation_case.id"], name=op.f("moderation_case_content_case_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "revision", name=op.f("moderation_case_content_pkey")),
        comment="What was reported, as it was then, whatever its author made of it afterwards.",
    )
    op.create_table(
        "moderation_case_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "shown", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="To whom the case is about."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["member.id"], name=op.f("moderation_case_note_author_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["moderation_case.id"], name=op.f("moderation_case_note_case_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("moderation_case_note_pkey")),
        comment="What moderators tell each other about a case, or whom it is about.",
    )
    op.create_index(op.f("moderation_case_note_author_id_index"), "moderation_case_note", ["author_id"], unique=False)
    op.create_index(
        op.f("moderation_case_note_case_id_id_index"), "moderation_case_note", ["case_id", "id"], unique=False
    )
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=True, comment="Null: a guest, or gone."),
        sa.Column("reason_id", sa.SmallInteger(), nullable=False),
        sa.Column(
            "body", sa.Text(), server_default=sa.text("''"), nullable=False, comment="What the reporter has to say."
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="Which of the case's contents they saw."),
        sa.Column("weight", sa.REAL(), nullable=False, comment="What the reporter's word counted when it was given."),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(outcome = 'PENDING') = (answered_at IS NULL)", name=op.f("report_answered_check")),
        sa.CheckConstraint(
            "outcome IN ('PENDING', 'UPHELD', 'DECLINED', 'IGNORED')", name=op.f("report_outcome_check")
        ),
        sa.CheckConstraint("weight > 0", name=op.f("report_weight_check")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["moderation_case.id"], name=op.f("report_case_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["reason_id"], ["report_reason.id"], name=op.f("report_reason_id_fkey")),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["member.id"], name=op.f("report_reporter_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("report_pkey")),
        sa.UniqueConstraint("case_id", "reporter_id", name=op.f("report_case_id_reporter_id_key")),
        comment="Somebody says that something is wrong.",
    )
    op.create_index(op.f("report_reason_id_index"), "report", ["reason_id"], unique=False)
    op.create_index(
        op.f("report_reporter_id_reported_at_id_index"), "report", ["reporter_id", "reported_at", "id"], unique=False
    )
    op.create_table(
        "appeal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("appellant_id", sa.BigInteger(), nullable=True, comment="Null: gone."),
        sa.Column("case_id", sa.BigInteger(), nullable=True, comment="In which it waits to be judged."),
        sa.Column("body", sa.Text(), nullable=False, comment="Why the decision is wrong."),
        sa.Column("state", sa.Text(), server_default=sa.text("'OPEN'"), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True, comment="Why it was granted or denied, in writing."),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'OPEN') = (decided_at IS NULL) AND (state = 'OPEN') = (answer IS NULL)",
            name=op.f("appeal_answered_check"),
        ),
        sa.CheckConstraint("state IN ('OPEN', 'GRANTED', 'DENIED')", name=op.f("appeal_state_check")),
        sa.ForeignKeyConstraint(
            ["appellant_id"], ["member.id"], name=op.f("appeal_appellant_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["moderation_case.id"], name=op.f("appeal_case_id_fkey")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("appeal_decided_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("appeal_decision_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("appeal_pkey")),
        sa.UniqueConstraint("decision_id", "appellant_id", name=op.f("appeal_decision_id_appellant_id_key")),
        comment="Somebody asks that a decision be looked at again, by somebody else.",
    )
    op.create_index(
        op.f("appeal_appellant_id_appealed_at_id_index"), "appeal", ["appellant_id", "appealed_at", "id"], unique=False
    )
    op.create_index(op.f("appeal_case_id_index"), "appeal", ["case_id"], unique=False)
    op.create_index(op.f("appeal_decided_by_index"), "appeal", ["decided_by"], unique=False)
    op.create_table(
        "measure",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True, comment="Null: until it is undone."),
        sa.Column(
            "details",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the action asks besides.",
        ),
        sa.Column(
            "before",
            postgresql.JSONB(),
            nullable=False,
            comment="What it changed, as it was: what undoing brings back.",
        ),
        sa.Column(
            "after",
            postgresql.JSONB(),
            nullable=False,
            comment="The same, as it was then: what undoing must find.",
        ),
        sa.CheckConstraint(
            "action IN ('APPROVE', 'IGNORE', 'EDIT', 'HIDE', 'REMOVE', 'RESTORE', 'LOCK', 'MOVE', 'WARN', 'SUSPEND', 'BAN', 'RESET_PROFILE')",
            name=op.f("measure_action_check"),
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("measure_decision_id_fkey")),
        sa.PrimaryKeyConstraint("decision_id", "position", name=op.f("measure_pkey")),
        comment="What was done by a decision, one thing after another.",
    )
    op.create_table(
        "strike",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("reason_id", sa.SmallInteger(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False, comment="The severity of what was found."),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points BETWEEN 1 AND 5", name=op.f("strike_points_check")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("strike_decision_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("strike_member_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["reason_id"], ["report_reason.id"], name=op.f("strike_reason_id_fkey")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("strike_pkey")),
        comment="What a decision leaves on a member's record, for a while.",
    )
    op.create_index(op.f("strike_member_id_expires_at_index"), "strike", ["member_id", "expires_at"], unique=False)
    op.create_index(op.f("strike_reason_id_index"), "strike", ["reason_id"], unique=False)

    reason = sa.table(
        "report_reason",
        sa.column("id"),
        sa.column("name"),
        sa.column("labels", postgresql.JSONB()),
        sa.column("descriptions", postgresql.JSONB()),
        sa.column("basis"),
        sa.column("severity"),
        sa.column("dsa_category"),
        sa.column("position"),
    )
    op.bulk_insert(
        reason,
        [
            {
                "id": number,
                "name": name,
                "labels": {"en": en, "zh": zh},
                "descriptions": {"en": more, "zh": more_zh},
                "basis": basis,
                "severity": severity,
                "dsa_category": f"STATEMENT_CATEGORY_{category}",
                "position": number,
            }
            for number, (name, en, zh, more, more_zh, basis, severity, category) in enumerate(_REASONS, 1)
        ],
    )
    op.execute(_REFUSE_CHANGE)
    op.execute(
        "CREATE TRIGGER decision_fixed BEFORE UPDATE ON decision FOR EACH ROW EXECUTE FUNCTION refuse_change_of_decision()"
    )
    op.execute(_REFUSE_CHANGE_OF_LOG)
    op.execute(
        "CREATE TRIGGER audit_entry_fixed BEFORE UPDATE OR DELETE ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()"
    )


def downgrade() -> None:
    for table in ("strike", "measure", "appeal", "report", "moderation_case_note", "moderation_case_content", "decision", "reporter", "moderation_case", "report_reason", "audit_entry"):  # fmt: skip
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_decision()")
    op.execute("DROP FUNCTION refuse_change_of_audit()")
