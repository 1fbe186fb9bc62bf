"""The social graph: who attends to whom, and what follows from it.

from graph import open_graph

graph = open_graph("postgresql://localhost/teahouse")
networkx.pagerank(graph)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.networkx_graph import SnapshotGraph

__all__ = ["open_graph", "save_graph"]


def open_graph(source: str | os.PathLike[str]) -> SnapshotGraph:
    """Open the graph of who attends to whom, for NetworkX: nodes are the ids of members.

    Args:
        source: a file that `save_graph` wrote, or the address of a database, of which the graph is that of the last
            scoring run. Nodes then have the attribute `handle`; who has objected to profiling since, or is not active
            any more, is left out.

    Raises:
        BadSnapshotError: if the file has no graph in it.
        LookupError: if the database has none yet.
    """
    from graph.opening import opened

    return opened(source)


def save_graph(graph: SnapshotGraph, path: str | os.PathLike[str]) -> None:
    """Write a graph, as `open_graph` gave it, into a file. Ids and ties are written, handles are not.

    Raises:
        ValueError: if the graph was made otherwise.
    """
    from graph.opening import saved

    saved(graph, path)
