"""Counters of what an import touched, counted anew by the definitions that prove them right."""

from collections import Counter
from collections.abc import Iterable

from community.discussions.recount import STATEMENTS
from community.foundation.database import Connection

_TYPES = {"reaction_counts": "int[]", "active_at": "timestamptz"}
_FOLLOWS = """
    UPDATE member SET follower_count = counted.followers, following_count = counted.following
    FROM (
        SELECT id,
            (SELECT count(*) FROM follow WHERE follow.member_id = member.id) AS followers,
            (SELECT count(*) FROM follow WHERE follow.follower_id = member.id) AS following
        FROM member WHERE id = ANY($1::bigint[])
    ) AS counted
    WHERE member.id = counted.id
        AND (follower_count, following_count) IS DISTINCT FROM (counted.followers, counted.following)
"""
_ORDER = ("post", "comment", "post_activity", "space", "tag", "member")
"""The one order in which rows are locked."""


class Touched:
    """Whose counters an import may have changed."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._ids: dict[tuple[str, str], set[int]] = {}
        self._shifts: dict[tuple[str, str], Counter[int]] = {}

    def add(self, table: str, columns: str, ids: Iterable[int | None]) -> None:
        """Have columns (separated by blanks) of rows counted; None is no row."""
        for column in columns.split():
            self._ids.setdefault((table, column), set()).update(each for each in ids if each is not None)

    def shift(self, table: str, column: str, row_id: int, change: int) -> None:
        """Have a change added to a column of a row, where counting anew would be too much."""
        self._shifts.setdefault((table, column), Counter())[row_id] += change

    def add_posts(self, ids: Iterable[int]) -> None:
        """Have all that hangs on posts' activity counted."""
        self.add("post_activity", "score active_at visibility space_id", ids)

    async def recount(self, connection: Connection) -> None:
        """Lock the rows in order, then count: what others write meanwhile comes on top."""
        for table in _ORDER:
            touched = (*self._ids.items(), *self._shifts.items())
            ids = sorted({each for (owner, _), found in touched if owner == table for each in found})
            if ids:
                key = "post_id" if table == "post_activity" else "id"
                await connection.raw.execute(
                    f"SELECT FROM {table} WHERE {key} = ANY($1::bigint[]) ORDER BY {key} FOR NO KEY UPDATE",
                    ids,
                )
        for (table, column), found in self._ids.items():
            if column == "follows":
                await connection.raw.execute(_FOLLOWS, sorted(found))
            elif found:
                await connection.raw.execute(_statement(table, column), sorted(found))
        for (table, column), changes in self._shifts.items():
            await connection.raw.execute(
                f"UPDATE {table} SET {column} = {column} + change FROM unnest($1::bigint[], $2::bigint[])"  # noqa: S608 - names of ours
                f" AS changes (row_id, change) WHERE id = row_id AND change <> 0",
                *(list(changes), list(changes.values())),
            )
        self._ids.clear()
        self._shifts.clear()


def _statement(table: str, column: str) -> str:
    key = "post_id" if table == "post_activity" else "id"
    return f"""
        UPDATE {table} SET {column} = found.counted::{_TYPES.get(column, "bigint")}
        FROM (SELECT id, counted FROM ({STATEMENTS[table, column]}) AS differing WHERE id = ANY($1::bigint[])) AS found
        WHERE {table}.{key} = found.id
    """  # noqa: S608 - made of names of ours
