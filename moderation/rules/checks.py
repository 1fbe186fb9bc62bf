"""How each condition is asked, and what it says for itself when it holds: where, and why in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import singledispatch
from itertools import islice
from typing import NamedTuple

import re2

from moderation.rules.conditions import (
    AccountAge,
    Capitals,
    External,
    FirstPosts,
    Images,
    Leaf,
    Links,
    Mentions,
    NearDuplicates,
    Pattern,
    Repetition,
    Score,
    Scripts,
    Trust,
    Velocity,
    compiled_pattern,
)
from moderation.rules.facts import Facts, Outward, Span
from moderation.rules.links import Domains, look_alike_domains
from moderation.rules.repetition import commonest_word, longest_run, repeated_share, share_of_capitals
from moderation.rules.scripts import shares_of_scripts

MOST_SPANS = 20
"""So many places are shown; more do not make it clearer."""
MOST_LOOKED_OVER = 32_000
"""Signs that one pattern passes over in one reading of a text, however often it matches: as many as the longest post has."""
LEAST_REPEATED = 40
"""Signs of a text of which the repeated share is asked: in less than that anything may stand twice."""


class Evidence(NamedTuple):
    """Why a condition holds."""

    condition: str
    """Its name."""
    english: str
    chinese: str
    spans: tuple[Span, ...] = ()
    """Where, in what was written."""


Check = Callable[[Facts], Evidence | None]


@singledispatch
def check_of(leaf: Leaf) -> Check:
    """Return the function that asks a condition."""
    raise TypeError(f"nobody asks {type(leaf).__name__}")


def keywords_found(owner: int, facts: Facts) -> Evidence | None:
    """Return what the one pass for all keywords has found of one condition's."""
    found = facts.keywords.get(owner)
    if found is None:
        return None
    words = tuple(dict.fromkeys(found.values()))
    return Evidence(
        "keywords", f"It says {_listed(words, '“', '”')}.", f"出现了{_listed(words, '「', '」', '、')}。", _first(found)
    )


@check_of.register
def _(leaf: Pattern) -> Check:
    pattern = compiled_pattern(leaf.pattern)

    def check(facts: Facts) -> Evidence | None:
        spans: dict[Span, None] = {}
        if leaf.as_written:
            for place, original, _ in facts.plain:
                for match in _some(pattern, original):
                    spans[Span(place, *match.span())] = None
        else:
            for reading in facts.readings:
                for match in _some(pattern, reading.folded.text):
                    start, end = match.span()
                    if start < end:
                        spans[reading.span(start, end)] = None
        return (
            Evidence(leaf.name, "It has a pattern that was set.", "出现了规则设定的模式。", _first(spans))
            if spans
            else None
        )

    return check


@check_of.register
def _(leaf: Links) -> Check:
    to, outside = Domains(leaf.to), Domains(leaf.outside)

    def listed(domain: str) -> bool:
        return any(to.over(one) is not None for one in (domain, *look_alike_domains(domain)))

    def counts(link: Outward) -> bool:
        if leaf.to:
            return listed(link.domain)
        return not leaf.outside or outside.over(link.domain) is None

    def check(facts: Facts) -> Evidence | None:
        found = [link for link in facts.links if counts(link)]
        if len(found) < leaf.at_least:
            return None
        domains = tuple(dict.fromkeys([link.domain for link in found]))
        return Evidence(
            leaf.name,
            f"It has {len(found)} such links, to {_listed(domains)}.",
            f"含有 {len(found)} 个此类链接，指向{_listed(domains, between='、')}。",
            _first([link.span for link in found if link.span is not None]),
        )

    return check


@check_of.register
def _(leaf: Mentions) -> Check:
    def check(facts: Facts) -> Evidence | None:
        count = facts.candidate.mentions
        if count < leaf.at_least:
            return None
        return Evidence(leaf.name, f"It calls {count} members.", f"提及了 {count} 位成员。")

    return check


@check_of.register
def _(leaf: Repetition) -> Check:
    def of_sign(facts: Facts) -> Evidence | None:
        for reading in facts.plain:
            run = longest_run(reading.folded.text)
            if run is not None and leaf.sign is not None and run.end - run.start >= leaf.sign:
                times = run.end - run.start
                return Evidence(
                    leaf.name,
                    f"One sign stands {times} times in a row.",
                    f"同一个字符连续出现了 {times} 次。",
                    (reading.span(*run),),
                )
        return None

    def of_word(facts: Facts) -> Evidence | None:
        word, times = commonest_word(facts.whole)
        if leaf.word is None or times < leaf.word:
            return None
        return Evidence(leaf.name, f"“{word}” stands {times} times.", f"「{word}」出现了 {times} 次。")

    def of_share(facts: Facts) -> Evidence | None:
        share = repeated_share(facts.whole) if len(facts.whole) >= LEAST_REPEATED else 0
        if leaf.share is None or share < leaf.share:
            return None
        return Evidence(leaf.name, f"{share:.0%} of it was there before.", f"{share:.0%} 的内容是重复的。")

    def check(facts: Facts) -> Evidence | None:
        return (
            (leaf.sign and of_sign(facts)) or (leaf.word and of_word(facts)) or (leaf.share and of_share(facts)) or None
        )

    return check


