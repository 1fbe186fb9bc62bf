import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.referrals.insight.intervals import difference
from community.referrals.insight.retention import retention, staying, watched

# Freireich et al. 1963: weeks in remission with 6-mercaptopurine, the example of most textbooks.
WEEKS = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], float)
LEFT = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], bool)


@pytest.mark.parametrize(
    ("week", "share"), [(5, 1), (6, 0.8571), (7, 0.8067), (10, 0.7529), (16, 0.6275), (23, 0.4482), (35, 0.4482)]
)
def test_shares_are_those_of_the_textbook(week: float, share: float) -> None:
    assert staying(WEEKS, LEFT, week).value == pytest.approx(share, abs=5e-5)


def test_bounds_are_greenwoods_on_the_log_log_scale() -> None:
    # S(10) = 0.7529 with a standard error of 0.0963
    low, high = staying(WEEKS, LEFT, 10)[1:]
    wide = 1.959964 * 0.0963 / 0.7529 / np.log(0.7529)
    assert (low, high) == pytest.approx((0.7529 ** np.exp(-wide), 0.7529 ** np.exp(wide)), abs=1e-3)


groups = st.integers(1, 60).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(0, 20), min_size=size, max_size=size),
        st.lists(st.booleans(), min_size=size, max_size=size),
    )
)


@given(groups, st.integers(0, 20))
def test_without_anybody_whose_time_is_short_it_is_a_plain_share(
    group: tuple[list[int], list[bool]], horizon: int
) -> None:
    # Given that who has not left was watched beyond the horizon
    left = np.array(group[1])
    stayed = np.where(left, np.array(group[0]), 21).astype(float)
    found = staying(stayed, left, horizon)
    assert found.value == pytest.approx(np.count_nonzero(stayed > horizon) / len(stayed))
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


@given(groups)
def test_fewer_stay_longer(group: tuple[list[int], list[bool]]) -> None:
    values = [staying(np.array(group[0], float), np.array(group[1]), horizon).value for horizon in range(21)]
    known = [value for value in values if not np.isnan(value)]
    assert known == sorted(known, reverse=True)
    assert values[: len(known)] == known


def test_who_joined_lately_counts_neither_as_leaving_nor_as_staying() -> None:
    # Given members who all leave after an exponential time, half of whom joined too lately to be watched for long
    rng, size = np.random.default_rng(4), 100_000
    lives, ages = rng.exponential(10, size), rng.uniform(0, 20, size)
    found = staying(np.minimum(lives, ages), lives <= ages, 10)
    assert found.value == pytest.approx(np.exp(-1), abs=0.01)


def test_bounds_of_a_difference_hold_as_often_as_they_say() -> None:
    rng, rounds, size, held = np.random.default_rng(6), 1_000, 160, 0
    referred = np.arange(size) % 2 == 0
    for _ in range(rounds):
        lives = rng.exponential(np.where(referred, 20, 12))
        ages = rng.uniform(5, 40, size)
        found = retention(np.minimum(lives, ages), lives <= ages, referred, 10).difference
        held += found.low <= np.exp(-10 / 20) - np.exp(-10 / 12) <= found.high
    assert 0.93 <= held / rounds <= 0.975


def test_a_difference_is_near_newcombes_where_all_were_watched() -> None:
    stayed = np.array([5.0] * 14 + [20.0] * 56 + [5.0] * 32 + [20.0] * 48)
    found = retention(stayed, stayed < 10, np.arange(150) < 70, 10)
    plain = difference(56, 70, 48, 80)
    assert found.difference == pytest.approx(plain, abs=0.02)


def test_beyond_what_was_watched_nothing_is_known() -> None:
    found = retention(np.array([3.0, 5, 2]), np.array([False, False, True]), np.array([True, True, False]), 10)
    assert np.isnan(found.referred).all()
    assert found.others.value == 0
    assert np.isnan(found.difference.value)


def test_members_are_watched_until_they_were_last_seen() -> None:
    # Given one who fell silent long ago, one lately, and one who was here today
    stayed, left = watched(np.array([0.0, 0, 5]), np.array([10.0, 95, 100]), now=100, silence=30)
    assert stayed.tolist() == [10, 95, 95]
    assert left.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("joined", "seen"), [([5.0], [3.0]), ([5.0], [200.0]), ([float("nan")], [5.0]), ([float("-inf")], [5.0])]
)
def test_times_out_of_order_are_refused(joined: list[float], seen: list[float]) -> None:
    with pytest.raises(ValueError, match="order"):
        watched(np.array(joined), np.array(seen), now=100, silence=30)


@pytest.mark.parametrize("stayed", [[-1.0], [float("nan")], [1.0, 2.0]])
def test_what_does_not_fit_is_refused(stayed: list[float]) -> None:
    with pytest.raises(ValueError, match="time"):
        retention(np.array(stayed), np.array([True]), np.array([True]), 1)
