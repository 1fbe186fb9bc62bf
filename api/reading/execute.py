"""Compiled reads, kept and run: a request is a look-up, one prepared statement, and bytes out."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from api.reading.compile import Compiled
from community.members.viewer import Viewer

if TYPE_CHECKING:
    from community.foundation.database import Connection

V = TypeVar("V")

_dialect: Any = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves its dialects' makers untyped


class RecentlyUsed(Generic[V]):
    """A bounded mapping that drops what was used longest ago."""

    def __init__(self, capacity: int) -> None:
        """Hold so many."""
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """Return what is kept under a key."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: Hashable, value: V) -> None:
        """Keep something under a key."""
        self._entries[key] = value
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._entries)


@dataclass(frozen=True, slots=True)
class Read:
    """A read that is ready to run: SQL, what fills its parameters, and what Python computes of the answer."""

    sql: str
    fills: Sequence[tuple[str | None, Callable[[Mapping[str, Any]], Any] | None]]
    computations: Sequence[Callable[..., Any]]
    marker: str

    def values(self, viewer: Viewer, variables: Mapping[str, Any]) -> list[Any]:
        """Return the statement's parameters in order.

        Raises:
            BadArgument: if a value cannot be what its field takes.
        """
        return [
            getattr(viewer, attribute) if attribute is not None else read(variables)  # type: ignore[misc] # one of the two is there
            for attribute, read in self.fills
        ]

    async def run(self, connection: Connection, viewer: Viewer, variables: Mapping[str, Any]) -> bytes:
        """Run the statement and return the JSON text of its object."""
        return self.answer(await connection.read(self.sql, *self.values(viewer, variables)))

    def answer(self, text: bytes | None) -> bytes:
        """Return the JSON text of the object, from what the statement gave."""
        text = text or b"null"
        return orjson.dumps(self._computed(orjson.loads(text))) if self.computations else text

    def _computed(self, value: Any) -> Any:
        """Replace what Python computes, wherever it stands in the answer."""
        if isinstance(value, dict):
            index = value.get(self.marker)
            if index is not None:
                return self.computations[index](*value["inputs"])
            return {key: self._computed(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._computed(inner) for inner in value]
        return value


def new_marker() -> str:
    """Return a key that no document names and no row holds."""
    return f"computed {secrets.token_hex(8)}"


def prepare(compiled: Compiled, marker: str) -> Read:
    """Turn a compiled statement into SQL text with numbered parameters."""
    result = compiled.statement.compile(dialect=_dialect, compile_kwargs={"literal_binds": True})
    fills: list[tuple[str | None, Callable[[Mapping[str, Any]], Any] | None]] = []
    for name in result.positiontup or ():
        if name in compiled.readers:
            fills.append((None, compiled.readers[name]))
        else:
            fills.append((name.removeprefix("viewer_"), None))
    return Read(result.string, fills, compiled.computations, marker)
