"""Committees: several winners of approval ballots, such that groups of voters are represented by their size.

Scores and loads are fractions, never rounded. Where fewer options are approved of than there are winners, options that
nobody approves of fill the rest by lot.

Shapes: b ballots that differ, m options, k winners.

Sources:
    1. M. Lackner, P. Skowron: Multi-Winner Voting with Approval Preferences. Springer 2023.
    2. T. N. Thiele: Om Flerfoldsvalg. 1895 (proportional approval, and its sequential form).
    3. E. Phragmén: Sur une méthode nouvelle pour réaliser, dans les élections, la représentation proportionnelle des
       partis. 1894; M. Brill, R. Freeman, S. Janson, M. Lackner: Phragmén's Voting Methods and Justified
       Representation. AAAI 2017.
    4. D. Peters, P. Skowron: Proportionality and the Limits of Welfarism. EC 2020 (equal shares, there called rule X).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import comb, gcd, lcm
from operator import mul
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.cocreation.rounds.rules.equal_shares import Purses, purchases
from community.cocreation.rounds.rules.groups import Groups, seats, tally
from community.cocreation.rounds.rules.outcomes import Lots, Number, Outcome, Step
from community.cocreation.rounds.rules.profiles import Approvals

COMMITTEES = 200_000
"""How many committees there may be for the best to be searched."""
WORK = 1_000_000_000
"""How many committees times ballots that differ there may be."""


class TooLargeError(ValueError):
    """An exact search that might take too long: sequential rules have no such limit."""


def sequential_proportional_approval(ballots: Approvals, lots: Lots, winners: int) -> Outcome:
    """Elect one after another whoever adds the most, a ballot with j elected giving 1/(j + 1) to each it names [1, 2].

    O(k b m). Steps: `elected`, with what each would have added.

    Raises:
        ValueError: if there are fewer than no winners.
    """
    groups, elected = Groups(ballots), list[int]()
    left, steps = set(range(groups.options)), list[Step]()
    for place in range(seats(winners, groups.options)):
        adds: dict[int, Number] = {
            option: sum(
                (Fraction(voters, had + 1) for had, voters in enumerate(groups.support(option, place + 1))), Fraction(0)
            )
            for option in left
        }
        chosen = lots.best(tally(adds, groups.options, left), left, f"place {place + 1}")
        steps.append(Step("elected", (chosen,), tally(adds, groups.options, left)))
        groups.of[groups.supporters[chosen]] += 1
        left.remove(chosen)
        elected.append(chosen)
    return Outcome("sequential_proportional_approval", tuple(elected), tuple(steps), tuple(lots.ties))


def proportional_approval_score(ballots: Approvals, committee: Iterable[int]) -> Fraction:
    """Return what a committee is worth: 1 + 1/2 + ... + 1/j for each ballot with j of its options elected [1]. O(b k)."""
    had = ballots.approved[:, sorted(set(committee))].sum(axis=1)
    voters = np.zeros(int(had.max(initial=0)) + 1, np.int64)
    np.add.at(voters, had, ballots.counts)
    worth, score = Fraction(0), Fraction(0)
    for elected, amount in enumerate(voters.tolist()):
        worth += Fraction(1, elected) if elected else 0
        score += amount * worth
    return score


def proportional_approval(ballots: Approvals, lots: Lots, winners: int) -> Outcome:
    """Elect the committee with the highest `proportional_approval_score` [1, 2], by branch and bound.

    What an option adds never grows with who is elected, so the most that the rest can add bounds what a beginning comes
    to. Of several best committees stays, again and again, whichever has the option drawn first among those that only
    some of them have. Winners go by number. O(committees b) at worst, mostly far less. Step: `elected`.

    Raises:
        TooLargeError: if there are above `COMMITTEES` committees, above `WORK` of them times ballots that differ, or
            scores that 63 bits do not hold.
        ValueError: if there are fewer than no winners.
    """
    size = seats(winners, ballots.options)
    committees, different = comb(ballots.options, size), len(ballots.counts)
    if committees > COMMITTEES or committees * different > WORK:
        raise TooLargeError(
            f"{committees} committees of {size} among {ballots.options} options and {different} ballots that differ are "
            f"too many to search: there may be {COMMITTEES} committees, and {WORK} of them times ballots"
        )
    whole = lcm(*range(1, size + 1))
    if whole * size * int(ballots.counts.sum()) >= 1 << 63:
        raise TooLargeError(f"scores of {size} winners and {ballots.counts.sum()} ballots are too long to search")
    best = _best_committees(ballots, size, whole)
    while len(best) > 1:
        contested = frozenset[int]().union(*best) - best[0].intersection(*best)
        chosen = lots.first(contested, "best committees")
        best = [committee for committee in best if chosen in committee]
    elected = tuple(sorted(best[0]))
    return Outcome("proportional_approval", elected, (Step("elected", elected),), tuple(lots.ties))


def _best_committees(ballots: Approvals, size: int, whole: int) -> list[frozenset[int]]:
    """Return all committees with the highest score, in whole numbers: a vote is worth `whole`."""
    groups = Groups(ballots)
    approvals = groups.approvals
    # Who is approved of the most goes first, so that good committees are found early and bound the rest.
    order = sorted(range(groups.options), key=lambda option: -approvals[option])
    greedy = sequential_proportional_approval(ballots, Lots("", groups.options), size).winners
    highest = int(proportional_approval_score(ballots, greedy) * whole)
    best: list[frozenset[int]] = []

    def search(chosen: tuple[int, ...], had: NDArray[np.int64], score: int, begin: int) -> None:
        nonlocal highest, best
        missing = size - len(chosen)
        if not missing:
            if score > highest:
                highest, best = score, []
            best.append(frozenset(chosen))
            return
        worth = ballots.counts * (whole // (had + 1))
        adds = [int(worth[groups.supporters[option]].sum()) for option in order[begin:]]
        for place in range(len(adds) - missing + 1):
            if score + sum(sorted(adds[place:], reverse=True)[:missing]) < highest:
                return
            option = order[begin + place]
            if missing > 1:
                after = had.copy()
                after[groups.supporters[option]] += 1
            else:
                after = had
                if score + adds[place] < highest:
                    continue
            search((*chosen, option), after, score + adds[place], begin + place + 1)

    search((), np.zeros(len(ballots.counts), np.int64), 0, 0)
    return best


def phragmen(ballots: Approvals, lots: Lots, winners: int) -> Outcome:
    """Elect one after another by Phragmén's sequential rule [1, 3].

    Everybody earns one unit of money in a unit of time, an option costs one, and is bought as soon as those who approve
    of it have that together: at the time (1 + sum of their loads) / how many they are, the load of a voter being when
    they last paid. O(k b m). Steps: `elected`, with the time by option (None without support).

    Raises:
        ValueError: if there are fewer than no winners.
    """
    groups = Groups(ballots)
    elected, steps = _by_load(groups, lots, _Loads([0], 1), [], seats(winners, groups.options))
    return Outcome("phragmen", tuple(elected), tuple(steps), tuple(lots.ties))


def equal_shares(ballots: Approvals, lots: Lots, winners: int) -> Outcome:
    """Elect by the method of equal shares, and what is left by Phragmén's sequential rule [1, 4].

    Everybody has k/n for n voters, an option costs 1, and whichever costs its supporters the least each is bought (see
    `equal_shares.purchases`). Once nobody can buy anything, voters go on to earn money as in `phragmen`, beginning with
    what they have left, until there are k winners. O(k m (b + g)), g the amounts that differ among what voters have
    left. Steps: `elected` by equal shares, with the price each supporter would pay (None for what cannot be paid for, or
    cannot cost less); then `completed`, with the time by option.

    Raises:
        ValueError: if there are fewer than no winners.
    """
    groups = Groups(ballots)
    size = seats(winners, groups.options)
    if not groups.voters:
        elected, steps = _by_load(groups, lots, _Loads([0], 1), [], size)
        return Outcome("equal_shares", tuple(elected), tuple(steps), tuple(lots.ties))
    purses, ones = Purses(groups, Fraction(size, groups.voters)), [1] * groups.options
    bought = purchases(purses, ones, ones, lots) if size else []
    first = [
        Step("elected", (purchase.option,), tally(dict(purchase.rates), groups.options, purchase.rates))
        for purchase in bought
    ]
    loads = _Loads([-money for money in purses.money], purses.units)
    elected, rest = _by_load(groups, lots, loads, [purchase.option for purchase in bought], size)
    completed = (Step("completed", step.options, step.tally) for step in rest)
    return Outcome("equal_shares", tuple(elected), (*first, *completed), tuple(lots.ties))


class _Loads(NamedTuple):
    """By group, when its voters last paid, in whole numbers: fractions would take many times as long to add up."""

    whole: list[int]
    units: int
    """How many are 1."""

    def since(self, support: list[int]) -> Fraction:
        """Return when supporters can pay, 1 and their loads together being what they must have earned."""
        owed = sum(map(mul, self.whole, support), self.units)
        return Fraction(owed, sum(support) * self.units)

    def then(self, time: Fraction) -> _Loads:
        """Return the same with a group that paid at a time."""
        scale = time.denominator // gcd(time.denominator, self.units)
        units = self.units * scale
        return _Loads([load * scale for load in self.whole] + [int(time * units)], units)


def _by_load(groups: Groups, lots: Lots, loads: _Loads, elected: list[int], size: int) -> tuple[list[int], list[Step]]:
    """Elect by Phragmén's rule until there are enough; the voters of a group have the same load."""
    left, steps = set(range(groups.options)) - set(elected), list[Step]()
    while len(elected) < size:
        times = {
            option: loads.since(groups.support(option, len(loads.whole))) for option in left if groups.approvals[option]
        }
        shown = tally(dict(times), groups.options, left)
        earliest = min(times.values(), default=None)
        level = [option for option in left if times.get(option) == earliest]
        chosen = lots.first(level, f"place {len(elected) + 1}")
        steps.append(Step("elected", (chosen,), shown))
        if chosen in times:
            groups.of[groups.supporters[chosen]] = len(loads.whole)
            loads = loads.then(times[chosen])
        left.remove(chosen)
        elected = [*elected, chosen]
    return elected, steps
