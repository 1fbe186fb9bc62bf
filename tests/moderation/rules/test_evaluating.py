from datetime import timedelta
from typing import Any

import pytest

from community.foundation.errors import Invalid
from moderation.rules.candidates import Candidate, Kind
from moderation.rules.checks import MOST_SPANS
from moderation.rules.evaluating import Action, Mode, Outcome, RuleSet, Scope, outcome
from tests.moderation.rules.candidates import NOW, author, candidate, earlier, rule, shown, words

SPAM = "Check out my channel and subscribe please"
ZH_SPAM = "加我微信领取免费茶叶优惠券，名额有限先到先得，快来加入吧"


def holds(condition: object, looked_at: Candidate) -> bool:
    return bool(RuleSet([rule(condition)]).verdicts(looked_at))


@pytest.mark.parametrize(
    ("condition", "caught", "honest"),
    [
        ({"keywords": {"words": ["加微信"]}}, candidate("快 加 微 信 吧"), candidate("微信支付")),
        ({"keywords": {"words": ["scam"]}}, candidate("ok", title="A SCAM"), candidate("scampi", title="scampi")),
        ({"pattern": {"pattern": r"1[3-9]\d{9}"}}, candidate("call 1 3 8 1 2 3 4 5 6 7 8"), candidate("call 110")),
        ({"pattern": {"pattern": "[A-Z]{3}!", "as_written": True}}, candidate("１ ABC!"), candidate("ＡＢＣ!")),
        ({"links": {"at_least": 2}}, candidate("a.com b.com"), candidate("a.com")),
        ({"links": {}}, candidate("here", links=("https://a.com/x",)), candidate("here", links=("/posts/1", "#top"))),
        ({"links": {"to": ["paypal.com"]}}, candidate("go раураl.com"), candidate("go example.com")),
        ({"links": {"to": ["evil.com"]}}, candidate("x.evil.com"), candidate("notevil.com")),
        ({"links": {"outside": ["ours.com"]}}, candidate("0urs.com ours.com"), candidate("shop.ours.com")),
        ({"mentions": {"at_least": 5}}, candidate("hi", mentions=5), candidate("hi", mentions=4)),
        ({"repetition": {"sign": 6}}, candidate("wow!!!!!!"), candidate("wow!!!!!")),
        ({"repetition": {"word": 4}}, candidate("sub SUB sub, sub"), candidate("sub sub sub")),
        ({"repetition": {"share": 0.7}}, candidate("加我微信" * 20), candidate("the quick brown fox jumps over a lazy dog")),
        ({"repetition": {"share": 0.5}}, candidate("ha " * 20), candidate("ha " * 5)),
        ({"capitals": {"share": 0.8}}, candidate("BUY THIS VERY NICE TEA NOW"), candidate("BUY!")),
        ({"velocity": {"times": 3, "within": 60}},
         candidate("c", earlier=(earlier("a", ago=10), earlier("b", ago=60))),
         candidate("c", earlier=(earlier("a", ago=10), earlier("b", ago=61)))),
        ({"velocity": {"times": 2, "within": 60}},
         candidate("c", earlier=(earlier("a", ago=10),)),
         candidate("c", earlier=(earlier("a", ago=10, by_author=False),))),
        ({"first_posts": {"first": 3}}, candidate("hi", author=author(written=2)), candidate("hi", author=author(written=3))),
        ({"account_age": {"under": 86_400}},
         candidate("hi", author=author(joined_at=NOW - timedelta(hours=23))),
         candidate("hi", author=author(joined_at=NOW - timedelta(hours=24)))),
        ({"trust": {"percentile": 20}}, candidate("hi", author=author(trust=19)), candidate("hi", author=author(trust=20))),
        ({"trust": {"level": 2}}, candidate("hi", author=author(level=1)), candidate("hi", author=author(level=2))),
        ({"trust": {"percentile": 20}}, candidate("hi", author=author(trust=None)), candidate("hi")),
        ({"scripts": {"scripts": ["CYRILLIC"]}}, candidate("Привет всем друзья"), candidate("Hello всем dear friends")),
        ({"images": {"hashes": ["00000000000000ff"], "bits": 2}},
         candidate("pic", image_hashes=(7, 0x3F)), candidate("pic", image_hashes=(0x1F, 2**63))),
        ({"score": {"label": "spam", "at_least": 0.9}},
         candidate("x", scores={"spam": 0.9}), candidate("x", scores={"spam": 0.89, "hate": 1.0})),
        ({"near_duplicates": {"within": 3_600}},
         candidate(SPAM + "!!", earlier=(earlier(SPAM.upper(), ago=5),)),
         candidate(SPAM + "!!", earlier=(earlier(SPAM, ago=3_601), earlier("Lovely tea, thank you all so much", ago=5)))),
        ({"near_duplicates": {"within": 3_600, "likeness": 0.6, "whose": "ANYBODY", "times": 2}},
         candidate(ZH_SPAM, earlier=(earlier(ZH_SPAM, ago=5), earlier(ZH_SPAM + "哦", ago=9, by_author=False))),
         candidate("谢谢", earlier=(earlier("谢谢", ago=5), earlier("谢谢", ago=9)))),
        ({"near_duplicates": {"within": 3_600}},
         candidate(SPAM, earlier=(earlier(SPAM, ago=5),)),
         candidate(SPAM, earlier=(earlier(SPAM, ago=5, by_author=False),))),
        ({"all": [{"links": {}}, {"first_posts": {"first": 1}}]},
         candidate("a.com", author=author(written=0)), candidate("a.com")),
        ({"any": [{"mentions": {"at_least": 9}}, {"keywords": {"words": ["tea"]}}]}, candidate("tea"), candidate("tee")),
        ({"all": [{"keywords": {"words": ["tea"]}}, {"not": {"links": {"to": ["ours.com"]}}}]},
         candidate("tea at theirs.com"), candidate("tea at ours.com")),
        ({"not": {"keywords": {"words": ["tea"]}}}, candidate("coffee"), candidate("tea")),
    ],
)  # fmt: skip
def test_each_condition_catches_what_it_asks_for_and_nothing_else(
    condition: object, caught: Candidate, honest: Candidate
) -> None:
    assert holds(condition, caught)
    assert not holds(condition, honest)


