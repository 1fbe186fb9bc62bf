"""Rules that ask the operator's own classifier, which may take a second and may not answer.

While it is asked no transaction may be open. So whoever finds that a text depends on it raises `Unasked`; the change is undone,
as far as it had come, the classifier is asked with nothing held, and the change begins again with the answer in hand. Whoever
writes what no such rule may hold of, whatever the classifier would say, never waits.

Without an answer the rules hold that hold whatever it would have said. If texts are to wait then (fail closed), each other
rule that may have held holds what it was asked of for a person to look at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from moderation.automod.checking import POSSIBLE
from moderation.automod.sieve import Sieve
from moderation.rules.checks import Evidence
from moderation.rules.evaluating import Action, Rule, RuleSet, Verdict, Words
from moderation.rules.weakening import OF_EXTERNAL, asks, sufficient

if TYPE_CHECKING:
    from moderation.rules.candidates import Candidate

_WAITS: Final = (Action.HOLD, Action.REPORT, Action.REFUSE)
"""What is done about a text that nobody could judge: the first of these that can be done about its kind."""
_NO_ANSWER: Final = Evidence(
    "external",
    "The classifier that the rule asks did not answer, so a person has to look at it.",
    "规则所询问的分类器没有应答，因此需要人工审核。",
)
_LATER: Final = Words("It cannot be checked right now. Please try again later.", "暂时无法审核，请稍后再试。")


class Unasked(Exception):  # noqa: N818 - no error: it is to be asked, and all begun again
    """What rules say of a text depends on what a classifier says of it, which has not been asked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


@dataclass(frozen=True, eq=False, slots=True)
class Outside:
    """The rules that ask the classifier, of all by their places."""

    rules: tuple[Rule, ...]
    places: frozenset[int]
    _sieve: Sieve
    _certain: RuleSet
    """Each as what is enough of it without an answer."""

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Outside | None:
        """Make ready what is needed; None where no rule asks."""
        places = frozenset(place for place, rule in enumerate(rules) if asks(rule.condition, OF_EXTERNAL))
        if not places:
            return None
        enough = [
            replace(rules[place], condition=condition)
            for place in sorted(places)
            if (condition := sufficient(rules[place].condition, OF_EXTERNAL)) is not None
        ]
        return cls(tuple(rules), places, Sieve(rules, OF_EXTERNAL), RuleSet(enough))

    def depending(self, candidate: Candidate, places: Collection[int]) -> frozenset[int]:
        """Return the places of rules, of those at some places, that hold or not by what the classifier says."""
        asked = self.places.intersection(places)
        may_hold = self._sieve.may_hold(candidate, asked) if asked else set()
        within = {place for place in may_hold if self.rules[place].scope.holds(candidate)}
        certain = {verdict.rule.id for verdict in self._certain.verdicts(candidate)} if within else set()
        return frozenset(place for place in within if self.rules[place].id not in certain)

    def without_answer(
        self, whole: RuleSet, candidate: Candidate, places: Collection[int], asking: Collection[int], *, hold: bool
    ) -> tuple[Verdict, ...]:
        """Return which rules at some places hold although the classifier did not answer, and with `hold` what waits for it."""
        found = whole.verdicts(candidate, among=set(places) - self.places)
        ids = {self.rules[place].id for place in self.places.intersection(places)}
        found += tuple([verdict for verdict in self._certain.verdicts(candidate) if verdict.rule.id in ids])
        if not hold:
            return found
        action = next(action for action in _WAITS if action in POSSIBLE[candidate.kind])
        # What the rule would have said to the author it cannot say: nothing was found.
        message = _LATER if action is Action.REFUSE else None
        waiting = [
            replace(self.rules[place], action=action, message=message, label=None, limits=None) for place in asking
        ]
        return (*found, *[Verdict(rule, (_NO_ANSWER,)) for rule in waiting])
