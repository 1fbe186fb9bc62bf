"""The ground: event log, cursors, idempotency keys, rate limits, the community's profile, and the search functions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Text becomes words for the 'simple' configuration. Chinese, Japanese and Korean write no spaces, so a run of their
# characters becomes its overlapping pairs and its last character: a search for a pair, or for a phrase as a chain
# of pairs, then finds it anywhere. One pass over the characters, so the cost is linear in the text.
SEARCH_VECTOR = r"""
CREATE FUNCTION search_vector(content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN to_tsvector(
    'pg_catalog.simple',
    (
        SELECT coalesce(
            string_agg(
                CASE
                    WHEN character !~ '[⺀-⿟぀-ヿㄅ-ㄯ㄰-㆏㆐-ㇿ㐀-䶿一-鿿가-힯豈-﫿𠀀-𲎯]' THEN character
                    WHEN following ~ '[⺀-⿟぀-ヿㄅ-ㄯ㄰-㆏㆐-ㇿ㐀-䶿一-鿿가-힯豈-﫿𠀀-𲎯]'
                        THEN ' ' || character || following || ' '
                    ELSE ' ' || character || ' '
                END,
                '' ORDER BY position
            ),
            ''
        )
        FROM (
            SELECT character, position, lead(character) OVER (ORDER BY position) AS following
            FROM unnest(string_to_array(lower(normalize(content, NFKC)), NULL)) WITH ORDINALITY
                AS characters (character, position)
        ) AS pairs
    )
)
"""


def upgrade() -> None:
    op.execute(SEARCH_VECTOR)
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "transaction_id",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="What happened, e.g. PostCreated; each feature's events.py lists its own.",
        ),
        sa.Column("actor_id", sa.BigInteger(), comment="The member who did it; null when the system did."),
        sa.Column(
            "member_id",
            sa.BigInteger(),
            comment="The member it was done to: the author replied to, the one followed.",
        ),
        sa.Column(
            "subject_kind",
            sa.Text(),
            comment="The id prefix of what it was done on: post, comment, member, space.",
        ),
        sa.Column("subject_id", sa.BigInteger()),
        sa.Column("post_id", sa.BigInteger(), comment="The thread it belongs to, for filters."),
        sa.Column(
            "space_id",
            sa.BigInteger(),
            comment="The space it belongs to, for filters and for who may know of it.",
        ),
        sa.Column(
            "data",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What else this kind says.",
        ),
        sa.Column(
            "context",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Campaign, channel, client.",
        ),
        sa.PrimaryKeyConstraint("occurred_at", "id", name="event_pkey"),
        comment="What happened, as data. Partitioned by month; read in the order (transaction_id, id).",
        postgresql_partition_by="RANGE (occurred_at)",
    )
    op.create_index("event_transaction_id_index", "event", ["transaction_id", "id"])
    # Months are made ahead of time by the server; the default partition only catches what no month was made for.
    op.execute("CREATE TABLE event_default PARTITION OF event DEFAULT")
    op.create_table(
        "event_cursor",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", name="event_cursor_pkey"),
        comment=(
            "How far each reader of the event log has come; moved in the transaction that holds its effects."
        ),
    )
    op.create_table(
        "idempotency_key",
        sa.Column(
            "owner",
            sa.Text(),
            nullable=False,
            comment="The member's id, or the address of someone signed out.",
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "request_digest",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of the request; another body is refused.",
        ),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="idempotency_key_pkey"),
        comment="Answers already given, kept 24 hours, so that a retry has one effect.",
    )
    op.create_index("idempotency_key_created_at_index", "idempotency_key", ["created_at"])
    op.create_table(
        "rate_limit",
        sa.Column(
            "bucket",
            sa.Text(),
            nullable=False,
            comment="What is limited and for whom, e.g. sign-in:203.0.113.9.",
        ),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="rate_limit_pkey"),
        comment="Leaky buckets that must hold over every server process: sign-ins, resets, invitations.",
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "community_profile",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("'Teahouse'"), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rules", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rules_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="community_profile_pkey"),
        sa.CheckConstraint("id = 1", name="only_one"),
        comment="The one community that this server runs.",
    )
    op.execute("INSERT INTO community_profile DEFAULT VALUES")


def downgrade() -> None:
    for table in ("community_profile", "rate_limit", "idempotency_key", "event_cursor", "event"):
        op.drop_table(table)
    op.execute("DROP FUNCTION search_vector(text)")
