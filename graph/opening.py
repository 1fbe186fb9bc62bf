"""The graph for who analyses it: from a file, or as the last scoring run left it in the database; and into a file."""

from __future__ import annotations

import asyncio
import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from community.foundation.database import Connection, Database
from graph.networkx_graph import SnapshotGraph
from graph.snapshot import Snapshot, build, unpack
from graph.storing import load_packed

_READING_WITHIN = 600.0  # seconds: a graph of millions is read at once, and nobody waits behind it

_PEOPLE = """
    SELECT id, handle FROM member WHERE id = ANY($1::bigint[]) AND state = 'ACTIVE'
        AND NOT EXISTS (SELECT FROM profiling_objection WHERE member_id = member.id)
"""


def opened(source: str | os.PathLike[str]) -> SnapshotGraph:
    """Open a graph; see `graph.open_graph`."""
    address = os.fspath(source)
    if "://" not in address:
        return SnapshotGraph.from_snapshot(_mapped(Path(address)))
    # In a thread of its own, as a notebook runs an event loop already, in which no other may be run.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _read(address)).result()


def saved(graph: SnapshotGraph, path: str | os.PathLike[str]) -> None:
    """Write a graph into a file; see `graph.save_graph`."""
    as_of = graph.graph.get("as_of")
    if as_of is None or not graph.directed or graph.exact is not None or graph.loops is not None:
        raise ValueError("only a graph that a snapshot was opened as can be saved")
    packed = Snapshot(np.array(graph.labels, np.int64), graph.out, as_of).pack()
    there = Path(path)
    beside = there.with_name(f"{there.name}.part")
    beside.write_bytes(packed)
    beside.replace(there)


def _mapped(path: Path) -> Snapshot:
    """Read a packed snapshot, whose arrays stay in the file until they are looked at."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return unpack(b"")
        return unpack(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))


async def _read(url: str) -> SnapshotGraph:
    database = await Database.connect(
        url,
        minimum=0,
        maximum=1,
        statement_within=_READING_WITHIN,
        application_name="teahouse notebook",
    )
    try:
        async with database.reading() as connection:
            return await loaded(connection)
    finally:
        await database.close()


async def loaded(connection: Connection) -> SnapshotGraph:
    """Return the graph of the last run that is done, with the members' handles.

    Who has objected to profiling since, was suspended or is gone, is left out.

    Raises:
        LookupError: before the first run.
    """
    packed = await load_packed(connection)
    if packed is None:
        raise LookupError("the database has no graph yet: none has been made by a scoring run")
    snapshot = unpack(packed)
    rows = await connection.raw.fetch(_PEOPLE, snapshot.members.tolist())
    handles = {row["id"]: row["handle"] for row in rows}
    there = np.fromiter((member in handles for member in snapshot.members.tolist()), np.bool_, snapshot.size)
    if not there.all():
        snapshot = _among(snapshot, there)
    return SnapshotGraph.from_snapshot(snapshot, {"handle": [handles[member] for member in snapshot.members.tolist()]})


def _among(snapshot: Snapshot, there: NDArray[np.bool_]) -> Snapshot:
    """Return the graph of some members and the ties between them."""
    out = snapshot.out
    places = np.cumsum(there) - 1
    rows = np.repeat(np.arange(out.size), out.degrees())
    kept = there[rows] & there[out.neighbours]
    return build(
        snapshot.members[there],
        places[rows[kept]].astype(np.uint32),
        places[out.neighbours[kept]].astype(np.uint32),
        out.weights[kept],
        snapshot.as_of,
    )
