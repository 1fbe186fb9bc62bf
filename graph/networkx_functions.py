"""NetworkX's functions on a `SnapshotGraph`: their names, arguments, answers and exceptions, our loops.

What an answer means, NetworkX documents. Said here is only where ours differs. `REFUSALS` has the arguments that we leave
to NetworkX.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency
from graph.measures.closeness import harmonic, harmonic_exact
from graph.measures.components import strong_components, strong_components_ends_first, weak_components
from graph.measures.cores import core_numbers
from graph.measures.rank import ranked
from graph.measures.tribes import tribes
from graph.networkx_graph import SnapshotGraph

Node: TypeAlias = Hashable
Nodes: TypeAlias = Any
"""A node, nodes, or None for all of them."""


def pagerank(
    G: SnapshotGraph,
    alpha: float = 0.85,
    personalization: Mapping[Node, float] | None = None,
    max_iter: int = 100,
    tol: float = 1.0e-6,
    nstart: Mapping[Node, float] | None = None,
    weight: str | None = "weight",
    dangling: Mapping[Node, float] | None = None,
) -> dict[Node, float]:
    """Rank nodes, in float64: from the same start by the same steps as NetworkX, until they change by n * tol."""
    graph = _without_loops(G).weighted_by(weight)
    if not len(graph):
        return {}
    teleport = _by_place(graph, personalization)
    if teleport is not None and teleport.sum() == 0:
        raise ZeroDivisionError
    start = _by_place(graph, nstart)
    enough = len(graph) * tol
    if max_iter >= 1:
        try:
            ranking = ranked(
                graph.transitions,
                teleport=teleport,
                dangling=_by_place(graph, dangling),
                damping=alpha,
                tolerance=max(float(np.nextafter(enough, -np.inf)), 0.0),  # NetworkX stops below, not at it
                iterations=max_iter,
                start=np.ones(len(graph)) if start is None else start,
            )
        except ValueError as error:
            raise NotImplementedError(str(error)) from error
        if ranking.change < enough:
            return _keyed(graph, ranking.scores)
    raise nx.PowerIterationFailedConvergence(max_iter)


def core_number(G: SnapshotGraph) -> dict[Node, int]:
    """Number cores; of a directed graph by ties in and out, each counting for itself."""
    if G.loops is not None:
        raise nx.NetworkXNotImplemented("Input graph has self loops which is not permitted.")
    return _keyed(G, core_numbers(_side_by_side(G) if G.directed else G.out))


def triangles(G: SnapshotGraph, nodes: Nodes = None) -> Any:
    """Count triangles."""
    return _of_bunch(G, G.brokerage.triangles, nodes)


def clustering(G: SnapshotGraph, nodes: Nodes = None, weight: None = None) -> Any:  # noqa: ARG001 - None, or refused
    """Return the part of pairs of neighbours that are tied."""
    return _of_bunch(G, G.brokerage.clustering, nodes)


def average_clustering(
    G: SnapshotGraph,
    nodes: Nodes = None,
    weight: None = None,
    count_zeros: bool = True,
) -> float:
    """Return the mean of `clustering`."""
    chosen = clustering(G, nodes, weight).values()
    counted = list(chosen) if count_zeros else [value for value in chosen if value > 0]
    return float(sum(counted)) / len(counted)


def transitivity(G: SnapshotGraph) -> float:
    """Return the part of all pairs of ties that meet which a third tie closes."""
    degrees = G.out.degrees()
    closed, pairs = int(G.brokerage.triangles.sum()), int((degrees * (degrees - 1)).sum()) // 2
    return closed / pairs if closed else 0


def constraint(G: SnapshotGraph, nodes: Iterable[Node] | None = None, weight: str | None = None) -> dict[Node, float]:
    """Return Burt's constraint.

    NaN for nodes without ties, whichever are asked for. NetworkX asked for some of a directed graph also has NaN for those
    whose ties all lead to them, and asked for all of it has not; we never have.
    """
    return _of_nodes(G, _without_loops(G).weighted_by(weight).brokerage.constraint, nodes)


def effective_size(
    G: SnapshotGraph, nodes: Iterable[Node] | None = None, weight: str | None = None
) -> dict[Node, float]:
    """Return Burt's effective size, as the formula in NetworkX's documentation has it.

    NetworkX 3.6.1 asked for all nodes divides columns by the strongest ties where it means rows, and so is wrong for
    weighted and directed graphs; asked for a list of them it is right, and we agree with it then. NaN as in `constraint`.
    """
    return _of_nodes(G, _without_loops(G).weighted_by(weight).brokerage.effective_size, nodes)


def connected_components(G: SnapshotGraph) -> Iterator[set[Node]]:
    """Yield components in the order of their first nodes."""
    return iter(_groups(G, _by_first(weak_components(G.out))))


def strongly_connected_components(G: SnapshotGraph) -> Iterator[set[Node]]:
    """Yield strong components, those first that ties lead to: as in NetworkX, which does not promise it."""
    return iter(_groups(G, strong_components_ends_first(G.out)))


def number_connected_components(G: SnapshotGraph) -> int:
    """Count components."""
    return int(weak_components(G.out).max(initial=-1)) + 1


def number_strongly_connected_components(G: SnapshotGraph) -> int:
    """Count strong components."""
    return int(strong_components(G.out).max(initial=-1)) + 1


def is_connected(G: SnapshotGraph) -> bool:
    """Tell whether there is but one component."""
    return _one(number_connected_components(G))


def is_strongly_connected(G: SnapshotGraph) -> bool:
    """Tell whether there is but one strong component."""
    return _one(number_strongly_connected_components(G))


def node_connected_component(G: SnapshotGraph, n: Node) -> set[Node]:
    """Return the nodes of a node's component."""
    numbers = weak_components(G.out)
    return {G.labels[place] for place in np.flatnonzero(numbers == numbers[G.places[n]]).tolist()}


