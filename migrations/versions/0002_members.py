"""Members: their profiles, accounts, sessions, roles, and how they stand to each other; and the mail owed to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# A trigger, so that imports and whatever else writes blocks keep it true too. Members who go take their row along, and
# the rows of those they had blocked are refreshed by the deletion of the blocks.
REFRESH_HIDDEN_MEMBERS = """
CREATE FUNCTION refresh_hidden_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hidden_members (member_id, members)
    SELECT concerned.id, coalesce(range_agg(int8range(other.id, other.id, '[]')), '{}')
    FROM (SELECT blocker_id AS id FROM changed UNION SELECT member_id FROM changed) AS concerned
    JOIN member ON member.id = concerned.id
    LEFT JOIN LATERAL (
        SELECT member_id AS id FROM block WHERE blocker_id = concerned.id
        UNION ALL
        SELECT blocker_id FROM block WHERE member_id = concerned.id
    ) AS other ON true
    GROUP BY concerned.id
    ORDER BY concerned.id
    ON CONFLICT (member_id) DO UPDATE SET members = excluded.members;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=True,
            comment="When to try, or try again; null: never.",
        ),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True, comment="What the mail server said last."),
        sa.PrimaryKeyConstraint("id", name=op.f("mail_pkey")),
        comment="Letters to deliver, queued by the transaction that owes them; gone once delivered, as they hold secrets.",
    )
    op.create_index(op.f("mail_due_at_index"), "mail", ["due_at"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False, comment="As its owner writes it; looked up by its skeleton."),
        sa.Column(
            "handle_skeleton",
            sa.Text(),
            nullable=False,
            comment="Case-folded and with look-alike characters merged (UTS 39), so no two handles can be confused.",
        ),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("bio", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("bio_html", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("website_url", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), server_default=sa.text("'en'"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column(
            "suspended_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Null while suspended: until someone reinstates.",
        ),
        sa.Column("suspension_reason", sa.Text(), nullable=True),
        sa.Column(
            "official", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="Speaks for the brand."
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("follower_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("following_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("post_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("comment_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "imported_reputation",
            sa.Integer(),
            nullable=True,
            comment="What another platform said of them, kept as a fact.",
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(search_vector(handle || ' ' || display_name), 'A') || setweight(search_vector(bio), 'B')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("member_locale_check")),
        sa.CheckConstraint("state IN ('ACTIVE', 'SUSPENDED', 'ERASED')", name=op.f("member_state_check")),
        sa.CheckConstraint("follower_count >= 0 AND following_count >= 0", name=op.f("member_follow_counts_check")),
        sa.CheckConstraint("post_count >= 0 AND comment_count >= 0", name=op.f("member_content_counts_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("member_pkey")),
        sa.UniqueConstraint("handle", name=op.f("member_handle_key")),
        sa.UniqueConstraint("handle_skeleton", name=op.f("member_handle_skeleton_key")),
        comment="A person in the community, as others may see them.",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(op.f("member_follower_count_id_index"), "member", ["follower_count", "id"], unique=False)
    op.create_index(op.f("member_joined_at_id_index"), "member", ["joined_at", "id"], unique=False)
    op.create_index("member_search_index", "member", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "openid_return",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("openid_return_pkey")),
        comment="Returns from a sign-in provider that were taken up, so that none is taken up twice.",
    )
    op.create_index(op.f("openid_return_expires_at_index"), "openid_return", ["expires_at"], unique=False)
    op.create_table(
        "sign_up",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("handle_skeleton", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("sign_up_locale_check")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("sign_up_pkey")),
        sa.UniqueConstraint("handle_skeleton", name=op.f("sign_up_handle_skeleton_key")),
        comment="Who asked to join and has not followed the link yet. No member until then, so nothing tells whose address has an account here.",
    )
    op.create_index(op.f("sign_up_expires_at_index"), "sign_up", ["expires_at"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("signing_key_pkey")),
        comment="Signs session tokens when no TEAHOUSE_SECRET_KEY is set; shared by every process on the database.",
    )
    op.create_table(
        "access_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("access_token_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("access_token_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("access_token_token_hash_key")),
        comment="Personal access tokens, for programs that act for a member.",
    )
    op.create_index(op.f("access_token_member_id_id_index"), "access_token", ["member_id", "id"], unique=False)
    op.create_table(
        "account",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="As given, for writing to."),
        sa.Column("email_key", sa.Text(), nullable=False, comment="Folded, for finding: NFKC, lower case."),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "password_hash", sa.Text(), nullable=True, comment="argon2id; null for members who sign in elsewhere."
        ),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("account_member_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("account_pkey")),
        sa.UniqueConstraint("email_key", name=op.f("account_email_key_key")),
        comment="What only the member and the server know.",
    )
    op.create_table(
        "badge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "source", sa.Text(), server_default=sa.text("''"), nullable=False, comment="The platform that awarded it."
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("badge_member_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("badge_pkey")),
        sa.UniqueConstraint(
            "member_id", "name", "awarded_at", "source", name=op.f("badge_member_id_name_awarded_at_source_key")
        ),
        comment="Facts about a member that were earned, here or elsewhere.",
    )
    op.create_index(
        op.f("badge_member_id_awarded_at_id_index"), "badge", ["member_id", "awarded_at", "id"], unique=False
    )
    op.create_table(
        "block",
        sa.Column("blocker_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("blocker_id <> member_id", name=op.f("block_not_oneself_check")),
        sa.ForeignKeyConstraint(["blocker_id"], ["member.id"], name=op.f("block_blocker_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("block_member_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("blocker_id", "member_id", name=op.f("block_pkey")),
        comment="Hides each from the other.",
    )
    op.create_index(op.f("block_member_id_index"), "block", ["member_id"], unique=False)
    op.create_table(
        "hidden_members",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("members", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("hidden_members_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("hidden_members_pkey")),
        comment="Whom blocks hide from a member, both ways, in one value that reads test; a trigger on block keeps it true.",
    )
    op.execute(REFRESH_HIDDEN_MEMBERS)
    for change, rows in (("INSERT", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER block_{change.lower()} AFTER {change} ON block "
            f"REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refresh_hidden_members()"
        )
    op.create_table(
        "follow",
        sa.Column("follower_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("follower_id <> member_id", name=op.f("follow_not_oneself_check")),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["member.id"], name=op.f("follow_follower_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("follow_member_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("follower_id", "member_id", name=op.f("follow_pkey")),
        comment="follower_id reads what member_id writes.",
    )
    op.create_index(
        op.f("follow_follower_id_created_at_member_id_index"),
        "follow",
        ["follower_id", "created_at", "member_id"],
        unique=False,
    )
    op.create_index(
        op.f("follow_member_id_created_at_follower_id_index"),
        "follow",
        ["member_id", "created_at", "follower_id"],
        unique=False,
    )
    op.create_table(
        "identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("identity_member_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("identity_pkey")),
        comment="A member as an OpenID Connect provider knows them.",
    )
    op.create_index(op.f("identity_member_id_index"), "identity", ["member_id"], unique=False)
    op.create_table(
        "mute",
        sa.Column("muter_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("muter_id <> member_id", name=op.f("mute_not_oneself_check")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("mute_member_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["muter_id"], ["member.id"], name=op.f("mute_muter_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("muter_id", "member_id", name=op.f("mute_pkey")),
        comment="Keeps member_id out of the muter's home feed and notifications; the other never knows.",
    )
    op.create_table(
        "one_time_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "member_id",
            sa.BigInteger(),
            nullable=True,
            comment="Null where no account has the address: the row is only there so that asking costs the same.",
        ),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column(
            "email",
            sa.Text(),
            nullable=False,
            comment="The address it was sent to; it proves that address and no other.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD')", name=op.f("one_time_token_purpose_check")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("one_time_token_pkey")),
        comment="Links sent by mail: each works once and for a while.",
    )
    op.create_index(op.f("one_time_token_expires_at_index"), "one_time_token", ["expires_at"], unique=False)
    op.create_index(
        op.f("one_time_token_member_id_purpose_index"), "one_time_token", ["member_id", "purpose"], unique=False
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=True, comment="The space it holds in; null: everywhere."),
        sa.Column("granted_by", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('MODERATOR', 'MARKETER', 'ADMIN')", name=op.f("role_grant_role_check")),
        sa.CheckConstraint(
            "space_id IS NULL OR role = 'MODERATOR'", name=op.f("role_grant_only_moderators_by_space_check")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["member.id"], name=op.f("role_grant_granted_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("role_grant_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("role_grant_pkey")),
        sa.UniqueConstraint(
            "member_id",
            "role",
            "space_id",
            name=op.f("role_grant_member_id_role_space_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
        comment="What a member may do beyond what every member may.",
    )
    op.create_index(op.f("role_grant_space_id_index"), "role_grant", ["space_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "client", sa.Text(), server_default=sa.text("''"), nullable=False, comment="The User-Agent it began with."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "end_reason",
            sa.Text(),
            nullable=True,
            comment="SIGNED_OUT, PASSWORD_CHANGED, REFRESH_REUSED, SUSPENDED, ADMINISTRATOR.",
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("session_member_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("session_pkey")),
        comment="One sign-in on one device.",
    )
    op.create_index(
        op.f("session_member_id_index"),
        "session",
        ["member_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, comment="SHA-256; the token itself is never kept."),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "used_at", sa.DateTime(timezone=True), nullable=True, comment="Used twice means stolen: the session ends."
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("refresh_token_session_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("refresh_token_pkey")),
        comment="Each refresh token works once.",
    )
    op.create_index(op.f("refresh_token_session_id_index"), "refresh_token", ["session_id"], unique=False)


def downgrade() -> None:
    for table in (
        "refresh_token",
        "session",
        "role_grant",
        "one_time_token",
        "mute",
        "identity",
        "follow",
        "hidden_members",
        "block",
        "badge",
        "account",
        "access_token",
        "signing_key",
        "sign_up",
        "openid_return",
        "member",
        "mail",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION refresh_hidden_members()")
