"""Regulars: whom trust starts from where nobody was named, and who cannot make themselves one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from graph.adjacency import Adjacency, from_pairs, transposed
from graph.measures.regulars import regulars
from tests.graph.attacks import Ties, honest, mutual_pod, reaction_farm, sybil_ring

NOBODY, NOTHING = np.array([], np.uint32), np.array([], np.float32)


def found_in(out: Adjacency) -> NDArray[np.int64]:
    return np.flatnonzero(regulars(out, transposed(out), out.strengths()))


def beside(*communities: Ties) -> Adjacency:
    """Return communities that do not know of each other as one graph."""
    rows, columns, weights, size = [], [], [], 0
    for each in communities:
        rows.append(each.rows + np.uint32(size))
        columns.append(each.columns + np.uint32(size))
        weights.append(each.weights)
        size += each.size
    return from_pairs(size, np.concatenate(rows), np.concatenate(columns), np.concatenate(weights))


def test_regulars_are_one_percent_of_those_who_both_do_much_and_are_attended_to() -> None:
    community = honest(1000, seed=3)
    out = community.arranged()

    found = found_in(out)

    assert len(found) == 10
    assert np.all(out.strengths()[found] > np.median(out.strengths()))
    assert np.all(community.received()[found] > np.quantile(community.received(), 0.9))


def test_the_busiest_of_all_is_no_regular_if_nobody_attends_to_them() -> None:
    community = honest(1000, seed=3)
    shouting = community.with_more(1001, [1000] * 900, list(range(900)), 50.0)

    assert 1000 not in found_in(shouting.arranged())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_percent_of_fakes_make_none_of_themselves_a_regular(seed: int) -> None:
    community = honest(3000, seed=7)

    for attacked in (sybil_ring(community, 30, seed), reaction_farm(community, 30), mutual_pod(community, 30)):
        found = set(found_in(attacked.ties.arranged()).tolist())
        assert not found & set(attacked.fakes.tolist() + attacked.targets.tolist())


def test_each_part_of_a_community_has_its_own_regulars_but_not_a_ring_that_nobody_knows() -> None:
    others = np.argwhere(~np.eye(10, dtype=np.bool_)).astype(np.uint32)
    ring = Ties(10, others[:, 0], others[:, 1], np.full(90, 50, np.float32))
    quiet = Ties(3000, NOBODY, NOBODY, NOTHING)
    out = beside(honest(400, seed=1), honest(200, seed=2), ring, quiet)

    found = found_in(out)

    assert np.count_nonzero(found < 400) == 4
    assert np.count_nonzero((found >= 400) & (found < 600)) == 3, "at least three"
    assert len(found) == 7, "neither the ring nor those without ties have any"


def test_where_nobody_does_anything_there_are_no_regulars() -> None:
    nobody = from_pairs(0, NOBODY, NOBODY, NOTHING)
    alone = from_pairs(5, NOBODY, NOBODY, NOTHING)

    assert len(regulars(nobody, nobody, np.zeros(0))) == 0
    assert not regulars(alone, alone, np.zeros(5)).any()
    with pytest.raises(ValueError, match="keenness of 2"):
        regulars(alone, alone, np.zeros(2))
