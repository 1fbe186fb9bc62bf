"""What a suspended member wrote is hidden, and shown again when they are reinstated.

In batches, so that no transaction holds thousands of rows; each looks at the member's state anew, so that a suspension
and its end that overtake each other leave what the last one says. Reads go by the author's own state meanwhile.
"""

from community.discussions.states import move_comments, move_posts
from community.discussions.tables import Visibility
from community.foundation.database import Connection, Database

BATCH = 200

# The member's row is held last of all locks elsewhere, and is only read here.
_CHOOSE_POSTS = """
    SELECT post.id FROM post JOIN member ON member.id = post.author_id
    WHERE post.author_id = $1 AND post.visibility = $2 AND member.state = $3 ORDER BY post.id LIMIT $4
"""
_CHOOSE_COMMENTS = """
    SELECT comment.id FROM comment JOIN member ON member.id = comment.author_id
    WHERE comment.author_id = $1 AND comment.visibility = $2 AND member.state = $3 ORDER BY comment.id LIMIT $4
"""


async def hide_content_of(connection: Connection, member_id: int, limit: int = BATCH) -> int:
    """Hide up to `limit` posts and comments of a member who is suspended; return how many, 0 when all are hidden."""
    return await _move(connection, member_id, Visibility.VISIBLE, Visibility.AUTHOR_SUSPENDED, "SUSPENDED", limit)


async def show_content_of(connection: Connection, member_id: int, limit: int = BATCH) -> int:
    """Show up to `limit` hidden posts and comments of a member in good standing; return how many, 0 at the end."""
    return await _move(connection, member_id, Visibility.AUTHOR_SUSPENDED, Visibility.VISIBLE, "ACTIVE", limit)


async def hide_all_content_of(database: Database, member_id: int) -> int:
    """Hide all that a suspended member wrote, each batch in a transaction of its own; return how many."""
    total = 0
    while hidden := await database.transact(lambda connection: hide_content_of(connection, member_id)):
        total += hidden
    return total


async def show_all_content_of(database: Database, member_id: int) -> int:
    """Show all that a reinstated member wrote, each batch in a transaction of its own; return how many."""
    total = 0
    while shown := await database.transact(lambda connection: show_content_of(connection, member_id)):
        total += shown
    return total


async def _move(
    connection: Connection, member_id: int, before: Visibility, after: Visibility, state: str, limit: int
) -> int:
    chosen = await connection.raw.fetch(_CHOOSE_POSTS, member_id, before, state, limit)
    if chosen:
        # Others may have moved some of them first; what counts for "done" is that none was left to choose.
        await move_posts(connection, [row["id"] for row in chosen], before, after)
        return len(chosen)
    chosen = await connection.raw.fetch(_CHOOSE_COMMENTS, member_id, before, state, limit)
    if chosen:
        await move_comments(connection, [row["id"] for row in chosen], before, after)
    return len(chosen)


# A server that was stopped between a suspension (or its end) and what follows from it leaves some behind.
_LEFT_VISIBLE = """
    SELECT id FROM member
    WHERE state = 'SUSPENDED' AND (
        EXISTS (SELECT FROM post WHERE author_id = member.id AND visibility = $1)
        OR EXISTS (SELECT FROM comment WHERE author_id = member.id AND visibility = $1)
    )
"""
_LEFT_HIDDEN = """
    SELECT member.id FROM member JOIN (
        SELECT author_id FROM post WHERE visibility <> 0 AND visibility = $1
        UNION
        SELECT author_id FROM comment WHERE visibility <> 0 AND visibility = $1
    ) AS hidden ON hidden.author_id = member.id
    WHERE member.state = 'ACTIVE'
"""


async def catch_up(database: Database) -> None:
    """Hide and show what suspensions and their ends should have hidden and shown."""
    async with database.reading() as connection:
        to_hide = await connection.raw.fetch(_LEFT_VISIBLE, Visibility.VISIBLE)
        to_show = await connection.raw.fetch(_LEFT_HIDDEN, Visibility.AUTHOR_SUSPENDED)
    for row in to_hide:
        await hide_all_content_of(database, row["id"])
    for row in to_show:
        await show_all_content_of(database, row["id"])
