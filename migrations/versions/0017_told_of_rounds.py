"""Notifications of what becomes of rounds."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TOLD_BEFORE = (
    "REPLY", "COMMENT", "MENTION", "REACTION", "FOLLOW", "ANSWER_ACCEPTED", "OFFICIAL_ANSWER", "CONTENT_REMOVED",
    "CONTENT_RESTORED", "IDEA_ADVANCED", "IDEA_SHIPPED", "IDEA_CREDITED", "IDEA_MERGED", "CO_AUTHOR_INVITED",
    "CO_AUTHOR_JOINED", "AMENDMENT_PROPOSED", "AMENDMENT_ACCEPTED", "AMENDMENT_DECLINED", "PLEDGE_CAPTURED",
    "PLEDGE_CANCELLED", "PLEDGE_FAILED", "PLEDGE_REFUNDED",
)  # fmt: skip
_TOLD_OF_ROUNDS = ("ROUND_COUNTED", "BALLOT_VOIDED")


def _tell_of(kinds: tuple[str, ...]) -> None:
    known = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notification", "notification_preference"):
        op.drop_constraint(op.f(f"{table}_kind_check"), table, type_="check")
        op.create_check_constraint(op.f(f"{table}_kind_check"), table, f"kind IN ({known})")


def upgrade() -> None:
    _tell_of((*_TOLD_BEFORE, *_TOLD_OF_ROUNDS))


def downgrade() -> None:
    for table in ("notification", "notification_preference"):
        op.execute(f"DELETE FROM {table} WHERE kind IN {_TOLD_OF_ROUNDS}")  # noqa: S608 - names of ours
    _tell_of(_TOLD_BEFORE)
