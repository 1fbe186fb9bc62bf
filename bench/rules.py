"""How fast rules are, which disguises they see through, and what they catch on real comments. Ends by itself, in a minute.

python -m bench.rules [--write docs/rules.md]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import random
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import re2

from bench.rules_page import HEAD, HONEST, TAIL
from moderation.rules.candidates import Author, Candidate
from moderation.rules.evaluating import Action, Mode, Rule, RuleSet
from moderation.rules.folding import fold
from moderation.rules.keywords import KeywordIndex, with_variants
from moderation.rules.near_duplicates import likeness, signature
from moderation.rules.trying import Share, tried
from moderation.rules.unmasking import unmasked
from moderation.rules.written import read_condition
from tests.moderation.rules import evasions, spam
from tests.shared_data import SHARED

RULES = (1, 10, 100, 500)
WORDS_OF_A_RULE = 20
PATTERNS = 50
POSTS = 1_000
ROUNDS = 5
HALF, MUCH = 0.5, 0.8
"""Likenesses."""
LONGEST = 32_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WRITER = Author(datetime(2025, 1, 1, tzinfo=UTC), 10)

# What sellers say under videos and in chats.
SELLERS = (
    "check out",
    "subscribe",
    "my channel",
    "free money",
    "casino",
    "viagra",
    "click here",
    "加微信",
    "兼职刷单",
    "赌场",
)
WEEK = 7 * 86_400
TRIED = {
    "links outside of youtube.com": {"links": {"outside": ["youtube.com", "youtu.be"]}},
    "any link": {"links": {}},
    "“check out”, “subscribe”, “my channel”": {"keywords": {"words": ["check out", "subscribe", "my channel"]}},
    "near duplicate of the author's, a week": {"near_duplicates": {"within": WEEK}},
    "near duplicate of anybody's, a week": {"near_duplicates": {"within": WEEK, "whose": "ANYBODY"}},
    "two of the author's within an hour": {"velocity": {"times": 2, "within": 3_600}},
    "over half of it there before": {"repetition": {"share": 0.5}},
    "capitals, 80%": {"capitals": {"share": 0.8}},
}


def main() -> None:
    """Measure, print, and write the document."""
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description="How fast and how good rules are.")
    parser.add_argument("--write", metavar="FILE", help="the document to write")
    chosen = parser.parse_args()
    parts = [HEAD, disguises(), HONEST, false_alarms(), catches(), speed(), TAIL]
    print("\n".join(parts[1:]))
    if chosen.write:
        Path(chosen.write).write_text("\n".join(part.strip("\n") + "\n" for part in parts), encoding="utf-8")


def disguises() -> str:
    """Return the table of how many of each kind are found, by us and by what one would write first."""
    index = KeywordIndex(enumerate(with_variants(evasions.KEYWORDS, evasions.VARIANTS)))
    words = "|".join([rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in evasions.KEYWORDS])
    pattern = re.compile(words, re.IGNORECASE)
    ways: dict[str, Callable[[str], bool]] = {
        "`in`": lambda text: any(word in text.lower() for word in evasions.KEYWORDS),
        "`re`": lambda text: pattern.search(text) is not None,
        "folded": lambda text: any(True for _ in index.find(fold(text))),
        "**folded and unmasked**": lambda text: _found(index, text),
    }
    lines = ["| disguise | texts | " + " | ".join(ways) + " |", "|---" * (len(ways) + 2) + "|"]
    for name, texts in (*evasions.BY_KIND.items(), ("honest texts (none should be found)", evasions.HONEST)):
        lines.append(
            f"| {name} | {len(texts)} | " + " | ".join(str(sum(map(way, texts))) for way in ways.values()) + " |"
        )
    return "\n".join(lines) + "\n"


def _found(index: KeywordIndex, text: str) -> bool:
    plain = fold(text)
    return any(True for folded in (plain, *unmasked(text, plain)) for _ in index.find(folded))


def false_alarms() -> str:
    """Return the table of what sellers' words are found in texts of people who sell nothing."""
    index = KeywordIndex(enumerate(SELLERS))
    lines = [
        "| texts | amount | are read twice | found plainly | found only without disguise |",
        "|---|---|---|---|---|",
    ]
    for name, texts in (
        ("Chinese comments (COLD)", chinese()),
        ("English tweets (Davidson et al.)", tweets()),
        ("comments on videos that are no spam", [one.text for one in spam.comments() if not one.is_spam]),
    ):
        plain = [any(True for _ in index.find(fold(text))) for text in texts]
        worn = sum(bool(unmasked(text, fold(text))) for text in texts)
        more = sum(_found(index, text) and not known for text, known in zip(texts, plain, strict=True))
        lines.append(f"| {name} | {len(texts):,} | {worn:,} | {sum(plain):,} | {more:,} |")
    return "\n".join(lines) + "\n"


