"""How fast tribes are found and how good they are, beside igraph's Leiden. Ends by itself.

    python -m bench.graph.tribes [--members 1000000] [--ties 10000000] [--rounds 3] [--seeds 20]

The first table is of a made-up community (`bench.graph.generated`); the second, where the shared data are there, of a
real one whose departments are known. igraph is measured where it is installed: it is no dependency of ours.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import multiprocessing
import os
import random
import resource
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.graph.agreement import adjusted_mutual_information
from bench.graph.generated import generated
from graph.adjacency import Adjacency, from_pairs, symmetrized, transposed
from graph.measures.tribes import modularity, tribes
from tests.graph.datasets import EMAIL, email

Finder = Callable[[Adjacency, int], tuple[NDArray[Any], float]]


class Run(NamedTuple):
    """One search: its seconds, the modularity and number of tribes, and the megabytes at most above the graph."""

    seconds: float
    modularity: float
    tribes: float
    megabytes: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.graph.tribes", description="How tribes are found.")
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--ties", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="of each, of which the median is shown")
    parser.add_argument("--seeds", type=int, default=20, help="how often the departments are guessed")
    options = parser.parse_args()
    finders: dict[str, Finder] = {"ours": _ours}
    if importlib.util.find_spec("igraph"):
        finders["igraph"] = _igraph
    else:
        print("igraph: absent, it is not installed here.\n")
    tribes(_undirected(100, 500))  # compiles
    _generated(finders, _undirected(options.members, options.ties), options.rounds)
    if EMAIL.is_dir():
        _departments(finders, options.seeds)
    else:
        print("\nDepartments: absent, the email-Eu-core network is not in the shared data.")
    print(f"\nLoad average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.")


def _undirected(members: int, ties: int) -> Adjacency:
    rows, columns, weights, _ = generated(members, ties, seed=1)
    out = from_pairs(members, rows, columns, weights)
    return symmetrized(out, transposed(out))


def _generated(finders: dict[str, Finder], undirected: Adjacency, rounds: int) -> None:
    print(f"{undirected.size:,} members, {undirected.ties // 2:,} pairs of them tied; medians of {rounds}.\n")
    print(
        "| | seconds | ratio | modularity | tribes | peak MB above the graph | ratio |\n|---|---|---|---|---|---|---|"
    )
    runs: dict[str, list[Run]] = {name: [] for name in finders}
    for seed in range(rounds):
        for name, finder in finders.items():
            runs[name].append(_apart(finder, undirected, seed))
    medians = {name: Run(*map(statistics.median, zip(*of_one, strict=True))) for name, of_one in runs.items()}
    ours = medians["ours"]
    for name, run in medians.items():
        print(
            f"| {name} | {run.seconds:.1f} | {run.seconds / ours.seconds:.2f} | {run.modularity:.4f} | {run.tribes:.0f} "
            f"| {run.megabytes:.0f} | {run.megabytes / max(ours.megabytes, 1):.2f} |"
        )


def _departments(finders: dict[str, Finder], seeds: int) -> None:
    out, departments = email()
    undirected = symmetrized(out, transposed(out))
    print(f"\nThe 42 departments of email-Eu-core (adjusted mutual information); means of {seeds} seeds.\n")
    print("| | agreement | modularity | tribes |\n|---|---|---|---|")
    for name, finder in finders.items():
        found = [finder(undirected, seed)[0] for seed in range(seeds)]
        agreement = statistics.mean(adjusted_mutual_information(labels, departments) for labels in found)
        quality = statistics.mean(modularity(undirected, labels) for labels in found)
        count = statistics.mean(len(np.unique(labels)) for labels in found)
        print(f"| {name} | {agreement:.3f} | {quality:.4f} | {count:.1f} |")


def _apart(finder: Finder, undirected: Adjacency, seed: int) -> Run:
    """Run a finder in a process of its own, which has the graph already: its peak is the finder's alone."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_run, args=(there, finder, undirected, seed))
    process.start()
    run: Run = here.recv()
    process.join()
    return run


def _run(answer: Connection, finder: Finder, undirected: Adjacency, seed: int) -> None:
    before = _peak()
    labels, seconds = finder(undirected, seed)
    megabytes = _peak() - before
    answer.send(Run(seconds, modularity(undirected, labels), len(np.unique(labels)), megabytes))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ours(undirected: Adjacency, seed: int) -> tuple[NDArray[Any], float]:
    began = time.perf_counter()
    found = tribes(undirected, seed=seed)
    return found.labels, time.perf_counter() - began


def _igraph(undirected: Adjacency, seed: int) -> tuple[NDArray[Any], float]:
    """Find communities by igraph, two iterations of it. Making its graph is in the peak, but not in the seconds."""
    igraph = importlib.import_module("igraph")
    rows = np.repeat(np.arange(undirected.size, dtype=np.uint32), undirected.degrees())
    once = rows < undirected.neighbours
    graph = igraph.Graph(undirected.size, np.column_stack([rows[once], undirected.neighbours[once]]))
    weights = undirected.weights[once].tolist()
    random.seed(seed)  # igraph draws from here
    began = time.perf_counter()
    found = graph.community_leiden(objective_function="modularity", weights=weights, n_iterations=2)
    return np.array(found.membership), time.perf_counter() - began


if __name__ == "__main__":
    main()
