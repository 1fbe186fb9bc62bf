"""Which rules may hold of a text while something about it is not known yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from moderation.rules.evaluating import Rule, RuleSet, Scope
from moderation.rules.weakening import Leaves, necessary

if TYPE_CHECKING:
    from moderation.rules.candidates import Candidate


class Sieve:
    """Rules, each weakened to what must hold of it without certain leaves, in whatever space and whoever wrote it."""

    def __init__(self, rules: Sequence[Rule], unknown: Leaves) -> None:
        """Weaken and compile the rules."""
        self._open = []
        """Places of rules of which nothing need hold."""
        weakened: list[Rule] = []
        self._places: list[int] = []
        for place, rule in enumerate(rules):
            condition = necessary(rule.condition, unknown)
            if condition is None:
                self._open.append((place, rule.scope.kinds))
            else:
                scope = Scope(kinds=rule.scope.kinds, staff=True)
                weakened.append(replace(rule, condition=condition, scope=scope))
                self._places.append(place)
        self._rules = RuleSet(weakened)
        self._place_of = {id(rule): place for rule, place in zip(weakened, self._places, strict=True)}

    def may_hold(self, candidate: Candidate, among: Collection[int] | None = None) -> set[int]:
        """Return the places of the rules that may hold, of those at some places."""
        found = {self._place_of[id(verdict.rule)] for verdict in self._rules.verdicts(candidate)}
        found |= {place for place, kinds in self._open if candidate.kind in kinds}
        return found if among is None else found.intersection(among)
