"""In made-up worlds, whose truth is known, intervals hold what they say and forecasts beat naive ones."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from bench.product_forecasts import WORLDS, exposed_more, measured

KINDS = {world.name: world for world in WORLDS}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["no past", "unequal exposure", "few exposed"])
def test_intervals_hold_what_they_say_and_score_better_than_own_and_pooled_rates(name: str) -> None:
    found = measured(KINDS[name], 40, np.random.default_rng(11))

    # 40 worlds, in each of which one conversion moves all variants: seven points are one standard error.
    assert 0.66 < statistics.mean(found.within_80) < 0.94
    assert statistics.mean(found.within_95) > 0.86
    ours, own, pooled, number = [
        statistics.mean(each) for each in (found.crps, found.own_rate, found.pooled_rate, found.raw_number)
    ]
    assert ours < own < number
    assert ours < pooled
    assert statistics.mean(found.profit) > statistics.mean(found.raw_profit)


def test_to_be_shown_to_more_people_puts_nobody_first_by_estimate() -> None:
    by_count, by_estimate = exposed_more(60, np.random.default_rng(2))

    assert by_count == 1
    assert 0.3 < by_estimate < 0.7
