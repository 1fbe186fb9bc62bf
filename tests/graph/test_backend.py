"""The backend: whichever way NetworkX hands a call on to us, the answer is the one that it would give itself."""

import importlib.util
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.algorithms.link_analysis.pagerank_alg import _pagerank_python

from graph.backend import FUNCTIONS, Backend, get_info
from graph.networkx_graph import SnapshotGraph
from tests.factories.ties import drawn_graphs
from tests.graph.test_snapshot import small

pytestmark = pytest.mark.skipif(
    "teahouse" not in nx.utils.backends.backends,
    reason="the entry point is not installed: pip install --no-build-isolation --no-deps -e .",
)

ODD = ("茶馆", "", ("a", 1), 7, 2.5, frozenset({1}), "é", -1, b"bytes", ("茶", ("馆",)), "z", 10**30)
"""As odd as labels of nodes can be."""


@pytest.fixture(scope="module", autouse=True)
def _without_warnings_of_kept_conversions() -> Iterator[None]:
    with nx.config(warnings_to_ignore={"cache"}):
        yield


@st.composite
def odd_graphs(draw: st.DrawFn, *, directed: bool) -> Any:
    """Draw a graph with odd labels in any order, and some weights that no float32 holds."""
    graph = draw(drawn_graphs(directed=directed))
    labels = draw(st.permutations(ODD))
    graph = nx.relabel_nodes(graph, dict(enumerate(labels)))
    for one, other in draw(st.lists(st.sampled_from(sorted(graph.edges, key=repr)), max_size=4)) if graph.edges else ():
        graph[one][other]["weight"] = 0.1
        graph.__networkx_cache__.clear()
    return graph


def either() -> st.SearchStrategy[Any]:
    return st.one_of(odd_graphs(directed=False), odd_graphs(directed=True))


def same(ours: dict[Any, float], theirs: dict[Any, float], tolerance: float = 1e-12) -> None:
    """Both have the same nodes in the same order, and the same values."""
    assert list(ours) == list(theirs)
    assert list(ours.values()) == pytest.approx(list(theirs.values()), rel=tolerance, abs=tolerance, nan_ok=True)
    assert all(type(value) in {int, float} for value in ours.values())


