"""How good forecasts of product tests are in made-up worlds, whose truth is known. Ends by itself, in some minutes.

python -m bench.product_forecasts [--worlds 200] [--write docs/product_forecasts.md]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from community.cocreation.product_tests.forecasting import Sale
from community.cocreation.product_tests.models.conversion import learnt, outcome
from community.cocreation.product_tests.models.forecast import LEVELS, draw_demand, quantiles
from community.cocreation.product_tests.models.newsvendor import Costs, expected
from community.cocreation.product_tests.models.scores import crps_of_quantiles
from community.cocreation.product_tests.reckoning import Fact, Past, reckoned

Floats = NDArray[np.float64]

VARIANTS = 8
MARKET = 20_000
PAST_TESTS = 4
DRAWS = 2_000
PIECES = {1: 80, 2: 15, 3: 5}
COSTS = Costs(price=12_900, unit_cost=4_000, salvage=1_000)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)

HEAD = """\
# How good forecasts of product tests are

One command makes worlds whose truth is known, forecasts in them as the server does (by {draws:,} draws, a tenth of its), and
writes this page:

    python -m bench.product_forecasts --write docs/product_forecasts.md

Each world has {variants} variants, a share of people who would buy each, a number who buy for each who would, and a market of
{market:,}; a test shows the variants to some members, and the sale then happens. The brand has {past} earlier tests with their
outcomes, or none. {worlds} worlds of each kind, seed {seed}; made on {day}.

- **the model's own**: drawn as the model has it: shares from a beta distribution, conversion log-normal; 300 viewers each.
- **no past**: the same by a brand without earlier tests, whose conversion is drawn from the prior.
- **heavy tails**: logits of shares and logarithms of conversion by Student's t with 3 degrees of freedom.
- **unequal exposure**: from 20 to 5,000 viewers, whatever the variant is worth.
- **few exposed**: 20 viewers each.
- **telling favourites**: 40 viewers each; who favours goes along with who would buy.
- **misleading favourites**: the same, but favourites are drawn without regard to who would buy.

"""
TABLE = """\
| worlds | within 80% | within 95% | CRPS | by own rate | by pooled rate | by raw number | profit | profit by raw number |
|---|---|---|---|---|---|---|---|---|
"""
NOTES = """
*Within 80%* and *95%*: the share of variants whose sales were within the interval; with {amount:,} variants of a kind, in worlds
of {variants} that share a conversion, two or three points either way are chance. *CRPS* is the mean over variants, in percent of
mean sales; smaller is better. *By own rate* is a distribution too, with the same conversion as ours, but as if the share
seen were the share to come; *by pooled rate* likewise, as if all variants had the same share. *By raw number* is what a
table would say: pre-orders over viewers, times market, pieces and conversion, as one number, whose CRPS is how far it is off.
*Profit* is what ordering the recommended quantities earned, in percent of what could be earned by who knew the sales
beforehand (price 129, cost 40, salvage 10); *by raw number*: ordering that number.

"""
EXPOSED = """\
## Being shown to more people

Two variants that are worth the same, one shown to ten times as many people (2,000 and 200), in {worlds} worlds:

