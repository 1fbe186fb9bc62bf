"""How fast NetworkX's functions are through our backend, beside NetworkX itself. Ends by itself.

    python -m bench.graph.networkx_functions [--nodes 100000] [--edges 1000000] [--rounds 3] [--longest 600]

The graph is a made-up community (`bench.graph.generated`). NetworkX needs scipy for PageRank; what it cannot do
within `--longest` seconds and GIGABYTES of memory is ended, and shown as that. What we make of a snapshot, such as the ties
by where they lead, is in our seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import networkx as nx
import numpy as np

from bench.graph.generated import generated
from graph.networkx_graph import SnapshotGraph
from graph.snapshot import Snapshot, build

Call = Callable[[Any], Any]

GIGABYTES = 10
"""How much memory NetworkX may take, its graph included."""


class Measured(NamedTuple):
    """A function, which kind of graph it is for, and how it is called."""

    name: str
    directed: bool
    call: Call
    by_networkx: Call | None = None
    """How NetworkX is asked for the same, if otherwise."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.graph.networkx_functions", description="NetworkX, and we.")
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="of each, of which the median is shown")
    parser.add_argument("--longest", type=float, default=600, help="seconds that NetworkX may take")
    options = parser.parse_args()
    snapshot = _snapshot(options.nodes, options.edges)
    directed = SnapshotGraph.from_snapshot(snapshot)
    theirs = {True: directed.to_networkx(), False: directed.to_undirected().to_networkx()}
    few = _snapshot(100, 500)
    print(f"{options.nodes:,} nodes, {options.edges:,} directed edges; medians of {options.rounds}.\n")
    print("| | Teahouse | NetworkX | ratio |\n|---|---|---|---|")
    _row(
        "convert a graph of NetworkX's",
        _median(lambda: SnapshotGraph.from_networkx(theirs[True]), options.rounds),
        None,
    )
    for one in _all():
        one.call(_graph(few, directed=one.directed))  # compiles
        ours = _median(partial(_run, one, snapshot), options.rounds)
        asked = one.by_networkx or one.call
        _row(one.name, ours, _within(asked, theirs[one.directed], options.rounds, options.longest))
    print(f"\nLoad average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.")


def _all() -> list[Measured]:
    return [
        Measured("pagerank", True, nx.pagerank),
        Measured(
            "pagerank, personalised", True, lambda graph: nx.pagerank(graph, personalization={next(iter(graph)): 1})
        ),
        Measured("core_number", False, nx.core_number),
        Measured("triangles", False, nx.triangles),
        Measured("clustering", False, nx.clustering),
        Measured("constraint", True, lambda graph: nx.constraint(graph, weight="weight")),
        Measured(
            "effective_size",
            True,
            lambda graph: nx.effective_size(graph, weight="weight"),
            lambda graph: nx.effective_size(graph, nodes=list(graph), weight="weight"),
        ),
        Measured("weakly_connected_components", True, lambda graph: list(nx.weakly_connected_components(graph))),
        Measured("strongly_connected_components", True, lambda graph: list(nx.strongly_connected_components(graph))),
        Measured(
            "harmonic_centrality of 20 nodes",
            True,
            lambda graph: nx.harmonic_centrality(graph, list(islice(graph, 20))),
        ),
        Measured(
            "leiden_communities, beside louvain_communities",
            False,
            lambda graph: nx.community.leiden_communities(graph, seed=1),
            lambda graph: nx.community.louvain_communities(graph, seed=1),
        ),
        Measured("modularity", False, lambda graph: nx.community.modularity(graph, [set(graph)])),
        Measured("ego_graph, the first of a graph", True, lambda graph: nx.ego_graph(graph, next(iter(graph)))),
    ]


def _snapshot(nodes: int, edges: int) -> Snapshot:
    rows, columns, weights, _ = generated(nodes, edges, seed=1)
    return build(np.arange(nodes), rows, columns, weights, datetime(2026, 1, 1, tzinfo=UTC))


def _graph(snapshot: Snapshot, *, directed: bool) -> SnapshotGraph:
    """Return a graph that remembers nothing of earlier calls."""
    graph = SnapshotGraph.from_snapshot(snapshot)
    return graph if directed else graph.to_undirected()


def _run(one: Measured, snapshot: Snapshot) -> None:
    one.call(_graph(snapshot, directed=one.directed))


def _median(call: Callable[[], Any], rounds: int) -> float:
    return statistics.median(_timed(call) for _ in range(rounds))


def _timed(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _within(call: Call, graph: Any, rounds: int, longest: float) -> float | str:
    """Return the median of as many rounds as fit, or why not one does. In a process that has the graph already."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_send, args=(there, call, graph, rounds))
    process.start()
    there.close()
    seconds: list[float] = []
    reason = f"not in {longest:.0f} s"
    end = time.perf_counter() + longest
    while len(seconds) < rounds and here.poll(max(end - time.perf_counter(), 0)):
        try:
            seconds.append(here.recv())
        except EOFError:
            reason = f"not in {GIGABYTES} GB"
            break
    process.kill()
    process.join()
    return statistics.median(seconds) if seconds else reason


def _send(answer: Connection, call: Call, graph: Any, rounds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES * 2**30, GIGABYTES * 2**30))
    with contextlib.suppress(MemoryError):
        for _ in range(rounds):
            answer.send(_timed(lambda: call(graph)))


def _row(name: str, ours: float, theirs: float | str | None) -> None:
    if isinstance(theirs, float):
        print(
            f"| {name} | {_seconds(ours)} | {_seconds(theirs)} | {theirs / ours:,.{0 if theirs > 10 * ours else 1}f} |",
            flush=True,
        )
    else:
        print(f"| {name} | {_seconds(ours)} | {theirs or ''} | |", flush=True)


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"  # noqa: PLR2004 - a tenth of a second


if __name__ == "__main__":
    main()
