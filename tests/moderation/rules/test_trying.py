import csv
import gzip
import math

import pytest
from scipy import stats  # type: ignore[import-untyped]

from moderation.rules.evaluating import Mode, RuleSet
from moderation.rules.trying import Past, precision, share, tried
from tests.moderation.rules import spam
from tests.moderation.rules.candidates import candidate, rule
from tests.shared_data import SHARED

needs_spam = pytest.mark.skipif(not spam.FOLDER.exists(), reason="the comments on videos are not here")
COLD = SHARED / "cold_zh" / "test.csv.gz"

TEA = {"keywords": {"words": ["tea"]}}


def test_a_trial_says_what_would_have_been_caught_and_how_often_people_agreed() -> None:
    # Given three posts on tea, of which people removed one, cleared one and never saw one; and one more they removed
    posts = [
        Past(1, candidate("tea!"), True),
        Past(2, candidate("my tea"), False),
        Past(3, candidate("tea?")),
        Past(4, candidate("coffee"), True),
        Past(5, candidate("water")),
    ]
    # When a rule in shadow is tried on them
    trial = tried(rule(TEA, mode=Mode.SHADOW), posts)
    # Then
    assert (trial.looked_at, trial.caught) == (5, 3)
    assert trial.precision[:2] == (1, 2)
    assert trial.recall[:2] == (1, 2)
    assert [example.id for example in trial.examples] == [2, 3, 1]  # what people had cleared comes first
    assert all(example.evidence for example in trial.examples)


def test_bounds_are_those_of_clopper_and_pearson() -> None:
    found = share(18, 20)
    exact = stats.binomtest(18, 20).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert found.share == 0.9


def test_of_no_decisions_nothing_is_known() -> None:
    found = precision([None, None])
    assert math.isnan(found.share)
    assert (found.low, found.high) == (0, 1)


@needs_spam
def test_a_simple_rule_catches_most_spam_on_videos() -> None:
    condition = {
        "any": [
            {"links": {"outside": ["youtube.com", "youtu.be"]}},
            {"keywords": {"words": ["my channel", "subscribe", "check out"]}},
            {"near_duplicates": {"within": 7 * 86_400, "whose": "ANYBODY"}},
        ]
    }
    trial = tried(rule(condition), spam.past())
    assert trial.precision.low > 0.85
    assert trial.recall.low > 0.6


@needs_spam
def test_repeated_and_hurried_posts_are_mostly_spam() -> None:
    posts = list(spam.past())
    repeated = tried(rule({"near_duplicates": {"within": 7 * 86_400, "whose": "AUTHOR"}}), posts)
    assert repeated.caught >= 5
    assert repeated.precision.share > 0.9


@pytest.mark.skipif(not COLD.exists(), reason="the Chinese comments are not here")
def test_disguises_are_hardly_seen_where_nobody_wears_one() -> None:
    # Given Chinese comments of people who quarrel and sell nothing
    with gzip.open(COLD, "rt", encoding="utf-8-sig") as lines:
        texts = [row["TEXT"] for row in csv.DictReader(lines)]
    # When they are searched for what sellers say
    sellers = rule({"keywords": {"words": ["加微信", "兼职刷单", "代开发票", "赌场", "free money", "casino"]}})
    rules = RuleSet([sellers])
    caught = [text for text in texts if rules.verdicts(candidate(text))]
    # Then whatever is found says so plainly
    assert len(texts) > 5_000
    assert all(any(word in text for word in ("加微信", "赌场", "发票", "刷单")) for text in caught)
