import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.foundation.errors import Invalid
from moderation.rules import conditions as c
from moderation.rules.conditions import Condition, walk
from moderation.rules.evaluating import Action, Mode, Rule, RuleSet
from moderation.rules.scripts import Script
from moderation.rules.written import DEEPEST, MOST_CONDITIONS, read_condition, written_condition
from tests.moderation.rules.candidates import candidate

WORDS = st.text(alphabet="abc加微信é ", min_size=1, max_size=8).filter(str.strip)
SHARES = st.floats(0.01, 1)
TIMES = st.integers(2, 100)
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        c.Keywords, st.lists(WORDS, min_size=1, max_size=4).map(tuple), st.dictionaries(WORDS, WORDS, max_size=2)
    ),
    st.builds(c.Pattern, st.sampled_from([r"1[3-9]\d{9}", "加.{0,3}微", r"\p{Han}+a"]), st.booleans()),
    st.builds(c.Links, TIMES),
    st.builds(c.Links, to=st.lists(st.sampled_from(["a.com", "b.中国"]), min_size=1).map(tuple)),
    st.builds(c.Links, outside=st.lists(st.sampled_from(["a.com", "b.中国"]), min_size=1).map(tuple)),
    st.builds(c.Mentions, TIMES),
    st.builds(c.Repetition, TIMES, st.none() | TIMES, st.none() | SHARES),
    st.builds(c.Capitals, SHARES, TIMES),
    st.builds(c.NearDuplicates, TIMES, TIMES, SHARES, st.sampled_from(c.Whose), st.integers(3, 50)),
    st.builds(c.Velocity, TIMES, TIMES),
    st.builds(c.FirstPosts, TIMES),
    st.builds(c.AccountAge, TIMES),
    st.builds(c.Trust, st.integers(1, 100), st.none() | st.integers(2, 4), st.booleans()),
    st.builds(c.Scripts, st.lists(st.sampled_from(Script), min_size=1, unique=True).map(tuple), SHARES, TIMES),
    st.builds(c.Images, st.lists(st.from_regex("[0-9a-f]{16}", fullmatch=True), min_size=1).map(tuple)),
    st.builds(c.Score, st.sampled_from(["spam", "hate_speech"]), SHARES),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(c.All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(c.Any, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(c.Not, inner),
    ),
    max_leaves=5,
).filter(lambda condition: depth(condition) <= DEEPEST)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*(one.name for one in c.Leaf.__args__), "all", "any", "not"]), inner, max_size=1
        ),
        st.dictionaries(st.sampled_from(["words", "pattern", "at_least", "share", "sign", "to", "within"]), inner),
    ),
    max_leaves=8,
)


def depth(condition: Condition) -> int:
    return 1 + max((depth(part) for part in c.parts_of(condition)), default=0)


def refusal(value: object) -> Invalid | None:
    try:
        read_condition(value)
    except Invalid as refused:
        return refused
    return None


def nested(times: int) -> dict[str, Any]:
    return {"not": nested(times - 1)} if times > 1 else {"links": {}}


@given(CONDITIONS)
@settings(max_examples=300, deadline=None)
def test_what_is_written_reads_as_it_was(condition: Condition) -> None:
    assert read_condition(json.loads(json.dumps(written_condition(condition)))) == condition


@given(JSON)
@settings(max_examples=500, deadline=None)
def test_whatever_is_sent_is_read_or_refused_by_where_it_is_wrong(value: object) -> None:
    refused = refusal(value)
    if refused is None:
        assert read_condition(written_condition(read_condition(value))) == read_condition(value)
    else:
        assert refused.path is not None
        assert refused.path[0] == "condition"
        assert str(refused)