class TestAnswers:
    @settings(deadline=None, max_examples=60)
    @given(either(), st.sampled_from(["weight", None]), st.randoms(use_true_random=False))
    def test_pagerank(self, graph: Any, weight: str | None, random: Any) -> None:
        def some() -> dict[Any, float] | None:
            drawn = {node: random.choice([0, 1, 5]) for node in graph if random.random() < 0.6}
            return drawn if any(drawn.values()) else None

        start = some()
        options = {
            "personalization": some(),
            "nstart": start and dict.fromkeys(graph, 0) | start,  # the plain reference asks for all of them
            "dangling": some(),
            "weight": weight,
            "max_iter": 500,
        }

        ours = nx.pagerank(graph, **options, backend="teahouse")

        same(ours, dict(_pagerank_python(graph, **options)))

    @settings(deadline=None, max_examples=40)
    @given(either())
    def test_core_numbers_and_components(self, graph: Any) -> None:
        same(nx.core_number(graph, backend="teahouse"), nx.core_number(graph))
        if graph.is_directed():
            strong = list(nx.strongly_connected_components(graph, backend="teahouse"))
            weak = list(nx.weakly_connected_components(graph, backend="teahouse"))
            assert {*map(frozenset, strong)} == {*map(frozenset, nx.strongly_connected_components(graph))}
            rank = {node: place for place, part in enumerate(strong) for node in part}
            assert all(rank[one] >= rank[other] for one, other in graph.edges), "those first that ties lead to"
            assert weak == list(nx.weakly_connected_components(graph))
            assert nx.number_strongly_connected_components(graph, backend="teahouse") == len(strong)
            assert nx.number_weakly_connected_components(graph, backend="teahouse") == len(weak)
        else:
            parts = list(nx.connected_components(graph, backend="teahouse"))
            assert parts == list(nx.connected_components(graph))
            assert nx.number_connected_components(graph, backend="teahouse") == len(parts)
            for part in parts:
                assert nx.node_connected_component(graph, next(iter(part)), backend="teahouse") == part

    @settings(deadline=None, max_examples=40)
    @given(odd_graphs(directed=False))
    def test_triangles(self, graph: Any) -> None:
        same(nx.triangles(graph, backend="teahouse"), nx.triangles(graph))
        same(nx.clustering(graph, backend="teahouse"), nx.clustering(graph))
        assert nx.transitivity(graph, backend="teahouse") == pytest.approx(nx.transitivity(graph))
        if graph:
            assert nx.average_clustering(graph, backend="teahouse") == pytest.approx(nx.average_clustering(graph))
            node, some = next(iter(graph)), list(graph)[::2]
            assert nx.triangles(graph, node, backend="teahouse") == nx.triangles(graph, node)
            same(nx.clustering(graph, some, backend="teahouse"), nx.clustering(graph, some))

    @settings(deadline=None, max_examples=40)
    @given(either(), st.sampled_from(["weight", None]))
    def test_structural_holes(self, graph: Any, weight: str | None) -> None:
        asked = [node for node in graph if graph[node]]  # of others NetworkX says differently by how it is asked
        for measure in (nx.constraint, nx.effective_size):
            ours = measure(graph, asked, weight=weight, backend="teahouse")
            same(ours, measure(graph, asked, weight=weight), 1e-5)
            everybody = measure(graph, weight=weight, backend="teahouse")
            assert list(everybody) == list(graph)
            for node in graph:
                assert math.isnan(everybody[node]) == nx.is_isolate(graph, node)
                assert node not in ours or everybody[node] == ours[node]

    @settings(deadline=None, max_examples=40)
    @given(either())
    def test_harmonic_centrality(self, graph: Any) -> None:
        theirs = nx.harmonic_centrality(graph)
        ours = nx.harmonic_centrality(graph, backend="teahouse")
        assert list(ours) == list(graph)
        assert ours == pytest.approx(theirs)
        some = list(graph)[::3]
        assert nx.harmonic_centrality(graph, some, backend="teahouse") == pytest.approx({n: theirs[n] for n in some})

    @settings(deadline=None, max_examples=60)
    @given(either(), st.sampled_from(["weight", None]), st.sampled_from([0.5, 1, 2]), st.randoms(use_true_random=False))
    def test_modularity(self, graph: Any, weight: str | None, resolution: float, random: Any) -> None:
        if not graph.edges:
            return
        loop = random.choice(list(graph))
        graph.add_edge(loop, loop, weight=2.5)
        labels = {node: random.randrange(3) for node in graph}
        parts = [{node for node in graph if labels[node] == label} for label in range(3)]
        options = {"weight": weight, "resolution": resolution}

        ours = nx.community.modularity(graph, parts, **options, backend="teahouse")

        assert ours == pytest.approx(nx.community.modularity(graph, parts, **options))
        with pytest.raises(nx.community.quality.NotAPartition):
            nx.community.modularity(graph, [*parts[:-1], {*parts[-1], "nobody"}], **options, backend="teahouse")

    @settings(deadline=None, max_examples=40)
    @given(odd_graphs(directed=False), st.integers(0, 2**31))
    def test_leiden_communities_are_a_partition_and_the_same_for_the_same_seed(self, graph: Any, seed: int) -> None:
        if graph:
            loop = next(iter(graph))
            graph.add_edge(loop, loop, weight=3.5)

        parts = nx.community.leiden_communities(graph, seed=seed, backend="teahouse")

        assert nx.community.is_partition(graph, parts)
        assert parts == nx.community.leiden_communities(graph, seed=seed, backend="teahouse")
        assert all(nx.is_connected(graph.subgraph(part)) for part in parts)
        if graph.edges:
            alone = nx.community.modularity(graph, [{node} for node in graph])
            assert nx.community.modularity(graph, parts) >= alone - 1e-9

    def test_the_karate_club_falls_into_the_communities_known_best(self) -> None:
        graph = nx.karate_club_graph()
        best = max(
            nx.community.modularity(graph, parts, weight=None)
            for seed in range(5)
            for parts in [nx.community.leiden_communities(graph, weight=None, seed=seed, backend="teahouse")]
        )
        assert best == pytest.approx(0.4198, abs=1e-4)

    def test_effective_size_for_all_is_what_the_documentation_says_and_networkx_is_not(self) -> None:
        graph = nx.Graph()
        graph.add_weighted_edges_from([(0, 1, 1), (1, 2, 5), (2, 0, 2), (2, 3, 1)])
        theirs = nx.effective_size(graph, nodes=list(graph), weight="weight")
        same(nx.effective_size(graph, weight="weight", backend="teahouse"), theirs, 1e-6)

    def test_nothing_is_answered_of_nobody(self) -> None:
        for graph in (nx.Graph(), nx.DiGraph()):
            assert nx.pagerank(graph, backend="teahouse") == {}
            assert nx.core_number(graph, backend="teahouse") == {}
            assert nx.harmonic_centrality(graph, backend="teahouse") == {}
        assert list(nx.connected_components(nx.Graph(), backend="teahouse")) == []
        assert nx.community.leiden_communities(nx.Graph(), backend="teahouse") == []
        assert nx.triangles(nx.Graph(), backend="teahouse") == {}
        assert nx.transitivity(nx.Graph(), backend="teahouse") == 0
        with pytest.raises(nx.NetworkXPointlessConcept):
            nx.is_connected(nx.Graph(), backend="teahouse")
        with pytest.raises(ZeroDivisionError):
            nx.average_clustering(nx.Graph(), backend="teahouse")

    def test_what_cannot_converge_says_so(self) -> None:
        with pytest.raises(nx.PowerIterationFailedConvergence):
            nx.pagerank(nx.path_graph(4), max_iter=1, backend="teahouse")
        with pytest.raises(nx.PowerIterationFailedConvergence):
            nx.pagerank(nx.path_graph(4), max_iter=0, backend="teahouse")
        with pytest.raises(ZeroDivisionError):
            nx.pagerank(nx.path_graph(4), personalization={0: 0}, backend="teahouse")

    def test_harmonic_centrality_is_estimated_if_asked_to(self) -> None:
        graph = nx.barabasi_albert_graph(300, 3, seed=1)
        exact = nx.harmonic_centrality(graph, backend="teahouse")
        estimated = nx.harmonic_centrality(graph, backend="teahouse", registers_log2=12)
        errors = [abs(estimated[node] / exact[node] - 1) for node in graph]
        assert 0 < max(errors) < 0.1