@check_of.register
def _(leaf: Capitals) -> Check:
    def check(facts: Facts) -> Evidence | None:
        candidate = facts.candidate
        share, letters = share_of_capitals(candidate.title + candidate.body)
        if letters < leaf.letters or share < leaf.share:
            return None
        return Evidence(leaf.name, f"{share:.0%} of its letters are capitals.", f"{share:.0%} 的字母是大写。")

    return check


@check_of.register
def _(leaf: NearDuplicates) -> Check:
    def check(facts: Facts) -> Evidence | None:
        # Most texts have nothing to be compared with, and need no signature.
        if len(facts.candidate.earlier) < leaf.times or facts.signs < leaf.signs:
            return None
        times = facts.alike(leaf.likeness, leaf.within, leaf.whose)
        if times < leaf.times:
            return None
        return Evidence(
            leaf.name, f"Nearly the same was written {times} times lately.", f"近期有 {times} 条几乎相同的内容。"
        )

    return check


@check_of.register
def _(leaf: Velocity) -> Check:
    def check(facts: Facts) -> Evidence | None:
        if len(facts.candidate.earlier) < leaf.times - 1:
            return None
        times = facts.written_within(leaf.within)
        if times < leaf.times:
            return None
        return Evidence(
            leaf.name,
            f"It is the author's number {times} within {leaf.within} seconds.",
            f"这是作者在 {leaf.within} 秒内发布的第 {times} 条。",
        )

    return check


@check_of.register
def _(leaf: FirstPosts) -> Check:
    def check(facts: Facts) -> Evidence | None:
        place = facts.candidate.author.written + 1
        if place > leaf.first:
            return None
        return Evidence(
            leaf.name, f"It is number {place} that the author writes.", f"这是作者发布的第 {place} 条内容。"
        )

    return check


@check_of.register
def _(leaf: AccountAge) -> Check:
    def check(facts: Facts) -> Evidence | None:
        age = (facts.candidate.written_at - facts.candidate.author.joined_at).total_seconds()
        if age >= leaf.under:
            return None
        hours = max(0, int(age // 3_600))
        return Evidence(leaf.name, f"The author joined {hours} hours ago.", f"作者 {hours} 小时前才加入。")

    return check


@check_of.register
def _(leaf: Trust) -> Check:
    def check(facts: Facts) -> Evidence | None:
        author = facts.candidate.author
        asked = ((leaf.percentile, author.trust), (leaf.level, author.level))
        below = [(bound, stands) for bound, stands in asked if bound is not None]
        if any(stands < bound if stands is not None else leaf.unknown for bound, stands in below):
            return Evidence(leaf.name, "The author has little reputation yet.", "作者的信誉尚低。")
        return None

    return check


@check_of.register
def _(leaf: Scripts) -> Check:
    def check(facts: Facts) -> Evidence | None:
        if facts.signs < leaf.letters:
            return None
        found = shares_of_scripts(facts.whole)
        share = sum([found.get(script, 0.0) for script in leaf.scripts])
        if share < leaf.share:
            return None
        names = ", ".join([script.title() for script in leaf.scripts])
        return Evidence(leaf.name, f"{share:.0%} of its letters are {names}.", f"{share:.0%} 的文字属于 {names}。")

    return check


@check_of.register
def _(leaf: Images) -> Check:
    hashes = tuple([int(one, 16) for one in leaf.hashes])

    def check(facts: Facts) -> Evidence | None:
        found = sum(
            any((mine ^ one).bit_count() <= leaf.bits for one in hashes) for mine in facts.candidate.image_hashes
        )
        return (
            Evidence(leaf.name, f"{found} of its pictures are on a list.", f"{found} 张图片在名单上。")
            if found
            else None
        )

    return check


@check_of.register
def _(leaf: Score) -> Check:
    def check(facts: Facts) -> Evidence | None:
        score = facts.candidate.scores.get(leaf.label)
        if score is None or score < leaf.at_least:
            return None
        return Evidence(
            leaf.name,
            f"A classifier says {leaf.label} with {score:.2f}.",
            f"分类器判定 {leaf.label} 的分值为 {score:.2f}。",
        )

    return check


@check_of.register
def _(leaf: External) -> Check:
    def check(facts: Facts) -> Evidence | None:
        score = facts.candidate.external
        if score is None or score < leaf.at_least:
            return None
        return Evidence(leaf.name, f"Another classifier gives it {score:.2f}.", f"外部分类器给出的分值为 {score:.2f}。")

    return check


def _listed(words: tuple[str, ...], before: str = "", after: str = "", between: str = ", ", most: int = 5) -> str:
    more = between + "…" if len(words) > most else ""
    return between.join([f"{before}{word}{after}" for word in words[:most]]) + more


def _first(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the first places, without those that lie within another: several readings may find a part of it."""
    shown: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span.place, span.start, -span.end)):
        if not shown or shown[-1].place != span.place or span.end > shown[-1].end:
            shown.append(span)
    return tuple(shown[:MOST_SPANS])


def _some(pattern: re2._Regexp, text: str) -> Iterator[re2._Match]:
    """Return the first matches: one of a long post, more of a short one.

    One takes time in proportion to the text, but each may pass over all that is left (`a[^z]*z|a`), so that all of them
    may take the square of it.
    """
    return islice(pattern.finditer(_encodable(text)), max(1, min(MOST_SPANS, MOST_LOOKED_OVER // (len(text) + 1))))


def _encodable(text: str) -> str:
    """Return a text that RE2 takes, with as many signs: half a pair of surrogates is no sign in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(["\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in text])
    return text
