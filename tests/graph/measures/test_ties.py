"""Ties that are returned, and support that is received."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.adjacency import from_pairs, transposed
from graph.measures.ties import bonding, support

SIZE = 5
TIES = st.dictionaries(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda pair: pair[0] != pair[1]),
    st.floats(0.125, 8, width=32),
    max_size=20,
)


@settings(deadline=None)  # the first call compiles
@given(TIES)
def test_bonding_and_support_are_the_sums_that_they_are_defined_as(ties: dict[tuple[int, int], float]) -> None:
    rows = np.array([row for row, _ in ties], np.uint32)
    columns = np.array([column for _, column in ties], np.uint32)
    out = from_pairs(SIZE, rows, columns, np.array(list(ties.values()), np.float32))
    into = transposed(out)
    clustering = np.array([0, 0.5, 1, 0.25, 0])
    voices = np.array([1, 0.5, 0, 0.25, 1])

    bound = bonding(out, into, clustering, voices)
    supported = support(into, voices)

    for member in range(SIZE):
        returned = sum(
            voices[other] * math.log1p(min(weight, ties[other, member]))
            for (giver, other), weight in ties.items()
            if giver == member and (other, member) in ties
        )
        assert bound[member] == pytest.approx((1 + clustering[member]) * returned, rel=1e-5)
        received = sum(voices[giver] * math.log1p(weight) for (giver, other), weight in ties.items() if other == member)
        assert supported[member] == pytest.approx(received, rel=1e-5)