@pytest.mark.parametrize(
    ("looked_at", "condition", "parts"),
    [
        (candidate("so F.R.E.E tea"), {"keywords": {"words": ["free"]}}, ["F.R.E.E"]),
        (
            candidate("快加\u200b微 信吧", title="加微信"),
            {"keywords": {"words": ["加微信"]}},
            ["加\u200b微 信", "加微信"],
        ),
        (candidate("go freeee now"), {"keywords": {"words": ["free"]}}, ["freeee"]),
        (candidate("看 Ｅvil．ｃｏｍ 吧"), {"links": {"to": ["evil.com"]}}, ["Ｅvil．ｃｏｍ"]),
        (candidate("wow!!!!!! ok"), {"repetition": {"sign": 5}}, ["!!!!!!"]),
        (candidate("电话 138 ok ＡＢ12"), {"pattern": {"pattern": "[a-z]{2}[0-9]+"}}, ["ＡＢ12"]),
    ],
)
def test_what_was_found_is_shown_as_it_was_written(looked_at: Candidate, condition: object, parts: list[str]) -> None:
    (verdict,) = RuleSet([rule(condition)]).verdicts(looked_at)
    spans = [span for evidence in verdict.evidence for span in evidence.spans]
    assert [shown(looked_at, span) for span in spans] == parts


def test_each_rule_is_asked_only_within_its_scope() -> None:
    def caught(scope: Scope, **known: Any) -> bool:
        tea = rule({"keywords": {"words": ["tea"]}}, scope=scope)
        return bool(RuleSet([tea]).verdicts(candidate("tea", **known)))

    assert caught(Scope(), space=1)
    assert caught(Scope(spaces=frozenset({1})), space=1)
    assert not caught(Scope(spaces=frozenset({1})), space=2)
    assert not caught(Scope(spaces=frozenset({1})))
    assert not caught(Scope(kinds=frozenset({Kind.POST})), kind=Kind.COMMENT)
    assert not caught(Scope(), author=author(is_staff=True))
    assert caught(Scope(staff=True), author=author(is_staff=True))


def test_rules_together_say_what_each_says_alone() -> None:
    # Given rules that wait for a keyword, and rules that do not
    asked = [
        {"keywords": {"words": ["tea", "茶"]}},
        {"all": [{"keywords": {"words": ["tea"]}}, {"links": {}}]},
        {"any": [{"keywords": {"words": ["cup"]}}, {"links": {"at_least": 2}}]},
        {"not": {"keywords": {"words": ["tea"]}}},
        {
            "any": [
                {"keywords": {"words": ["cup"]}},
                {"all": [{"keywords": {"words": ["茶"]}}, {"mentions": {"at_least": 1}}]},
            ]
        },
        {"all": [{"not": {"keywords": {"words": ["cup"]}}}, {"keywords": {"words": ["茶"]}}]},
    ]
    rules = [rule(condition, id=number) for number, condition in enumerate(asked)]
    together = RuleSet(rules)
    # When texts are looked at, then it makes no difference that rules are asked together
    for text in ("", "tea", "tea a.com", "a.com b.com", "cup", "茶", "喝茶 tea cup a.com b.com", "T.E.A"):
        looked_at = candidate(text, mentions=1)
        alone = [verdict for one in rules for verdict in RuleSet([one]).verdicts(looked_at)]
        assert list(together.verdicts(looked_at)) == alone


