"""Counters of what an import touched: moved by what was added, or counted anew by the definitions that prove them right.

Each row is written once for each batch, however many of its counters move: every version of a post that does not fit on
its page costs an entry in each of its indexes, that of the full text included.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from community.discussions.recount import STATEMENTS
from community.foundation.database import Connection

_TYPES = {"reaction_counts": "int[]", "active_at": "timestamptz", "visibility": "smallint"}
_ACTIVITY = ("score", "active_at", "visibility", "space_id")
_ORDER = ("post", "comment", "post_activity", "space", "tag", "member")
"""The one order in which rows are locked."""

# $3 is as many arrays, each as a text: an array of arrays of unequal lengths there is not.
_KINDS_SHIFTED = """(
    SELECT array_agg(coalesce(had, 0) + coalesce(more, 0) ORDER BY place)
    FROM unnest(reaction_counts, kinds::int[]) WITH ORDINALITY AS counts (had, more, place)
)"""
_SHIFT_REACTIONS = """
    UPDATE {table} SET reaction_count = reaction_count + change, reaction_counts = {shifted}
    FROM unnest($1::bigint[], $2::int[], $3::text[]) AS changes (row_id, change, kinds) WHERE id = row_id
"""
_LATER = """
    UPDATE post_activity SET active_at = moment FROM unnest($1::bigint[], $2::timestamptz[]) AS changes (row_id, moment)
    WHERE post_id = row_id AND active_at < moment
"""


class Touched:
    """Whose counters an import changes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._shifts: dict[str, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
        self._reactions: dict[str, dict[int, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
        self._active: dict[int, datetime] = {}
        self._changed_posts: set[int] = set()

    def shift(self, table: str, column: str, row_id: int | None, change: int) -> None:
        """Have a change added to a column of a row; None is no row."""
        if row_id is not None:
            self._shifts[table][column][row_id] += change

    def add_reaction(self, table: str, row_id: int, kind_id: int) -> None:
        """Have a reaction counted."""
        self._reactions[table][row_id][kind_id] += 1

    def activate(self, post_id: int, moment: datetime) -> None:
        """Have a post been active at a moment, unless it was later on too."""
        self._active[post_id] = max(moment, self._active.get(post_id, moment))

    def add_posts(self, ids: Iterable[int]) -> None:
        """Have all that hangs on the activity of posts counted anew: what it was made of has changed."""
        self._changed_posts.update(ids)

    async def settle(self, connection: Connection) -> None:
        """Lock the rows in order, then move and count: what others write meanwhile comes on top."""
        await self._lock(connection)
        for table, subjects in self._reactions.items():
            await _shift_reactions(connection, table, subjects)
        for table, columns in self._shifts.items():
            await _shift(connection, table, columns)
        if self._active:
            ids = sorted(self._active)
            await connection.raw.execute(_LATER, ids, [self._active[post_id] for post_id in ids])
        if self._changed_posts:
            await connection.raw.execute(_RECOUNT_ACTIVITY, sorted(self._changed_posts))

    async def _lock(self, connection: Connection) -> None:
        for table in _ORDER:
            ids = {row_id for changes in self._shifts.get(table, {}).values() for row_id in changes}
            ids.update(self._reactions.get(table, ()))
            if table == "post_activity":
                ids.update(self._active, self._changed_posts)
            if ids:
                key = _key(table)
                await connection.raw.execute(
                    f"SELECT FROM {table} WHERE {key} = ANY($1::bigint[]) ORDER BY {key} FOR NO KEY UPDATE",
                    sorted(ids),
                )


async def _shift(connection: Connection, table: str, columns: Mapping[str, Counter[int]]) -> None:
    """Add to all columns of a table at once."""
    ids = sorted({row_id for changes in columns.values() for row_id, change in changes.items() if change})
    if not ids:
        return
    names = list(columns)
    amounts: Sequence[list[int]] = [[columns[name][row_id] for row_id in ids] for name in names]
    arrays = ", ".join(f"${place}::int[]" for place in range(2, len(names) + 2))
    given = ", ".join(f"change_of_{name}" for name in names)
    changes = ", ".join(f"{name} = {name} + change_of_{name}" for name in names)
    await connection.raw.execute(
        f"UPDATE {table} SET {changes} FROM unnest($1::bigint[], {arrays}) AS changes (row_id, {given})"  # noqa: S608 - names of ours
        f" WHERE {_key(table)} = row_id",
        *(ids, *amounts),
    )


async def _shift_reactions(connection: Connection, table: str, subjects: Mapping[int, Counter[int]]) -> None:
    ids = sorted(subjects)
    kinds = [
        f"{{{','.join(str(subjects[row_id][kind]) for kind in range(1, max(subjects[row_id]) + 1))}}}" for row_id in ids
    ]
    await connection.raw.execute(
        _SHIFT_REACTIONS.format(table=table, shifted=_KINDS_SHIFTED),
        *(ids, [subjects[row_id].total() for row_id in ids], kinds),
    )


def _key(table: str) -> str:
    return "post_id" if table == "post_activity" else "id"


def _recount_activity() -> str:
    counted = ", ".join(
        f"{column} = coalesce({column}_found.counted::{_TYPES.get(column, 'bigint')}, post_activity.{column})"
        for column in _ACTIVITY
    )
    found = " ".join(
        f"LEFT JOIN LATERAL (SELECT counted FROM ({STATEMENTS['post_activity', column]}) AS differing"  # noqa: S608 - names of ours
        f" WHERE differing.id = row_id) AS {column}_found ON true"
        for column in _ACTIVITY
    )
    return f"""
        UPDATE post_activity SET {counted} FROM unnest($1::bigint[]) AS changed (row_id) {found}
        WHERE post_activity.post_id = row_id
    """  # noqa: S608 - names of ours


_RECOUNT_ACTIVITY = _recount_activity()