| who is put first | the one that was shown more |
|---|---|
| by number of pre-orders | {by_count:.0f}% |
| by estimate | {by_estimate:.0f}% |
"""


@dataclass(frozen=True, slots=True)
class World:
    """A kind of world: how many look at each variant, shares who would buy, and how interest goes along; and its past."""

    name: str
    exposed: Callable[[Generator], NDArray[np.int64]]
    tails: bool = False
    likes: str = "none"
    past: int = PAST_TESTS


def _each(amount: int) -> Callable[[Generator], NDArray[np.int64]]:
    return lambda _random: np.full(VARIANTS, amount, np.int64)


WORLDS = (
    World("the model's own", _each(300)),
    World("no past", _each(300), past=0),
    World("heavy tails", _each(300), tails=True),
    World(
        "unequal exposure", lambda random: np.exp(random.uniform(np.log(20), np.log(5_000), VARIANTS)).astype(np.int64)
    ),
    World("few exposed", _each(20)),
    World("telling favourites", _each(40), likes="telling"),
    World("misleading favourites", _each(40), likes="misleading"),
)


@dataclass(slots=True)
class Found:
    """What was found of the variants of many worlds."""

    within_80: list[bool]
    within_95: list[bool]
    crps: list[float]
    own_rate: list[float]
    pooled_rate: list[float]
    raw_number: list[float]
    actual: list[float]
    profit: list[float]
    raw_profit: list[float]
    best_profit: list[float]


@dataclass(frozen=True, slots=True)
class Brand:
    """What is the same in all tests of a brand: how conversion is spread, and around what."""

    middle: float
    between_tests: float
    between_variants: float

    @classmethod
    def drawn(cls, random: Generator) -> Brand:
        """Draw one as the model's priors have it."""
        return cls(random.normal(np.log(0.5), 0.7), abs(random.normal(0, 0.5)), abs(random.normal(0, 0.35)))

    def conversions(self, random: Generator, *, tails: bool) -> Floats:
        """Draw how many buy for each who would, of each variant of a test."""
        noise = random.standard_t(3, VARIANTS) if tails else random.normal(0, 1, VARIANTS)
        test = random.standard_t(3) if tails else random.normal()
        drawn: Floats = np.exp(self.middle + self.between_tests * test + self.between_variants * noise)
        return drawn


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, print, and write the page; return it."""
    parser = argparse.ArgumentParser(prog="python -m bench.product_forecasts", description="How good forecasts are.")
    parser.add_argument("--worlds", type=int, default=200, help="of each kind")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", type=Path, help="the page to write")
    options = parser.parse_args(arguments)
    text = HEAD.format(
        variants=VARIANTS,
        market=MARKET,
        draws=DRAWS,
        past=PAST_TESTS,
        worlds=options.worlds,
        seed=options.seed,
        day=datetime.now(UTC).date(),
    )
    text += TABLE
    print(TABLE, end="", flush=True)
    for place, world in enumerate(WORLDS):
        row = _row(world, measured(world, options.worlds, np.random.default_rng([options.seed, place])))
        print(row, end="", flush=True)
        text += row
    text += NOTES.format(amount=options.worlds * VARIANTS, variants=VARIANTS)
    by_count, by_estimate = exposed_more(options.worlds, np.random.default_rng(options.seed))
    shown = EXPOSED.format(worlds=options.worlds, by_count=100 * by_count, by_estimate=100 * by_estimate)
    print(shown)
    text += shown
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return text


def measured(world: World, worlds: int, random: Generator) -> Found:
    """Forecast in so many worlds of a kind, and see what happens."""
    found = Found(*([] for _ in range(10)))
    for _ in range(worlds):
        _forecast_one(world, random, found)
    return found


def exposed_more(worlds: int, random: Generator) -> tuple[float, float]:
    """Return how often the variant that was shown more is put first, by its pre-orders and by its estimate."""
    by_count, by_estimate = [], []
    for _ in range(worlds):
        exposed = np.array([2_000, 200])
        ordering = random.binomial(exposed, random.beta(2, 38))
        facts = [_fact(place, exposed[place], 0, ordering[place]) for place in range(2)]
        rows = reckoned(1, facts, PIECES, [], Sale(MARKET, UNTIL), draws=DRAWS).rows
        estimates = [np.asarray(row[4])[99] for row in rows]
        by_count.append(bool(ordering[0] > ordering[1]))
        by_estimate.append(bool(estimates[0] > estimates[1]))
    return statistics.mean(by_count), statistics.mean(by_estimate)


def _forecast_one(world: World, random: Generator, found: Found) -> None:
    brand = Brand.drawn(random)
    past = [_past(world, brand, random) for _ in range(world.past)]
    shares, exposed, interested, ordering = _test(world, random)
    conversions = brand.conversions(random, tails=world.tails)
    facts = [_fact(place, exposed[place], interested[place], ordering[place]) for place in range(VARIANTS)]
    rows = reckoned(1, facts, PIECES, past, Sale(MARKET, UNTIL), draws=DRAWS).rows
    actual = _sold(shares * conversions, random)
    # The others are given the same conversion, so that only what they make of the test differs.
    known = learnt(
        [outcome(*(np.array(each) for each in (it.bought, it.intended, it.intended_variance))) for it in past]
    )
    own = np.tile(ordering / np.maximum(exposed, 1), (DRAWS, 1))
    pooled = np.full((DRAWS, VARIANTS), ordering.sum() / max(1, exposed.sum()))
    told_own, told_pooled = (quantiles(draw_demand(each, MARKET, known, PIECES)[0]) for each in (own, pooled))
    for place, row in enumerate(rows):
        said, raw, happened = np.asarray(row[7]), round(float(row[9])), int(actual[place])  # type: ignore[arg-type] # a number
        found.within_80.append(bool(said[19] <= happened <= said[179]))
        found.within_95.append(bool(said[4] <= happened <= said[194]))
        found.crps.append(crps_of_quantiles(said, LEVELS, happened))
        found.own_rate.append(crps_of_quantiles(told_own[:, place], LEVELS, happened))
        found.pooled_rate.append(crps_of_quantiles(told_pooled[:, place], LEVELS, happened))
        found.raw_number.append(abs(raw - happened))
        found.actual.append(happened)
        wanted = np.array([happened])
        for quantity, profits in (
            (int(row[12]), found.profit),  # type: ignore[call-overload] # a number
            (raw, found.raw_profit),
            (happened, found.best_profit),
        ):
            profits.append(expected(wanted, quantity, COSTS).profit or 0.0)


def _test(world: World, random: Generator) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Draw the shares who would buy, and what a test shows of them."""
    middle = random.beta(2, 30)
    if world.tails:
        shares = 1 / (1 + np.exp(-(np.log(middle / (1 - middle)) + 0.5 * random.standard_t(3, VARIANTS))))
    else:
        concentration = np.exp(random.uniform(np.log(20), np.log(1_000)))
        shares = np.clip(random.beta(concentration * middle, concentration * (1 - middle), VARIANTS), 1e-6, 1 - 1e-6)
    exposed = world.exposed(random)
    ordering = random.binomial(exposed, shares)
    logits = np.log(shares / (1 - shares))
    apart = {
        "none": np.full(VARIANTS, -np.inf),
        "telling": logits - logits.mean() - 1,
        "misleading": random.permutation(logits) - logits.mean() - 1,
    }[world.likes]
    interested = random.binomial(exposed, 1 / (1 + np.exp(-apart)))
    return shares, exposed, interested, ordering