def chinese() -> list[str]:
    """Return Chinese comments."""
    return [row["TEXT"] for row in _rows(SHARED / "cold_zh" / "test.csv.gz")]


def tweets() -> list[str]:
    """Return English tweets."""
    return [row["tweet"] for row in _rows(SHARED / "davidson_hate_en" / "labeled_data.csv.gz")]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig") as lines:
        yield from csv.DictReader(lines)


def catches() -> str:
    """Return the table of what each rule catches among comments on videos, and how often people agree."""
    past = list(spam.past())
    without = sum(not one.has_time for one in spam.comments())
    everything = {"any": [TRIED[name] for name in list(TRIED) if name != "any link"]}
    lines = [
        "## What they catch",
        "",
        f"{len(past):,} comments on five videos, {sum(one.was_wrong is True for one in past):,} of them spam by people's",
        "labels; bounds are Clopper and Pearson's at 95%. They are taken in the order of time, and see what was there before.",
        "The words were chosen after three comments had been read; nothing else was looked at.",
        f"{without:,} comments have no time in the data and are given that of the one before them in their file, so they seem",
        "to be written in haste, spam or not.",
        "",
        "| rule | caught | precision | recall |",
        "|---|---|---|---|",
    ]
    for name, condition in (*TRIED.items(), ("**any of these but “any link”**", everything)):
        trial = tried(_rule(condition), past)
        lines.append(f"| {name} | {trial.caught:,} | {_percent(trial.precision)} | {_percent(trial.recall)} |")
    signatures = [kept for one in past if not one.was_wrong and (kept := signature(fold(one.candidate.body).text))]
    random.Random(1).shuffle(signatures)
    likenesses = [likeness(one, other) for one, other in pairwise(signatures)]
    lines += [
        "",
        f"Of {len(likenesses):,} random pairs of comments that are no spam, {sum(like >= HALF for like in likenesses)} are alike",
        (
            f"by 0.5 or more, and {sum(like >= MUCH for like in likenesses)} by 0.8, from where `near_duplicates` begins unless told"
            " otherwise."
        ),
    ]
    return "\n".join(lines) + "\n"


def speed() -> str:
    """Return how long a post takes, by the number of rules."""
    english = [one.text for one in spam.comments()][:POSTS]
    han = chinese()[:POSTS]
    drawn = random.Random(2)
    vocabulary = _vocabulary(drawn, RULES[-1] * WORDS_OF_A_RULE, "".join(han))
    lines = [
        "## How fast they are",
        "",
        (
            f"Processor time of one post, the best of {ROUNDS} rounds over {POSTS:,} posts of each, by one core of"
            f" {os.cpu_count()} (load average {os.getloadavg()[0]:.1f})."
        ),
        (
            f"Each rule has {WORDS_OF_A_RULE} keywords, half of them Chinese; the English comments have"
            f" {sum(map(len, english)) // len(english)} signs on average, the Chinese ones"
            f" {sum(map(len, han)) // len(han)}."
        ),
        "",
        "| rules | English, µs | Chinese, µs | made ready in | memory |",
        "|---|---|---|---|---|",
    ]
    for amount in RULES:
        rules = [_rule({"keywords": {"words": vocabulary[place::amount][:WORDS_OF_A_RULE]}}) for place in range(amount)]
        lines.append(_timed(f"{amount}", rules, english, han))
    patterns = [rf"{word}.{{0,5}}\d{{5,11}}" for word in vocabulary[:PATTERNS]]
    lines.append(
        _timed(f"{PATTERNS} patterns", [_rule({"pattern": {"pattern": one}}) for one in patterns], english, han)
    )
    lines.append(_timed("the spam rules above, together", [_rule(one) for one in TRIED.values()], english, han))
    lines += ["", *_others(vocabulary, english, han), "", *_worst(vocabulary)]
    return "\n".join(lines) + "\n"


