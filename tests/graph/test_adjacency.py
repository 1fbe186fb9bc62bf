"""Ties as arrays: what goes in as pairs comes out as rows, columns and the undirected view."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.adjacency import Adjacency, from_pairs, limited, symmetrized, transposed

SIZE = 6


def pairs() -> st.SearchStrategy[list[tuple[int, int, float]]]:
    place = st.integers(0, SIZE - 1)
    return st.lists(st.tuples(place, place, st.sampled_from([0.0, 0.25, 1.0, 3.5])), max_size=40)


def arranged(given_pairs: list[tuple[int, int, float]]) -> Adjacency:
    rows, columns, weights = zip(*given_pairs, strict=True) if given_pairs else ((), (), ())
    return from_pairs(SIZE, np.array(rows, np.uint32), np.array(columns, np.uint32), np.array(weights, np.float32))


def dense(adjacency: Adjacency) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    matrix = np.zeros((adjacency.size, adjacency.size))
    for place in range(adjacency.size):
        neighbours, weights = adjacency.row(place)
        assert list(neighbours) == sorted(set(neighbours.tolist()))
        matrix[place, neighbours] = weights
    return matrix


@settings(deadline=None)  # the first call compiles
@given(pairs())
def test_rows_columns_and_the_undirected_view_are_those_of_the_matrix(
    given_pairs: list[tuple[int, int, float]],
) -> None:
    expected = np.zeros((SIZE, SIZE))
    for row, column, weight in given_pairs:
        if row != column:
            expected[row, column] += weight

    out = arranged(given_pairs)
    into = transposed(out)

    assert np.array_equal(dense(out), expected)
    assert np.array_equal(dense(into), expected.T)
    assert np.array_equal(dense(symmetrized(out, into)), expected + expected.T)
    assert out.ties == np.count_nonzero(expected)
    assert np.array_equal(out.strengths(), expected.sum(axis=1))


def test_arrays_cannot_be_written_to() -> None:
    adjacency = arranged([(0, 1, 1.0)])
    with pytest.raises(ValueError, match="read-only"):
        adjacency.weights[0] = 2


@pytest.mark.parametrize(
    ("rows", "columns", "weights", "complaint"),
    [
        ([0, 1], [1], [1.0], "do not make pairs"),
        ([0], [SIZE], [1.0], "names another"),
        ([0], [1], [-1.0], "negative"),
        ([0], [1], [float("nan")], "not a number"),
        ([0], [1], [float("inf")], "infinite"),
    ],
)
def test_pairs_that_make_no_sense_are_refused(
    rows: list[int], columns: list[int], weights: list[float], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        from_pairs(SIZE, np.array(rows, np.uint32), np.array(columns, np.uint32), np.array(weights, np.float32))


def test_limited_ties_are_the_same_but_none_is_stronger_than_the_limit() -> None:
    whole = arranged([(0, 1, 3.5), (0, 2, 0.25), (4, 1, 1.0)])

    found = limited(whole, 1.0)

    assert np.array_equal(dense(found), np.minimum(dense(whole), 1))
    assert np.array_equal(dense(limited(whole, float("inf"))), dense(whole))
    with pytest.raises(ValueError, match="weak"):
        limited(whole, 0)
