"""The tables of notices: those that wait to be confirmed, and who gave those that count."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from community.foundation.tables import NOW, metadata, one_of
from community.members.tables import LOCALES

NOTICED = ("post", "comment", "member", "image")

guest_notices = Table(
    "guest_notice",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True, comment="Of what the letter's link ends in."),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("reason_id", SmallInteger, ForeignKey("report_reason.id"), nullable=False),
    Column("body", Text, nullable=False, comment="Why it is illegal, or against the rules."),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("locale", Text, nullable=False, server_default=text("'en'")),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    CheckConstraint(one_of("subject_kind", NOTICED), name="subject_kind"),
    CheckConstraint(one_of("locale", LOCALES), name="locale"),
    Index(None, "reason_id"),
    Index(None, "expires_at"),
    comment="A notice that counts once the link in a letter is followed; gone when it is, or after a few days.",
)

notifiers = Table(
    "notifier",
    metadata,
    Column("report_id", BigInteger, ForeignKey("report.id", ondelete="CASCADE"), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("moderation_case.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, comment="Of all ways to write the address."),
    Column("locale", Text, nullable=False, server_default=text("'en'"), comment="Of the letters to them."),
    Column("confirmed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint(one_of("locale", LOCALES), name="locale"),
    Index(None, "case_id"),
    Index(None, "email_key"),
    comment="Who a guest is, apart from what they reported; erased once nobody can appeal any more.",
)
