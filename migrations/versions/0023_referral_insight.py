"""What referrals cost, beside how far they came; the same by cohort; and what is computed of programmes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NUMBERS = postgresql.ARRAY(sa.Double())

# What was granted until now, and how far each day's cohort has come: from the rows themselves, once.
GRANTED = """
    UPDATE referral SET rewarded_at = granted.at, cost = granted.cost FROM (
        SELECT cause_id, min(granted_at) AS at, sum(cost)::bigint AS cost
        FROM reward WHERE cause_kind = 'referral' AND state = 'GRANTED' GROUP BY cause_id
    ) AS granted WHERE granted.cause_id = referral.id
"""
COUNTED = """
    INSERT INTO referral_day (program_id, day, code_id, channel, campaign, rewarded, cost, cohort_verified, cohort_qualified,
        cohort_rewarded, cohort_cost)
    SELECT program_id, (moment AT TIME ZONE 'UTC')::date, code_id, channel, campaign,
        count(*) FILTER (WHERE NOT of_cohort), coalesce(sum(cost) FILTER (WHERE NOT of_cohort), 0),
        count(*) FILTER (WHERE of_cohort AND verified), count(qualified_at) FILTER (WHERE of_cohort),
        count(rewarded_at) FILTER (WHERE of_cohort), coalesce(sum(cost) FILTER (WHERE of_cohort), 0)
    FROM referral
        CROSS JOIN LATERAL (
            SELECT EXISTS (SELECT FROM referral_step WHERE referral_id = referral.id AND step = 'VERIFIED') AS verified
        ) AS stands
        CROSS JOIN LATERAL (VALUES (rewarded_at, false), (claimed_at, true)) AS counted_on (moment, of_cohort)
    WHERE moment IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (program_id, day, code_id, channel, campaign) DO UPDATE SET
        rewarded = excluded.rewarded, cost = excluded.cost, cohort_verified = excluded.cohort_verified,
        cohort_qualified = excluded.cohort_qualified, cohort_rewarded = excluded.cohort_rewarded,
        cohort_cost = excluded.cohort_cost
"""


def counter(name: str, comment: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column[int]:
    return sa.Column(name, kind(), server_default=sa.text("0"), nullable=False, comment=comment)


def upgrade() -> None:
    op.add_column(
        "referral",
        sa.Column(
            "rewarded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the first was granted of what it has; null: nothing.",
        ),
    )
    op.add_column("referral", counter("cost", "Of what it was granted and has.", sa.BigInteger))
    op.add_column("referral_day", counter("rewarded", "First granted something that day."))
    op.add_column("referral_day", counter("cost", "Of what those were granted since.", sa.BigInteger))
    op.add_column("referral_day", counter("cohort_verified", "Of who joined that day."))
    op.add_column("referral_day", counter("cohort_qualified", "The same."))
    op.add_column("referral_day", counter("cohort_rewarded", "The same."))
    op.add_column("referral_day", counter("cohort_cost", "Of what those were granted.", sa.BigInteger))
    op.execute(GRANTED)
    op.execute(COUNTED)
    op.create_table(
        "referral_insight",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=True, comment="Null: of them all."),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "known",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="What there was, to know whether anything has changed.",
        ),
        sa.Column("members", sa.Integer(), nullable=False, comment="Who could have invited."),
        sa.Column("invitations_per_member", NUMBERS, nullable=False, comment="As all such: value, low, high; or null."),
        sa.Column("conversion", NUMBERS, nullable=False),
        sa.Column("k_factor", NUMBERS, nullable=False),
        sa.Column("generations", sa.Double(), nullable=True, comment="Null: without end, or unknown."),
        sa.Column(
            "breadths",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            comment="How many stand so far from a root, roots first.",
        ),
        sa.Column("branching", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["referral_program.id"],
            name=op.f("referral_insight_program_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_insight_pkey")),
        sa.UniqueConstraint(
            "program_id", name=op.f("referral_insight_program_id_key"), postgresql_nulls_not_distinct=True
        ),
        comment="What a programme's referrals are worth, as it was computed last. Beside it stand retention and spending.",
    )
    op.create_table(
        "referral_retention",
        sa.Column("insight_id", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("referred", NUMBERS, nullable=False, comment="The share that stays longer: value, low, high."),
        sa.Column("others", NUMBERS, nullable=False),
        sa.Column("difference", NUMBERS, nullable=False),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["referral_insight.id"],
            name=op.f("referral_retention_insight_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("insight_id", "days", name=op.f("referral_retention_pkey")),
        comment="Which share stays for so long, of who was brought and of who came by themselves.",
    )
    op.create_table(
        "referral_spending",
        sa.Column("insight_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False, comment="Since joining; 0: so far."),
        sa.Column("referred_members", sa.Integer(), nullable=False, comment="Who have been there for so long."),
        sa.Column("referred", NUMBERS, nullable=False, comment="What they spent on average: value, low, high."),
        sa.Column("other_members", sa.Integer(), nullable=False),
        sa.Column("others", NUMBERS, nullable=False),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["referral_insight.id"],
            name=op.f("referral_spending_insight_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("insight_id", "currency", "days", name=op.f("referral_spending_pkey")),
        comment="What members spent on average within so many days of joining, in the currency's smallest unit.",
    )
    op.create_table(
        "referral_node",
        sa.Column("insight_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "place",
            sa.Integer(),
            nullable=False,
            comment="From 1 on, so that who brought somebody comes before them.",
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("referrer_id", sa.BigInteger(), nullable=True, comment="Null: a root."),
        sa.Column("depth", sa.Integer(), nullable=False, comment="0: a root."),
        sa.Column("below", sa.Integer(), nullable=False, comment="Brought by them, by those, and so on."),
        sa.Column("qualified", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["referral_insight.id"],
            name=op.f("referral_node_insight_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("insight_id", "place", name=op.f("referral_node_pkey")),
        comment="The forest that a programme's referrals are, in an order in which it can be drawn.",
    )


def downgrade() -> None:
    for table in ("referral_node", "referral_spending", "referral_retention", "referral_insight"):
        op.drop_table(table)
    for name in ("cohort_cost", "cohort_rewarded", "cohort_qualified", "cohort_verified", "cost", "rewarded"):
        op.drop_column("referral_day", name)
    op.drop_column("referral", "cost")
    op.drop_column("referral", "rewarded_at")
