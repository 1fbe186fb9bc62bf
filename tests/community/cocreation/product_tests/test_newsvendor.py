"""How many to make: the quantities that are known in closed form, and that no other earns more."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.cocreation.product_tests.models.newsvendor import Costs, Wholes, expected, produced, smallest_quantity

DEMAND = st.lists(st.integers(0, 200), min_size=1, max_size=60).map(lambda values: np.sort(np.array(values, np.int64)))
COSTS = st.tuples(st.integers(-50, 99), st.integers(0, 99), st.integers(1, 200)).map(
    lambda drawn: Costs(drawn[2], max(drawn[1], drawn[0] + 1), drawn[0])
)


def poisson(rate: float, draws: int = 100_000) -> Wholes:
    """Return draws that lie evenly over a Poisson distribution."""
    found: list[int] = []
    number, probability, below = 0, math.exp(-rate), 0.0
    while len(found) < draws and number < 10_000:
        below += probability
        found += [number] * (math.floor(below * draws + 0.5) - len(found))
        number += 1
        probability *= rate / number
    return np.array(found, np.int64)


@pytest.mark.parametrize(
    ("ratio", "quantity"), [(0.7, 69), (0.01, 0), (0.011, 1), (0.29, 28), (0.999, 99), (1.0, 99), (0, 0)]
)
def test_of_0_to_99_alike_it_is_the_share_that_is_wanted(ratio: float, quantity: int) -> None:
    assert smallest_quantity(np.arange(100), ratio) == quantity


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.75, 0.9, 0.99])
@pytest.mark.parametrize("rate", [0.5, 4.0, 60.0])
def test_of_a_poisson_distribution_it_is_the_quantile(rate: float, ratio: float) -> None:
    terms = [math.exp(-rate)]
    while sum(terms) < ratio:
        terms.append(terms[-1] * rate / len(terms))

    assert smallest_quantity(poisson(rate), ratio) == len(terms) - 1


@pytest.mark.parametrize(("price", "cost", "salvage"), [(100, 20, 10), (100, 60, 0), (100, 95, 50), (100, 50, -50)])
def test_of_a_normal_distribution_quantity_and_loss_are_the_textbooks(price: int, cost: int, salvage: int) -> None:
    mean, deviation, draws = 10_000, 1_500, 200_000
    normal = NormalDist()
    places = [(number + 0.5) / draws for number in range(draws)]
    demand = np.array([round(mean + deviation * normal.inv_cdf(place)) for place in places], np.int64)

    found = produced(demand, Costs(price, cost, salvage))

    assert found is not None
    ratio = (price - cost) / (price - salvage)
    z = normal.inv_cdf(ratio)
    loss = normal.pdf(z) - z * (1 - ratio)
    assert found.quantity == pytest.approx(mean + z * deviation, abs=2)
    assert found.lost == pytest.approx(deviation * loss, abs=2)
    # Silver, Pyke & Thomas: the best profit is (p - c) mu - (p - s) phi(z) sigma.
    assert found.profit == pytest.approx(
        (price - cost) * mean - (price - salvage) * normal.pdf(z) * deviation, rel=1e-3
    )


@settings(deadline=None)
@given(demand=DEMAND, costs=COSTS)
def test_no_other_quantity_earns_more(demand: Wholes, costs: Costs) -> None:
    found = produced(demand, costs)

    assert found is not None
    assert found.profit is not None
    best = max(expected(demand, quantity, costs).profit or 0.0 for quantity in range(202))
    assert found.profit == pytest.approx(best, abs=1e-6)


@settings(deadline=None)
@given(demand=DEMAND, costs=COSTS, lot=st.integers(1, 250))
def test_with_a_minimum_lot_no_quantity_that_can_be_made_earns_more(demand: Wholes, costs: Costs, lot: int) -> None:
    found = produced(demand, costs, minimum_lot=lot)

    assert found is not None
    assert found.profit is not None
    assert found.quantity == 0 or found.quantity >= lot
    best = max(expected(demand, quantity, costs).profit or 0.0 for quantity in (0, *range(lot, 252)))
    assert found.profit == pytest.approx(best, abs=1e-6)


@given(demand=DEMAND, quantity=st.integers(0, 250))
def test_what_is_lost_and_what_is_left_come_to_the_difference(demand: Wholes, quantity: int) -> None:
    found = expected(demand, quantity, None)

    assert found.left - found.lost == pytest.approx(quantity - demand.mean())
    assert found.profit is None


def test_a_service_level_is_kept_whatever_it_earns_and_alone_says_enough() -> None:
    demand = np.arange(100)
    dear = Costs(100, 99)

    assert produced(demand, None) is None
    level = produced(demand, None, service_level=0.95)
    both = produced(demand, dear, service_level=0.95)
    lot = produced(demand, dear, service_level=0.1, minimum_lot=50)
    earning = produced(demand, Costs(100, 1), service_level=0.5)

    assert level is not None
    assert (level.quantity, level.profit) == (94, None)
    assert both is not None
    assert (both.quantity, (both.profit or 0) < 0) == (94, True)
    assert lot is not None
    assert lot.quantity == 50, "what is promised is made, if only by the lot"
    assert earning is not None
    assert earning.quantity == 98


def test_what_costs_what_it_brings_is_not_made() -> None:
    for costs in (Costs(100, 100), Costs(100, 150)):
        found = produced(np.arange(100), costs)
        assert found is not None
        assert (found.quantity, found.profit) == (0, 0)
