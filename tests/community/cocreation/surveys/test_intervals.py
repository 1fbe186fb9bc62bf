"""What is estimated agrees with known values, and with SciPy where it has the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, t  # type: ignore[import-untyped] # without type information

from community.cocreation.surveys.intervals import (
    adjusted_wald,
    mean,
    median,
    moments,
    net_promoters,
    share,
    student_quantile,
)

PROPERTY = settings(deadline=None)


@PROPERTY
@given(st.integers(1, 5_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_share_has_wilsons_interval(counted: tuple[int, int]) -> None:
    count, total = counted
    found = share(count, total)
    expected = binomtest(count, total).proportion_ci(0.95, method="wilson")

    assert found.estimate == count / total
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)
    assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_a_share_of_newcombe() -> None:
    # R. G. Newcombe (1998), Statistics in Medicine 17, 857-872, table I: method 3 for 81 of 263, 15 of 148, 0 of 20.
    for count, total, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = share(count, total)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@PROPERTY
@given(st.integers(4, 100_000))
def test_students_quantile(freedom: int) -> None:
    assert student_quantile(freedom) == pytest.approx(t.ppf(0.975, freedom), abs=1e-3 if freedom < 10 else 1e-5)


def test_a_mean_of_known_numbers() -> None:
    numbers = {1.0: 2, 2.0: 1, 5.0: 3}
    found = mean(*moments(numbers))
    low, high = t.interval(0.95, 5, loc=19 / 6, scale=_error(numbers))

    assert found.estimate == pytest.approx(19 / 6)
    assert found.low == pytest.approx(low, abs=1e-3)
    assert found.high == pytest.approx(high, abs=1e-3)


def _error(numbers: dict[float, int]) -> float:
    said = [value for value, count in numbers.items() for _ in range(count)]
    middle = sum(said) / len(said)
    return float((sum((value - middle) ** 2 for value in said) / (len(said) - 1) / len(said)) ** 0.5)


@PROPERTY
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_the_median_is_in_the_middle(numbers: list[int]) -> None:
    ordered = sorted(numbers)
    counts = {float(value): numbers.count(value) for value in numbers}
    half = len(ordered) // 2
    expected = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2

    assert median(counts) == expected


@PROPERTY
@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_a_net_promoter_score_is_within_its_bounds_and_turns_with_its_sides(up: int, level: int, down: int) -> None:
    if up + level + down == 0:
        with pytest.raises(ValueError, match="0"):
            net_promoters(up, level, down)
        return
    found, turned = net_promoters(up, level, down), net_promoters(down, level, up)

    assert -100 <= found.low <= found.estimate <= found.high <= 100
    assert turned.low == pytest.approx(-found.high)
    assert turned.high == pytest.approx(-found.low)
    assert found.high - found.low > 0, "even where all agree, the sample may not be everybody"


def test_a_net_promoter_score_by_hand() -> None:
    # 50 promoters, 30 passives and 20 detractors: p' = 50.5/102, d' = 20.5/102.
    up, down = 50.5 / 102, 20.5 / 102
    reach = 1.959963984540054 * ((up + down - (up - down) ** 2) / 102) ** 0.5

    found = net_promoters(50, 30, 20)

    assert found.estimate == pytest.approx(30)
    assert found.low == pytest.approx(100 * (up - down - reach))
    assert found.high == pytest.approx(100 * (up - down + reach))


def test_walds_own_interval_claims_to_be_sure_where_all_agree() -> None:
    assert adjusted_wald(5, 0, 5, 0) == (1, 1)
    assert adjusted_wald(5, 0, 5, 2)[0] < 0.9
