"""The social graph at one moment: whose place is whose, and who attends to whom how much. Immutable.

Members are placed by how many attend to them, the most first: the rows that are read most often lie side by side, which
keeps them in the processor's cache.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Places, Weights, from_pairs, renamed, symmetrized, transposed

_MAGIC = b"teahouse-graph-1"
_HEADER = struct.Struct("<16sQ")
_ALIGNMENT = 64


class BadSnapshotError(ValueError):
    """Bytes that are no packed snapshot, or not one of this version."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Who attended to whom, up to `as_of`.

    `out` has a row for each member with those they attend to; `into` the same ties by who is attended to. The tie from u
    to v weighs what u did towards v.
    """

    members: NDArray[np.int64]
    """The id of the member at each place, int64[n], without repeats."""
    out: Adjacency
    as_of: datetime

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.members)

    @cached_property
    def into(self) -> Adjacency:
        """The ties by who is attended to."""
        return transposed(self.out)

    @cached_property
    def undirected(self) -> Adjacency:
        """Each tie in both rows, with the weight of both directions together."""
        return symmetrized(self.out, self.into)

    @cached_property
    def _by_id(self) -> NDArray[np.int64]:
        return np.argsort(self.members, kind="stable")

    def places_of(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of each member, -1 for who is not in the graph. O(k log n)."""
        if not self.size:
            return np.full(len(members), -1, np.int64)
        order = self._by_id
        at = np.minimum(np.searchsorted(self.members, members, sorter=order), self.size - 1)
        places = order[at]
        return np.where(self.members[places] == members, places, -1)

    def pack(self) -> bytes:
        """Return the snapshot as bytes that `unpack` reads without copying: a header of JSON, then the arrays."""
        return b"".join(self._pieces())

    def packed(self, length: int) -> Iterator[bytes]:
        """Yield what `pack` returns in parts of a length, without having all of it in memory."""
        part = bytearray()
        for piece in self._pieces():
            rest = memoryview(piece)
            while len(part) + len(rest) >= length:
                taken = length - len(part)
                yield bytes(part) + rest[:taken]
                part, rest = bytearray(), rest[taken:]
            part += rest
        if part:
            yield bytes(part)

    def _pieces(self) -> Iterator[bytes | memoryview]:
        arrays: dict[str, NDArray[Any]] = {
            "members": self.members,
            "offsets": self.out.offsets,
            "neighbours": self.out.neighbours,
            "weights": self.out.weights,
        }
        described = [{"name": name, "dtype": array.dtype.str, "length": len(array)} for name, array in arrays.items()]
        header = json.dumps({"as_of": self.as_of.isoformat(), "arrays": described}).encode()
        yield _HEADER.pack(_MAGIC, len(header)) + header
        at = _HEADER.size + len(header)
        for array in arrays.values():
            padding = -at % _ALIGNMENT
            yield bytes(padding)
            yield np.ascontiguousarray(array).view(np.uint8).data
            at += padding + array.nbytes


def build(members: NDArray[np.int64], rows: Places, columns: Places, weights: Weights, as_of: datetime) -> Snapshot:
    """Return the snapshot of ties given as pairs of indices into `members`. O(n log n + m).

    Raises:
        ValueError: as `from_pairs`, or if a member is there twice.
    """
    return arranged(members, from_pairs(len(members), rows, columns, weights), as_of)


def arranged(members: NDArray[np.int64], out: Adjacency, as_of: datetime) -> Snapshot:
    """Return the snapshot of ties that go by the index in `members`. O(n log n + m).

    Raises:
        ValueError: if a member is there twice.
    """
    ascending = np.argsort(members, kind="stable")
    if np.any(np.diff(members[ascending]) == 0):
        raise ValueError("a member is there twice")
    attended = np.bincount(out.neighbours, minlength=len(members))
    order = ascending[np.argsort(-attended[ascending], kind="stable")]
    there, into = renamed(out, order)
    members = members[order]
    members.flags.writeable = False
    snapshot = Snapshot(members, there, as_of)
    vars(snapshot)["into"] = into  # found on the way, and kept where the cached property keeps it
    return snapshot


def unpack(packed: bytes | memoryview) -> Snapshot:
    """Read a packed snapshot; its arrays stay views of the bytes, which may be a file mapped into memory.

    Raises:
        BadSnapshotError: if the bytes are not what `pack` makes, are cut short, or name a place that is not there.
    """
    view = memoryview(packed)
    if bytes(view[: len(_MAGIC)]) != _MAGIC:
        raise BadSnapshotError("not a packed snapshot of this version")
    try:
        _, length = _HEADER.unpack_from(view)
        header = json.loads(bytes(view[_HEADER.size : _HEADER.size + length]))
        arrays = _views(view, header["arrays"], _HEADER.size + length)
        out = Adjacency(arrays["offsets"], arrays["neighbours"], arrays["weights"])
        snapshot = Snapshot(arrays["members"], out, datetime.fromisoformat(header["as_of"]))
    except BadSnapshotError:
        raise
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise BadSnapshotError(f"not a packed snapshot: {error}") from error
    _check(snapshot)
    return snapshot


def _views(view: memoryview, described: Iterable[dict[str, Any]], at: int) -> dict[str, NDArray[Any]]:
    expected = {"members": "<i8", "offsets": "<i8", "neighbours": "<u4", "weights": "<f4"}
    arrays = {}
    for each in described:
        if expected.get(each["name"]) != each["dtype"]:
            raise BadSnapshotError(f"an array {each['name']} of {each['dtype']} does not belong here")
        at += -at % _ALIGNMENT
        array = np.frombuffer(view, each["dtype"], each["length"], at)
        array.flags.writeable = False
        arrays[each["name"]] = array
        at += array.nbytes
    return arrays


def _check(snapshot: Snapshot) -> None:
    """Refuse what would have a kernel, which does not look, read beyond an array."""
    offsets, neighbours = snapshot.out.offsets, snapshot.out.neighbours
    sound = (
        len(offsets) == snapshot.size + 1
        and offsets[0] == 0
        and offsets[-1] == len(neighbours) == len(snapshot.out.weights)
        and bool(np.all(offsets[1:] >= offsets[:-1]))
        and (not len(neighbours) or int(neighbours.max()) < snapshot.size)
    )
    if not sound:
        raise BadSnapshotError("the arrays do not fit each other")
