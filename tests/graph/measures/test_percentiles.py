"""Where a value stands among all, and what several standings come to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.measures.percentiles import composite, percentiles


@given(st.lists(st.integers(0, 5), max_size=30))
def test_a_percentile_is_the_share_of_others_who_have_less(values: list[int]) -> None:
    found = percentiles(np.array(values, np.float64))

    for value, percentile in zip(values, found, strict=True):
        less = sum(other < value for other in values)
        assert percentile == pytest.approx(100 * less / max(len(values) - 1, 1))


def test_all_who_did_nothing_are_at_nothing() -> None:
    assert percentiles(np.array([0.0, 0, 0, 7])).tolist() == [0, 0, 0, 100]


def test_a_composite_stays_between_its_parts_and_needs_all_of_them() -> None:
    even = {"a": np.array([80.0, 100, 0]), "b": np.array([80.0, 0, 0])}
    whole = composite(even, {"a": 1, "b": 1})

    assert whole[0] == pytest.approx(80)
    assert whole[1] == pytest.approx(101**0.5 - 1), "much of one does not make up for nothing of the other"
    assert whole[2] == 0
    assert composite(even, {"a": 1, "b": 0})[1] == pytest.approx(100), "what weighs nothing does not count"


@pytest.mark.parametrize("weights", [{"a": 1.0}, {"a": 0.0, "b": 0.0}, {"a": -1.0, "b": 2.0}])
def test_weights_that_make_no_sense_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        composite({"a": np.zeros(1), "b": np.zeros(1)}, weights)
