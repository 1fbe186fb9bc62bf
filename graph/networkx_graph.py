"""A graph that NetworkX takes for one of its own kind, kept as arrays: a snapshot, or what was converted from NetworkX.

It is read, not changed: what is not answered from the arrays is answered by converting to a graph of NetworkX's.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar, Self

import networkx as nx
import numpy as np
from networkx.classes.reportviews import NodeView
from numpy.typing import NDArray

from graph.adjacency import Adjacency, Places, symmetrized, transposed
from graph.measures.brokerage import Brokerage, brokerage
from graph.measures.rank import Transitions, transitions
from graph.snapshot import Snapshot

_LIGHTEST, _HEAVIEST = 1e-18, 1e18
"""Between these, sums of weights and of their shares are well within float32, whatever the graph."""


class SnapshotGraph:
    """Nodes with any hashable labels, and ties of positive weights between them, at most one each way. Immutable.

    A node's place is its position among the labels. Weights are float32, as in a snapshot; where they were converted
    from numbers that a float32 does not hold, `exact` has them in float64. Ties of nodes to themselves, which a snapshot
    does not have, are apart from the others.
    """

    __networkx_backend__: ClassVar[str] = "teahouse"

    def __init__(
        self,
        labels: Sequence[Hashable],
        out: Adjacency,
        *,
        directed: bool,
        into: Adjacency | None = None,
        weight: str | None = "weight",
        exact: NDArray[np.float64] | None = None,
        loops: NDArray[np.float64] | None = None,
        attributes: Mapping[str, Sequence[Any]] | None = None,
        graph: Mapping[str, Any] | None = None,
    ) -> None:
        """Take labels and ties as they are.

        Args:
            labels: of the nodes by their places, each once.
            out: the ties; of an undirected graph each in both rows.
            directed: whether a tie leads one way.
            into: the same ties by where they lead, if that is known already.
            weight: the name of the edges' attribute that the weights are; None if edges have no attribute.
            exact: float64[m], the weights of `out` where they are no float32.
            loops: float64[n], the weight of each node's tie to itself, 0 for nodes without; None if none has one.
            attributes: of nodes, by name: a value for each place.
            graph: attributes of the graph as a whole.

        Raises:
            ValueError: if there are not as many labels as rows.
        """
        if len(labels) != out.size:
            raise ValueError(f"{len(labels)} labels do not fit {out.size} nodes")
        self.labels = labels
        self.out = out
        self.directed = directed
        self.weight = weight
        self.exact = exact
        self.loops = loops
        self.attributes = dict(attributes or {})
        self.graph = dict(graph or {})
        if into is not None:
            self.__dict__["into"] = into

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot, attributes: Mapping[str, Sequence[Any]] | None = None) -> Self:
        """Return the directed graph of who attends to whom: nodes are the ids of members. `as_of` is kept in `graph`."""
        return cls(
            snapshot.members.tolist(),
            snapshot.out,
            directed=True,
            attributes=attributes,
            graph={"as_of": snapshot.as_of},
        )

    @classmethod
    def from_networkx(cls, graph: Any, weight: str | None = "weight", default: float = 1) -> Self:
        """Convert a graph of NetworkX's. Nodes keep their order; attributes other than the weight are left out. O(n + m).

        Raises:
            NotImplementedError: for what has no place here: parallel edges, and weights that are not numbers from 1e-18
                to 1e18.
        """
        if graph.is_multigraph():
            raise NotImplementedError("parallel edges are not held")
        labels = list(graph)
        places = {label: place for place, label in enumerate(labels)}
        rows_of = [row for _, row in graph.adjacency()]
        degrees = np.fromiter(map(len, rows_of), np.int64, len(labels))
        ties = int(degrees.sum())
        columns = np.fromiter(map(places.__getitem__, chain.from_iterable(rows_of)), np.int64, ties)
        rows = np.repeat(np.arange(len(labels)), degrees)
        given = _weights(rows_of, weight, default, ties)
        alone = rows == columns
        order = np.argsort(rows * len(labels) + columns)
        order = order[~alone[order]]
        exact = given[order]
        degrees = np.bincount(rows[order], minlength=len(labels))
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(degrees)])
        weights = exact.astype(np.float32)
        return cls(
            labels,
            Adjacency(offsets, columns[order].astype(np.uint32), weights),
            directed=graph.is_directed(),
            weight=weight,
            exact=None if np.array_equal(weights, exact) else exact,
            loops=np.bincount(rows[alone], given[alone], len(labels)).astype(np.float64) if np.any(alone) else None,
            graph=graph.graph,
        )

    def to_networkx(self) -> Any:
        """Return a `networkx.DiGraph` or `Graph` with the same nodes, edges, weights and attributes. O(n + m)."""
        graph = nx.DiGraph(**self.graph) if self.directed else nx.Graph(**self.graph)
        self._fill(graph, range(len(self)))
        return graph

    def subgraph(self, nodes: Iterable[Hashable]) -> Any:
        """Return the nodes given, and the ties between them, as a graph of NetworkX's. O(k + their ties)."""
        graph = nx.DiGraph(**self.graph) if self.directed else nx.Graph(**self.graph)
        self._fill(graph, sorted({self.places[node] for node in nodes if node in self}))
        return graph

    def _fill(self, graph: Any, places: Collection[int]) -> None:
        """Add nodes, and the ties between them, to an empty graph; of an undirected tie the end that comes first."""
        labels, out, within = self.labels, self.out, set(places)
        everyone = len(within) == len(self)
        for place in places:
            graph.add_node(labels[place], **self._attributes_at(place))
        loops = np.zeros(len(self)) if self.loops is None else self.loops
        for place in np.flatnonzero(loops).tolist():
            if place in within:
                graph.add_edge(labels[place], labels[place], **self._edge(float(loops[place])))
        for place in places:
            row = slice(int(out.offsets[place]), int(out.offsets[place + 1]))
            weights = (self.weights if self.exact is not None else out.weights)[row].tolist()
            for other, weight in zip(out.neighbours[row].tolist(), weights, strict=True):
                if (self.directed or place < other) and (everyone or other in within):
                    graph.add_edge(labels[place], labels[other], **self._edge(weight))

    def _edge(self, weight: float) -> dict[str, float]:
        return {} if self.weight is None else {self.weight: weight}

    @cached_property
    def into(self) -> Adjacency:
        """The ties by where they lead."""
        return transposed(self.out) if self.directed else self.out

    @cached_property
    def ties(self) -> Adjacency:
        """Each tie in both rows, weighing as much as both directions together."""
        return symmetrized(self.out, self.into) if self.directed else self.out

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """The weights of `out`, float64[m]."""
        return self.out.weights.astype(np.float64) if self.exact is None else self.exact

    @cached_property
    def places(self) -> dict[Hashable, int]:
        """The place of each label."""
        return {label: place for place, label in enumerate(self.labels)}

    @cached_property
    def brokerage(self) -> Brokerage:
        """Triangles and structural holes: one pass that several functions of NetworkX's share."""
        return brokerage(self.ties)

    @cached_property
    def transitions(self) -> Transitions:
        """Where the walker of PageRank goes: the same for all that it may be personalised to."""
        if self.exact is None:
            return transitions(self.out, self.into)
        turned = np.argsort(self.out.neighbours, kind="stable")  # the ties by where they lead, then by where from
        return transitions(self.out, self.into, exact=self.exact[turned])

    @cached_property
    def unweighted(self) -> SnapshotGraph:
        """The same graph without weights."""
        if self.weight is None:
            return self
        out = _alike(self.out)
        into = _alike(self.into) if self.directed else out
        loops = None if self.loops is None else (self.loops > 0).astype(np.float64)
        return SnapshotGraph(
            self.labels, out, directed=self.directed, into=into, weight=None, loops=loops, graph=self.graph
        )

    def weighted_by(self, weight: str | None) -> SnapshotGraph:
        """Return the graph as weighed by an attribute. Edges without it weigh 1, as everywhere in NetworkX."""
        return self if weight is not None and weight == self.weight else self.unweighted

    def to_undirected(self) -> SnapshotGraph:
        """Return the undirected graph, in which a tie weighs as much as both directions together.

        Not so in NetworkX, whose `to_undirected` keeps the weight of one of the two.
        """
        if not self.directed:
            return self
        return SnapshotGraph(
            self.labels,
            self.ties,
            directed=False,
            weight=self.weight,
            loops=self.loops,
            attributes=self.attributes,
            graph=self.graph,
        )

    # What follows is how graphs of NetworkX's are read, as far as it costs nothing.

    @cached_property
    def _node(self) -> dict[Hashable, dict[str, Any]]:
        return {label: self._attributes_at(place) for place, label in enumerate(self.labels)}

    @property
    def nodes(self) -> Any:
        """The nodes with their attributes, as `networkx.Graph.nodes` has them."""
        return NodeView(self)

    @property
    def adj(self) -> Any:
        """All edges with their attributes, after a conversion: for `networkx.DiGraph(graph)`."""
        return self.to_networkx().adj

    @property
    def name(self) -> str:
        """What the graph is called."""
        return str(self.graph.get("name", ""))

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.labels)

    def __contains__(self, node: object) -> bool:
        try:
            return node in self.places
        except TypeError:
            return False

    def __repr__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        return f"<SnapshotGraph: {kind}, {len(self)} nodes, {self.number_of_edges()} edges>"

    def is_directed(self) -> bool:
        """Tell whether ties lead one way."""
        return self.directed

    def is_multigraph(self) -> bool:
        """Tell whether there are parallel edges: never."""
        return False

    def number_of_nodes(self) -> int:
        """Return how many nodes there are."""
        return len(self)

    order = number_of_nodes

    def number_of_edges(self) -> int:
        """Return how many ties there are; undirected ones count once."""
        loops = 0 if self.loops is None else int(np.count_nonzero(self.loops))
        return loops + (self.out.ties if self.directed else self.out.ties // 2)

    def neighbors(self, node: Hashable) -> Iterator[Hashable]:
        """Return the nodes that a node's ties lead to."""
        return self._labels_of(self.out.row(self._place(node))[0])

    successors = neighbors

    def predecessors(self, node: Hashable) -> Iterator[Hashable]:
        """Return the nodes whose ties lead to a node."""
        return self._labels_of(self.into.row(self._place(node))[0])

    def nbunch_iter(self, nbunch: Any = None) -> Iterator[Hashable]:
        """Return all nodes, the one given, or those of the ones given that are in the graph."""
        if nbunch is None:
            return iter(self)
        if nbunch in self:
            return iter([nbunch])
        try:
            return iter([node for node in nbunch if node in self.places])
        except TypeError as error:
            raise nx.NetworkXError(f"{nbunch!r} is neither a node nor nodes") from error

    def _place(self, node: Hashable) -> int:
        if node not in self:
            raise nx.NetworkXError(f"The node {node} is not in the graph.")
        return self.places[node]

    def _labels_of(self, places: Places) -> Iterator[Hashable]:
        return map(self.labels.__getitem__, places.tolist())

    def _attributes_at(self, place: int) -> dict[str, Any]:
        return {name: values[place] for name, values in self.attributes.items()}


def _weights(
    rows: Sequence[Mapping[Hashable, Any]], weight: str | None, default: float, ties: int
) -> NDArray[np.float64]:
    """Return the weights of all edges in their order, float64[m].

    Raises:
        NotImplementedError: as `from_networkx`.
    """
    if weight is None:
        return np.ones(ties)
    given: Iterable[Any] = (edge.get(weight, default) for edge in chain.from_iterable(row.values() for row in rows))
    try:
        weights = np.fromiter(given, np.float64, ties)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotImplementedError(f"a weight is not a number: {error}") from error
    if not np.all((weights >= _LIGHTEST) & (weights <= _HEAVIEST)):
        raise NotImplementedError(f"weights that are not from {_LIGHTEST} to {_HEAVIEST} are not held")
    return weights


def _alike(ties: Adjacency) -> Adjacency:
    return Adjacency(ties.offsets, ties.neighbours, np.ones(ties.ties, np.float32))
