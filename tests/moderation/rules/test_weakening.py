"""What must hold whatever is not known: never less than what may hold, and no more than that."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from moderation.automod.outside import Outside
from moderation.automod.sieve import Sieve
from moderation.rules.evaluating import RuleSet
from moderation.rules.weakening import OF_AUTHOR, OF_EARLIER, OF_EXTERNAL, asks, necessary, sufficient
from moderation.rules.written import read_condition, written_condition
from tests.moderation.rules.candidates import author, candidate, earlier, rule

LINKS: dict[str, Any] = {"links": {}}
FIRST: dict[str, Any] = {"first_posts": {"first": 3}}
HASTE: dict[str, Any] = {"velocity": {"times": 2, "within": 60}}
WORDS: dict[str, Any] = {"keywords": {"words": ["加微信"]}}
BOTH = OF_AUTHOR + OF_EARLIER


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (LINKS, LINKS),
        (FIRST, None),
        ({"all": [LINKS, FIRST]}, {"all": [LINKS]}),
        ({"any": [LINKS, FIRST]}, None),
        ({"not": FIRST}, None),
        ({"not": {"all": [LINKS, FIRST]}}, None),
        ({"not": {"any": [LINKS, HASTE]}}, {"not": {"any": [LINKS]}}),
        ({"all": [{"any": [FIRST, WORDS]}, {"not": LINKS}]}, {"all": [{"not": LINKS}]}),
    ],
)
def test_what_is_left_of_a_condition(condition: Any, left: Any) -> None:
    weakened = necessary(read_condition(condition), BOTH)

    assert (None if weakened is None else written_condition(weakened)) == left
    assert asks(read_condition(condition), BOTH) == ("first" in str(condition) or "velocity" in str(condition))


SCORE: dict[str, Any] = {"external": {"at_least": 0.8}}


@pytest.mark.parametrize(
    ("condition", "enough"),
    [
        (LINKS, LINKS),
        (SCORE, None),
        ({"not": SCORE}, None),
        ({"all": [LINKS, SCORE]}, None),
        ({"any": [LINKS, SCORE]}, {"any": [LINKS]}),
        ({"not": {"all": [LINKS, SCORE]}}, {"not": {"all": [LINKS]}}),
        ({"not": {"any": [LINKS, SCORE]}}, None),
        ({"any": [{"all": [WORDS, SCORE]}, {"not": LINKS}]}, {"any": [{"not": LINKS}]}),
    ],
)
def test_what_is_enough_whatever_a_classifier_would_say(condition: Any, enough: Any) -> None:
    found = sufficient(read_condition(condition), OF_EXTERNAL)

    assert (None if found is None else written_condition(found)) == enough


def test_what_does_not_depend_on_a_classifier_is_so_whatever_it_says() -> None:
    random_ = random.Random(7)
    rules = [rule(_drawn(random_, 4, (LINKS, SCORE, WORDS)), id=number) for number in range(300)]
    whole, outside = RuleSet(rules), Outside.of(rules)
    assert outside is not None
    places = frozenset(range(len(rules)))
    decided = 0
    for text in ("茶", "请加微信", "https://example.com", "加微信 https://example.com"):
        said = [candidate(text, external=score) for score in (0.1, 0.9)]
        low, high = [{verdict.rule.id for verdict in whole.verdicts(each)} for each in said]
        depending = {rules[place].id for place in outside.depending(candidate(text), places)}
        passing = {
            verdict.rule.id for verdict in outside.without_answer(whole, candidate(text), places, depending, hold=False)
        }
        assert low ^ high <= depending
        assert passing - depending == (low & high) - depending
        assert passing <= low & high
        decided += len(rules) - len(depending)

    assert decided > 300, "few wait for it"


def _drawn(
    random_: random.Random, depth: int, leaves: tuple[dict[str, Any], ...] = (LINKS, FIRST, HASTE, WORDS)
) -> dict[str, Any]:
    kind = random_.choice(["leaf", "all", "any", "not"]) if depth else "leaf"
    if kind == "leaf":
        return random_.choice(leaves)
    if kind == "not":
        return {"not": _drawn(random_, depth - 1, leaves)}
    return {kind: [_drawn(random_, depth - 1, leaves) for _ in range(random_.randint(1, 3))]}


def test_a_rule_that_may_hold_is_never_sifted_out_and_one_that_cannot_is() -> None:
    random_ = random.Random(4)
    rules = [rule(_drawn(random_, 4), id=number) for number in range(300)]
    whole, sieve = RuleSet(rules), Sieve(rules, BOTH)
    texts = ("茶", "请加微信", "https://example.com", "加微信 https://example.com")
    lost = spared = 0
    for text in texts:
        sifted = sieve.may_hold(candidate(text))
        holds: set[int] = set()
        for written, haste in product((0, 100), (False, True)):
            known = candidate(text, author=author(written=written), earlier=(earlier("早", ago=5),) if haste else ())
            holds |= {verdict.rule.id for verdict in whole.verdicts(known)}
        lost += len(holds - sifted)
        spared += len(rules) - len(sifted)

    assert lost == 0
    assert spared > 100, "it does sift"
