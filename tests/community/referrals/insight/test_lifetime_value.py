import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from community.referrals.insight.lifetime_value import lifetime_value

amounts = st.lists(st.integers(0, 10**9), min_size=1, max_size=50)


@given(amounts, st.integers(0, 100))
@settings(deadline=None)
def test_the_mean_lies_within_its_bounds_and_is_the_same_for_a_seed(spent: list[int], seed: int) -> None:
    found = lifetime_value(np.array(spent), seed=seed, samples=100)
    assert found == lifetime_value(np.array(spent), seed=seed, samples=100)
    assert found.value == pytest.approx(sum(spent) / len(spent))
    assert min(spent) <= found.low <= found.value <= found.high <= max(spent) or len(set(spent)) == 1


def test_the_bounds_are_those_of_another_bootstrap() -> None:
    spent = (np.random.default_rng(1).lognormal(8, 1.2, 300) * (np.random.default_rng(2).random(300) < 0.4)).astype(int)
    theirs = stats.bootstrap(
        (spent,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(3)
    ).confidence_interval
    ours = lifetime_value(spent, seed=4, samples=20_000)
    assert ours[1:] == pytest.approx((theirs.low, theirs.high), rel=0.02)


def test_units_make_no_difference() -> None:
    spent = np.random.default_rng(1).geometric(0.01, 200)
    yuan, fen = lifetime_value(spent, seed=1), lifetime_value(spent * 100, seed=1)
    assert np.array(fen) == pytest.approx(np.array(yuan) * 100)


def test_where_all_spent_the_same_there_is_no_doubt() -> None:
    assert lifetime_value(np.full(9, 1_200), seed=1) == (1_200, 1_200, 1_200)


def test_of_nobody_nothing_is_known() -> None:
    assert np.isnan(lifetime_value(np.zeros(0, np.int64), seed=1)).all()


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        lifetime_value(np.array([1, 2]), seed=1, samples=99)
