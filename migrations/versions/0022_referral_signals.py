"""What referrals are judged by: where accounts were seen, what was found, what was decided, and what that taught."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Nothing of an erased member is to be told again: at once, whoever erases them.
_FORGET = """
    CREATE FUNCTION forget_sightings_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM referral_sighting WHERE member_id = NEW.id;
        UPDATE referral_purchase SET instrument = NULL WHERE member_id = NEW.id AND instrument IS NOT NULL;
        RETURN NULL;
    END $$
"""
_WHEN_ERASED = """
    CREATE TRIGGER member_erased_unseen AFTER UPDATE OF state ON member FOR EACH ROW
    WHEN (NEW.state = 'ERASED') EXECUTE FUNCTION forget_sightings_of_erased()
"""


def upgrade() -> None:
    op.create_table(
        "referral_judging",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("intercept", sa.Double(), nullable=False),
        sa.Column(
            "weights",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="By the name of the signal, in nats.",
        ),
        sa.Column("hold_from", sa.Double(), nullable=False),
        sa.Column("reject_from", sa.Double(), nullable=False),
        sa.Column(
            "decisions", sa.Integer(), nullable=False, comment="Of which it was learned, or by which it was tried."
        ),
        sa.Column(
            "frauds", sa.Integer(), nullable=False, comment="Of them, how many said that a referral was made up."
        ),
        sa.Column(
            "unopposed", sa.Integer(), nullable=False, comment="Referrals granted long ago, of which nobody complained."
        ),
        sa.Column(
            "tried",
            sa.Integer(),
            nullable=False,
            comment="Decisions that took no part in it, by which it was measured.",
        ),
        sa.Column(
            "precision", sa.Double(), nullable=True, comment="As measured; null where there was nothing to measure."
        ),
        sa.Column("precision_low", sa.Double(), nullable=True),
        sa.Column("precision_high", sa.Double(), nullable=True),
        sa.Column(
            "recall", sa.Double(), nullable=True, comment="As measured; null where there was nothing to measure."
        ),
        sa.Column("recall_low", sa.Double(), nullable=True),
        sa.Column("recall_high", sa.Double(), nullable=True),
        sa.Column(
            "false_positives",
            sa.Double(),
            nullable=True,
            comment="As measured; null where there was nothing to measure.",
        ),
        sa.Column("false_positives_low", sa.Double(), nullable=True),
        sa.Column("false_positives_high", sa.Double(), nullable=True),
        sa.CheckConstraint("hold_from <= reject_from", name=op.f("referral_judging_bands_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_judging_pkey")),
        comment="By which numbers referrals are judged, version by version: the latest counts.",
    )
    op.create_table(
        "referral_sighting",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("network", sa.BigInteger(), nullable=False, comment="A keyed hash; 0: not known."),
        sa.Column("device", sa.BigInteger(), nullable=False, comment="A keyed hash; 0: not known."),
        sa.Column(
            "sign_up",
            sa.Boolean(),
            nullable=False,
            comment="Here they asked to join; else they were seen as a referrer.",
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "network >= 0 AND device >= 0 AND network + device::numeric > 0", name=op.f("referral_sighting_known_check")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("referral_sighting_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "network", "device", name=op.f("referral_sighting_pkey")),
        comment="On which network and device a member was seen, as keyed hashes that lead to no address. Thrown away in time.",
    )
    op.create_index(op.f("referral_sighting_seen_at_index"), "referral_sighting", ["seen_at"], unique=False)
    op.create_index(
        "referral_sighting_sign_up_index",
        "referral_sighting",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("sign_up"),
    )
    op.create_table(
        "referral_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("referral_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True, comment="As it was judged by then; null: it was not."),
        sa.Column(
            "strengths",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Of the signals, as they were by then.",
        ),
        sa.CheckConstraint(
            "decision IN ('GRANTED', 'REJECTED', 'REVERSED')", name=op.f("referral_decision_decision_check")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("referral_decision_decided_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("referral_decision_referral_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_decision_pkey")),
        comment="What somebody decided of a referral, and what spoke for and against it: judging learns of it.",
    )
    op.create_index(op.f("referral_decision_decided_by_index"), "referral_decision", ["decided_by"], unique=False)
    op.create_index(
        op.f("referral_decision_referral_id_id_index"), "referral_decision", ["referral_id", "id"], unique=False
    )
    op.create_table(
        "referral_verdict",
        sa.Column("referral_id", sa.BigInteger(), nullable=False),
        sa.Column("judging_id", sa.BigInteger(), nullable=True, comment="Null: by the numbers that are shipped."),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column(
            "strengths",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="By the name of the signal, 0 to 1; those that are 0 left out.",
        ),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Signal, sentence and weight, what weighed most first.",
        ),
        sa.Column("judged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("band IN ('GRANT', 'HOLD', 'REJECT')", name=op.f("referral_verdict_band_check")),
        sa.ForeignKeyConstraint(["judging_id"], ["referral_judging.id"], name=op.f("referral_verdict_judging_id_fkey")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("referral_verdict_referral_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("referral_verdict_pkey")),
        comment="What was found of a referral when it was judged last.",
    )
    op.create_index(op.f("referral_verdict_judging_id_index"), "referral_verdict", ["judging_id"], unique=False)
    op.add_column(
        "referral_purchase",
        sa.Column(
            "instrument",
            sa.BigInteger(),
            nullable=True,
            comment="A keyed hash of what they paid with; null: not told, or forgotten.",
        ),
    )
    op.create_index(
        "referral_purchase_instrument_index",
        "referral_purchase",
        ["recorded_at"],
        unique=False,
        postgresql_where=sa.text("instrument IS NOT NULL"),
    )
    op.add_column(
        "sign_up",
        sa.Column(
            "seen",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Keyed hashes of where they asked from, for whoever compares; mean nothing here.",
        ),
    )
    op.execute(_FORGET)
    op.execute(_WHEN_ERASED)


def downgrade() -> None:
    op.execute("DROP TRIGGER member_erased_unseen ON member")
    op.execute("DROP FUNCTION forget_sightings_of_erased")
    op.drop_column("sign_up", "seen")
    op.drop_index(
        "referral_purchase_instrument_index",
        table_name="referral_purchase",
        postgresql_where=sa.text("instrument IS NOT NULL"),
    )
    op.drop_column("referral_purchase", "instrument")
    op.drop_index(op.f("referral_verdict_judging_id_index"), table_name="referral_verdict")
    op.drop_table("referral_verdict")
    op.drop_index(op.f("referral_decision_referral_id_id_index"), table_name="referral_decision")
    op.drop_index(op.f("referral_decision_decided_by_index"), table_name="referral_decision")
    op.drop_table("referral_decision")
    op.drop_index(
        "referral_sighting_sign_up_index", table_name="referral_sighting", postgresql_where=sa.text("sign_up")
    )
    op.drop_index(op.f("referral_sighting_seen_at_index"), table_name="referral_sighting")
    op.drop_table("referral_sighting")
    op.drop_table("referral_judging")
