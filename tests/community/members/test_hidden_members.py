"""Whom blocks hide from a member is kept in one value, whatever wrote the blocks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from community.members import relations
from tests.factories.members import make_member

if TYPE_CHECKING:
    from community.foundation.database import Database

_RECOUNT = """
    SELECT member.id, coalesce((SELECT members FROM hidden_members WHERE member_id = member.id), '{}')
        = (
            SELECT coalesce(range_agg(int8range(other, other, '[]')), '{}')
            FROM (
                SELECT member_id AS other FROM block WHERE blocker_id = member.id
                UNION ALL
                SELECT blocker_id FROM block WHERE member_id = member.id
            ) AS others
        ) AS right
    FROM member
"""


async def test_the_kept_value_equals_the_blocks_after_concurrent_blocking_and_unblocking(database: Database) -> None:
    members = [(await make_member(database)).id for _ in range(6)]

    async def block(actor: int, other: int) -> None:
        await database.transact(lambda connection: relations.block_member(connection, actor, other))

    async def unblock(actor: int, other: int) -> None:
        await database.transact(lambda connection: relations.unblock_member(connection, actor, other))

    # Only from a lower to a higher id, as who is blocked may not block back.
    pairs = [(one, other) for one in members for other in members if one < other]
    await asyncio.gather(*(block(*pair) for pair in pairs))
    await asyncio.gather(*(unblock(*pair) for pair in pairs[::2]))

    async with database.reading() as connection:
        records = await connection.raw.fetch(_RECOUNT)
    assert [record["right"] for record in records] == [True] * len(members)


async def test_blocks_that_are_copied_in_are_kept_too(database: Database) -> None:
    one, other = [(await make_member(database)).id for _ in range(2)]

    async with database.writing() as connection:
        await connection.raw.copy_records_to_table("block", records=[(one, other)], columns=["blocker_id", "member_id"])

    async with database.reading() as connection:
        assert all(record["right"] for record in await connection.raw.fetch(_RECOUNT))
        assert await connection.raw.fetchval(
            "SELECT members @> $1::bigint FROM hidden_members WHERE member_id = $2", one, other
        )
