"""The single transferable vote: as many winners as a group of voters fills quotas, by the voters' own rankings.

Sources:
    1. H. R. Droop: On methods of electing representatives. Journal of the Statistical Society of London 44(2), 1881.
    2. J. B. Gregory: A simple suggestion in explanation of Hare's proportional representation. 1880 (surpluses as
       fractions of each ballot).
    3. N. Tideman: The single transferable vote. Journal of Economic Perspectives 9(1), 1995.
    4. The Scottish Local Government Elections Order 2007, schedule 1, rules 45 to 52 (a weighted inclusive count).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from community.cocreation.rounds.rules.outcomes import Lots, Outcome, Step, Tie
from community.cocreation.rounds.rules.piles import Piles
from community.cocreation.rounds.rules.profiles import UNRANKED, Rankings
from community.cocreation.rounds.rules.seats import check_seats

PRECISION = 10**12
"""The largest denominator of a transfer value."""
LOOK_AHEAD = 50_000_000
"""How many ranks may be read, in all, to see where other lots would lead: seconds at most."""
LEAST_READ = 500_000
"""How many ranks could be read in the time that a count takes besides."""


def single_transferable_vote(ballots: Rankings, lots: Lots, winners: int = 1) -> Outcome:
    """Elect whoever reaches a quota, and hand on what is beyond it and what the weakest have. O(b m^2) and more.

    A ballot counts for the option that it has highest among those standing; several that are level there share it
    equally. Whoever has the Droop quota [1],

        quota = floor(ballots that order any option / (winners + 1)) + 1,

    is elected and stands no longer. A surplus is handed on before anybody is eliminated, the largest first, of equal
    ones that of who was elected first. All that the elected holds is handed on, each part at its value times

        transfer value = surplus / all that the elected holds

    to whom its ballot has highest of those standing: the weighted inclusive Gregory method [2, 3, 4]. If nobody has a
    surplus, the option with the fewest is eliminated and what it holds handed on at its full value; of several the one
    drawn last, unless they would go one after another in any order, and so go together. When no more stand than there
    are seats, all are elected, the most first. A part whose ballot orders nobody standing is exhausted, and lost.

    Values are exact fractions. A transfer value whose denominator is above `PRECISION` is rounded down to a multiple of
    1 / `PRECISION`, as laws do at five decimals [4]: else each transfer would double the digits of all that follow, and
    twenty winners be out of reach. The elected keeps up to a millionth of a millionth of what it had by that.

    The law of it (Droop's, for solid coalitions): if at least n quotas of ballots have the same options above all
    others, without any level, then n of those are elected, or all of them.

    A tie is noted if it may make a difference to who wins, or in which order. That is seen by counting with other lots,
    as far as `LOOK_AHEAD` goes; if that does not show it, all ties are noted.

    Cost: handing on takes O(m) a ballot, and a step in Python for each value that differs; all that once more for each
    count with other lots.

    Steps: `counted`, the first places; `elected` and `eliminated`, as it stood then; `transferred`, as it stands after.

    Raises:
        ValueError: if nobody is to win, or the lots are those of another number of options.
    """
    check_seats(ballots, lots, winners)
    elected, steps, ties = _counted(ballots, winners, _Draw(lots))
    if ties:
        ties = _Ahead(ballots, winners, lots, elected, ties).decisive()
    lots.ties += ties
    return Outcome("single_transferable_vote", elected, steps, tuple(lots.ties))


def droop_quota(ballots: int, winners: int) -> int:
    """Return the least whole number of ballots that no more options than winners can have at once [1]. O(1)."""
    return ballots // (winners + 1) + 1


class _Draw:
    """Who is preferred where several are level: as the lots have it, or, for the first ties, as one is told."""

    def __init__(self, lots: Lots, told: tuple[int, ...] = ()) -> None:
        self._lots = lots
        self._told = told
        self.ties: list[Tie] = []

    def among(self, level: Iterable[int], where: str, *, last: bool = False) -> int:
        """Return the option drawn first, or last, and note the tie if there is more than one."""
        between = tuple(sorted(level))
        if len(between) == 1:
            return between[0]
        if len(self.ties) < len(self._told):
            chosen = self._told[len(self.ties)]
        else:
            chosen = (max if last else min)(between, key=self._lots.place)
        self.ties.append(Tie(where, between, chosen))
        return chosen


class _Ahead:
    """Where a count leads if ties are broken otherwise."""

    def __init__(self, ballots: Rankings, winners: int, lots: Lots, elected: tuple[int, ...], ties: list[Tie]) -> None:
        self._ballots = ballots
        self._winners = winners
        self._lots = lots
        self._elected = elected
        self._ties = ties
        self._left = LOOK_AHEAD

    def decisive(self) -> list[Tie]:
        """Return the ties that may make a difference: all, if that takes too long to say."""
        ends = {self._elected}
        noted: list[Tie] = []
        for place in reversed(range(len(self._ties))):
            others = self._otherwise(self._ties, place)
            if others is None:
                return self._ties
            if any(other != ends for other in others):
                noted.append(self._ties[place])
            ends = ends.union(*others)
        return noted[::-1]

    def _otherwise(self, ties: list[Tie], place: int) -> list[set[tuple[int, ...]]] | None:
        """Return who may be elected, for each other choice at a tie, those before being as they are."""
        told = tuple(tie.chosen for tie in ties[:place])
        found: list[set[tuple[int, ...]]] = []
        for option in ties[place].between:
            if option != ties[place].chosen:
                ends = self._ends((*told, option))
                if ends is None:
                    return None
                found.append(ends)
        return found

    def _ends(self, told: tuple[int, ...]) -> set[tuple[int, ...]] | None:
        """Return who may be elected if the first ties are broken as told, by whatever lots after."""
        self._left -= self._ballots.ranks.size + LEAST_READ
        if self._left < 0:
            return None
        elected, _, ties = _counted(self._ballots, self._winners, _Draw(self._lots, told))
        ends = {elected}
        for place in range(len(told), len(ties)):
            others = self._otherwise(ties, place)
            if others is None:
                return None
            ends = ends.union(*others)
        return ends


def _counted(ballots: Rankings, winners: int, draw: _Draw) -> tuple[tuple[int, ...], tuple[Step, ...], list[Tie]]:
    """Return who is elected, in order, by which steps and ties."""
    seats = min(winners, ballots.options)
    ordering = (ballots.ranks != UNRANKED).any(axis=1)
    quota = droop_quota(int(ballots.counts[ordering].sum()), winners)
    piles = Piles(ballots)
    steps = [Step("counted", (), piles.tally())]
    elected: list[int] = []
    surpluses: list[int] = []
    while len(elected) < seats:
        left = piles.standing()
        reached = [option for option in left if piles.sums[option] >= quota]
        if len(left) <= seats - len(elected):
            reached = left
        if reached:
            ordered = _highest_first(piles, reached, draw, len(elected))
            steps.append(Step("elected", ordered, piles.tally()))
            elected += ordered
            surpluses += [option for option in ordered if piles.sums[option] > quota]
            piles.stands[list(ordered)] = False
        elif surpluses:
            largest = max(surpluses, key=piles.sums.__getitem__)
            surpluses.remove(largest)
            piles.hand_on(largest, _transfer_value(piles.sums[largest], quota))
            steps.append(Step("transferred", (largest,), piles.tally()))
        else:
            out = _weakest(piles, left, draw, seats - len(elected), quota)
            steps.append(Step("eliminated", out, piles.tally()))
            piles.stands[list(out)] = False
            piles.disband(out)
            steps.append(Step("transferred", out, piles.tally()))
    return tuple(elected), tuple(steps), draw.ties


def _highest_first(piles: Piles, reached: Sequence[int], draw: _Draw, before: int) -> tuple[int, ...]:
    ordered: list[int] = []
    left = set(reached)
    while left:
        most = max(piles.sums[option] for option in left)
        level = [option for option in left if piles.sums[option] == most]
        ordered.append(draw.among(level, f"place {before + len(ordered) + 1}"))
        left.remove(ordered[-1])
    return tuple(ordered)


def _transfer_value(held: Fraction, quota: int) -> Fraction:
    exact = (held - quota) / held
    if exact.denominator <= PRECISION:
        return exact
    return Fraction(exact.numerator * PRECISION // exact.denominator, PRECISION)


def _weakest(piles: Piles, left: list[int], draw: _Draw, seats: int, quota: int) -> tuple[int, ...]:
    """Return who goes: one, or several that have the fewest if they would go one after another in any order.

    So they do if even with all that they have together none of them comes up to the next, and nobody to the quota.
    """
    held = sorted(piles.sums[option] for option in left)
    level = tuple(option for option in left if piles.sums[option] == held[0])
    together = len(level) * held[0]
    if len(left) - len(level) >= seats and together < held[len(level)] and held[-1] + together < quota:
        return level
    return (draw.among(level, f"elimination, {len(left)} left for {seats}", last=True),)
