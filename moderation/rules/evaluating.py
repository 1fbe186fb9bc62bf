"""All rules of a community, asked of what is posted: which hold, why, and what is to be done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from community.foundation.errors import Invalid
from moderation.rules.candidates import CONTENT, Candidate, Kind
from moderation.rules.checks import Check, Evidence, check_of, keywords_found
from moderation.rules.conditions import All, Any, Condition, Keywords, Not
from moderation.rules.facts import Facts
from moderation.rules.keywords import KeywordIndex, with_variants


class Action(StrEnum):
    """What a rule does to what it catches, the mildest first."""

    LABEL = "LABEL"
    """It is shown with a label."""
    REPORT = "REPORT"
    """It is shown, and waits in the queue as if somebody had reported it."""
    LIMIT = "LIMIT"
    """It is shown, and its author is kept from some things for a while."""
    HOLD = "HOLD"
    """Nobody but its author and moderators sees it until a moderator has."""
    REFUSE = "REFUSE"
    """It is not taken, and its author is told why."""


class Mode(StrEnum):
    """Whether what a rule says is done."""

    SHADOW = "SHADOW"
    """It is written down what would have been done."""
    LIVE = "LIVE"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said to people, in both languages."""

    english: str
    chinese: str


@dataclass(frozen=True, slots=True)
class Limits:
    """From what a rule keeps an author, and for how long."""

    kinds: tuple[str, ...]
    hours: int
    seconds: int | None = None
    """Between two contributions, for who is slowed down."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a rule is asked."""

    spaces: frozenset[int] = frozenset()
    """Nothing stands for everywhere."""
    kinds: frozenset[Kind] = CONTENT
    staff: bool = False
    """Whether of members of staff as well."""

    def holds(self, candidate: Candidate) -> bool:
        """Tell whether a candidate is within it."""
        return (
            (not self.spaces or candidate.space in self.spaces)
            and candidate.kind in self.kinds
            and (self.staff or not candidate.author.is_staff)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule. Versions are not changed, only followed by others, so that a verdict stays explained."""

    id: int
    version: int
    name: str
    condition: Condition
    action: Action
    mode: Mode = Mode.SHADOW
    scope: Scope = field(default_factory=Scope)
    label: str | None = None
    """What `LABEL` puts on it."""
    message: Words | None = None
    """What `REFUSE` says to the author, and other actions may."""
    limits: Limits | None = None
    """What `LIMIT` keeps the author from. One of which nobody has said that can only be tried."""

    def __post_init__(self) -> None:
        if self.action is Action.LABEL and not self.label:
            raise Invalid(field="label", reason="Say which label is put on it.")
        if self.action is Action.REFUSE and self.message is None:
            raise Invalid(field="message", reason="Say to the author why it is refused.")


class Verdict(NamedTuple):
    """That a rule holds of a candidate, and why."""

    rule: Rule
    evidence: tuple[Evidence, ...]

    @property
    def is_shadow(self) -> bool:
        """Whether nothing is to be done."""
        return self.rule.mode is Mode.SHADOW

    def statement(self) -> Words:
        """Return what its author is told: that no person decided it, by which rule, on what grounds, and what to do."""
        rule = self.rule
        grounds = " ".join([one.english for one in self.evidence])
        chinese = "".join([one.chinese for one in self.evidence])
        said = rule.message or Words("", "")
        return Words(
            " ".join(
                filter(
                    None,
                    (
                        said.english,
                        f"This was decided automatically, by no person, by the rule “{rule.name}” (version {rule.version}).",
                        grounds,
                        "You may appeal, and a person will look at it.",
                    ),
                )
            ),
            f"{said.chinese}此决定由规则「{rule.name}」（第 {rule.version} 版）自动作出，未经人工。{chinese}您可以申诉，将由人工复核。",
        )


class Outcome(NamedTuple):
    """What is to be done, of all verdicts that are live."""

    action: Action | None
    """The severest; None where nothing is to be done."""
    decisive: Verdict | None
    """The first of those that ask for it, which its author is told of."""
    labels: tuple[str, ...]
    is_reported: bool
    done: tuple[Verdict, ...]
    """What is acted on: the decisive one, and the first that labels and the first that reports, unless it is refused."""


ON_TOP = frozenset({Action.LABEL, Action.REPORT})
"""What is done besides what is severer."""


def outcome(verdicts: Iterable[Verdict]) -> Outcome:
    """Return what several verdicts come to: the severest action, and a label and a report on top unless it is refused."""
    live = [verdict for verdict in verdicts if not verdict.is_shadow]
    order = list(Action)
    decisive = max(live, key=lambda verdict: order.index(verdict.rule.action), default=None)
    action = decisive.rule.action if decisive is not None else None
    refused = action is Action.REFUSE
    on_top = [] if refused else [verdict for verdict in live if verdict.rule.action in ON_TOP]
    first = {verdict.rule.action: verdict for verdict in (*reversed(on_top), *([decisive] if decisive else []))}
    labels = dict.fromkeys([verdict.rule.label for verdict in on_top if verdict.rule.action is Action.LABEL])
    return Outcome(
        action,
        decisive,
        tuple([label for label in labels if label]),
        Action.REPORT in first,
        tuple(sorted(first.values(), key=lambda verdict: -order.index(verdict.rule.action))),
    )


Ask = Callable[[Facts], tuple[Evidence, ...] | None]


class RuleSet:
    """Rules made ready to be asked together: thousands of posts a second, hundreds of rules (docs/rules.md).

    The keywords of all rules are one automaton, and a rule that cannot hold without a keyword is not asked until one was
    found. It holds no state of a candidate: threads may share it. Build it anew when a rule changes.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Compile the rules; O(total length of keywords and patterns)."""
        self.rules = tuple(rules)
        compiler = _Compiler()
        self._always: list[int] = []
        self._by_keywords: dict[int, list[int]] = {}
        self._asks: list[Ask] = []
        for place, rule in enumerate(self.rules):
            ask, needs = compiler.compiled(rule.condition)
            self._asks.append(ask)
            if needs is None:
                self._always.append(place)
            else:
                for owner in needs:
                    self._by_keywords.setdefault(owner, []).append(place)
        self._index = KeywordIndex(compiler.keywords)

    def verdicts(self, candidate: Candidate, among: Collection[int] | None = None) -> tuple[Verdict, ...]:
        """Return which rules hold, in the order of the rules; with `among`, of the rules at these places alone."""
        facts = Facts(candidate, self._index)
        places = self._always
        if self._by_keywords:
            woken = {place for owner in facts.keywords for place in self._by_keywords.get(owner, ())}
            if woken:
                places = sorted({*places, *woken})
        found = []
        for place in places:
            rule = self.rules[place]
            if (
                (among is None or place in among)
                and rule.scope.holds(candidate)
                and (evidence := self._asks[place](facts)) is not None
            ):
                found.append(Verdict(rule, evidence))
        return tuple(found)


class _Compiler:
    """Makes functions of conditions, and gives each condition on keywords a number."""

    def __init__(self) -> None:
        self.keywords: list[tuple[int, str]] = []
        self._owners = 0

    def compiled(self, condition: Condition) -> tuple[Ask, frozenset[int] | None]:
        """Return how it is asked, and the numbers of which one must be found for it to hold; None if it may without."""
        if isinstance(condition, Keywords):
            owner = self._owners
            self._owners += 1
            self.keywords += [(owner, word) for word in with_variants(condition.words, condition.variants)]
            return _of_check(partial(keywords_found, owner)), frozenset({owner})
        if isinstance(condition, Not):
            ask, _ = self.compiled(condition.of)
            return _none(ask), None
        if isinstance(condition, All | Any):
            parts = [self.compiled(part) for part in condition.of]
            asks = tuple([ask for ask, _ in parts])
            needs = [need for _, need in parts if need is not None]
            if isinstance(condition, All):
                return _all(asks), min(needs, key=len, default=None)
            return _any(asks), frozenset().union(*needs) if len(needs) == len(parts) else None
        return _of_check(check_of(condition)), None


def _of_check(check: Check) -> Ask:
    def ask(facts: Facts) -> tuple[Evidence, ...] | None:
        found = check(facts)
        return None if found is None else (found,)

    return ask


def _all(asks: tuple[Ask, ...]) -> Ask:
    def ask(facts: Facts) -> tuple[Evidence, ...] | None:
        evidence: tuple[Evidence, ...] = ()
        for one in asks:
            found = one(facts)
            if found is None:
                return None
            evidence += found
        return evidence

    return ask


def _any(asks: tuple[Ask, ...]) -> Ask:
    def ask(facts: Facts) -> tuple[Evidence, ...] | None:
        held = [found for one in asks if (found := one(facts)) is not None]
        return tuple([evidence for found in held for evidence in found]) if held else None

    return ask


def _none(denied: Ask) -> Ask:
    """Ask for what does not hold, of which no place can be shown."""
    evidence = (Evidence("not", "What the rule makes an exception for is not there.", "不属于规则的例外情形。"),)

    def ask(facts: Facts) -> tuple[Evidence, ...] | None:
        return evidence if denied(facts) is None else None

    return ask
