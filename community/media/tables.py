"""The tables of images: what is known of each, where it is shown, and the bytes apart from it, each picture's once."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from community.foundation.image_addresses import EXTENSIONS
from community.foundation.tables import NOW, metadata, one_of

image_files = Table(
    "image_file",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    # They are compressed already: stored as they are, out of the row (the migration sets EXTERNAL).
    Column("data", LargeBinary, nullable=False),
    CheckConstraint("octet_length(sha256) = 32 AND octet_length(data) > 0", name="bytes"),
    comment="The bytes of images, as they are served. Whoever uploads the same picture, it is here once.",
)

images = Table(
    "image",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("public_id", Text, nullable=False, unique=True, comment="128 random bits: its address cannot be guessed."),
    Column("owner_id", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("sha256", LargeBinary, ForeignKey("image_file.sha256"), nullable=False),
    Column("media_type", Text, nullable=False, comment="Found in the bytes, never as it was declared."),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("byte_size", Integer, nullable=False),
    Column("perceptual_hash", BigInteger, nullable=False, comment="64 bits, alike for pictures that look alike."),
    Column(
        "visibility",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="0 shown, 1 hidden, 2 removed; the same for all images of the same bytes.",
    ),
    Column("hidden_at", DateTime(timezone=True), comment="Since when visibility is not 0."),
    Column("hidden_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("shown_at", DateTime(timezone=True), comment="When something first showed it; null: never so far."),
    CheckConstraint("public_id ~ '^[0-9a-f]{32}$'", name="public_id"),
    CheckConstraint(one_of("media_type", tuple(EXTENSIONS)), name="media_type"),
    CheckConstraint("width > 0 AND height > 0 AND byte_size > 0", name="size"),
    CheckConstraint("visibility BETWEEN 0 AND 2 AND (visibility = 0) = (hidden_at IS NULL)", name="visibility"),
    UniqueConstraint("owner_id", "sha256"),
    Index(None, "sha256"),
    Index(None, "hidden_by"),
    Index("image_unshown_index", "created_at", postgresql_where=text("shown_at IS NULL")),
    comment="An image that a member uploaded.",
)

image_uses = Table(
    "image_use",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("image_id", BigInteger, ForeignKey("image.id", ondelete="CASCADE"), nullable=False),
    Column("post_id", BigInteger, ForeignKey("post.id", ondelete="CASCADE")),
    Column("comment_id", BigInteger, ForeignKey("comment.id", ondelete="CASCADE")),
    Column("position", SmallInteger, nullable=False, comment="Which of the images that are shown there, from 0."),
    Column("alt", Text, nullable=False, comment="What is said there for who does not see it."),
    Column("current", Boolean, nullable=False, server_default=text("true"), comment="Whether it is still shown there."),
    CheckConstraint("(post_id IS NULL) <> (comment_id IS NULL)", name="subject"),
    UniqueConstraint("image_id", "post_id"),
    UniqueConstraint("image_id", "comment_id"),
    Index(None, "post_id", postgresql_where=text("post_id IS NOT NULL")),
    Index(None, "comment_id", postgresql_where=text("comment_id IS NOT NULL")),
    comment="Which posts and comments show which images of who wrote them, or once did.",
)
