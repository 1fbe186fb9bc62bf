"""A forecast from facts: the models put together, without the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from community.cocreation.product_tests.models.conversion import Outcome, learnt, outcome
from community.cocreation.product_tests.models.forecast import (
    DRAWS,
    MODEL,
    Signals,
    draw_demand,
    draw_shares,
    pieces_each,
    quantiles,
    raw_rate,
)
from community.cocreation.product_tests.models.newsvendor import Costs, produced

if TYPE_CHECKING:
    from community.cocreation.product_tests.forecasting import Sale


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of a variant: its costs, how many members saw it, liked it and pre-ordered it, and pieces they bought."""

    id: int
    price: int | None
    unit_cost: int | None
    salvage: int | None
    minimum_lot: int | None
    exposed: int
    interested: int
    ordering: int
    bought: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """What became of an earlier forecast's variants: pieces bought, pieces intended, and the variance of the latter's logarithm."""

    bought: Sequence[float]
    intended: Sequence[float]
    intended_variance: Sequence[float]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A forecast: the model's version, quantiles of the conversion, and the columns of each variant."""

    model: int
    conversion: list[float]
    rows: list[tuple[object, ...]]


def reckoned(
    seed: int,
    facts: Sequence[Fact],
    pieces: Mapping[int, int],
    past: Sequence[Past],
    sale: Sale,
    *,
    draws: int = DRAWS,
) -> Reckoned:
    """Return the forecast of a test's variants. The same facts and seed give the same."""
    signals = Signals(*(_column(facts, name) for name in ("exposed", "interested", "ordering")))
    shares = draw_shares(signals, seed=seed, draws=draws)
    each, spread = pieces_each(pieces), np.log(shares).var(axis=0)
    outcomes = [
        outcome(*(np.array(column) for column in (it.bought, it.intended, it.intended_variance))) for it in past
    ]
    own = _own(facts, shares.mean(axis=0) * signals.exposed * each, spread) if sale.learn_from_purchases else None
    known = learnt([*outcomes, *([own] if own else [])])
    demand, conversions = draw_demand(shares, sale.market, known, pieces, own=own, seed=seed)
    intended = shares.mean(axis=0) * sale.market * each
    raw = raw_rate(signals, sale.market, each, float(np.median(conversions)))
    shown, told = quantiles(shares), quantiles(demand)
    rows = []
    for place, fact in enumerate(facts):
        costs = _costs(fact)
        wanted = np.sort(demand[:, place])
        made = produced(wanted, costs, sale.service_level, fact.minimum_lot or 1)
        rows.append(
            (
                *(fact.id, fact.exposed, fact.interested, fact.ordering, shown[:, place].tolist()),
                *(float(intended[place]), float(spread[place]), told[:, place].tolist(), float(wanted.mean())),
                *(float(raw[place]), float(raw.mean()), None if costs is None else costs.critical_ratio),
                *((None,) * 4 if made is None else (made.quantity, made.profit, made.lost, made.left)),
            )
        )
    return Reckoned(MODEL, quantiles(conversions[:, :1])[:, 0].tolist(), rows)


def _own(facts: Sequence[Fact], intended: NDArray[np.float64], spread: NDArray[np.float64]) -> Outcome | None:
    """Return what this test's own sale has shown so far; None where nothing was bought."""
    bought = _column(facts, "bought")
    places = np.flatnonzero(bought)
    if not len(places):
        return None
    return replace(outcome(bought[places].astype(np.float64), intended[places], spread[places]), places=places)


def _costs(fact: Fact) -> Costs | None:
    if fact.price is None or fact.unit_cost is None:
        return None
    return Costs(fact.price, fact.unit_cost, fact.salvage or 0)


def _column(facts: Sequence[Fact], name: str) -> NDArray[np.int64]:
    return np.array([getattr(fact, name) for fact in facts], np.int64)