weakly_connected_components = connected_components
number_weakly_connected_components = number_connected_components
is_weakly_connected = is_connected


def harmonic_centrality(
    G: SnapshotGraph,
    nbunch: Nodes = None,
    distance: None = None,  # noqa: ARG001 - None, or refused
    sources: None = None,  # noqa: ARG001 - the same
    *,
    registers_log2: int | None = None,
) -> dict[Node, float]:
    """Return harmonic closeness: exact, or estimated for all where `registers_log2` is given (see `closeness.harmonic`).

    Exact is O(n + m) for each node asked for.
    """
    chosen = list(dict.fromkeys(G.nbunch_iter(nbunch)))
    places = np.fromiter((G.places[node] for node in chosen), np.uint32, len(chosen))
    if registers_log2 is None:
        values = harmonic_exact(G.into, places)
    else:
        values = harmonic(G.into, registers_log2=registers_log2)[places]
    return dict(zip(chosen, values.tolist(), strict=True))


def leiden_communities(
    G: SnapshotGraph,
    weight: str | None = "weight",
    resolution: float = 1,
    max_level: None = None,  # noqa: ARG001 - None, or refused
    seed: Any = None,
    *,
    rounds: int = 2,
) -> list[set[Node]]:
    """Find communities, the largest first, each connected. Every one of `rounds` goes through all levels."""
    graph = G.weighted_by(weight)
    found = tribes(
        graph.out,
        resolution=resolution,
        rounds=rounds,
        seed=int(seed.randint(0, 2**31 - 1)),
        own=None if graph.loops is None else 2 * graph.loops,
    )
    return _groups(G, found.labels)


def modularity(
    G: SnapshotGraph,
    communities: Iterable[Iterable[Node]],
    weight: str | None = "weight",
    resolution: float = 1,
) -> float:
    """Return the modularity of a partition, in float64; of a directed graph by the strengths out and in."""
    graph = G.weighted_by(weight)
    parts = [list(community) for community in communities]
    labels = np.full(len(graph), -1, np.int64)
    for number, part in enumerate(parts):
        labels[[graph.places[node] for node in part if node in graph]] = number
    if np.any(labels < 0) or sum(map(len, parts)) != len(graph):
        raise nx.community.quality.NotAPartition(graph, parts)
    rows = np.repeat(labels, graph.out.degrees())
    columns = labels[graph.out.neighbours]
    own = np.zeros(len(graph)) if graph.loops is None else graph.loops * (1 if graph.directed else 2)
    alone = np.bincount(labels, own, len(parts))
    given = np.bincount(rows, graph.weights, len(parts)) + alone
    received = np.bincount(columns, graph.weights, len(parts)) + alone
    within = float(graph.weights[rows == columns].sum() + alone.sum())
    whole = float(given.sum())
    scale = 1 / whole**2  # as NetworkX: there is no modularity without edges
    return within / whole - resolution * float(given @ received) * scale


def ego_graph(
    G: SnapshotGraph,
    n: Node,
    radius: float = 1,
    center: bool = True,
    undirected: bool = False,
    distance: None = None,  # noqa: ARG001 - None, or refused
) -> Any:
    """Return those within `radius` steps of a node and all ties between them, as a graph of NetworkX's: few, to draw."""
    if n not in G:
        raise nx.NodeNotFound(f"Source {n} is not in G")
    ties = G.ties if undirected else G.out
    found = {G.places[n]}
    border = found
    steps = 0
    while border and steps + 1 <= radius:
        steps += 1
        border = {place for near in border for place in ties.row(near)[0].tolist()} - found
        found = found | border
    if not center:
        found = found - {G.places[n]}
    return G.subgraph(G.labels[place] for place in found)


