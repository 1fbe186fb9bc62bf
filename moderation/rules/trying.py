"""What a rule would have caught, tried on what was posted lately, and how often people would have agreed with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from community.referrals.fraud.learning import exact_bounds
from moderation.rules.candidates import Candidate
from moderation.rules.checks import Evidence
from moderation.rules.evaluating import Rule, RuleSet

MOST_EXAMPLES = 50


class Past(NamedTuple):
    """Something that was posted, as it stood when it was: what came later is not in the candidate."""

    id: int
    candidate: Candidate
    was_wrong: bool | None = None
    """What people decided: against it, or for it; None where nobody looked."""


class Share(NamedTuple):
    """A share, with the bounds of Clopper and Pearson at 95%; NaN, 0 and 1 where there is nothing to divide by."""

    found: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share itself."""
        return self.found / self.of if self.of else float("nan")


class Example(NamedTuple):
    """One thing that would have been caught."""

    id: int
    evidence: tuple[Evidence, ...]
    was_wrong: bool | None


class Trial(NamedTuple):
    """What came of trying a rule."""

    looked_at: int
    caught: int
    precision: Share
    """Of what it caught and people decided on, how much they decided against. What people look at is reported more often
    than not, so of all that it would catch the share may be lower."""
    recall: Share
    """Of what people decided against, how much it caught."""
    examples: tuple[Example, ...]
    """The latest, those that people had decided for first: they are what to look at before it is switched on."""


def tried(rule: Rule, past: Iterable[Past]) -> Trial:
    """Try one rule on the past, whatever its mode; O(posts), some tens of microseconds each."""
    rules = RuleSet([rule])
    looked_at = 0
    examples: list[Example] = []
    wrong = 0
    for one in past:
        looked_at += 1
        wrong += one.was_wrong is True
        examples += [Example(one.id, verdict.evidence, one.was_wrong) for verdict in rules.verdicts(one.candidate)]
    decisions = [example.was_wrong for example in examples]
    caught_wrong = decisions.count(True)
    return Trial(
        looked_at,
        len(examples),
        precision(decisions),
        share(caught_wrong, wrong),
        tuple(sorted(examples, key=lambda example: (example.was_wrong is not False, -example.id))[:MOST_EXAMPLES]),
    )


def precision(decisions: Sequence[bool | None]) -> Share:
    """Return how often people decided against what a rule caught, of what they decided on at all."""
    return share(decisions.count(True), len(decisions) - decisions.count(None))


def share(found: int, of: int) -> Share:
    """Return a share with its bounds, which hold for any number of cases [1].

    Sources:
        1. Clopper, Pearson: The use of confidence or fiducial limits illustrated in the case of the binomial.
           Biometrika 26, 1934.
    """
    return Share(found, of, *exact_bounds(found, of))
