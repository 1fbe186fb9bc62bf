"""How often posts were read: counted in memory, and written in one statement every few seconds.

A process that is killed loses the views of those seconds, and nothing else.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable

from community.foundation.database import Connection, Database
from community.foundation.errors import Overloaded

FLUSH_EVERY = 5.0  # seconds
MOST_POSTS = 10_000
"""Once so many posts wait to be written, views of further ones are not counted until the next flush."""

_ADD = """
    WITH viewed AS (
        SELECT post.id, views.count
        FROM post JOIN unnest($1::bigint[], $2::bigint[]) AS views (post_id, count) ON views.post_id = post.id
        ORDER BY post.id FOR NO KEY UPDATE OF post
    )
    UPDATE post SET view_count = view_count + viewed.count FROM viewed WHERE post.id = viewed.id
"""


class ViewBuffer:
    """The views that this process has counted and not yet written."""

    def __init__(self, database: Database) -> None:
        """Make an empty buffer; `run` writes it."""
        self._database = database
        self._waiting: Counter[int] = Counter()

    def record_views(self, post_ids: Iterable[int]) -> None:
        """Count one view of each post."""
        for post_id in post_ids:
            if post_id in self._waiting or len(self._waiting) < MOST_POSTS:
                self._waiting[post_id] += 1

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
            await connection.raw.execute(_ADD, list(waiting.keys()), list(waiting.values()))

        try:
            await self._database.transact(add)
        except Overloaded:
            self._waiting.update(waiting)
