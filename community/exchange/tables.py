"""Where imported things came from, so that an import can be repeated and continued."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from community.foundation.tables import metadata

import_origins = Table(
    "import_origin",
    metadata,
    Column("source", Text, nullable=False, comment="The platform or file format, as named at the import."),
    Column("kind", Text, nullable=False, comment="member, space, post or comment."),
    Column("external_id", Text, nullable=False, comment="Its id there."),
    Column("subject_id", BigInteger, nullable=False, comment="Its id here."),
    Column(
        "digest", LargeBinary, nullable=False, comment="Of the record as it was read: the same is not written again."
    ),
    PrimaryKeyConstraint("source", "kind", "external_id"),
    Index(None, "kind", "subject_id"),
    comment="What was imported, from where.",
)

exchange_name = Table(
    "exchange_name",
    metadata,
    Column("id", SmallInteger, primary_key=True, server_default=text("1")),
    Column(
        "name",
        Text,
        nullable=False,
    ),
    CheckConstraint("id = 1", name="only_one"),
    comment="What ids made here begin with in exports, so that those of two communities never meet.",
)