def _past(world: World, brand: Brand, random: Generator) -> Past:
    """Make an earlier test: what was forecast of its variants, and what was sold."""
    shares, exposed, interested, ordering = _test(world, random)
    facts = [_fact(place, exposed[place], interested[place], ordering[place]) for place in range(VARIANTS)]
    rows = reckoned(1, facts, PIECES, [], Sale(MARKET, UNTIL), draws=DRAWS).rows
    sold = _sold(shares * brand.conversions(random, tails=world.tails), random)
    made = [place for place in range(VARIANTS) if sold[place] > 0]
    return Past(
        [float(sold[place]) for place in made],
        [float(rows[place][5]) for place in made],  # type: ignore[arg-type] # a number
        [float(rows[place][6]) for place in made],  # type: ignore[arg-type] # a number
    )


def _sold(chances: Floats, random: Generator) -> NDArray[np.int64]:
    """Draw the pieces sold of each variant."""
    buyers = random.binomial(MARKET, np.minimum(1.0, chances))
    orders = np.array(list(PIECES.values())) / sum(PIECES.values())
    each: NDArray[np.int64] = random.multinomial(buyers, orders) @ np.array(list(PIECES))
    return each


def _fact(number: int, exposed: int, interested: int, ordering: int) -> Fact:
    prices = COSTS.price, COSTS.unit_cost, COSTS.salvage
    return Fact(number, *prices, None, int(exposed), int(interested), int(ordering))


def _row(world: World, found: Found) -> str:
    sold, best = statistics.mean(found.actual), statistics.mean(found.best_profit)
    scores = [
        100 * statistics.mean(each) / sold for each in (found.crps, found.own_rate, found.pooled_rate, found.raw_number)
    ]
    profits = [100 * statistics.mean(each) / best for each in (found.profit, found.raw_profit)]
    covered = [100 * statistics.mean(each) for each in (found.within_80, found.within_95)]
    numbers = [f"{value:.0f}%" for value in covered] + [f"{value:.1f}" for value in scores]
    return f"| {world.name} | " + " | ".join([*numbers, *(f"{value:.1f}" for value in profits)]) + " |\n"


if __name__ == "__main__":
    main()
