"""Who may take part, as rules; phases, proposals, open tallies, reviews and segments of rounds; customers and reputation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_METHODS = (
    "APPROVAL", "PLURALITY", "SCORE", "BORDA", "INSTANT_RUNOFF", "SCHULZE", "RANKED_PAIRS", "SINGLE_TRANSFERABLE_VOTE",
    "SEQUENTIAL_PROPORTIONAL_APPROVAL", "EQUAL_SHARES", "PHRAGMEN", "QUADRATIC", "BUDGET_GREEDY", "BUDGET_EQUAL_SHARES",
)  # fmt: skip
_KINDS = ("APPROVING", "CHOOSING", "RANKING", "SCORING", "VOTING")
_ROLES = ("MODERATOR", "MARKETER", "ADMIN")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _replace_check(table: str, column: str, words: tuple[str, ...]) -> None:
    name = op.f(f"{table}_{column}_check")
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, _one_of(column, words))


def _rules_of_rounds() -> None:
    """Make the rules that rounds had in columns of their own into rows; for this once a rule knows its round."""
    op.execute("ALTER TABLE eligibility ADD COLUMN of_round bigint")
    op.execute(
        """
        INSERT INTO eligibility (joined_before, belongs_to, of_round)
        SELECT joined_before, CASE WHEN space_members_only THEN space_id END, id
        FROM round WHERE joined_before IS NOT NULL OR space_members_only
        """
    )
    op.execute("UPDATE round SET voters_id = eligibility.id FROM eligibility WHERE of_round = round.id")
    op.execute("ALTER TABLE eligibility DROP COLUMN of_round")


def upgrade() -> None:
    _replace_check("role_grant", "role", (*_ROLES[:2], "AUDITOR", "ADMIN"))
    _replace_check("round", "method", (*_METHODS, "BUDGET_SCORES", "PAIRWISE", "OPINIONS"))
    _replace_check("round", "ballot_kind", (*_KINDS, "COMPARING", "OPINING"))
    op.create_table(
        "reputation",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("trust", sa.SmallInteger(), nullable=False, comment="Its percentile, 0 to 100."),
        sa.Column("tribe_id", sa.BigInteger(), nullable=True, comment="The group of members they belong to, if any."),
        sa.CheckConstraint("trust BETWEEN 0 AND 100", name=op.f("reputation_trust_check")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("reputation_pkey")),
        comment="What the last scoring found of a member, as far as rules of the community ask for it.",
    )
    op.create_table(
        "eligibility",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "roles",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="One of them; none: anybody.",
        ),
        sa.Column("level", sa.SmallInteger(), nullable=True, comment="This level at least."),
        sa.Column("trust", sa.SmallInteger(), nullable=True, comment="Trusted more than so many percent of members."),
        sa.Column(
            "joined_before",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Who joined the community later may not.",
        ),
        sa.Column("belongs_to", sa.BigInteger(), nullable=True, comment="Who has joined this space."),
        sa.Column("active_in", sa.BigInteger(), nullable=True, comment="Who has written in this space ..."),
        sa.Column("active_days", sa.SmallInteger(), nullable=True, comment="... within so many days."),
        sa.Column("customers_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(active_in IS NULL) = (active_days IS NULL)", name=op.f("eligibility_activity_check")),
        sa.CheckConstraint("active_days BETWEEN 1 AND 366", name=op.f("eligibility_active_days_check")),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("eligibility_level_check")),
        sa.CheckConstraint("trust BETWEEN 0 AND 100", name=op.f("eligibility_trust_check")),
        sa.ForeignKeyConstraint(["active_in"], ["space.id"], name=op.f("eligibility_active_in_fkey")),
        sa.ForeignKeyConstraint(["belongs_to"], ["space.id"], name=op.f("eligibility_belongs_to_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("eligibility_pkey")),
        comment="Who may take part in something. All that a row asks must hold.",
    )
    op.create_index(op.f("eligibility_active_in_index"), "eligibility", ["active_in"], unique=False)
    op.create_index(op.f("eligibility_belongs_to_index"), "eligibility", ["belongs_to"], unique=False)
    op.create_table(
        "round_segment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("segmentation", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=True, comment="Which of them; null: who belongs to none."),
        sa.Column("ballot_count", sa.Integer(), nullable=False),
        sa.Column(
            "winners", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="Options by id, the first first."
        ),
        sa.Column(
            "tallies",
            postgresql.ARRAY(sa.Double()),
            nullable=True,
            comment="By option, as the rule counts these ballots alone.",
        ),
        sa.CheckConstraint(
            "segmentation IN ('TRIBE', 'LEVEL', 'TENURE', 'CUSTOMER', 'TRUST')",
            name=op.f("round_segment_segmentation_check"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("round_segment_round_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("round_segment_pkey")),
        sa.UniqueConstraint(
            "round_id",
            "segmentation",
            "segment",
            name=op.f("round_segment_round_id_segmentation_segment_key"),
            postgresql_nulls_not_distinct=True,
        ),
        comment="How a part of the voters voted, told only of large parts.",
    )
    _widen_rounds()


def _widen_rounds() -> None:
    op.add_column(
        "ballot",
        sa.Column(
            "source",
            sa.BigInteger(),
            nullable=True,
            comment="Of ballots from one network the same, within a round; see source_key.",
        ),
    )
    op.add_column(
        "ballot", sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True, comment="Not counted from then on.")
    )
    op.add_column("ballot", sa.Column("voided_by", sa.BigInteger(), nullable=True))
    op.add_column("ballot", sa.Column("void_reason", sa.Text(), nullable=True))
    op.create_foreign_key(op.f("ballot_voided_by_fkey"), "ballot", "member", ["voided_by"], ["id"], ondelete="SET NULL")
    op.add_column(
        "member",
        sa.Column(
            "customer_since",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the brand said that it knows them as a customer.",
        ),
    )
    op.add_column(
        "round",
        sa.Column("voters_id", sa.BigInteger(), nullable=True, comment="Who may vote; null: who sees the round."),
    )
    op.add_column(
        "round", sa.Column("proposers_id", sa.BigInteger(), nullable=True, comment="Who may propose options.")
    )
    op.add_column(
        "round",
        sa.Column(
            "proposals_each",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="As many a member.",
        ),
    )
    op.add_column(
        "round",
        sa.Column(
            "opens_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the clock opens it; null: somebody does.",
        ),
    )
    op.add_column(
        "round",
        sa.Column(
            "proposals_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Members propose options before this moment.",
        ),
    )
    op.add_column(
        "round",
        sa.Column(
            "voting_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Ballots are taken from this moment; null: once open.",
        ),
    )
    op.add_column("round", sa.Column("discussed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("round", sa.Column("post_id", sa.BigInteger(), nullable=True, comment="Where it is discussed."))
    op.add_column(
        "round",
        sa.Column(
            "tally_open",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Told while votes come in.",
        ),
    )
    op.add_column(
        "round",
        sa.Column(
            "tallied_at", sa.DateTime(timezone=True), nullable=True, comment="When the open tally was taken last."
        ),
    )
    op.add_column("round", sa.Column("tallied_within", sa.Interval(), nullable=True, comment="How long that took."))
    op.add_column(
        "round",
        sa.Column(
            "untallied", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Ballots since, about."
        ),
    )
    op.add_column(
        "round",
        sa.Column(
            "source_key",
            sa.LargeBinary(),
            nullable=True,
            comment="Keys the sources of ballots; gone once counted, and they mean nothing.",
        ),
    )
    op.add_column(
        "round",
        sa.Column(
            "examination",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Signs of votes that are not a community's own, as found when it closed.",
        ),
    )
    op.add_column(
        "round",
        sa.Column(
            "held_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Not counted until somebody has looked at the signs.",
        ),
    )
    op.add_column("round", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("round", sa.Column("released_by", sa.BigInteger(), nullable=True))
    op.add_column("round", sa.Column("release_reason", sa.Text(), nullable=True))
    op.alter_column(
        "round",
        "ballot_count",
        existing_type=sa.INTEGER(),
        comment="How many were counted, by the result or by the open tally.",
        existing_comment="How many were counted.",
        existing_nullable=True,
    )
    op.create_index(
        "round_opening_index",
        "round",
        ["opens_at"],
        unique=False,
        postgresql_where=sa.text("state = 'DRAFT' AND opens_at IS NOT NULL"),
    )
    op.create_index(op.f("round_post_id_index"), "round", ["post_id"], unique=False)
    op.create_index(
        "round_tallied_index", "round", ["id"], unique=False, postgresql_where=sa.text("state = 'OPEN' AND tally_open")
    )
    op.create_foreign_key(op.f("round_voters_id_fkey"), "round", "eligibility", ["voters_id"], ["id"])
    op.create_foreign_key(
        op.f("round_released_by_fkey"), "round", "member", ["released_by"], ["id"], ondelete="SET NULL"
    )
    op.create_foreign_key(op.f("round_proposers_id_fkey"), "round", "eligibility", ["proposers_id"], ["id"])
    op.create_foreign_key(op.f("round_post_id_fkey"), "round", "post", ["post_id"], ["id"], ondelete="SET NULL")
    _rules_of_rounds()
    op.drop_column("round", "space_members_only")
    op.drop_column("round", "joined_before")
    op.add_column(
        "round_option", sa.Column("proposed_by", sa.BigInteger(), nullable=True, comment="Null: there from the start.")
    )
    op.create_index(op.f("round_option_proposed_by_index"), "round_option", ["proposed_by"], unique=False)
    op.create_foreign_key(
        op.f("round_option_proposed_by_fkey"), "round_option", "member", ["proposed_by"], ["id"], ondelete="SET NULL"
    )
    op.create_check_constraint(
        op.f("round_proposals_check"),
        "round",
        "proposals_each >= 0 AND (proposals_each = 0) = (proposals_until IS NULL)",
    )
    op.create_check_constraint(
        op.f("round_phases_check"), "round", "proposals_until <= voting_from AND voting_from < closes_at"
    )
    op.create_check_constraint(op.f("round_released_check"), "round", "released_at IS NULL OR held_at IS NOT NULL")
    op.create_check_constraint(op.f("round_tallied_check"), "round", "tally_open OR tallied_at IS NULL")
    op.create_check_constraint(op.f("ballot_voided_check"), "ballot", "(voided_at IS NULL) = (void_reason IS NULL)")
    # Of rounds that go on, the sources of ballots begin to be told apart now.
    op.execute(
        """
        UPDATE round SET source_key = sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
        WHERE state <> 'CLOSED'
        """
    )


def downgrade() -> None:
    # What the older version cannot hold goes: rounds by the new methods, and auditors.
    op.execute("DELETE FROM round WHERE method IN ('BUDGET_SCORES', 'PAIRWISE', 'OPINIONS')")
    op.execute("DELETE FROM role_grant WHERE role = 'AUDITOR'")
    _replace_check("role_grant", "role", _ROLES)
    _replace_check("round", "method", _METHODS)
    _replace_check("round", "ballot_kind", _KINDS)
    op.add_column(
        "round",
        sa.Column("joined_before", sa.DateTime(timezone=True), nullable=True, comment="Who joined later may not vote."),
    )
    op.add_column(
        "round", sa.Column("space_members_only", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute(
        """
        UPDATE round SET joined_before = eligibility.joined_before,
            space_members_only = coalesce(eligibility.belongs_to = round.space_id, false)
        FROM eligibility WHERE eligibility.id = voters_id
        """
    )
    op.drop_constraint(op.f("ballot_voided_check"), "ballot")
    for column in ("source", "voided_at", "voided_by", "void_reason"):
        op.drop_column("ballot", column)
    op.drop_column("member", "customer_since")
    op.drop_column("round_option", "proposed_by")
    for name in ("proposals", "phases", "released", "tallied"):
        op.drop_constraint(op.f(f"round_{name}_check"), "round")
    for column in (
        "voters_id", "proposers_id", "proposals_each", "opens_at", "proposals_until", "voting_from", "discussed", "post_id",
        "tally_open", "tallied_at", "tallied_within", "untallied", "source_key", "examination", "held_at", "released_at",
        "released_by", "release_reason",
    ):  # fmt: skip
        op.drop_column("round", column)
    op.alter_column("round", "ballot_count", existing_type=sa.Integer(), comment="How many were counted.")
    for table in ("round_segment", "eligibility", "reputation"):
        op.drop_table(table)