class TestDispatch:
    def test_by_configuration(self, caplog: pytest.LogCaptureFixture) -> None:
        graph = nx.les_miserables_graph()
        with nx.config(backend_priority=["teahouse"]), caplog.at_level("DEBUG", "networkx.utils.backends"):
            ours = nx.constraint(graph, weight="weight")
        assert ours["Valjean"] == pytest.approx(nx.constraint(graph, ["Valjean"], weight="weight")["Valjean"], rel=1e-5)
        assert "Using backend 'teahouse' for call to 'constraint'" in caplog.text

    def test_by_passing_a_graph_of_ours(self) -> None:
        graph = SnapshotGraph.from_snapshot(small())
        theirs = graph.to_networkx()

        same(nx.pagerank(graph), dict(_pagerank_python(theirs)))
        same(nx.pagerank(graph, weight=None), dict(_pagerank_python(theirs, weight=None)))
        same(nx.pagerank(graph, weight="nothing has this"), dict(_pagerank_python(theirs, weight=None)))
        assert nx.triangles(graph.to_undirected(), 9) == 0
        with pytest.raises(nx.NetworkXNotImplemented):
            nx.triangles(graph)

    def test_what_is_not_ours_falls_back_by_conversion(self) -> None:
        graph = SnapshotGraph.from_snapshot(small())
        with pytest.raises(NotImplementedError):
            nx.betweenness_centrality(graph)
        with nx.config(fallback_to_nx=True):
            assert nx.betweenness_centrality(graph) == nx.betweenness_centrality(graph.to_networkx())
            assert nx.clustering(graph) == nx.clustering(graph.to_networkx()), "of a directed graph"
            assert nx.harmonic_centrality(graph, distance="weight") == nx.harmonic_centrality(
                graph.to_networkx(), distance="weight"
            )

    @pytest.mark.parametrize(
        ("graph", "call"),
        [
            (nx.MultiGraph([(0, 1), (0, 1)]), nx.harmonic_centrality),
            (nx.MultiGraph([(0, 1), (0, 1)]), nx.number_connected_components),
            (nx.Graph([(0, 1, {"weight": -1.0})]), nx.community.modularity),
            (nx.Graph([(0, 1, {"weight": 0})]), nx.community.modularity),
            (nx.Graph([(0, 1, {"weight": math.nan})]), nx.community.modularity),
            (nx.Graph([(0, 1, {"weight": 1e300})]), nx.community.modularity),
            (nx.Graph([(0, 1, {"weight": 1e-30})]), nx.community.modularity),
            (nx.Graph([(0, 1, {"weight": "heavy"})]), nx.community.modularity),
            (nx.Graph([(0, 0), (0, 1)]), nx.constraint),
            (nx.Graph([(0, 0), (0, 1)]), nx.effective_size),
            (nx.DiGraph([(0, 1)]), nx.clustering),
        ],
        ids=lambda given: getattr(given, "__name__", None) or repr(list(given.edges(data=True))),
    )
    def test_what_we_cannot_hold_is_left_to_networkx(self, graph: Any, call: Any) -> None:
        arguments: dict[str, Any] = {"communities": [{0, 1}]} if call is nx.community.modularity else {}
        expected: list[Any] = []
        for priority in ([], ["teahouse"]):
            with nx.config(backend_priority=priority):
                try:
                    expected.append(call(graph, **arguments))
                except Exception as error:  # noqa: BLE001 - whatever NetworkX itself raises
                    expected.append(repr(error))
        assert repr(expected[0]) == repr(expected[1])
        with pytest.raises(NotImplementedError):
            call(graph, **arguments, backend="teahouse")

    def test_networkx_knows_of_each_function(self) -> None:
        for name in FUNCTIONS:
            assert callable(getattr(Backend(), name))
            assert name in nx.utils.backends._registered_algorithms, name
            assert "teahouse" in nx.utils.backends._registered_algorithms[name].backends
        assert not hasattr(Backend(), "betweenness_centrality")
        assert set(get_info()["functions"]) == set(FUNCTIONS)
        assert "Teahouse" in get_info()["project"]

    def test_networkx_is_imported_without_what_we_compile(self) -> None:
        script = (
            "import networkx, sys; print(sorted(m for m in sys.modules if m in {'numba', 'numpy', 'graph.snapshot'}))"
        )
        printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert printed.stdout.strip() == "[]"


