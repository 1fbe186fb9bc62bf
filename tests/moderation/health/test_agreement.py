"""Cohen's kappa and its interval, against a published example, the delta method, and what must hold of any table."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.health.agreement import NINETY_FIVE, cohens_kappa

tables = st.integers(2, 4).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, 40), min_size=size, max_size=size), min_size=size, max_size=size)
)


def test_it_is_what_a_published_example_says() -> None:
    """Of the documentation of `ci.kappa` in the R package statpsych: 31, 12, 4, 58."""
    found = cohens_kappa([[31, 12], [4, 58]])

    assert found is not None
    assert found.kappa == pytest.approx(0.6756757, abs=1e-7)
    assert (found.low, found.high) == pytest.approx((0.5317210, 0.8196303), abs=1e-6)
    assert found.cases == 105
    assert found.observed == pytest.approx(89 / 105)


def kappa_of(shares: np.ndarray) -> float:
    expected = float(shares.sum(axis=1) @ shares.sum(axis=0))
    return (float(np.trace(shares)) - expected) / (1 - expected)


@given(tables)
def test_its_interval_is_that_of_the_delta_method(table: list[list[int]]) -> None:
    """The variance of a function of multinomial shares: its gradient, worked out by differences, around their covariance."""
    found = cohens_kappa(table)
    counts = np.array(table, dtype=float)
    if found is None or counts.sum() < 10:
        return
    shares = counts / counts.sum()
    expected = float(shares.sum(axis=1) @ shares.sum(axis=0))
    if expected > 0.9:
        return
    step = 1e-6
    gradient = np.zeros_like(shares)
    for place in np.ndindex(*shares.shape):
        up, down = shares.copy(), shares.copy()
        up[place] += step
        down[place] -= step
        gradient[place] = (kappa_of(up) - kappa_of(down)) / (2 * step)
    flat, slope = shares.ravel(), gradient.ravel()
    variance = float(slope**2 @ flat - (slope @ flat) ** 2) / counts.sum()
    half = NINETY_FIVE * sqrt(max(variance, 0.0))
    assert found.low == pytest.approx(max(found.kappa - half, -1), abs=1e-4)
    assert found.high == pytest.approx(min(found.kappa + half, 1), abs=1e-4)


@given(tables)
def test_it_lies_where_it_must_and_does_not_ask_who_was_first(table: list[list[int]]) -> None:
    found = cohens_kappa(table)
    turned = cohens_kappa([list(column) for column in zip(*table, strict=True)])

    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert -1 <= found.low <= found.kappa + 1e-9
        assert found.kappa - 1e-9 <= found.high <= 1
        assert turned.kappa == pytest.approx(found.kappa)
        assert turned.low == pytest.approx(found.low, abs=1e-9)


def test_who_always_agree_agree_and_where_chance_explains_all_nothing_is_said() -> None:
    always = cohens_kappa([[5, 0], [0, 7]])

    assert always is not None
    assert (always.kappa, always.low, always.high) == pytest.approx((1, 1, 1))
    assert cohens_kappa([[9, 0], [0, 0]]) is None
    assert cohens_kappa([[0, 0], [0, 0]]) is None
    as_by_chance = cohens_kappa([[25, 25], [25, 25]])
    assert as_by_chance is not None
    assert as_by_chance.kappa == 0
    assert as_by_chance.low < 0 < as_by_chance.high
