"""Spaces, posts, comments, reactions and tags, and how they are searched."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What a reader typed, cut into the terms it asks for. -word and -"a phrase" exclude; every kind of quotation mark
# counts; whatever else is typed only parts words, so there is nothing that cannot be read.
SEARCH_TERMS = r"""
CREATE FUNCTION search_terms(query text)
RETURNS TABLE (part bigint, excluded boolean, quoted boolean, place bigint, term text, paired boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
    SELECT part, matched[1] = '-', matched[2] IS NOT NULL, runs.place, left(runs.run, 255), runs.paired
    FROM regexp_matches(
            regexp_replace(left(search_fold(left(query, 200)), 200), '[“”„‟«»「」『』〝〞]', '"', 'g'),
            '(-?)(?:"([^"]*)"?|([^\s"]+))', 'g'
        ) WITH ORDINALITY AS parts (matched, part),
        search_runs(coalesce(matched[2], matched[3])) AS runs;
END
"""

# One operand is a chain of neighbours: the pairs of a run, the words of a phrase, or words that only punctuation parts
# (e-mail). Within a chain a run ends in its last character, as in search_vector; at its end it may go on.
SEARCH_QUERY = """
CREATE FUNCTION search_query(query text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (
    WITH chained AS (
        SELECT
            *,
            count(*) FILTER (WHERE starts) OVER (PARTITION BY part ORDER BY place) AS chain
        FROM (
            SELECT *, NOT quoted AND (paired OR lag(paired, 1, true) OVER (PARTITION BY part ORDER BY place)) AS starts
            FROM search_terms(query)
        ) AS terms
    ),
    lexemes AS (
        SELECT
            part, chain, excluded, place, step,
            CASE
                WHEN NOT paired THEN quote_literal(term)
                WHEN step < char_length(term) THEN quote_literal(substr(term, step, 2))
                WHEN last_run AND step = 1 THEN quote_literal(term) || ':*'
                WHEN NOT last_run THEN quote_literal(substr(term, step, 1))
            END AS lexeme
        FROM (
            SELECT *, lead(place) OVER (PARTITION BY part, chain ORDER BY place) IS NULL AS last_run FROM chained
        ) AS runs,
            generate_series(1, CASE WHEN paired THEN char_length(term) ELSE 1 END) AS step
    ),
    operands AS (
        SELECT part, chain, excluded, string_agg(lexeme, ' <-> ' ORDER BY place, step) AS operand
        FROM lexemes
        GROUP BY part, chain, excluded
    )
    SELECT
        CASE
            WHEN bool_or(NOT excluded)
                THEN string_agg(CASE WHEN excluded THEN '!(' || operand || ')' ELSE '(' || operand || ')' END, ' & ')
            ELSE ''
        END::tsquery
    FROM operands
)
"""

# A piece of a text around the first term found, as JSON: [{"text": ..., "highlighted": ...}, ...]. It is text, not
# HTML, so there is nothing in it to be escaped wrongly. Both strings are folded character by character, so that a place
# in the one is a place in the other; a piece begins and ends where no combined character is torn.
SEARCH_SNIPPET = r"""
CREATE FUNCTION search_snippet(content text, query text, size integer DEFAULT 160) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $function$
DECLARE
    joined CONSTANT text := '^[\u0300-\u036f\u200d\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]';
    letter CONSTANT text := '[0-9a-z\u00aa-\u1fff]';
    gap CONSTANT text := '[^0-9a-z\u00aa-\u1fff\u2c00-\U000323af]*';
    folded text := search_fold(content);
    pattern text;
    first integer;
    final integer;
    place integer;
    found integer;
    ending integer;
    pieces jsonb := '[]';
BEGIN
    IF content IS NOT NFKC NORMALIZED OR char_length(folded) <> char_length(content) THEN
        SELECT string_agg(coalesce(nullif(left(search_fold(piece), 1), ''), ' '), '' ORDER BY step) INTO folded
        FROM unnest(string_to_array(content, NULL)) WITH ORDINALITY AS pieces (piece, step);
    END IF;
    SELECT string_agg(alternative, '|' ORDER BY char_length(alternative) DESC) INTO pattern
    FROM (
        SELECT string_agg(
            CASE WHEN terms.paired THEN term ELSE '(?<!' || letter || ')' || term || '(?!' || letter || ')' END,
            gap ORDER BY terms.place
        ) AS alternative
        FROM search_terms(query) AS terms
        WHERE NOT excluded
        GROUP BY part, CASE WHEN quoted THEN 0 ELSE terms.place END
    ) AS alternatives;
    found := CASE WHEN pattern IS NULL THEN 0 ELSE regexp_instr(folded, pattern) END;
    first := greatest(1, least(found - size / 4, char_length(content) - size + 1));
    WHILE first > 1 AND (substr(content, first, 1) ~ joined OR substr(content, first - 1, 1) = U&'\200D') LOOP
        first := first - 1;
    END LOOP;
    final := first + size - 1;
    IF found > 0 THEN
        final := greatest(final, regexp_instr(folded, pattern, found, 1, 1) - 1);
    END IF;
    final := least(char_length(content), final);
    WHILE final < char_length(content)
        AND (substr(content, final + 1, 1) ~ joined OR substr(content, final, 1) = U&'\200D')
    LOOP
        final := final + 1;
    END LOOP;
    -- One character more, which tells whether a word goes on.
    folded := substr(folded, 1, final + 1);
    place := first;
    WHILE found > 0 LOOP
        ending := regexp_instr(folded, pattern, found, 1, 1);
        EXIT WHEN ending - 1 > final;
        IF found > place THEN
            pieces := pieces || jsonb_build_object('text', substr(content, place, found - place), 'highlighted', false);
        END IF;
        pieces := pieces || jsonb_build_object('text', substr(content, found, ending - found), 'highlighted', true);
        place := ending;
        found := regexp_instr(folded, pattern, ending);
    END LOOP;
    IF place <= final THEN
        pieces := pieces || jsonb_build_object('text', substr(content, place, final - place + 1), 'highlighted', false);
    END IF;
    IF first > 1 THEN
        pieces := '[{"text": "…", "highlighted": false}]'::jsonb || pieces;
    END IF;
    IF final < char_length(content) THEN
        pieces := pieces || '[{"text": "…", "highlighted": false}]'::jsonb;
    END IF;
    RETURN pieces;
END
$function$
"""

# The counts of reactions by kind after one of them changed; always a whole array from 1 on.
REACTION_COUNTS_CHANGED = """
CREATE FUNCTION reaction_counts_changed(counts integer[], kind integer, change integer) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (
    SELECT array_agg(coalesce(counts[place], 0) + CASE WHEN place = kind THEN change ELSE 0 END ORDER BY place)
    FROM generate_series(1, greatest(kind, cardinality(counts))) AS place
)
"""
FUNCTIONS = (SEARCH_TERMS, SEARCH_QUERY, SEARCH_SNIPPET, REACTION_COUNTS_CHANGED)

REACTION_KINDS = (
    ("like", "👍", "Like", "赞"),
    ("love", "❤️", "Love", "喜欢"),
    ("insightful", "💡", "Insightful", "有启发"),
    ("thanks", "🙏", "Thanks", "感谢"),
    ("laugh", "😄", "Laugh", "笑"),
    ("sad", "😢", "Sad", "难过"),
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    op.create_table(
        "reaction_kind",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What clients send, e.g. like."),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column(
            "labels", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="By locale: {en: Like, zh: 赞}."
        ),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Old reactions of this kind count on; new ones are refused.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("reaction_kind_pkey")),
        sa.UniqueConstraint("name", name=op.f("reaction_kind_name_key")),
        comment="How members may react, the community's to choose.",
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Folded: NFKC, lower case, white space to hyphens."),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "post_count", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Plainly visible posts."
        ),
        sa.Column("follower_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("post_count >= 0 AND follower_count >= 0", name=op.f("tag_counts_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("tag_pkey")),
        sa.UniqueConstraint("name", name=op.f("tag_name_key")),
        comment="What posts are about, in the members' own words.",
    )
    op.create_index(op.f("tag_post_count_id_index"), "tag", ["post_count", "id"], unique=False)
    op.create_table(
        "space",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rules", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rules_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("access", sa.Text(), server_default=sa.text("'PUBLIC'"), nullable=False),
        sa.Column(
            "posting", sa.Text(), server_default=sa.text("'EVERYONE'"), nullable=False, comment="Who may start a post."
        ),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True, comment="Read-only since then."),
        sa.Column("member_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "post_count", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Plainly visible posts."
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(search_vector(name || ' ' || slug), 'A') || setweight(search_vector(description), 'B')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("access IN ('PUBLIC', 'MEMBERS', 'PRIVATE')", name=op.f("space_access_check")),
        sa.CheckConstraint("posting IN ('EVERYONE', 'MODERATORS')", name=op.f("space_posting_check")),
        sa.CheckConstraint("member_count >= 0 AND post_count >= 0", name=op.f("space_counts_check")),
        sa.ForeignKeyConstraint(["created_by"], ["member.id"], name=op.f("space_created_by_fkey"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("space_pkey")),
        sa.UniqueConstraint("slug", name=op.f("space_slug_key")),
        comment="A room of the community.",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(op.f("space_created_at_id_index"), "space", ["created_at", "id"], unique=False)
    op.create_index(op.f("space_member_count_id_index"), "space", ["member_count", "id"], unique=False)
    op.create_index("space_search_index", "space", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "tag_follow",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("tag_follow_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("tag_follow_tag_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "tag_id", name=op.f("tag_follow_pkey")),
    )
    op.create_index(op.f("tag_follow_tag_id_index"), "tag_follow", ["tag_id"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="Markdown, as written."),
        sa.Column(
            "body_html", sa.Text(), nullable=False, comment="Sanitised when written, so that reading costs nothing."
        ),
        sa.Column(
            "body_text",
            sa.Text(),
            nullable=False,
            comment="Plain text with white space folded, for excerpts and search.",
        ),
        sa.Column(
            "body_breaks",
            postgresql.ARRAY(sa.Integer()),
            nullable=True,
            comment="Where the first graphemes end in body_text, in characters; null when each is one character.",
        ),
        sa.Column(
            "official", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="The brand's own."
        ),
        sa.Column("visibility", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True, comment="Since when visibility is not 0."),
        sa.Column("hidden_by", sa.BigInteger(), nullable=True),
        sa.Column("accepted_comment_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "comment_count",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Plainly visible comments.",
        ),
        sa.Column("reaction_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "reaction_counts",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="By reaction_kind.id: element 1 counts kind 1.",
        ),
        sa.Column("view_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "imported_score",
            sa.Integer(),
            nullable=True,
            comment="Votes up less votes down on the platform it came from.",
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(search_vector(title), 'A') || setweight(search_vector(body_text), 'B')", persisted=True
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "comment_count >= 0 AND reaction_count >= 0 AND view_count >= 0", name=op.f("post_counts_check")
        ),
        sa.CheckConstraint("visibility BETWEEN 0 AND 4", name=op.f("post_visibility_check")),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("post_author_id_fkey")),
        sa.ForeignKeyConstraint(["hidden_by"], ["member.id"], name=op.f("post_hidden_by_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("post_space_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("post_pkey")),
        comment="What a member starts a discussion with.",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "post_author_hidden_index",
        "post",
        ["author_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("visibility <> 0"),
    )
    op.create_index(
        "post_author_new_index",
        "post",
        ["author_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("visibility = 0"),
    )
    op.create_index(
        "post_new_index", "post", ["created_at", "id"], unique=False, postgresql_where=sa.text("visibility = 0")
    )
    op.create_index("post_search_index", "post", ["search"], unique=False, postgresql_using="gin")
    op.create_index(
        "post_space_hidden_index",
        "post",
        ["space_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("visibility <> 0"),
    )
    op.create_index(
        "post_space_new_index",
        "post",
        ["space_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("visibility = 0"),
    )
    op.create_index(
        "post_space_pinned_index",
        "post",
        ["space_id", "pinned_at"],
        unique=False,
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )
    op.create_table(
        "space_invitation",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["member.id"], name=op.f("space_invitation_invited_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("space_invitation_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("space_invitation_space_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "member_id", name=op.f("space_invitation_pkey")),
        comment="Who may join a private space; gone once accepted or withdrawn.",
    )
    op.create_index(
        op.f("space_invitation_member_id_created_at_space_id_index"),
        "space_invitation",
        ["member_id", "created_at", "space_id"],
        unique=False,
    )
    op.create_table(
        "space_member",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("space_member_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("space_member_space_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "member_id", name=op.f("space_member_pkey")),
        comment="Who joined which space.",
    )
    op.create_index(
        op.f("space_member_member_id_joined_at_space_id_index"),
        "space_member",
        ["member_id", "joined_at", "space_id"],
        unique=False,
    )
    op.create_index(
        op.f("space_member_space_id_joined_at_member_id_index"),
        "space_member",
        ["space_id", "joined_at", "member_id"],
        unique=False,
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True, comment="The comment it replies to."),
        sa.Column("depth", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("body_breaks", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("official", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("visibility", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "reply_count", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Plainly visible replies."
        ),
        sa.Column("reaction_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reaction_counts", postgresql.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("imported_score", sa.Integer(), nullable=True),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("setweight(search_vector(body_text), 'B')", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("depth BETWEEN 0 AND 50", name=op.f("comment_depth_check")),
        sa.CheckConstraint("reply_count >= 0 AND reaction_count >= 0", name=op.f("comment_counts_check")),
        sa.CheckConstraint("visibility BETWEEN 0 AND 4", name=op.f("comment_visibility_check")),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("comment_author_id_fkey")),
        sa.ForeignKeyConstraint(["hidden_by"], ["member.id"], name=op.f("comment_hidden_by_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["parent_id"], ["comment.id"], name=op.f("comment_parent_id_fkey")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("comment_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("comment_pkey")),
        comment="An answer to a post or to another comment.",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("comment_author_new_index", "comment", ["author_id", "created_at", "id"], unique=False)
    op.create_index(
        "comment_parent_new_index",
        "comment",
        ["parent_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "comment_post_hidden_index",
        "comment",
        ["post_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("visibility <> 0"),
    )
    op.create_index(
        "comment_post_new_index",
        "comment",
        ["post_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("visibility = 0"),
    )
    op.create_index("comment_search_index", "comment", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "post_activity",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "visibility", sa.SmallInteger(), server_default=sa.text("0"), nullable=False, comment="As the post's."
        ),
        sa.Column(
            "active_at", sa.DateTime(timezone=True), nullable=False, comment="The newest comment's time, or the post's."
        ),
        sa.Column(
            "score", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Reactions, and comments twice."
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("post_activity_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("post_activity_pkey")),
        comment="What the sorts ACTIVE and TOP go by.",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "post_activity_active_index",
        "post_activity",
        ["space_id", "active_at", "post_id"],
        unique=False,
        postgresql_where=sa.text("visibility = 0"),
    )
    op.create_index(
        "post_activity_score_index",
        "post_activity",
        ["space_id", "score", "post_id"],
        unique=False,
        postgresql_where=sa.text("visibility = 0"),
    )
    op.create_table(
        "post_reaction",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind_id", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["kind_id"], ["reaction_kind.id"], name=op.f("post_reaction_kind_id_fkey")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("post_reaction_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("post_reaction_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "member_id", "kind_id", name=op.f("post_reaction_pkey")),
        comment="One of each kind for each member.",
    )
    op.create_index(
        op.f("post_reaction_member_id_created_at_post_id_index"),
        "post_reaction",
        ["member_id", "created_at", "post_id"],
        unique=False,
    )
    op.create_table(
        "post_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False, comment="As it was before this edit."),
        sa.Column("body", sa.Text(), nullable=False, comment="As it was before this edit."),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["editor_id"], ["member.id"], name=op.f("post_revision_editor_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("post_revision_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("post_revision_pkey")),
        sa.UniqueConstraint("post_id", "number", name=op.f("post_revision_post_id_number_key")),
        comment="What a post said before each edit.",
    )
    op.create_table(
        "post_tag",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="As the post's, so that a tag's feed is one index.",
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("post_tag_post_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("post_tag_tag_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "tag_id", name=op.f("post_tag_pkey")),
    )
    op.create_index(
        op.f("post_tag_tag_id_created_at_post_id_index"), "post_tag", ["tag_id", "created_at", "post_id"], unique=False
    )
    op.create_table(
        "comment_reaction",
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind_id", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("comment_reaction_comment_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["reaction_kind.id"], name=op.f("comment_reaction_kind_id_fkey")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("comment_reaction_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", "member_id", "kind_id", name=op.f("comment_reaction_pkey")),
        comment="One of each kind for each member.",
    )
    op.create_index(
        op.f("comment_reaction_member_id_created_at_comment_id_index"),
        "comment_reaction",
        ["member_id", "created_at", "comment_id"],
        unique=False,
    )
    op.create_table(
        "comment_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False, comment="As it was before this edit."),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("comment_revision_comment_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["editor_id"], ["member.id"], name=op.f("comment_revision_editor_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("comment_revision_pkey")),
        sa.UniqueConstraint("comment_id", "number", name=op.f("comment_revision_comment_id_number_key")),
        comment="What a comment said before each edit.",
    )

    op.bulk_insert(
        sa.table(
            "reaction_kind",
            sa.column("id", sa.SmallInteger()),
            sa.column("name", sa.Text()),
            sa.column("emoji", sa.Text()),
            sa.column("labels", postgresql.JSONB()),
            sa.column("position", sa.SmallInteger()),
        ),
        [
            {"id": place, "name": name, "emoji": emoji, "labels": {"en": english, "zh": chinese}, "position": place}
            for place, (name, emoji, english, chinese) in enumerate(REACTION_KINDS, start=1)
        ],
    )


def downgrade() -> None:
    for table in (
        "comment_revision",
        "comment_reaction",
        "post_tag",
        "post_revision",
        "post_reaction",
        "post_activity",
        "comment",
        "space_member",
        "space_invitation",
        "post",
        "tag_follow",
        "space",
        "tag",
        "reaction_kind",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION reaction_counts_changed(integer[], integer, integer)")
    op.execute("DROP FUNCTION search_snippet(text, text, integer)")
    op.execute("DROP FUNCTION search_query(text)")
    op.execute("DROP FUNCTION search_terms(text)")
