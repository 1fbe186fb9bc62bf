"""How far orders agree: by the numbers that other people's definitions give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.graph.agreement import area, correlation, ranked


def test_equal_values_share_their_mean_rank() -> None:
    assert ranked(np.array([3.0, 1, 3, 2])).tolist() == [3.5, 1, 3.5, 2]


def test_the_correlation_is_spearmans() -> None:
    # Spearman's formula for ranks that are all different: 1 - 6 sum d^2 / (n (n^2 - 1)).
    one, other = np.array([10.0, 20, 30, 40, 50]), np.array([2.0, 1, 4, 3, 5])

    assert correlation(one, other) == pytest.approx(1 - 6 * 4 / (5 * 24))
    assert correlation(one, -other) == pytest.approx(-0.8)
    assert np.isnan(correlation(one, np.ones(5)))


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=12))
def test_the_area_is_how_often_a_yes_is_above_a_no(members: list[tuple[int, bool]]) -> None:
    yes = [value for value, truth in members if truth]
    no = [value for value, truth in members if not truth]

    found = area(np.array([float(value) for value, _ in members]), np.array([float(truth) for _, truth in members]))

    if not yes or not no:
        assert np.isnan(found)
    else:
        above = sum((higher > lower) + (higher == lower) / 2 for higher in yes for lower in no)
        assert found == pytest.approx(above / (len(yes) * len(no)))