def _vocabulary(drawn: random.Random, amount: int, han: str) -> list[str]:
    letters = "abcdefghijklmnoprstuvwy"
    words: dict[str, None] = {}
    while len(words) < amount:
        words["".join(drawn.choices(letters, k=drawn.randint(4, 10)))] = None
        place = drawn.randrange(len(han) - 5)
        part = "".join(re.findall(r"\w", han[place : place + drawn.randint(2, 5)]))[::-1]
        if len(part) > 1:
            words[part] = None
    return list(words)[:amount]


def _rule(condition: object) -> Rule:
    return Rule(1, 1, "bench", read_condition(condition), Action.HOLD, Mode.LIVE)


def _timed(name: str, rules: Sequence[Rule], *texts: Sequence[str]) -> str:
    begun = time.process_time()
    ready = RuleSet(rules)
    made = time.process_time() - begun
    tracemalloc.start()
    kept = RuleSet(rules)
    memory = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    del kept
    cells = [f"{_microseconds(lambda text: ready.verdicts(Candidate(text, WRITER, NOW)), some):.0f}" for some in texts]
    return f"| {name} | {' | '.join(cells)} | {1e3 * made:.0f} ms | {memory:.1f} MB |"


def _others(vocabulary: Sequence[str], *texts: Sequence[str]) -> list[str]:
    """Compare ways to look for ten thousand keywords."""
    index = KeywordIndex(enumerate(vocabulary))
    options = re2.Options()
    options.max_mem = 256 << 20
    options.log_errors = False
    together = re2.Set.SearchSet(options)
    for word in vocabulary:
        together.Add(re2.escape(word))
    together.Compile()
    ways: dict[str, Callable[[str], object]] = {
        "the automaton of `keywords.py`": lambda text: list(index.find(fold(text))),
        "`re2.Set`, 256 MB": lambda text: together.Match(fold(text).text),
        "`in`, word by word": lambda text: [word for word in vocabulary if word in text],
    }
    lines = [
        f"| to look for {len(vocabulary):,} keywords, in posts not seen before | English, µs | Chinese, µs |",
        "|---|---|---|",
    ]
    for name, way in ways.items():
        cells = [f"{_microseconds(way, some, rounds=1):.0f}" for some in texts]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _worst(vocabulary: Sequence[str]) -> list[str]:
    """Return what the longest posts cost that are made to be slow."""
    rules = RuleSet([_rule({"any": [{"keywords": {"words": list(vocabulary[:1_000])}}, {"links": {}}]})])
    posts = [
        "a." * 16_000,
        "e\u0301" * 16_000,
        "ㄱㅏ" * 16_000,
        "加 " * 16_000,
        "аa" * 16_000,
        "http://a" * 4_000,
        "1!" * 16_000,
    ]
    slowest = max(_microseconds(lambda text: rules.verdicts(Candidate(text, WRITER, NOW)), [post]) for post in posts)
    # Random texts of two signs have RE2 give up its automaton of sets of states, and follow each state by itself.
    heavy = ("a[ab]{900}c", "a.{300}c", "(?:a.{100}){3}c", "加.{300}人", "(?:加.{0,90}){3}人")
    drawn = random.Random(3)
    texts = ["".join(drawn.choices(signs, k=LONGEST)) for signs in ("ab", "加微信")]
    patterns = [RuleSet([_rule({"pattern": {"pattern": one}})]) for one in heavy]
    slow = max(
        _microseconds(lambda text, one=one: one.verdicts(Candidate(text, WRITER, NOW)), [text])  # type: ignore[misc] # a default
        for one in patterns
        for text in texts
    )
    return [
        (
            f"The slowest of {len(posts)} posts of {LONGEST:,} signs that are made to be slow takes {slowest / 1e3:.0f} ms, and of"
            f" {len(patterns)} patterns that are made to be slow, on such posts, the slowest {slow / 1e3:.0f} ms."
        ),
    ]


def _microseconds(work: Callable[[str], object], texts: Sequence[str], *, rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        for text in texts:
            work(text)
        taken.append(time.process_time() - begun)
    return 1e6 * min(taken) / len(texts)


def _percent(share: Share) -> str:
    return f"{share.share:.1%} ({share.low:.1%} to {share.high:.1%}, of {share.of:,})"


if __name__ == "__main__":
    main()
