"""The ground: event log, cursors, idempotency keys, rate limits, the community's profile, and the search functions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Which characters make words is said here, and not left to the database's locale, so that a search finds the same on
# every server. Chinese, Japanese and Korean: the scripts whose runs of characters are cut into pairs.
PAIRED = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309a\u309d-\u309f"
    r"\u30a1-\u30fa\u30fc-\u30ff\u3105-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U000323af"
)

# All other letters, marks and numbers (Unicode categories L, M and N), as folding leaves them; not the marks that only
# choose how a sign is drawn, which would make words of emoji.
SPELLED = (
    r"\u0030-\u0039\u0061-\u007a\u00df-\u00f6\u00f8-\u02c1\u02c6-\u02d1\u02ec\u02ee\u0300-\u0373\u0377-\u037d"
    r"\u0390-\u03f3\u03f8-\u0481\u0483-\u0559\u0560-\u0588\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5"
    r"\u05c7-\u05f2\u0610-\u061a\u0620-\u0669\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06fc\u06ff"
    r"\u0710-\u07f5\u07fa-\u07fd\u0800-\u082d\u0840-\u085b\u0860-\u0887\u0889-\u088e\u0898-\u08e1\u08e3-\u0963"
    r"\u0966-\u096f\u0971-\u09f1\u09f4-\u09f9\u09fc\u09fe-\u0a75\u0a81-\u0aef\u0af9-\u0b6f\u0b71-\u0bf2"
    r"\u0c00-\u0c6f\u0c78-\u0c7e\u0c80-\u0c83\u0c85-\u0d4e\u0d54-\u0d78\u0d7a-\u0df3\u0e01-\u0e3a\u0e40-\u0e4e"
    r"\u0e50-\u0e59\u0e81-\u0f00\u0f18-\u0f19\u0f20-\u0f33\u0f35\u0f37\u0f39\u0f3e-\u0f84\u0f86-\u0fbc\u0fc6"
    r"\u1000-\u1049\u1050-\u109d\u10d0-\u10fa\u10fd-\u135f\u1369-\u138f\u13f8-\u13fd\u1401-\u166c\u166f-\u167f"
    r"\u1681-\u169a\u16a0-\u16ea\u16ee-\u1734\u1740-\u17d3\u17d7\u17dc-\u17f9\u180b-\u180d\u180f-\u193b"
    r"\u1946-\u19da\u1a00-\u1a1b\u1a20-\u1a99\u1aa7\u1ab0-\u1b59\u1b6b-\u1b73\u1b80-\u1bf3\u1c00-\u1c37"
    r"\u1c40-\u1c7d\u1c80-\u1c88\u1cd0-\u1cd2\u1cd4-\u1fb7\u1fc2-\u1fc7\u1fd0-\u1fd7\u1fe0-\u1fe7\u1ff2-\u1ff7"
    r"\u214e\u2180-\u2188\u24eb-\u24ff\u2776-\u2793\u2c30-\u2ce4\u2cec-\u2cf3\u2cfd\u2d00-\u2d67"
    r"\u2d7f-\u2dff\u2e2f\u302a-\u302f\u3248-\u324f\ua000-\ua48c\ua4d0-\ua4fd\ua500-\ua60c\ua610-\ua672"
    r"\ua674-\ua67d\ua67f-\ua6f1\ua717-\ua71f\ua723-\ua788\ua78c-\ua827\ua82c-\ua835\ua840-\ua873\ua880-\ua8c5"
    r"\ua8d0-\ua8f7\ua8fb\ua8fd-\ua92d\ua930-\ua953\ua960-\ua9c0\ua9cf-\ua9d9\ua9e0-\uaa59\uaa60-\uaa76"
    r"\uaa7a-\uaadd\uaae0-\uaaef\uaaf2-\uab5a\uab60-\uab68\uab70-\uabea\uabec-\uabf9\ud7b0-\ud7fb\ufb1e"
    r"\ufe20-\ufe2f\ufe73\U00010000-\U000100fa\U00010107-\U00010133\U00010140-\U00010178"
    r"\U0001018a-\U0001018b\U000101fd-\U0001039d\U000103a0-\U000103cf\U000103d1-\U00010563\U00010597-\U00010855"
    r"\U00010858-\U00010876\U00010879-\U0001091b\U00010920-\U00010939\U00010980-\U00010a48\U00010a60-\U00010a7e"
    r"\U00010a80-\U00010ac7\U00010ac9-\U00010aef\U00010b00-\U00010b35\U00010b40-\U00010b91\U00010ba9-\U00010eac"
    r"\U00010eb0-\U00010f54\U00010f70-\U00010f85\U00010fb0-\U00011046\U00011052-\U000110ba\U000110c2"
    r"\U000110d0-\U0001113f\U00011144-\U00011173\U00011176-\U000111c4\U000111c9-\U000111cc\U000111ce-\U000111da"
    r"\U000111dc\U000111e1-\U00011237\U0001123e-\U000112a8\U000112b0-\U0001144a\U00011450-\U00011459"
    r"\U0001145e-\U000114c5\U000114c7-\U000115c0\U000115d8-\U00011640\U00011644-\U00011659\U00011680-\U000116b8"
    r"\U000116c0-\U0001173b\U00011740-\U0001183a\U000118c0-\U00011943\U00011950-\U000119e1\U000119e3-\U00011a3e"
    r"\U00011a47-\U00011a99\U00011a9d\U00011ab0-\U00011c40\U00011c50-\U00011c6c\U00011c72-\U00011ef6"
    r"\U00011fb0-\U00011fd4\U00012000-\U0001246e\U00012480-\U00012ff0\U00013000-\U0001342e\U00014400-\U00016a69"
    r"\U00016a70-\U00016af4\U00016b00-\U00016b36\U00016b40-\U00016b43\U00016b50-\U00016e96\U00016f00-\U00016fe1"
    r"\U00016fe3-\U0001bc99\U0001bc9d-\U0001bc9e\U0001cf00-\U0001cf46\U0001d165-\U0001d169\U0001d16d-\U0001d172"
    r"\U0001d17b-\U0001d182\U0001d185-\U0001d18b\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001d2e0-\U0001d2f3"
    r"\U0001d360-\U0001d378\U0001da00-\U0001da36\U0001da3b-\U0001da6c\U0001da75\U0001da84\U0001da9b-\U0001e14e"
    r"\U0001e290-\U0001e2f9\U0001e7e0-\U0001e959\U0001ec71-\U0001ecab\U0001ecad-\U0001ecaf\U0001ecb1-\U0001ed2d"
    r"\U0001ed2f-\U0001ed3d\U0001f10b-\U0001f10c"
)

# Lower case needs a locale that knows more than ASCII: the built-in one of PostgreSQL 17 and later, else ICU's.
FOLDING_COLLATION = """
SELECT collname FROM pg_catalog.pg_collation
WHERE collname IN ('pg_c_utf8', 'und-x-icu') AND collencoding IN (-1, pg_char_to_encoding('UTF8'))
ORDER BY collname = 'pg_c_utf8' DESC
LIMIT 1
"""
SEARCH_FOLD = """
CREATE FUNCTION search_fold(content text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(normalize(content, NFKC){collation})
"""
SEARCH_RUNS = rf"""
CREATE FUNCTION search_runs(content text) RETURNS TABLE (place bigint, run text, paired boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
    SELECT place, matched[1], matched[1] ~ '^[{PAIRED}]'
    FROM regexp_matches(search_fold(content), '[{PAIRED}]+|[{SPELLED}]+', 'g') WITH ORDINALITY
        AS matches (matched, place);
END
"""  # noqa: S608 - made of the two constants above

# Chinese, Japanese and Korean write no spaces, so a run of their characters becomes its overlapping pairs and its last
# character: a search for a pair, or for a phrase as a chain of pairs, then finds it anywhere. Other words stay whole.
# The vector is spelled out and cast, as PostgreSQL's own parser reads words as the locale has it. A vector counts
# positions to 16383 only, so they start again there and phrases are found in the longest posts too.
SEARCH_VECTOR = """
CREATE FUNCTION search_vector(content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (
    SELECT coalesce(string_agg('''' || word || ''':' || (1 + (position - 1) % 16383), ' '), '')::tsvector
    FROM (
        SELECT
            CASE
                WHEN paired THEN piece || coalesce(lead(piece) OVER (PARTITION BY place ORDER BY step), '')
                ELSE left(piece, 255)
            END AS word,
            row_number() OVER (ORDER BY place, step) AS position
        FROM search_runs(content),
            unnest(CASE WHEN paired THEN string_to_array(run, NULL) ELSE ARRAY[run] END) WITH ORDINALITY
                AS pieces (piece, step)
    ) AS words
)
"""


def upgrade() -> None:
    collation = op.get_bind().exec_driver_sql(FOLDING_COLLATION).scalar()
    op.execute(SEARCH_FOLD.format(collation=f' COLLATE "{collation}"' if collation else ""))
    op.execute(SEARCH_RUNS)
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
    op.create_index("event_transaction_id_id_index", "event", ["transaction_id", "id"])
    # Months are made ahead of time by the server; the default partition only catches what no month was made for.
    op.execute("CREATE TABLE event_default PARTITION OF event DEFAULT")
    op.create_table(
        "event_cursor",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", name="event_cursor_pkey"),
        comment=("How far each reader of the event log has come; moved in the transaction that holds its effects."),
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
    for function in ("search_vector", "search_runs", "search_fold"):
        op.execute(f"DROP FUNCTION {function}(text)")
