"""Every keyword of every rule, found in one pass over a text."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from moderation.rules.folding import Folded, fold
from moderation.rules.scripts import in_spaced_word

MOST_DOUBLES = 3
"""Of so many double letters in a keyword each may be stretched by itself; of more, all of them together."""

_DOUBLE = re.compile(r"([^\W\d_])\1(?!\1)")


class Found(NamedTuple):
    """A keyword in a text."""

    owner: int
    """Whose keyword it is, by the number it was given with."""
    word: str
    """The keyword as its author wrote it."""
    start: int
    end: int


class _Entry(NamedTuple):
    owner: int
    word: str
    length: int
    doubles: tuple[int, ...]
    """Where a double letter is written once here, which only counts where the text has it stretched."""
    at_start: bool
    """Whether a word of a spaced script begins here, so that none may go on before it."""
    at_end: bool


class KeywordIndex:
    """The automaton of Aho and Corasick [1] over the folded keywords.

    Looking through a text of n signs takes O(n + found) however many keywords there are. RE2's sets do not say where a word
    stands, and take longer for posts that they have not seen before (docs/rules.md compares).

    Keywords of scripts with spaces match whole words, of Chinese and its like anywhere; it is the sign at either end that
    decides, so that `加vx` is found in `请加vx。` and not in `加vxyz`.

    Sources:
        1. Aho, Corasick: Efficient string matching. Communications of the ACM 18, 1975.
    """

    def __init__(self, keywords: Iterable[tuple[int, str]]) -> None:
        self._next: list[dict[str, int]] = [{}]
        self._entries: list[tuple[_Entry, ...]] = [()]
        for owner, word in keywords:
            for spelling, doubles in _spellings(fold(word).text.strip()):
                self._add(owner, word, spelling, doubles)
        self._failure = self._failures()

    def _add(self, owner: int, word: str, spelling: str, doubles: tuple[int, ...]) -> None:
        if not spelling:
            return
        state = 0
        for sign in spelling:
            following = self._next[state].get(sign)
            if following is None:
                following = self._next[state][sign] = len(self._next)
                self._next.append({})
                self._entries.append(())
            state = following
        ends = in_spaced_word(spelling[0]), in_spaced_word(spelling[-1])
        self._entries[state] = (*self._entries[state], _Entry(owner, word, len(spelling), doubles, *ends))

    def _failures(self) -> list[int]:
        """Return the longest other state that each ends with, and give each what that one has found."""
        failure = [0] * len(self._next)
        waiting = deque(self._next[0].values())
        while waiting:
            state = waiting.popleft()
            for sign, following in self._next[state].items():
                shorter = failure[state]
                while shorter and sign not in self._next[shorter]:
                    shorter = failure[shorter]
                failure[following] = self._next[shorter].get(sign, 0)
                self._entries[following] += self._entries[failure[following]]
                waiting.append(following)
        return failure

    def find(self, folded: Folded) -> Iterator[Found]:
        """Yield the keywords in a text, in the order in which they end."""
        text, state = folded.text, 0
        following, failure, entries = self._next, self._failure, self._entries
        for place, sign in enumerate(text):
            while (step := following[state].get(sign)) is None and state:
                state = failure[state]
            state = step or 0
            for entry in entries[state]:
                start, end = place + 1 - entry.length, place + 1
                if (
                    not (entry.at_start and start and in_spaced_word(text[start - 1]))
                    and not (entry.at_end and end < len(text) and in_spaced_word(text[end]))
                    and all(start + double in folded.stretched for double in entry.doubles)
                ):
                    yield Found(entry.owner, entry.word, start, end)


def _spellings(word: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield a word as it is, and with doubles written once: what a text that stretches them reads as without stretches."""
    yield word, ()
    doubles = [match.start() for match in _DOUBLE.finditer(word)]
    sizes = range(1, len(doubles) + 1) if len(doubles) <= MOST_DOUBLES else (len(doubles),)
    for size in sizes:
        for single in combinations(doubles, size):
            # Each double before it that is written once moves a place one to the left.
            places = tuple(place - before for before, place in enumerate(single))
            yield "".join([sign for place, sign in enumerate(word) if place not in single]), places


def with_variants(words: Iterable[str], variants: Mapping[str, str]) -> tuple[str, ...]:
    """Return words with what a community knows to be written for parts of them: `加薇信` for `加微信`, by 薇信 = 微信.

    Each variant is put in by itself, in all places at once: as many spellings at most as there are words times variants.
    """
    pairs = [(fold(variant).text, fold(meant).text) for variant, meant in variants.items()]
    spelled = dict.fromkeys(words)
    for word in tuple(spelled):
        folded = fold(word).text
        spelled.update({folded.replace(meant, variant): None for variant, meant in pairs if meant and meant in folded})
    return tuple(spelled)