class TestTheGraph:
    @settings(deadline=None, max_examples=60)
    @given(either())
    def test_it_is_converted_there_and_back_without_loss(self, graph: Any) -> None:
        if graph:
            loop = next(iter(graph))
            graph.add_edge(loop, loop, weight=0.3)
        graph.graph["name"] = "茶馆"

        ours = SnapshotGraph.from_networkx(graph)
        back = ours.to_networkx()

        assert nx.utils.graphs_equal(back, graph)
        assert list(back) == list(graph) == list(ours) == list(ours.nodes)
        assert ours.number_of_edges() == graph.number_of_edges()
        assert ours.number_of_nodes() == len(graph)
        assert nx.utils.graphs_equal(type(graph)(ours), graph)
        assert nx.utils.graphs_equal(ours.subgraph(list(graph)[::2]), graph.subgraph(list(graph)[::2]))

    @settings(deadline=None, max_examples=40)
    @given(
        odd_graphs(directed=True),
        st.fixed_dictionaries({"radius": st.integers(0, 3), "center": st.booleans(), "undirected": st.booleans()}),
    )
    def test_the_network_around_a_node_is_that_of_networkx(self, graph: Any, options: dict[str, Any]) -> None:
        for node in graph:
            ours = nx.ego_graph(SnapshotGraph.from_networkx(graph), node, **options)
            assert nx.utils.graphs_equal(ours, nx.ego_graph(graph, node, **options))

    def test_nobody_has_no_network_around_them(self) -> None:
        with pytest.raises(nx.NodeNotFound):
            nx.ego_graph(SnapshotGraph.from_snapshot(small()), "nobody")

    def test_it_reads_like_a_graph_of_networkx(self) -> None:
        graph = SnapshotGraph.from_snapshot(small(), {"handle": ["ann", "bo", "cy", "di"]})

        assert repr(graph) == "<SnapshotGraph: directed, 4 nodes, 3 edges>"
        assert graph.nodes[9]["handle"] == "ann"
        assert dict(graph.nodes(data="handle")) == {9: "ann", 8: "bo", 7: "cy", 10: "di"}
        assert list(graph.neighbors(9)) == [8]
        assert list(graph.predecessors(9)) == [8, 7]
        assert 9 in graph
        assert [9] not in graph
        assert list(graph.nbunch_iter([9, 3])) == [9]
        assert graph.to_undirected().to_networkx()[8][9]["weight"] == 6, "both directions together"
        with pytest.raises(nx.NetworkXError):
            graph.neighbors(3)
        with pytest.raises(nx.NetworkXError):
            graph.nbunch_iter(3)
        with pytest.raises(ValueError, match="3 labels do not fit 4 nodes"):
            SnapshotGraph([1, 2, 3], graph.out, directed=True)

    def test_weights_that_no_float32_holds_are_kept(self) -> None:
        graph = nx.DiGraph([(0, 1, {"weight": 0.1}), (1, 0, {"weight": 2**24 + 1}), (0, 2)])
        ours = SnapshotGraph.from_networkx(graph)
        assert ours.weights.tolist() == [0.1, 1, 2**24 + 1]
        assert np.array_equal(ours.out.weights, np.array([0.1, 1, 2**24], np.float32))


@pytest.mark.skipif(not importlib.util.find_spec("matplotlib"), reason="matplotlib is not installed: extra `notebook`")
def test_the_example_in_the_documentation_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from graph import save_graph

    text = (Path(__file__).parents[2] / "docs" / "networkx.md").read_text(encoding="utf-8")
    example = text.partition("<!-- drawn -->\n```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    save_graph(SnapshotGraph.from_snapshot(small()), "snapshot.bin")

    ran = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, check=False, timeout=120)

    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "around.png").stat().st_size > 1000
