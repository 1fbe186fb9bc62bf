"""Each measure on the same ties, ours and others', every library in a process of its own.

What libraries are compared on is what they have: where a column is empty, the library has no such measure, or only one
that would not end (exact closeness, say; NetworkX's weighted constraint took 90 s for 2,000 members). A library is given the ties as arrays and makes its own graph of them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.graph.apart import Timed, apart, timed
from bench.graph.generated import generated
from graph.adjacency import Adjacency, from_pairs, symmetrized, transposed
from graph.measures.brokerage import brokerage
from graph.measures.closeness import harmonic
from graph.measures.components import strong_components, weak_components
from graph.measures.cores import core_numbers
from graph.measures.rank import pagerank, ranked, transitions
from graph.measures.reach import expected_reach, sample
from graph.measures.ties import bonding, support
from graph.measures.tribes import tribes
from graph.measures.trust import trust

OURS = "Teahouse"
LIBRARIES = {"igraph": "igraph", "scipy": "scipy", "networkx": "networkx"}
ITERATIONS = 31
SETS = 250_000
STARTING = 1_000
"""One in so many members is one that trust and rank start from."""

BUILD, UNDIRECTED = "build", "undirected view"
STEPPED, RANKED = f"rank, {ITERATIONS} iterations", "rank, to 1e-9"
WEAK, STRONG, CORES = "weak components", "strong components", "cores"
CLUSTERING, CONSTRAINT, BROKERAGE = "clustering", "constraint", "brokerage: triangles, constraint, effective size"
TRUST, CLOSENESS, REACH, BONDING, TRIBES = "trust", "closeness", "reach of everybody", "bonding and support", "tribes"

Values = NDArray[Any]
Work = Callable[[], Values]


class Ran(NamedTuple):
    """What one library took for each measure, what it found, and the megabytes it had at most."""

    took: dict[str, Timed]
    found: dict[str, Values]
    peak: float


class Ties(NamedTuple):
    """A made-up community's ties, as every library is given them."""

    size: int
    rows: NDArray[np.uint32]
    columns: NDArray[np.uint32]
    weights: NDArray[np.float32]

    def starting(self) -> NDArray[np.float64]:
        """Return whom walks start from, float64[n]."""
        starting = np.zeros(self.size)
        starting[:: max(1, min(STARTING, self.size // 10))] = 1
        return starting


def absent() -> list[str]:
    """Return the libraries that are not installed here."""
    return [name for name, module in LIBRARIES.items() if importlib.util.find_spec(module) is None]


def save(directory: Path, members: int, ties: int) -> None:
    """Write the ties for the processes to read."""
    rows, columns, weights, _ = generated(members, ties, seed=1)
    for name, array in (("rows", rows), ("columns", columns), ("weights", weights)):
        np.save(directory / f"{name}.npy", array)


def load(directory: Path, members: int) -> Ties:
    """Read them."""
    return Ties(members, *(np.load(directory / f"{name}.npy") for name in ("rows", "columns", "weights")))


def measured(
    directory: Path, members: int, rounds: int, *, networkx: bool, say: Callable[[str], None]
) -> dict[str, Ran]:
    """Measure ours and all libraries that are there; NetworkX only where asked, for what it takes."""
    runs = {}
    workers: Mapping[str, Callable[..., Any]] = {OURS: _ours, "igraph": _igraph, "scipy": _scipy, "networkx": _networkx}
    for name, worker in workers.items():
        if name in absent() or (name == "networkx" and not networkx):
            continue
        say(f"{name}, {members:,} members ...")
        (took, found), megabytes = apart(worker, directory, members, rounds)
        runs[name] = Ran(took, found, megabytes)
    return runs


class _Book:
    """What was done, and how long it took."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.took: dict[str, Timed] = {}
        self.found: dict[str, Values] = {}

    def enter(
        self,
        name: str,
        work: Callable[[], Any],
        read: Callable[[Any], Values] | None = None,
        before: Callable[[], object] = lambda: None,
    ) -> Any:
        result, self.took[name] = timed(work, self.rounds, before)
        if read is not None:
            self.found[name] = read(result)
        return result

    def closed(self) -> tuple[dict[str, Timed], dict[str, Values]]:
        return self.took, self.found


def _sizes(labels: Any) -> Values:
    """Return the sizes of components, the largest first: libraries number them as they like."""
    return np.sort(np.bincount(np.asarray(labels, np.int64)))[::-1].astype(np.float64)


def _ours(directory: Path, members: int, rounds: int) -> tuple[dict[str, Timed], dict[str, Values]]:
    few = generated(200, 1_000, seed=1)
    _measure_ours(Ties(200, *few[:3]), _Book(1))  # compiles
    book = _Book(rounds)
    _measure_ours(load(directory, members), book)
    return book.closed()


def _measure_ours(ties: Ties, book: _Book) -> None:
    def build() -> tuple[Adjacency, Adjacency]:
        out = from_pairs(ties.size, ties.rows, ties.columns, ties.weights)
        return out, transposed(out)

    out, into = book.enter(BUILD, build)
    undirected = book.enter(UNDIRECTED, lambda: symmetrized(out, into))
    starting = ties.starting()
    book.enter(
        STEPPED,
        partial(
            ranked,
            transitions(out, into, dtype=np.float32),
            teleport=starting,
            tolerance=0,
            iterations=ITERATIONS,
        ),
        lambda found: found.scores,
    )
    book.enter(RANKED, lambda: pagerank(out, into, teleport=starting), lambda found: found.scores)
    book.enter(WEAK, lambda: weak_components(out), _sizes)
    book.enter(STRONG, lambda: strong_components(out), _sizes)
    book.enter(CORES, lambda: core_numbers(undirected), lambda found: found)
    structure = book.enter(BROKERAGE, lambda: brokerage(undirected))
    book.found |= {CLUSTERING: structure.clustering, CONSTRAINT: structure.constraint}
    trusted = book.enter(TRUST, lambda: trust(out, starting))
    book.enter(BONDING, lambda: (bonding(out, into, structure.clustering, trusted), support(into, trusted)))
    book.enter(CLOSENESS, lambda: harmonic(into))
    book.enter(REACH, lambda: expected_reach(sample(out, min(SETS, 4 * out.size), seed=1), out.size))
    book.enter(TRIBES, lambda: tribes(undirected, seed=1))


def _igraph(directory: Path, members: int, rounds: int) -> tuple[dict[str, Timed], dict[str, Values]]:
    igraph = importlib.import_module("igraph")
    ties, book = load(directory, members), _Book(rounds)
    weights = ties.weights.tolist()
    starting = ties.starting().tolist()

    def build() -> Any:
        return igraph.Graph(ties.size, np.column_stack([ties.rows, ties.columns]), directed=True)

    graph = book.enter(BUILD, build)
    graph.es["weight"] = weights
    book.enter(RANKED, lambda: graph.personalized_pagerank(reset=starting, weights=weights), np.array)

    def forget() -> None:
        """Have igraph find components anew: it remembers of a graph that it is connected, until the graph changes."""
        graph.add_vertices(1)
        graph.delete_vertices([ties.size])

    book.enter(WEAK, lambda: graph.connected_components("weak").membership, _sizes, forget)
    book.enter(STRONG, lambda: graph.connected_components("strong").membership, _sizes, forget)
    undirected = book.enter(UNDIRECTED, lambda: graph.as_undirected(combine_edges="sum"))
    book.enter(CORES, undirected.coreness, np.array)
    book.enter(CLUSTERING, lambda: undirected.transitivity_local_undirected(mode="zero"), np.array)
    if members <= 100_000:  # noqa: PLR2004 - a million takes it many minutes
        book.enter(CONSTRAINT, lambda: undirected.constraint(weights="weight"), np.array)
    book.enter(
        TRIBES,
        lambda: undirected.community_leiden(objective_function="modularity", weights="weight", n_iterations=2),
    )
    return book.closed()


def _scipy(directory: Path, members: int, rounds: int) -> tuple[dict[str, Timed], dict[str, Values]]:
    sparse = importlib.import_module("scipy.sparse")
    graphs = importlib.import_module("scipy.sparse.csgraph")
    ties, book = load(directory, members), _Book(rounds)
    shape = (ties.size, ties.size)

    def build() -> Any:
        out = sparse.csr_array((ties.weights.astype(np.float64), (ties.rows, ties.columns)), shape=shape)
        return out, out.T.tocsr()

    out, into = book.enter(BUILD, build)
    strengths = np.asarray(out.sum(axis=1)).ravel()
    shares = sparse.csr_array(into @ sparse.diags_array(1 / np.where(strengths > 0, strengths, 1)))
    del into
    starting = ties.starting() / ties.starting().sum()
    dangling = strengths == 0

    def rank(tolerance: float, most: int) -> Values:
        scores, change = starting, np.inf
        for _ in range(most):
            before = scores
            scores = 0.85 * (shares @ scores + scores[dangling].sum() * starting) + 0.15 * starting
            change = np.abs(scores - before).sum()
            if change <= tolerance:
                break
        final: Values = scores / scores.sum()
        return final

    book.enter(STEPPED, lambda: rank(0, ITERATIONS), lambda found: found)
    book.enter(RANKED, lambda: rank(1e-9, 200), lambda found: found)
    for name, connection in ((WEAK, "weak"), (STRONG, "strong")):
        book.enter(
            name, partial(graphs.connected_components, out, connection=connection), lambda found: _sizes(found[1])
        )
    book.enter(UNDIRECTED, lambda: sparse.csr_array(out + out.T))
    return book.closed()


def _networkx(directory: Path, members: int, rounds: int) -> tuple[dict[str, Timed], dict[str, Values]]:
    networkx = importlib.import_module("networkx")
    ties, book = load(directory, members), _Book(rounds)

    def build() -> Any:
        graph = networkx.DiGraph()
        graph.add_nodes_from(range(ties.size))
        graph.add_weighted_edges_from(
            zip(ties.rows.tolist(), ties.columns.tolist(), ties.weights.tolist(), strict=True)
        )
        return graph

    def undirect() -> Any:
        both = networkx.Graph()
        both.add_nodes_from(range(ties.size))
        for one, other, weight in graph.edges.data("weight"):
            both.add_edge(one, other, weight=weight + (both[one][other]["weight"] if both.has_edge(one, other) else 0))
        return both

    def by_place(found: Mapping[int, float]) -> Values:
        return np.array([found[place] for place in range(ties.size)])

    def labelled(parts: Any) -> Values:
        return np.sort(np.array([len(part) for part in parts], np.float64))[::-1]

    graph = book.enter(BUILD, build)
    if importlib.util.find_spec("scipy"):  # without which it has no rank
        starting = dict(enumerate(ties.starting().tolist()))
        book.enter(
            RANKED,
            lambda: networkx.pagerank(graph, personalization=starting, tol=1e-9 / ties.size, max_iter=300),
            by_place,
        )
    book.enter(WEAK, lambda: list(networkx.weakly_connected_components(graph)), labelled)
    book.enter(STRONG, lambda: list(networkx.strongly_connected_components(graph)), labelled)
    undirected = book.enter(UNDIRECTED, undirect)
    book.enter(CORES, lambda: networkx.core_number(undirected), by_place)
    book.enter(CLUSTERING, lambda: networkx.clustering(undirected), by_place)
    return book.closed()
