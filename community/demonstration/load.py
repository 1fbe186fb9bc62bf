"""Writing a demonstration into an empty database: in one transaction, by COPY, each row once."""

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import datetime

from community.demonstration.belonging import make_belonging
from community.demonstration.bulk import indexes_made_afterwards
from community.demonstration.errors import CommunityNotEmpty
from community.demonstration.plan import Plan, make_plan
from community.demonstration.rows import (
    Copy,
    Row,
    account_rows,
    activity_rows,
    comment_rows,
    follow_rows,
    member_rows,
    post_rows,
    reaction_rows,
    revision_rows,
    space_rows,
)
from community.demonstration.sizes import Size
from community.foundation.database import Connection
from community.foundation.events import RECORDS_BROUGHT_IN, Event, record

Advance = Callable[[str, int], None]
"""Told a table and how many more of its rows have been written."""

ADVANCE_EVERY = 1_000

INDEXES_AFTERWARDS_FROM = 20_000
"""Posts. For fewer, making the indexes anew takes longer than keeping them."""

# Everything a demonstration writes to; parents first.
TABLES = (
    *("member", "account", "follow", "block", "mute", "badge", "role_grant", "space", "space_member"),
    *("space_invitation", "tag", "tag_follow", "post", "post_activity", "post_tag", "post_revision", "comment"),
    *("post_reaction", "comment_reaction"),
)
_COUNTED = ("member", "badge", "role_grant", "space", "tag", "post", "post_revision", "comment")
"""Their ids are given here, so that their sequences must be told."""

# Whoever else would begin to fill the database waits, and then finds it not empty.
_LOCK = "LOCK TABLE member, space, post IN SHARE ROW EXCLUSIVE MODE"
_EMPTY = """
    SELECT NOT EXISTS (SELECT FROM member) AND NOT EXISTS (SELECT FROM space) AND NOT EXISTS (SELECT FROM tag)
"""


async def load_demonstration(
    connection: Connection,
    size: Size,
    *,
    seed: int,
    until: datetime,
    password_hash: str | None = None,
    advance: Advance = lambda _table, _rows: None,
) -> dict[str, int]:
    """Fill an empty community; return how many rows each table got. With a password hash, the named ones can sign in.

    Raises:
        CommunityNotEmpty: if there is anything in it yet.
    """
    await connection.raw.execute(_LOCK)
    if not await connection.raw.fetchval(_EMPTY):
        raise CommunityNotEmpty
    plan = make_plan(size, seed, until)
    written: dict[str, int] = {}
    async with AsyncExitStack() as stack:
        if size.posts >= INDEXES_AFTERWARDS_FROM:
            await stack.enter_async_context(indexes_made_afterwards(connection, TABLES))
        for copy in _copies(plan, password_hash):
            await connection.raw.copy_records_to_table(
                copy.table, columns=copy.columns, records=_counted(copy, advance)
            )
            written[copy.table] = copy.amount
    for table in _COUNTED:
        await connection.raw.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0"  # noqa: S608 - a table of ours
        )
    await record(connection, Event(RECORDS_BROUGHT_IN))
    return written


async def tidy(connection: Connection) -> None:
    """Let the planner know what came in, and mark what all may see; outside of any transaction."""
    await connection.raw.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")


def _copies(plan: Plan, password_hash: str | None) -> Iterator[Copy]:
    belonging = make_belonging(plan)
    yield member_rows(plan)
    if password_hash is not None:
        yield account_rows(plan, password_hash)
    yield follow_rows(plan)
    yield belonging.blocks
    yield belonging.mutes
    yield belonging.badges
    yield space_rows(plan, belonging.space_member_counts)
    yield belonging.role_grants
    yield belonging.space_members
    yield belonging.space_invitations
    yield belonging.tags
    yield belonging.tag_follows
    yield post_rows(plan)
    yield activity_rows(plan)
    yield belonging.post_tags
    yield revision_rows(plan)
    yield comment_rows(plan)
    yield reaction_rows("post", plan.post_reactions)
    yield reaction_rows("comment", plan.comment_reactions)


def _counted(copy: Copy, advance: Advance) -> Iterator[Row]:
    number = 0
    for number, row in enumerate(copy.rows, start=1):
        yield row
        if number % ADVANCE_EVERY == 0:
            advance(copy.table, ADVANCE_EVERY)
    if number % ADVANCE_EVERY:
        advance(copy.table, number % ADVANCE_EVERY)
