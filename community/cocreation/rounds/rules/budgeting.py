"""Participatory budgeting: which options are paid for out of one budget, by approval ballots.

An option that nobody approves of is never paid for. Costs and budget are whole numbers of one unit, the smallest coin or
a larger one.

Shapes: b ballots that differ, m options, n voters.

Sources:
    1. D. Peters, G. Pierczynski, P. Skowron: Proportional Participatory Budgeting with Additive Utilities. NeurIPS 2021.
    2. S. Rey, J. Maly: The (Computational) Social Choice Take on Indivisible Participatory Budgeting. 2023 (survey:
       greedy welfare, equal shares, completions).
    3. P. Faliszewski et al.: Participatory Budgeting: Data, Tools and Analysis. IJCAI 2023 (completion by raising the
       budget of each voter by 1, "add1").
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from operator import index

import numpy as np

from community.cocreation.rounds.rules.equal_shares import Purses, purchases
from community.cocreation.rounds.rules.estimated_shares import estimated_purchases
from community.cocreation.rounds.rules.groups import Groups, tally
from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step
from community.cocreation.rounds.rules.profiles import UNRATED, Approvals, Ratings

RAISES = 1_000
"""How often shares are raised at most."""


def greedy_budget(ballots: Approvals, costs: Sequence[int], budget: int, lots: Lots) -> Outcome:
    """Pay for whoever has the most approvals, again and again, and skip what no longer fits [2]. O(b m + m^2).

    Steps: `counted`, with the approvals; then `funded` and `skipped` in the order of approvals.

    Raises:
        ValueError: if costs are not one an option, or a cost or the budget is negative.
    """
    costs = _checked(ballots.options, costs, budget)
    groups = Groups(ballots)
    approvals = groups.approvals
    funded, steps = _greedily(approvals, costs, budget, [], lots)
    return Outcome("greedy_budget", tuple(funded), (Step("counted", (), tuple(approvals)), *steps), tuple(lots.ties))


def greedy_budget_by_scores(ballots: Ratings, costs: Sequence[int], budget: int, lots: Lots) -> Outcome:
    """Pay for whoever has the highest sum of points, as :func:`greedy_budget` does by approvals [2]. O(b m + m^2).

    Of whom a ballot says nothing, it gives nothing; what has no sum above 0 is never paid for. Steps: as there.

    Raises:
        ValueError: if costs are not one an option, or a cost or the budget is negative.
    """
    costs = _checked(ballots.options, costs, budget)
    given = np.where(ballots.scores == UNRATED, 0, ballots.scores).astype(np.int64)
    sums: list[int] = (ballots.counts @ given).tolist()
    funded, steps = _greedily([max(total, 0) for total in sums], costs, budget, [], lots)
    return Outcome(
        "greedy_budget_by_scores", tuple(funded), (Step("counted", (), tuple(sums)), *steps), tuple(lots.ties)
    )


def equal_shares_by_cost(
    ballots: Approvals, costs: Sequence[int], budget: int, lots: Lots, *, raise_by: int = 1
) -> Outcome:
    """Pay for options by the method of equal shares, an option worth its cost to who approves of it [1].

    Everybody has budget/n, and bought is again and again what costs its supporters the least for what it is worth (see
    `equal_shares.purchases`). What is then left is spent by the completion: everybody's share is raised by `raise_by`
    (1 in the literature, "add1" [3]) and all is bought anew, until nothing else fits the budget; or until it would be
    overspent, and then the purchases before that stand; or `RAISES` times. Whatever still fits then is paid for greedily.

    O(a r m (b + g)) at worst, for a raises, r purchases and g amounts that differ among what voters have left.
    Steps: `raised`, with the share that stood, where it was raised; `funded`, with price by worth (None for what cannot
    be paid for, or cannot cost less); then `completed` and `skipped`, by approvals. Ties are those of the purchases that
    stood, and of the greedy completion.

    Raises:
        ValueError: if costs are not one an option, a cost or the budget is negative, or `raise_by` is not above 0.
    """
    return _by_shares("equal_shares_by_cost", ballots, costs, costs, budget, lots, raise_by)


def equal_shares_by_number(
    ballots: Approvals, costs: Sequence[int], budget: int, lots: Lots, *, raise_by: int = 1
) -> Outcome:
    """Pay for options by the method of equal shares, every option worth the same to who approves of it [1].

    All else is as in `equal_shares_by_cost`: here cheap options come first, there those with many supporters.

    Raises:
        ValueError: if costs are not one an option, a cost or the budget is negative, or `raise_by` is not above 0.
    """
    return _by_shares("equal_shares_by_number", ballots, costs, [1] * ballots.options, budget, lots, raise_by)


def _by_shares(
    rule: str,
    ballots: Approvals,
    costs: Sequence[int],
    worth: Sequence[int],
    budget: int,
    lots: Lots,
    raise_by: int,
) -> Outcome:
    costs, budget, worth = _checked(ballots.options, costs, budget), index(budget), list(map(index, worth))
    if raise_by < 1:
        raise ValueError(f"shares are raised by 1 at least, not by {raise_by}")
    groups = Groups(ballots)
    approvals = groups.approvals
    share, raised = Fraction(budget, max(groups.voters, 1)), 0
    bought = _options(groups, share, costs, worth, lots)
    while raised < RAISES and _fits(approvals, costs, budget, bought):
        more = _options(groups, share + (raised + 1) * raise_by, costs, worth, lots)
        if sum(costs[option] for option in more) > budget:
            break
        bought, raised = more, raised + 1
    share += raised * raise_by
    shown = purchases(Purses(groups, share), costs, worth, lots)
    steps = [Step("raised", (), (share,) * groups.options)] if raised else []
    steps += [
        Step("funded", (purchase.option,), tally(dict(purchase.rates), groups.options, purchase.rates))
        for purchase in shown
    ]
    funded, rest = _greedily(approvals, costs, budget, [purchase.option for purchase in shown], lots)
    steps += [Step("completed", step.options, step.tally) if step.what == "funded" else step for step in rest]
    return Outcome(rule, tuple(funded), tuple(steps), tuple(lots.ties))


def _options(groups: Groups, share: Fraction, costs: Sequence[int], worth: Sequence[int], lots: Lots) -> list[int]:
    """Return what is bought in a count that is not shown, and whose ties are not noted either."""
    bought = estimated_purchases(groups, share, costs, worth)
    if bought is None:
        noted = len(lots.ties)
        bought = [purchase.option for purchase in purchases(Purses(groups, share), costs, worth, lots)]
        del lots.ties[noted:]
    return bought


def _fits(approvals: Sequence[int], costs: Sequence[int], budget: int, bought: Sequence[int]) -> bool:
    """Return whether anything that somebody approves of could still be paid for."""
    left = budget - sum(costs[option] for option in bought)
    return any(approvals[option] and option not in bought and costs[option] <= left for option in range(len(costs)))


def _greedily(
    approvals: Sequence[int], costs: Sequence[int], budget: int, funded: list[int], lots: Lots
) -> tuple[list[int], list[Step]]:
    """Pay for what fits, the most approvals first, and return all that is paid for."""
    funded, steps = list(funded), list[Step]()
    left = budget - sum(costs[option] for option in funded)
    waiting = {option for option in range(len(costs)) if approvals[option]} - set(funded)
    while waiting:
        most = max(approvals[option] for option in waiting)
        level = {option for option in waiting if approvals[option] == most}
        fitting = {option for option in level if costs[option] <= left}
        if not fitting:
            steps += [Step("skipped", (option,)) for option in sorted(level)]
            waiting -= level
            continue
        chosen = lots.first(fitting, f"place {len(funded) + 1}")
        steps.append(Step("funded", (chosen,), tally(dict(enumerate(approvals)), len(costs), waiting)))
        funded.append(chosen)
        left -= costs[chosen]
        waiting.remove(chosen)
    return funded, steps


def _checked(options: int, costs: Sequence[int], budget: int) -> list[int]:
    """Return costs in whole numbers without bounds: those of an array would overflow."""
    if len(costs) != options:
        raise ValueError(f"there are {len(costs)} costs for {options} options")
    if budget < 0:
        raise ValueError(f"a budget is not negative, as {budget} is")
    for option, cost in enumerate(costs):
        if cost < 0:
            raise ValueError(f"option {option} costs less than nothing: {cost}")
    return list(map(index, costs))
