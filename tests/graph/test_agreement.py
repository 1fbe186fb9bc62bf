"""How far orders and groupings agree, by the numbers that other people's definitions give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.graph.agreement import adjusted_mutual_information, area, correlation, ranked

ONE = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
OTHER = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 3])


def test_agreement_is_that_of_scikit_learn() -> None:
    assert adjusted_mutual_information(ONE, OTHER) == pytest.approx(0.33570100265157904, abs=1e-12)
    assert adjusted_mutual_information(np.repeat([0, 1], 5), np.tile([0, 1], 5)) == pytest.approx(
        -0.06250051431610654, abs=1e-12
    )


def test_groups_agree_wholly_with_themselves_whatever_they_are_called() -> None:
    assert adjusted_mutual_information(ONE, 7 - ONE) == pytest.approx(1)
    assert adjusted_mutual_information(ONE * 0, ONE * 0) == 1


def test_groups_dealt_out_at_random_agree_as_little_as_chance() -> None:
    random = np.random.default_rng(0)
    one, other = random.integers(0, 20, (2, 2000))
    assert adjusted_mutual_information(one, other) == pytest.approx(0, abs=0.02)


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