@given(CONDITIONS, st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_can_be_written_can_be_asked_of_any_text(condition: Condition, text: str) -> None:
    rules = RuleSet([Rule(1, 1, "any", condition, Action.HOLD, Mode.LIVE)])
    looked_at = candidate(text, title=text[:5], links=(text,))
    for verdict in rules.verdicts(looked_at):
        for evidence in verdict.evidence:
            assert evidence.english
            assert evidence.chinese
            assert all(0 <= span.start < span.end <= len(text) for span in evidence.spans)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ()),
        ([], ()),
        ({}, ()),
        ({"links": {}, "score": {}}, ()),
        ({"nothing": {}}, ()),
        ({"links": []}, ("links",)),
        ({"links": {"least": 3}}, ("links",)),
        ({"links": {"at_least": 0}}, ("links", "at_least")),
        ({"links": {"at_least": "3"}}, ("links", "at_least")),
        ({"links": {"at_least": True}}, ("links", "at_least")),
        ({"links": {"at_least": 10**5_000}}, ("links", "at_least")),
        ({"links": {"to": ["a b"]}}, ("links", "to")),
        ({"links": {"to": ["a.com"], "outside": ["b.com"]}}, ("links", "outside")),
        ({"all": []}, ("all",)),
        ({"all": [{"links": {}}] * 51}, ()),
        ({"any": [{"links": {}}, {"pattern": {"pattern": "("}}]}, ("any", "1", "pattern", "pattern")),
        ({"not": {"keywords": {"words": []}}}, ("not", "keywords", "words")),
        ({"keywords": {"words": ["ok", "  "]}}, ("keywords", "words")),
        ({"keywords": {"words": ["a" * 65]}}, ("keywords", "words")),
        ({"keywords": {"words": ["\ud800"]}}, ("keywords", "words")),
        ({"keywords": {"words": ["ok"], "variants": {"薇信": ""}}}, ("keywords", "variants")),
        ({"keywords": {"words": ["ok"] * 1_001}}, ("keywords", "words")),
        ({"keywords": {"words": ["ok"] * 1_000, "variants": {f"v{n}": "ok" for n in range(10)}}}, ()),
        ({"any": [{"pattern": {"pattern": "a"}}] * 21}, ()),
        ({"velocity": {"times": 3}}, ("velocity", "within")),
        ({"score": {"label": "spam", "at_least": float("nan")}}, ("score", "at_least")),
        ({"score": {"label": "spam", "at_least": 10**5_000}}, ("score", "at_least")),
        ({"score": {"label": "Spam!", "at_least": 0.5}}, ("score", "label")),
        ({"repetition": {}}, ("repetition", "sign")),
        ({"trust": {"unknown": False}}, ("trust", "percentile")),
        ({"scripts": {"scripts": ["KLINGON"]}}, ("scripts", "scripts")),
        ({"near_duplicates": {"within": 60, "whose": "MINE"}}, ("near_duplicates", "whose")),
        ({"images": {"hashes": ["xyz"]}}, ("images", "hashes")),
        (nested(DEEPEST + 1), ()),
        ({"any": [{"any": [{"links": {}}] * 30}] * 2}, ()),
    ],
)
def test_what_is_wrong_is_named(value: object, path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        read_condition(value)
    assert refused.value.path == ("condition", *path)


def test_the_deepest_and_the_largest_that_are_allowed_are_read() -> None:
    assert depth(read_condition(nested(DEEPEST))) == DEEPEST
    widest = read_condition({"any": [{"links": {}}] * (MOST_CONDITIONS - 1)})
    assert len(list(walk(widest))) == MOST_CONDITIONS


def test_a_tower_of_conditions_is_refused_before_it_is_climbed() -> None:
    # Python itself would give up at a thousand.
    tower: dict[str, Any] = {"links": {}}
    for _ in range(100_000):
        tower = {"not": tower}
    with pytest.raises(Invalid):
        read_condition(tower)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a)\1",
        "(?=a)",
        "(?<!a)b",
        "a{2000}",
        "(a{0,100}){0,100}",
        r"[\p{L}\p{N}]{1,1000}",
        "a*",
        "",
        "(",
        "\ud800",
        "\0",
    ],
)
def test_a_pattern_that_is_no_pattern_of_re2_or_too_large_or_matches_everything_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_condition({"pattern": {"pattern": pattern}})
    assert refused.value.path == ("condition", "pattern", "pattern")


@pytest.mark.parametrize("pattern", ["(x+x+)+y", "(a|a)*b", "(.*a){20}z", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_pattern_that_takes_other_engines_forever_is_answered(pattern: str) -> None:
    # RE2 has no other way to match than in one pass; a backtracking engine would not come back from this.
    rules = RuleSet([Rule(1, 1, "p", c.Pattern(pattern), Action.HOLD, Mode.LIVE)])
    assert rules.verdicts(candidate("x" * 30_000 + "?")) == ()