def test_of_several_verdicts_the_severest_that_is_live_is_done() -> None:
    tea = {"keywords": {"words": ["tea"]}}
    label = rule(tea, id=1, action=Action.LABEL, label="advertising")
    report = rule(tea, id=2, action=Action.REPORT)
    hold = rule(tea, id=3, action=Action.HOLD)
    shadow = rule(tea, id=4, action=Action.REFUSE, message=words(), mode=Mode.SHADOW)
    refuse = rule(tea, id=5, action=Action.REFUSE, message=words())

    # A rule in shadow says what it would do, and does nothing
    only_shadow = RuleSet([shadow]).verdicts(candidate("tea"))
    assert [verdict.is_shadow for verdict in only_shadow] == [True]
    assert outcome(only_shadow) == Outcome(None, None, (), False, ())
    # Labels and reports are there beside what is severer
    done = outcome(RuleSet([label, report, hold, shadow]).verdicts(candidate("tea")))
    assert (done.action, done.labels, done.is_reported) == (Action.HOLD, ("advertising",), True)
    assert done.decisive is not None
    assert done.decisive.rule.id == 3
    assert [verdict.rule.id for verdict in done.done] == [3, 2, 1]
    # What is refused is not there to be labelled
    done = outcome(RuleSet([label, report, hold, shadow, refuse]).verdicts(candidate("tea")))
    assert (done.action, done.labels, done.is_reported) == (Action.REFUSE, (), False)
    assert [verdict.rule.id for verdict in done.done] == [5]
    # Of those that say the same the first is told, in whatever order they stand
    second = rule(tea, id=6, action=Action.LABEL, label="spoiler")
    done = outcome(RuleSet([label, second]).verdicts(candidate("tea")))
    assert (done.action, done.labels, done.is_reported) == (Action.LABEL, ("advertising", "spoiler"), False)
    assert [verdict.rule.id for verdict in done.done] == [1]


def test_the_author_is_told_in_both_languages_that_it_was_automatic_why_and_how_to_appeal() -> None:
    condition = {"all": [{"keywords": {"words": ["加微信"]}}, {"first_posts": {"first": 3}}]}
    asked = rule(condition, name="新人广告", version=2, action=Action.REFUSE, message=words())
    (verdict,) = RuleSet([asked]).verdicts(candidate("加 微 信", author=author(written=0)))
    said = verdict.statement()
    assert said.english == (
        "Please keep it civil. This was decided automatically, by no person, by the rule “新人广告” (version 2). "
        "It says “加微信”. It is number 1 that the author writes. You may appeal, and a person will look at it."
    )
    assert said.chinese == (
        "请友善发言。此决定由规则「新人广告」（第 2 版）自动作出，未经人工。出现了「加微信」。"
        "这是作者发布的第 1 条内容。您可以申诉，将由人工复核。"
    )


@pytest.mark.parametrize(("action", "field"), [(Action.LABEL, "label"), (Action.REFUSE, "message")])
def test_a_rule_says_what_its_action_needs(action: Action, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rule({"links": {}}, action=action)
    assert refused.value.path == (field,)


def test_a_mark_that_no_text_has_is_survived() -> None:
    broken = candidate("\ud800 tea \udfff", title="\ud800")
    assert holds(
        {"all": [{"keywords": {"words": ["tea"]}}, {"pattern": {"pattern": "tea", "as_written": True}}]}, broken
    )
    assert not holds(
        {"near_duplicates": {"within": 9, "signs": 3}}, candidate("\ud800" * 9, earlier=(earlier("abcdef", ago=1),))
    )


@pytest.mark.parametrize(("times", "matches"), [(10_000, 1), (100, MOST_SPANS)])
def test_a_pattern_does_not_pass_over_a_long_text_again_and_again(times: int, matches: int) -> None:
    # Each match is found in one pass, but this one passes over all that is left each time.
    (verdict,) = RuleSet([rule({"pattern": {"pattern": "a[^z]*z|a"}})]).verdicts(candidate("ab " * times))
    assert [len(evidence.spans) for evidence in verdict.evidence] == [matches]
