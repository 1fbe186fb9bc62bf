import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from community.referrals.insight.intervals import deviations, difference, share

counted = st.integers(0, 200).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


@given(counted, st.sampled_from([0.8, 0.95, 0.99]))
def test_a_share_has_the_bounds_of_wilson(found: tuple[int, int], level: float) -> None:
    estimate = share(*found, level)
    if not found[1]:
        assert np.isnan(estimate.value)
        assert estimate[1:] == (0, 1)
        return
    theirs = stats.binomtest(*found).proportion_ci(level, method="wilson")
    assert estimate == pytest.approx((found[0] / found[1], theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "bounds"),
    # Newcombe 1998, table II, method 10
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_a_difference_has_the_bounds_that_newcombe_printed(
    counts: tuple[int, int, int, int], bounds: tuple[float, float]
) -> None:
    assert difference(*counts)[1:] == pytest.approx(bounds, abs=5e-5)


@given(counted, counted)
def test_the_other_way_round_a_difference_is_its_negative(one: tuple[int, int], other: tuple[int, int]) -> None:
    forth, back = difference(*one, *other), difference(*other, *one)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))
    assert -1 <= forth.low <= forth.high <= 1
    assert np.isnan(forth.value) or forth.low <= forth.value <= forth.high


def test_more_members_make_an_interval_narrower() -> None:
    wide, narrow = share(3, 10), share(300, 1_000)
    assert narrow.high - narrow.low < wide.high - wide.low


@pytest.mark.parametrize("level", [0, 1, -0.5, float("nan")])
def test_a_level_is_between_0_and_1(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        deviations(level)


@pytest.mark.parametrize("counts", [(-1, 3), (4, 3)])
def test_what_cannot_be_counted_is_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be found"):
        share(*counts)
