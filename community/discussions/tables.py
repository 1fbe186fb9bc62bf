"""The tables of spaces, posts, comments, reactions and tags.

``visibility`` on posts and comments says in one number whether a row is plainly visible (0) or why it is not; the
actions that change any reason keep it true, so that reads and their partial indexes need not look elsewhere.
"""

from enum import IntEnum

from sqlalchemy import (
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
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from community.foundation.tables import NOW, metadata, one_of


class Visibility(IntEnum):
    """Why a post or comment is, or is not, plainly visible."""

    VISIBLE = 0
    HELD = 1
    REMOVED = 2
    WITHDRAWN = 3
    AUTHOR_SUSPENDED = 4


SPACE_ACCESS = ("PUBLIC", "MEMBERS", "PRIVATE")
SPACE_POSTING = ("EVERYONE", "MODERATORS")
VISIBLE = text("visibility = 0")
HIDDEN = text("visibility <> 0")


spaces = Table(
    "space",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("rules", Text, nullable=False, server_default=text("''")),
    Column("rules_html", Text, nullable=False, server_default=text("''")),
    Column("access", Text, nullable=False, server_default=text("'PUBLIC'")),
    Column("posting", Text, nullable=False, server_default=text("'EVERYONE'"), comment="Who may start a post."),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("archived_at", DateTime(timezone=True), comment="Read-only since then."),
    Column("member_count", Integer, nullable=False, server_default=text("0")),
    Column("post_count", Integer, nullable=False, server_default=text("0"), comment="Plainly visible posts."),
    Column(
        "search",
        TSVECTOR,
        Computed(
            "setweight(search_vector(name || ' ' || slug), 'A') || setweight(search_vector(description), 'B')",
            persisted=True,
        ),
        nullable=False,
    ),
    CheckConstraint(one_of("access", SPACE_ACCESS), name="access"),
    CheckConstraint(one_of("posting", SPACE_POSTING), name="posting"),
    CheckConstraint("member_count >= 0 AND post_count >= 0", name="counts"),
    Index("space_search_index", "search", postgresql_using="gin"),
    Index(None, "member_count", "id"),
    Index(None, "created_at", "id"),
    comment="A room of the community.",
    postgresql_with={"fillfactor": "70"},
)

space_members = Table(
    "space_member",
    metadata,
    Column("space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("joined_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("space_id", "member_id"),
    Index(None, "member_id", "joined_at", "space_id"),
    Index(None, "space_id", "joined_at", "member_id"),
    comment="Who joined which space.",
)

space_invitations = Table(
    "space_invitation",
    metadata,
    Column("space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("invited_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("space_id", "member_id"),
    Index(None, "member_id", "created_at", "space_id"),
    comment="Who may join a private space; gone once accepted or withdrawn.",
)

content_labels = Table(
    "content_label",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True, comment="What clients send, e.g. SPOILER."),
    Column("labels", JSONB, nullable=False, comment="What readers are told, by locale: {en: Spoiler, zh: 剧透}."),
    Column("blurs_media", Boolean, nullable=False, comment="Images are shown to who asks for them."),
    Column("covers_text", Boolean, nullable=False, comment="All of it is shown to who asks for it."),
    Column("position", SmallInteger, nullable=False),
    Column("retired_at", DateTime(timezone=True), comment="Old labels stay; new ones are refused."),
    comment="What readers can be told before they read, the community's to choose.",
)

posts = Table(
    "post",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("space_id", BigInteger, ForeignKey("space.id"), nullable=False),
    Column("author_id", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, comment="Markdown, as written."),
    Column("body_html", Text, nullable=False, comment="Sanitised when written, so that reading costs nothing."),
    Column("body_text", Text, nullable=False, comment="Plain text with white space folded, for excerpts and search."),
    Column(
        "body_breaks",
        ARRAY(Integer),
        comment="Where the first graphemes end in body_text, in characters; null when each is one character.",
    ),
    Column("official", Boolean, nullable=False, server_default=text("false"), comment="The brand's own."),
    Column("visibility", SmallInteger, nullable=False, server_default=text("0")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("edited_at", DateTime(timezone=True)),
    Column("revision_count", Integer, nullable=False, server_default=text("0")),
    Column("pinned_at", DateTime(timezone=True)),
    Column("locked_at", DateTime(timezone=True)),
    Column("hidden_at", DateTime(timezone=True), comment="Since when visibility is not 0."),
    Column("hidden_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("accepted_comment_id", BigInteger),
    Column("comment_count", Integer, nullable=False, server_default=text("0"), comment="Plainly visible comments."),
    Column("reaction_count", Integer, nullable=False, server_default=text("0")),
    Column(
        "reaction_counts",
        ARRAY(Integer),
        nullable=False,
        server_default=text("'{}'"),
        comment="By reaction_kind.id: element 1 counts kind 1.",
    ),
    Column("view_count", BigInteger, nullable=False, server_default=text("0")),
    Column("imported_score", Integer, comment="Votes up less votes down on the platform it came from."),
    Column(
        "label_id", SmallInteger, ForeignKey("content_label.id"), comment="What readers are told before they read it."
    ),
    Column(
        "search",
        TSVECTOR,
        Computed(
            "setweight(search_vector(title), 'A') || setweight(search_vector(body_text), 'B')",
            persisted=True,
        ),
        nullable=False,
    ),
    CheckConstraint("visibility BETWEEN 0 AND 4", name="visibility"),
    CheckConstraint("comment_count >= 0 AND reaction_count >= 0 AND view_count >= 0", name="counts"),
    Index("post_space_new_index", "space_id", "created_at", "id", postgresql_where=VISIBLE),
    Index("post_space_hidden_index", "space_id", "created_at", "id", postgresql_where=HIDDEN),
    # Who wrote thousands of hidden posts finds those of one space among them: 0.7 ms a feed, 7 without.
    Index("post_space_author_hidden_index", "space_id", "author_id", "created_at", "id", postgresql_where=HIDDEN),
    Index("post_author_new_index", "author_id", "created_at", "id", postgresql_where=VISIBLE),
    Index("post_author_hidden_index", "author_id", "created_at", "id", postgresql_where=HIDDEN),
    Index("post_space_pinned_index", "space_id", "pinned_at", postgresql_where=text("pinned_at IS NOT NULL")),
    Index("post_new_index", "created_at", "id", postgresql_where=VISIBLE),
    Index(
        "post_accepted_comment_index", "accepted_comment_id", postgresql_where=text("accepted_comment_id IS NOT NULL")
    ),
    Index("post_search_index", "search", postgresql_using="gin"),
    comment="What a member starts a discussion with.",
    # No index holds a counter, so with room on the page a reaction touches the row and no index at all.
    postgresql_with={"fillfactor": "85"},
)

# Sort keys that change with every comment and reaction stand apart from the post: were they indexed on it, each
# reaction would rewrite every index of the post, the full-text one included.
post_activity = Table(
    "post_activity",
    metadata,
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("space_id", BigInteger, nullable=False),
    Column("visibility", SmallInteger, nullable=False, server_default=text("0"), comment="As the post's."),
    Column("active_at", DateTime(timezone=True), nullable=False, comment="The newest comment's time, or the post's."),
    Column("score", Integer, nullable=False, server_default=text("0"), comment="Reactions, and comments twice."),
    Index("post_activity_active_index", "space_id", "active_at", "post_id", postgresql_where=VISIBLE),
    Index("post_activity_score_index", "space_id", "score", "post_id", postgresql_where=VISIBLE),
    comment="What the sorts ACTIVE and TOP go by.",
    postgresql_with={"fillfactor": "70"},
)

post_revisions = Table(
    "post_revision",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("editor_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("title", Text, nullable=False, comment="As it was before this edit."),
    Column("body", Text, nullable=False, comment="As it was before this edit."),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    UniqueConstraint("post_id", "number"),
    comment="What a post said before each edit.",
)

comments = Table(
    "comment",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
    Column("author_id", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("parent_id", BigInteger, ForeignKey("comment.id"), comment="The comment it replies to."),
    Column("depth", SmallInteger, nullable=False, server_default=text("0")),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("body_text", Text, nullable=False),
    Column("body_breaks", ARRAY(Integer)),
    Column("official", Boolean, nullable=False, server_default=text("false")),
    Column("visibility", SmallInteger, nullable=False, server_default=text("0")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("edited_at", DateTime(timezone=True)),
    Column("revision_count", Integer, nullable=False, server_default=text("0")),
    Column("hidden_at", DateTime(timezone=True)),
    Column("hidden_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("reply_count", Integer, nullable=False, server_default=text("0"), comment="Plainly visible replies."),
    Column("reaction_count", Integer, nullable=False, server_default=text("0")),
    Column("reaction_counts", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    Column("imported_score", Integer),
    Column(
        "label_id", SmallInteger, ForeignKey("content_label.id"), comment="What readers are told before they read it."
    ),
    Column(
        "search",
        TSVECTOR,
        Computed("setweight(search_vector(body_text), 'B')", persisted=True),
        nullable=False,
    ),
    CheckConstraint("visibility BETWEEN 0 AND 4", name="visibility"),
    CheckConstraint("depth BETWEEN 0 AND 50", name="depth"),
    CheckConstraint("reply_count >= 0 AND reaction_count >= 0", name="counts"),
    Index("comment_post_new_index", "post_id", "created_at", "id", postgresql_where=VISIBLE),
    Index("comment_post_hidden_index", "post_id", "created_at", "id", postgresql_where=HIDDEN),
    Index("comment_author_hidden_index", "author_id", postgresql_where=HIDDEN),
    Index(
        "comment_parent_new_index",
        "parent_id",
        "created_at",
        "id",
        postgresql_where=text("parent_id IS NOT NULL"),
    ),
    Index("comment_author_new_index", "author_id", "created_at", "id"),
    Index("comment_search_index", "search", postgresql_using="gin"),
    comment="An answer to a post or to another comment.",
    postgresql_with={"fillfactor": "85"},
)

comment_revisions = Table(
    "comment_revision",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("comment_id", BigInteger, ForeignKey("comment.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("editor_id", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("body", Text, nullable=False, comment="As it was before this edit."),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    UniqueConstraint("comment_id", "number"),
    comment="What a comment said before each edit.",
)

held_back = Table(
    "held_back",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="CASCADE"), unique=True),
    Column("comment_id", BigInteger, ForeignKey("comment.id", ondelete="CASCADE"), unique=True),
    Column("is_new", Boolean, nullable=False, comment="Whether nobody has been told that it is there."),
    Column(
        "told",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="What followed each @ when it was last shown: whom that meant has been told.",
    ),
    Column("context", JSONB, nullable=False, server_default=text("'{}'"), comment="As the event shall have it."),
    CheckConstraint("(post_id IS NULL) <> (comment_id IS NULL)", name="subject"),
    comment="What was held as it was written, until it is shown: who is to be told of it waits with it.",
)

reaction_kinds = Table(
    "reaction_kind",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True, comment="What clients send, e.g. like."),
    Column("emoji", Text, nullable=False),
    Column("labels", JSONB, nullable=False, comment="By locale: {en: Like, zh: 赞}."),
    Column("position", SmallInteger, nullable=False),
    Column("retired_at", DateTime(timezone=True), comment="Old reactions of this kind count on; new ones are refused."),
    comment="How members may react, the community's to choose.",
)

post_reactions = Table(
    "post_reaction",
    metadata,
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("kind_id", SmallInteger, ForeignKey("reaction_kind.id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("post_id", "member_id", "kind_id"),
    Index(None, "member_id", "created_at", "post_id"),
    comment="One of each kind for each member.",
)

comment_reactions = Table(
    "comment_reaction",
    metadata,
    Column("comment_id", BigInteger, ForeignKey("comment.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("kind_id", SmallInteger, ForeignKey("reaction_kind.id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("comment_id", "member_id", "kind_id"),
    Index(None, "member_id", "created_at", "comment_id"),
    comment="One of each kind for each member.",
)

tags = Table(
    "tag",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="Folded: NFKC, lower case, white space to hyphens."),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("post_count", Integer, nullable=False, server_default=text("0"), comment="Plainly visible posts."),
    Column("follower_count", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("post_count >= 0 AND follower_count >= 0", name="counts"),
    Index(None, "post_count", "id"),
    comment="What posts are about, in the members' own words.",
)

post_tags = Table(
    "post_tag",
    metadata,
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
    Column("tag_id", BigInteger, ForeignKey("tag.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column(
        "created_at",
        DateTime(timezone=True),
        nullable=False,
        comment="As the post's, so that a tag's feed is one index.",
    ),
    PrimaryKeyConstraint("post_id", "tag_id"),
    Index(None, "tag_id", "created_at", "post_id"),
)

tag_follows = Table(
    "tag_follow",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("tag_id", BigInteger, ForeignKey("tag.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("member_id", "tag_id"),
    Index(None, "tag_id"),
)
