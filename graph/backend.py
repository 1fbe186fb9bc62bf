"""What NetworkX finds of us by the entry points in pyproject.toml: a backend named teahouse.

    nx.pagerank(graph, backend="teahouse")

NetworkX imports this module when it is imported itself, so that nothing heavy may be: functions are loaded when called.
Its rules are in the documentation of `networkx.utils.backends`, version 3.6.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.networkx_graph import SnapshotGraph

FUNCTIONS: Mapping[str, str] = {
    "pagerank": "In float64, by the same steps. An alpha of 1 and negative distributions are left to NetworkX.",
    "core_number": "",
    "triangles": "",
    "clustering": "Undirected, without weights.",
    "average_clustering": "Undirected, without weights.",
    "transitivity": "Undirected.",
    "constraint": "Right to about 1e-6. NaN only for nodes without any tie, whichever nodes are asked for.",
    "effective_size": "As documented for all nodes too, where NetworkX 3.6.1 is wrong for weighted and directed graphs.",
    "connected_components": "",
    "number_connected_components": "",
    "is_connected": "",
    "node_connected_component": "",
    "weakly_connected_components": "",
    "number_weakly_connected_components": "",
    "is_weakly_connected": "",
    "strongly_connected_components": "Those first that edges lead to.",
    "number_strongly_connected_components": "",
    "is_strongly_connected": "",
    "harmonic_centrality": "From all sources, by steps.",
    "leiden_communities": "The largest first. Levels cannot be cut off.",
    "modularity": "",
    "ego_graph": "Of a graph that is ours already, by steps.",
}
"""The functions of NetworkX's that are ours, and what to know of each."""

_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "harmonic_centrality": {
        "registers_log2 : int": "Estimate instead of searching from every node, with 2^registers_log2 registers a node."
    },
    "leiden_communities": {"rounds : int (default=2)": "How often to go through all levels."},
}


class Backend:
    """Converts graphs, says what can be run, and has the functions as its attributes."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function of `FUNCTIONS`, whose module is loaded now."""
        if name not in FUNCTIONS:
            raise AttributeError(f"the backend has no {name}")
        from graph import networkx_functions

        function: Callable[..., Any] = getattr(networkx_functions, name)
        return function

    @staticmethod
    def convert_from_nx(
        graph: Any,
        *,
        edge_attrs: Mapping[str, Any] | None = None,
        node_attrs: Mapping[str, Any] | None = None,
        preserve_edge_attrs: bool = False,
        preserve_node_attrs: bool = False,
        preserve_graph_attrs: bool = False,  # noqa: ARG004 - they cost nothing, and are always kept
        name: str | None = None,  # noqa: ARG004 - what is converted does not depend on what for: NetworkX keeps it
        graph_name: str | None = None,  # noqa: ARG004 - the same
    ) -> SnapshotGraph:
        """Convert a graph of NetworkX's, with one attribute of its edges or none.

        Raises:
            NotImplementedError: for what we cannot hold, so that NetworkX runs its own function.
        """
        from graph.networkx_graph import SnapshotGraph

        if isinstance(graph, SnapshotGraph):
            return graph
        if preserve_edge_attrs or preserve_node_attrs or node_attrs or len(edge_attrs or ()) > 1:
            raise NotImplementedError("of attributes, only one of edges is held")
        for weight, default in (edge_attrs or {}).items():
            return SnapshotGraph.from_networkx(graph, weight, default)
        return SnapshotGraph.from_networkx(graph, None)

    @staticmethod
    def convert_to_nx(result: Any, *, name: str | None = None) -> Any:  # noqa: ARG004 - it does not depend on what for
        """Convert a graph of ours, and leave any other answer as it is."""
        from graph.networkx_graph import SnapshotGraph

        return result.to_networkx() if isinstance(result, SnapshotGraph) else result

    def can_run(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool | str:
        """Tell whether a function can be run with these arguments, or why not."""
        from graph.networkx_functions import refusal

        try:
            bound = inspect.signature(getattr(self, name)).bind(*args, **kwargs)
        except TypeError as error:
            return str(error)
        bound.apply_defaults()
        return refusal(name, bound.arguments["G"], bound.arguments) or True

    @staticmethod
    def on_start_tests(items: Sequence[Any]) -> None:
        """Mark those of NetworkX's own tests that cannot pass, with the reason."""
        import pytest

        for item in items:
            reason = CANNOT_PASS.get(f"{item.path.name}::{item.name}")
            if reason is not None:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


CANNOT_PASS: Mapping[str, str] = {
    "test_leiden.py::test_none_weight_param": "an edge weighs 0, and Leiden has no other function to fall back to",
    "test_leiden.py::test_quality": "parallel edges are not held, and Leiden has no other function to fall back to",
}
"""NetworkX's tests that cannot pass, and why."""

backend = Backend()


def get_info() -> dict[str, Any]:
    """Describe the backend to NetworkX, which writes it into the documentation of its functions."""
    return {
        "backend_name": "teahouse",
        "project": "Teahouse",
        "package": "teahouse",
        "short_summary": "Numba loops over the arrays of a community's social graph.",
        "functions": {
            name: {"additional_docs": known, "additional_parameters": dict(_PARAMETERS.get(name, {}))}
            for name, known in FUNCTIONS.items()
        },
    }
