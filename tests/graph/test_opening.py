"""Opening the graph: from a file as it was saved, and from a database as the last run left it."""

import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from community.foundation.database import Database
from graph import open_graph, save_graph
from graph.networkx_graph import SnapshotGraph
from graph.opening import loaded
from graph.profiling import object_to_profiling
from graph.snapshot import BadSnapshotError, build
from tests.factories.members import add_member
from tests.graph.test_snapshot import AS_OF, small, ties


def test_a_saved_graph_is_opened_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.bin"

    save_graph(SnapshotGraph.from_snapshot(small()), path)
    graph = open_graph(path)

    assert list(graph) == [9, 8, 7, 10]
    assert {(one, other): weight for one, other, weight in graph.to_networkx().edges(data="weight")} == ties(small())
    assert graph.graph["as_of"] == AS_OF
    assert [file.name for file in tmp_path.iterdir()] == ["snapshot.bin"]


def test_what_is_no_graph_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.bin"
    for content in (b"", b"something else", small().pack()[:-1]):
        path.write_bytes(content)
        with pytest.raises(BadSnapshotError):
            open_graph(path)
    with pytest.raises(FileNotFoundError):
        open_graph(tmp_path / "nothing")


def test_a_graph_that_was_no_snapshot_is_not_saved(tmp_path: Path) -> None:
    for graph in (
        SnapshotGraph.from_networkx(nx.DiGraph([(0, 1)])),
        SnapshotGraph.from_snapshot(small()).to_undirected(),
    ):
        with pytest.raises(ValueError, match="only a graph that a snapshot was opened as"):
            save_graph(graph, tmp_path / "snapshot.bin")


async def test_a_database_has_the_graph_of_its_last_run_with_handles(database: Database) -> None:
    # given three members in the stored graph, of whom one objects since, and one who is in no graph
    async with database.writing() as connection:
        ids = [(await add_member(connection, handle)).id for handle in ("lin", "mei", "tao", "new")]
        await connection.raw.execute("INSERT INTO score_run (model, state, finished_at) VALUES (1, 'DONE', now())")
        packed = build(
            np.array(ids[:3], np.int64),
            np.array([0, 1, 2], np.uint32),
            np.array([1, 2, 0], np.uint32),
            np.array([1, 2, 4], np.float32),
            AS_OF,
        ).pack()
        await connection.raw.execute(
            "INSERT INTO graph_snapshot (run_id, part, data) SELECT id, 0, $1 FROM score_run", packed
        )

    # when it is opened before and after
    async with database.reading() as connection:
        before = await loaded(connection)
    async with database.writing() as connection:
        await object_to_profiling(connection, ids[2])
    async with database.reading() as connection:
        after = await loaded(connection)

    # then all are there at first, by their handles, and whoever objects is gone with their ties
    assert dict(before.nodes(data="handle")) == {ids[0]: "lin", ids[1]: "mei", ids[2]: "tao"}
    assert before.number_of_edges() == 3
    assert dict(after.nodes(data="handle")) == {ids[1]: "mei", ids[0]: "lin"}
    assert list(after.to_networkx().edges(data="weight")) == [(ids[0], ids[1], 1)]


async def test_a_database_without_a_run_says_so_even_where_an_event_loop_runs(
    database_url: str, database: Database
) -> None:
    with pytest.raises(LookupError, match="no graph yet"):
        open_graph(database_url)


def test_importing_the_package_is_light() -> None:
    script = (
        "import graph, sys; print(sorted(m for m in sys.modules if m in {'numba', 'numpy', 'networkx', 'asyncpg'}))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert printed.stdout.strip() == "[]"
