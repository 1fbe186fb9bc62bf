import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.referrals.insight.trees import trees

# Parents before their children, then mixed.
forests = st.integers(0, 40).flatmap(
    lambda size: st.tuples(*(st.integers(-1, place - 1) for place in range(size)), st.permutations(range(size)))
)


@given(forests)
def test_figures_are_those_of_networkx(drawn: tuple[object, ...]) -> None:
    *above, order = drawn
    size = len(above)
    parents = np.full(size, -1)
    for place, parent in enumerate(above):
        if parent >= 0:  # type: ignore[operator]
            parents[order[place]] = order[parent]  # type: ignore[index]
    found = trees(parents)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from((int(parent), child) for child, parent in enumerate(parents) if parent >= 0)
    assert found.below.tolist() == [len(nx.descendants(graph, member)) for member in range(size)]
    assert found.depths.tolist() == [len(nx.ancestors(graph, member)) for member in range(size)]
    assert found.breadths.sum() == size
    assert [found.breadths[depth] for depth in found.depths] == [
        np.count_nonzero(found.depths == depth) for depth in found.depths
    ]


def test_a_line_of_a_hundred_thousand_is_no_deeper_than_it_can_bear() -> None:
    size = 100_000
    found = trees(np.arange(size) - 1)
    assert found.depths[-1] == found.below[0] == size - 1
    assert (found.breadths == 1).all()
    assert found.branching == 1


def test_a_star_is_one_level_broad() -> None:
    found = trees(np.array([-1, 0, 0, 0]))
    assert found.breadths.tolist() == [1, 3]
    assert found.below.tolist() == [3, 0, 0, 0]
    assert found.branching == 3


def test_where_nobody_was_brought_nothing_branches() -> None:
    assert np.isnan(trees(np.array([-1, -1])).branching)
    assert trees(np.zeros(0, np.int64)).breadths.tolist() == []


@pytest.mark.parametrize("parents", [[0], [1, 0], [-1, 2, 3, 1]])
def test_who_brought_each_other_in_a_circle_is_refused(parents: list[int]) -> None:
    with pytest.raises(ValueError, match="circle"):
        trees(np.array(parents))


@pytest.mark.parametrize("parents", [[5], [-2]])
def test_a_parent_who_is_not_there_is_refused(parents: list[int]) -> None:
    with pytest.raises(ValueError, match="not there"):
        trees(np.array(parents))
