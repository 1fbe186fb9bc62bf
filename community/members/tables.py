"""The tables of members, their accounts and how members stand to each other."""

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE, JSONB, TSVECTOR

from community.foundation.tables import NOW, metadata, one_of

MEMBER_STATES = ("ACTIVE", "SUSPENDED", "MERGED", "ERASED")
ROLES = ("MODERATOR", "MARKETER", "AUDITOR", "ADMIN")
LOCALES = ("en", "zh")
LIMITS = ("SLOW_MODE", "NO_LINKS", "NO_MEDIA", "NO_VOTES", "SILENCE")


members = Table(
    "member",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("handle", Text, nullable=False, unique=True, comment="As its owner writes it; looked up by its skeleton."),
    Column(
        "handle_skeleton",
        Text,
        nullable=False,
        unique=True,
        comment="Case-folded and with look-alike characters merged (UTS 39), so no two handles can be confused.",
    ),
    Column("display_name", Text, nullable=False),
    Column("bio", Text, nullable=False, server_default=text("''")),
    Column("bio_html", Text, nullable=False, server_default=text("''")),
    Column("avatar_url", Text),
    Column("website_url", Text),
    Column("location", Text),
    Column("locale", Text, nullable=False, server_default=text("'en'")),
    Column("state", Text, nullable=False, server_default=text("'ACTIVE'")),
    Column("suspended_until", DateTime(timezone=True), comment="Null while suspended: until someone reinstates."),
    Column("suspension_reason", Text),
    Column(
        "merged_into",
        BigInteger,
        ForeignKey("member.id"),
        comment="The account that stands for this one, too: both are one person's. It is merged into none itself.",
    ),
    Column("official", Boolean, nullable=False, server_default=text("false"), comment="Speaks for the brand."),
    Column("customer_since", DateTime(timezone=True), comment="When the brand said that it knows them as a customer."),
    Column("joined_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("follower_count", Integer, nullable=False, server_default=text("0")),
    Column("following_count", Integer, nullable=False, server_default=text("0")),
    Column("post_count", Integer, nullable=False, server_default=text("0")),
    Column("comment_count", Integer, nullable=False, server_default=text("0")),
    Column("imported_reputation", Integer, comment="What another platform said of them, kept as a fact."),
    # On the member's own row, which whoever writes counts on: so that what is refused from now on is refused to those who
    # are writing just now, and asking for it costs nothing.
    Column(
        "limits",
        JSONB,
        comment="The restrictions that held when one was last placed or lifted: [{kind, until, seconds}].",
    ),
    Column("contributed_at", DateTime(timezone=True), comment="When they last posted or commented, for slow mode."),
    Column("hour_began", DateTime(timezone=True), comment="When they wrote the first of what counts in `hour_count`."),
    Column("hour_count", Integer, nullable=False, server_default=text("0"), comment="Posts and comments since then."),
    Column(
        "search",
        TSVECTOR,
        Computed(
            "setweight(search_vector(handle || ' ' || display_name), 'A') || setweight(search_vector(bio), 'B')",
            persisted=True,
        ),
        nullable=False,
    ),
    CheckConstraint(one_of("state", MEMBER_STATES), name="state"),
    CheckConstraint("(state = 'MERGED') = (merged_into IS NOT NULL) AND merged_into <> id", name="merged"),
    CheckConstraint(one_of("locale", LOCALES), name="locale"),
    CheckConstraint("follower_count >= 0 AND following_count >= 0", name="follow_counts"),
    CheckConstraint("post_count >= 0 AND comment_count >= 0", name="content_counts"),
    Index(None, "joined_at", "id"),
    Index(None, "follower_count", "id"),
    Index("member_official_index", "id", postgresql_where=text("official")),
    Index("member_out_index", "id", postgresql_where=text("state <> 'ACTIVE'")),
    Index("member_merged_into_index", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    Index("member_search_index", "search", postgresql_using="gin"),
    comment="A person in the community, as others may see them.",
    # Counters change often and are not in the wide indexes: room on the page keeps those updates in place.
    postgresql_with={"fillfactor": "85"},
)

reputations = Table(
    "reputation",
    metadata,
    # Written by the hundred thousand: without a foreign key, and read by way of the member alone.
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("level", SmallInteger, nullable=False),
    Column("trust", SmallInteger, nullable=False, comment="Its percentile, 0 to 100."),
    Column("tribe_id", BigInteger, comment="The group of members they belong to, if any."),
    CheckConstraint("trust BETWEEN 0 AND 100", name="trust"),
    comment="What the last scoring found of a member, as far as rules of the community ask for it.",
)

restrictions = Table(
    "restriction",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("seconds", Integer, comment="Between two contributions, for SLOW_MODE."),
    Column("until", DateTime(timezone=True), nullable=False, comment="It lapses by the clock: nobody has to lift it."),
    # No foreign key: decisions stand above members.
    Column("decision_id", BigInteger, nullable=False, comment="By which it was placed, and is lifted where undone."),
    Column("placed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("kind", LIMITS), name="kind"),
    CheckConstraint("(kind = 'SLOW_MODE') = (seconds IS NOT NULL) AND coalesce(seconds, 1) > 0", name="seconds"),
    Index(None, "member_id", "until"),
    Index(None, "decision_id"),
    comment="What a member may not do for a while, short of suspension. Several hold at once.",
)

level_policies = Table(
    "level_policy",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False, comment="0, who is new, to 4."),
    Column("contributions_an_hour", Integer, comment="Posts and comments; null: as many as they like."),
    Column("links", Integer, comment="In one post or comment; null: as many as they like."),
    Column("images", Integer, comment="In one post or comment; null: as many as they like."),
    Column("mentions", Integer, comment="In one post or comment; null: as many as they like."),
    Column("creates_spaces", Boolean, nullable=False, comment="Without a role that allows it."),
    Column("report_weight", REAL, nullable=False, comment="What a report counts before the reporter's record."),
    CheckConstraint("level BETWEEN 0 AND 4", name="level"),
    CheckConstraint("contributions_an_hour > 0 AND links >= 0 AND images >= 0 AND mentions >= 0", name="counts"),
    CheckConstraint("report_weight > 0", name="report_weight"),
    comment="What members of a level may do, and how much of it.",
)

accounts = Table(
    "account",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), primary_key=True),
    Column("email", Text, nullable=False, comment="As given, for writing to."),
    Column("email_key", Text, nullable=False, unique=True, comment="Folded, for finding: NFKC, lower case."),
    Column("email_verified_at", DateTime(timezone=True)),
    Column("password_hash", Text, comment="argon2id; null for members who sign in elsewhere."),
    Column("password_changed_at", DateTime(timezone=True)),
    comment="What only the member and the server know.",
)