def refusal(name: str, graph: Any, arguments: Mapping[str, Any]) -> str | None:
    """Say why a function cannot be run with these arguments; None where it can.

    Whether weights and ties can be held shows in converting them, which refuses by itself.
    """
    if graph.is_multigraph():
        return "parallel edges are not held"
    if callable(arguments.get("weight")):
        return "weights that a function gives are not held"
    reason, allowed = REFUSALS.get(name, ("", lambda _graph, _arguments: True))
    return None if allowed(graph, arguments) else reason


REFUSALS: Mapping[str, tuple[str, Callable[[Any, Mapping[str, Any]], bool]]] = {
    "pagerank": (
        "the damping factor is at least 0 and below 1",
        lambda _, arguments: 0 <= arguments["alpha"] < 1,
    ),
    "clustering": (
        "only the clustering of undirected graphs without weights is ours",
        lambda graph, arguments: arguments["weight"] is None and not graph.is_directed(),
    ),
    "average_clustering": (
        "only the clustering of undirected graphs without weights is ours",
        lambda graph, arguments: arguments["weight"] is None and not graph.is_directed(),
    ),
    "transitivity": ("only the transitivity of undirected graphs is ours", lambda graph, _: not graph.is_directed()),
    "harmonic_centrality": (
        "only steps from everywhere are counted",
        lambda _, arguments: arguments["distance"] is None and arguments["sources"] is None,
    ),
    "leiden_communities": ("levels cannot be cut off", lambda _, arguments: arguments["max_level"] is None),
    "ego_graph": (
        "only steps are counted, and a graph to convert has attributes that would be lost",
        lambda graph, arguments: isinstance(graph, SnapshotGraph) and arguments["distance"] is None,
    ),
}
"""Of functions that we do not run with all arguments: why, and with which we do."""


def _without_loops(graph: SnapshotGraph) -> SnapshotGraph:
    if graph.loops is not None:
        raise NotImplementedError("ties of nodes to themselves do not count here")
    return graph


def _one(components: int) -> bool:
    if not components:
        raise nx.NetworkXPointlessConcept("Connectivity is undefined for the null graph.")
    return components == 1


def _keyed(graph: SnapshotGraph, values: NDArray[Any]) -> dict[Node, Any]:
    """Return values by node, as numbers of Python's."""
    return dict(zip(graph.labels, values.tolist(), strict=True))


def _of_nodes(graph: SnapshotGraph, values: NDArray[Any], nodes: Iterable[Node] | None) -> dict[Node, Any]:
    if nodes is None:
        return _keyed(graph, values)
    return {node: values[graph.places[node]].item() for node in nodes}


def _of_bunch(graph: SnapshotGraph, values: NDArray[Any], nodes: Nodes) -> Any:
    """Return the value of the node that is asked for, or a dictionary of those that are."""
    if nodes is None:
        return _keyed(graph, values)
    if nodes in graph:
        return values[graph.places[nodes]].item()
    return _of_nodes(graph, values, graph.nbunch_iter(nodes))


def _by_place(graph: SnapshotGraph, values: Mapping[Node, float] | None) -> NDArray[np.float64] | None:
    """Return what is given by node as an array, 0 for nodes that are not."""
    if values is None:
        return None
    found = np.zeros(len(graph))
    for node, value in values.items():
        if node in graph:
            found[graph.places[node]] = value
    return found


def _by_first(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number groups anew in the order of their first places."""
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    ranks = np.empty(len(first), np.int64)
    ranks[np.argsort(first)] = np.arange(len(first))
    return ranks[inverse]


def _groups(graph: SnapshotGraph, numbers: NDArray[np.int64]) -> list[set[Node]]:
    """Return the nodes of each group, numbered from 0 without gaps."""
    ordered = [graph.labels[place] for place in np.argsort(numbers, kind="stable").tolist()]
    ends = np.cumsum(np.bincount(numbers)).tolist()
    return [set(ordered[start:end]) for start, end in zip([0, *ends[:-1]], ends, strict=True)] if ends else []


def _side_by_side(graph: SnapshotGraph) -> Adjacency:
    """Return rows of the ties out and the ties in, so that who is tied both ways is there twice."""
    out, into = graph.out, graph.into
    rows = np.concatenate([np.repeat(np.arange(each.size), each.degrees()) for each in (out, into)])
    order = np.argsort(rows, kind="stable")
    return Adjacency(
        out.offsets + into.offsets,
        np.concatenate([out.neighbours, into.neighbours])[order],
        np.concatenate([out.weights, into.weights])[order],
    )
