"""How much members do, how various it is and how regular."""

import math

import numpy as np
import pytest

from graph.measures.participation import WEEKS, engagement, participation

WEIGHTS = np.array([0, 1, 3], np.float32)
HALF_LIVES = np.array([1, 10, 100], np.float32)


def measured(measure: object, done: list[tuple[int, int, float]], size: int = 3) -> list[float]:
    """Measure what was done: (who, of which kind, days ago)."""
    actors, kinds, ages = zip(*done, strict=True) if done else ((), (), ())
    found = measure(  # type: ignore[operator] # one of the two measures
        size,
        np.array(actors, np.uint32),
        np.array(kinds, np.uint8),
        np.array(ages, np.float32),
        WEIGHTS,
        HALF_LIVES,
    )
    return [float(value) for value in found]


def test_engagement_weighs_by_kind_saturates_and_fades() -> None:
    done = [(0, 1, 0.0), (0, 1, 10.0), (0, 2, 100.0), (1, 1, 20.0)]

    first, second, third = measured(engagement, done)

    assert first == pytest.approx(math.log1p(1.5) + 3 * math.log1p(0.5), rel=1e-6)
    assert second == pytest.approx(math.log1p(0.25), rel=1e-6)
    assert third == 0


def test_a_kind_without_weight_counts_nothing() -> None:
    assert measured(engagement, [(0, 0, 0.0)] * 5) == [0, 0, 0]
    assert measured(participation, [(0, 0, 0.0)] * 5) == [0, 0, 0]


def test_variety_and_regularity_lift_participation() -> None:
    weekly = [(0, 1, 7.0 * week) for week in range(WEEKS)]
    at_once = [(0, 1, 0.0)]
    regular = measured(participation, weekly)[0] / measured(engagement, weekly)[0]
    once = measured(participation, at_once)[0] / measured(engagement, at_once)[0]

    assert regular == pytest.approx(1.0), "active in all of the last weeks, by one kind"
    assert once == pytest.approx((1 + 1 / WEEKS) / 2)

    # Two kinds that weigh the same are an effective number of two.
    even = [(0, 1, 0.0)] * 7 + [(0, 2, 0.0)]  # log 8 = 3 log 2
    lifted = measured(participation, even)[0] / measured(engagement, even)[0]
    assert lifted == pytest.approx(math.sqrt(2) * (1 + 1 / WEEKS) / 2)


def test_weeks_of_long_ago_are_not_regularity() -> None:
    assert measured(participation, [(0, 2, 7.0 * WEEKS)])[0] == pytest.approx(
        measured(engagement, [(0, 2, 7.0 * WEEKS)])[0] / 2
    )


def test_nobody_did_anything() -> None:
    assert measured(participation, []) == [0, 0, 0]
    assert measured(engagement, [], size=0) == []