identities = Table(
    "identity",
    metadata,
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("issuer", "subject"),
    Index(None, "member_id"),
    comment="A member as an OpenID Connect provider knows them.",
)

sessions = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("client", Text, nullable=False, server_default=text("''"), comment="The User-Agent it began with."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("refreshed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column(
        "end_reason", Text, comment="SIGNED_OUT, PASSWORD_CHANGED, REFRESH_REUSED, SUSPENDED, MERGED, ADMINISTRATOR."
    ),
    Index(None, "member_id", postgresql_where=text("ended_at IS NULL")),
    comment="One sign-in on one device.",
)

refresh_tokens = Table(
    "refresh_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True, comment="SHA-256; the token itself is never kept."),
    Column("session_id", Uuid, ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("used_at", DateTime(timezone=True), comment="Used twice means stolen: the session ends."),
    Index(None, "session_id"),
    comment="Each refresh token works once.",
)

access_tokens = Table(
    "access_token",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("expires_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Index(None, "member_id", "id"),
    comment="Personal access tokens, for programs that act for a member.",
)

one_time_tokens = Table(
    "one_time_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column(
        "member_id",
        BigInteger,
        # No foreign key: looking its row up took measurably longer for an address that has an account.
        comment="Null where no account has the address: the row is only there so that asking costs the same.",
    ),
    Column("purpose", Text, nullable=False),
    Column("email", Text, nullable=False, comment="The address it was sent to; it proves that address and no other."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    CheckConstraint(one_of("purpose", ("VERIFY_EMAIL", "RESET_PASSWORD", "MERGE_ACCOUNT")), name="purpose"),
    Index(None, "member_id", "purpose"),
    Index(None, "expires_at"),
    comment="Links sent by mail: each works once and for a while.",
)

signing_keys = Table(
    "signing_key",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    comment="Signs session tokens when no TEAHOUSE_SECRET_KEY is set; shared by every process on the database.",
)

role_grants = Table(
    "role_grant",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("space_id", BigInteger, comment="The space it holds in; null: everywhere."),
    Column("granted_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("granted_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("role", ROLES), name="role"),
    CheckConstraint("space_id IS NULL OR role = 'MODERATOR'", name="only_moderators_by_space"),
    UniqueConstraint("member_id", "role", "space_id", postgresql_nulls_not_distinct=True),
    Index(None, "space_id"),
    comment="What a member may do beyond what every member may.",
)

follows = Table(
    "follow",
    metadata,
    Column("follower_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("follower_id", "member_id"),
    CheckConstraint("follower_id <> member_id", name="not_oneself"),
    Index(None, "member_id", "created_at", "follower_id"),
    Index(None, "follower_id", "created_at", "member_id"),
    comment="follower_id reads what member_id writes.",
)

carried_follows = Table(
    "carried_follow",
    metadata,
    Column("merged_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("follower_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW, comment="As the follow it made."),
    PrimaryKeyConstraint("merged_id", "follower_id"),
    Index(None, "follower_id"),
    comment="Who came to follow the account that another was merged into by following that one: until that is undone.",
)

blocks = Table(
    "block",
    metadata,
    Column("blocker_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("blocker_id", "member_id"),
    CheckConstraint("blocker_id <> member_id", name="not_oneself"),
    Index(None, "member_id"),
    comment="Hides each from the other.",
)

hidden_members = Table(
    "hidden_members",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), primary_key=True),
    Column("members", INT8MULTIRANGE, nullable=False),
    comment="Whom blocks hide from a member, both ways, in one value that reads test; a trigger on block keeps it true.",
)

mutes = Table(
    "mute",
    metadata,
    Column("muter_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("muter_id", "member_id"),
    CheckConstraint("muter_id <> member_id", name="not_oneself"),
    comment="Keeps member_id out of the muter's home feed and notifications; the other never knows.",
)

badges = Table(
    "badge",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("awarded_at", DateTime(timezone=True), nullable=False),
    Column("source", Text, nullable=False, server_default=text("''"), comment="The platform that awarded it."),
    Index(None, "member_id", "awarded_at", "id"),
    UniqueConstraint("member_id", "name", "awarded_at", "source"),
    comment="Facts about a member that were earned, here or elsewhere.",
)

sign_ups = Table(
    "sign_up",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("handle", Text, nullable=False),
    Column("handle_skeleton", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("brought_by", JSONB, comment="What brought them here, for whoever counts that; means nothing here."),
    Column("seen", JSONB, comment="Keyed hashes of where they asked from, for whoever compares; mean nothing here."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    CheckConstraint(one_of("locale", LOCALES), name="locale"),
    Index(None, "expires_at"),
    comment="Who asked to join and has not followed the link yet. No member until then, so nothing tells whose "
    "address has an account here.",
)

openid_returns = Table(
    "openid_return",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index(None, "expires_at"),
    comment="Returns from a sign-in provider that were taken up, so that none is taken up twice.",
)
