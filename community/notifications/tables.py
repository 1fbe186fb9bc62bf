"""The tables of notifications."""

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
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from community.foundation.tables import NOW, metadata, one_of
from community.notifications.kinds import NotificationKind

UNREAD = text("read_at IS NULL")
_KNOWN_KIND = one_of("kind", tuple(kind.value for kind in NotificationKind))

notifications = Table(
    "notification",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_kind", Text, comment="The id prefix of what it is about: post or comment, say; null for a follow."),
    Column("subject_id", BigInteger),
    Column("post_id", BigInteger, comment="The thread it is about."),
    Column("space_id", BigInteger),
    Column("group_key", Text, nullable=False, comment="What happens under the same key while unread joins this one."),
    Column("actor_count", Integer, nullable=False, comment="How many members are behind it."),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("latest_at", DateTime(timezone=True), nullable=False),
    Column("read_at", DateTime(timezone=True)),
    CheckConstraint(_KNOWN_KIND, name="kind"),
    CheckConstraint("actor_count >= 0", name="actor_count"),
    Index("notification_unread_group_index", "member_id", "group_key", unique=True, postgresql_where=UNREAD),
    Index(None, "member_id", "latest_at", "id"),
    Index("notification_unread_post_index", "post_id", postgresql_where=UNREAD),
    Index("notification_unread_subject_index", "subject_id", "subject_kind", postgresql_where=UNREAD),
    comment="Something a member is told of.",
)

notification_causes = Table(
    "notification_cause",
    metadata,
    Column("notification_id", BigInteger, ForeignKey("notification.id", ondelete="CASCADE"), nullable=False),
    Column("actor_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("cause", Text, nullable=False, comment="What they did: comment_12, or a reaction's kind."),
    Column("comment_id", BigInteger, comment="The comment that it was done with."),
    Column("happened_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("notification_id", "actor_id", "cause"),
    Index(None, "actor_id"),
    Index("notification_cause_comment_id_index", "comment_id", postgresql_where=text("comment_id IS NOT NULL")),
    comment="What a notification stands on; one that nothing is left of goes.",
)

notification_preferences = Table(
    "notification_preference",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("member_id", "kind"),
    CheckConstraint(_KNOWN_KIND, name="kind"),
    comment="What members want to be told of, where they said so; of everything else they are told.",
)
