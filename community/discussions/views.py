"""How often posts were read: counted in memory, and written in one statement every few seconds.

A process that is killed loses the views of those seconds, and nothing else.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable

from community.discussions.access import member_sees_space
from community.foundation.database import Connection, Database
from community.foundation.errors import Overloaded

FLUSH_EVERY = 5.0  # seconds
MOST_WAITING = 20_000
"""Once so many pairs of a post and a reader wait to be written, further ones are not counted until the next flush."""

# Whoever names a post that they may not read has not read it: so no number tells of it, and none can be moved.
_ADD = f"""
    WITH viewed AS (
        SELECT post.id, sum(views.count)::bigint AS count
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS views (post_id, reader_id, count)
            JOIN post ON post.id = views.post_id
            JOIN space ON space.id = post.space_id
        WHERE post.visibility = 0 AND (
            space.access = 'PUBLIC'
            OR views.reader_id IS NOT NULL AND {member_sees_space("views.reader_id")}
        )
        GROUP BY post.id
    ), locked AS (
        SELECT post.id, viewed.count FROM post JOIN viewed ON viewed.id = post.id
        ORDER BY post.id FOR NO KEY UPDATE OF post
    )
    UPDATE post SET view_count = view_count + locked.count FROM locked WHERE post.id = locked.id
"""  # noqa: S608 - made of a predicate of ours


class ViewBuffer:
    """The views that this process has counted and not yet written."""

    def __init__(self, database: Database) -> None:
        """Make an empty buffer; `run` writes it."""
        self._database = database
        self._waiting: Counter[tuple[int, int | None]] = Counter()

    def record_views(self, post_ids: Iterable[int], reader_id: int | None) -> None:
        """Count one view of each post, by a member or by somebody signed out."""
        for post_id in post_ids:
            view = post_id, reader_id
            if view in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[view] += 1

    async def run(self) -> None:
        """Write what was counted every few seconds until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(FLUSH_EVERY)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write what was counted. If the database cannot take it now, it waits for the next time."""
        waiting, self._waiting = self._waiting, Counter()
        if not waiting:
            return

        async def add(connection: Connection) -> None:
            posts, readers = zip(*waiting, strict=True)
            await connection.raw.execute(_ADD, posts, readers, list(waiting.values()))

        try:
            await self._database.transact(add)
        except Overloaded:
            self._waiting.update(waiting)
