"""A text as the numbers of its n-grams: which of them there are is all that the classifier knows of it.

Three kinds of n-grams are taken from a normalised text:

1. runs of 1 to `longest` signs, of at most three where one of them is Chinese, Japanese or Korean, as such a sign says
   as much as two letters; the text's beginning and end count as signs;
2. words, whole;
3. pairs of words, in order, up to `reach` apart: what is said of whom need not stand side by side. A sign of a script
   without spaces is a word here, so no dictionary is needed.

Each is hashed to one of 2^`bits` numbers, so that a model is an array and no n-gram is kept in it [1]. Two n-grams can
have one number and then share a weight; docs/classifier.md says what that costs. The hash is FNV-1a [2] over code
points, finished by MurmurHash3's fmix64 [3]. It has no secret and no state and is the same everywhere: models that are
kept rely on it.

Sources:
    1. Weinberger et al.: Feature hashing for large scale multitask learning. ICML 2009.
    2. Fowler, Noll, Vo, Eastlake: The FNV non-cryptographic hash algorithm. RFC 9923.
    3. Appleby: MurmurHash3, 2011.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.kernels import kernel

Codes = NDArray[np.uint32]
Numbers = NDArray[np.int32]
Places = NDArray[np.int32]

# A wide sign's runs are shorter: those of four would be as many as all others, and each seen once.
_LONGEST_WIDE = 3
_BASIS = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)
# Control characters that no normalised text has.
_BEGINNING, _END = np.uint32(2), np.uint32(3)
_RUN, _WORD, _PAIR = np.uint64(1), np.uint64(2), np.uint64(3)
_SPACE, _SIGN, _LETTER, _WIDE = 0, 1, 2, 3
# From which code point on signs are of which kind. Coarse where that does no harm: what is a letter here and no letter
# in Unicode stands within words, and nothing else.
_KINDS = (
    (0x00, _SPACE),
    (ord("!"), _SIGN),
    (ord("'"), _LETTER),
    (ord("("), _SIGN),
    (ord("0"), _LETTER),
    (ord(":"), _SIGN),
    (ord("A"), _LETTER),
    (ord("["), _SIGN),
    (ord("_"), _LETTER),
    (ord("`"), _SIGN),
    (ord("a"), _LETTER),
    (ord("{"), _SIGN),
    (0xC0, _LETTER),
    (0x2000, _SIGN),  # punctuation, arrows, symbols
    (0x2C00, _LETTER),
    (0x2E80, _WIDE),  # radicals
    (0x2FE0, _SIGN),
    (0x3005, _WIDE),  # marks of repetition
    (0x3008, _SIGN),  # punctuation of Chinese and Japanese
    (0x3040, _WIDE),  # kana, bopomofo
    (0x3200, _SIGN),
    (0x3400, _WIDE),  # Chinese signs
    (0xA000, _LETTER),
    (0xAC00, _WIDE),  # Hangul
    (0xD7B0, _LETTER),
    (0xF900, _WIDE),  # Chinese signs for compatibility
    (0xFB00, _LETTER),
    (0x1F000, _SIGN),  # emoji
    (0x20000, _WIDE),  # rare Chinese signs
    (0x40000, _SIGN),
)
_FROM = np.array([first for first, _ in _KINDS], np.int64)
_CLASSES = np.array([kind for _, kind in _KINDS], np.int64)


class Shape(NamedTuple):
    """Which n-grams are taken, and how many numbers there are for them."""

    bits: int = 22
    longest: int = 5
    reach: int = 8

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return 1 << self.bits


class Rows(NamedTuple):
    """The n-grams of texts: those of text i are `numbers[starts[i]:starts[i + 1]]`, each number once."""

    numbers: Numbers
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, which: NDArray[np.int64]) -> Rows:
        """Return some of the texts, by their places."""
        lengths = np.diff(self.starts)[which]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Rows(self.numbers[np.repeat(self.starts[which], lengths) + within], starts)


def rows_of(texts: Sequence[str], shape: Shape) -> Rows:
    """Return the n-grams of normalised texts. O(signs * (longest + reach)); runs without the interpreter's lock."""
    codes = [_codes(text) for text in texts]
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(each) for each in codes], out=offsets[1:])
    together = np.concatenate(codes) if codes else np.empty(0, np.uint32)
    return Rows(*_rows(together, offsets, shape.bits, shape.longest, shape.reach))


def places_of(text: str, shape: Shape) -> tuple[Numbers, Places]:
    """Return each n-gram's number, repeats included, and where it stands in a normalised text.

    Places are int32[n, 4]: from and to of the n-gram, and of the second word where it is a pair, else -1 and -1. The
    text's beginning stands at -1, its end at its length.
    """
    codes = _codes(text)
    numbers = np.empty(_most(len(codes), shape.longest, shape.reach), np.int32)
    places = np.empty((len(numbers), 4), np.int32)
    count = _find(codes, shape.bits, shape.longest, shape.reach, numbers, places)
    return numbers[:count], places[:count]


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@kernel
def _class_of(code: int) -> int:
    return int(_CLASSES[np.searchsorted(_FROM, code, side="right") - 1])


@kernel
def _number(state: np.uint64, bits: int) -> np.int32:
    state ^= state >> _SHIFT
    state *= _MIX_1
    state ^= state >> _SHIFT
    state *= _MIX_2
    state ^= state >> _SHIFT
    return np.int32(state & np.uint64((1 << bits) - 1))


@kernel
def _most(size: int, longest: int, reach: int) -> int:
    return (size + 2) * (longest + 1 + reach)


@kernel
def _find(codes: Codes, bits: int, longest: int, reach: int, numbers: Numbers, places: Places) -> int:
    """Write the numbers of all n-grams, and their places where there is room for them; return how many there are."""
    size = len(codes) + 2
    framed = np.empty(size, np.uint32)
    framed[0], framed[-1] = _BEGINNING, _END
    framed[1:-1] = codes
    classes = np.full(size, _SIGN, np.int64)
    for i in range(1, size - 1):
        classes[i] = _class_of(framed[i])
    count = _find_runs(framed, classes, bits, longest, numbers, places)
    return _find_words(framed, classes, bits, reach, numbers, places, count)


@kernel
def _place(places: Places, at: int, begin: int, end: int, again: int, last: int) -> None:
    if len(places):
        places[at, 0], places[at, 1], places[at, 2], places[at, 3] = begin, end, again, last


@kernel
def _find_runs(
    framed: Codes, classes: NDArray[np.int64], bits: int, longest: int, numbers: Numbers, places: Places
) -> int:
    count = 0
    for i in range(len(framed)):
        state = (_BASIS ^ _RUN) * _PRIME
        limit = longest
        for k in range(min(longest, len(framed) - i)):
            if classes[i + k] == _WIDE:
                limit = min(limit, _LONGEST_WIDE)
            if k >= limit:
                break
            state = (state ^ np.uint64(framed[i + k])) * _PRIME
            numbers[count] = _number(state, bits)
            _place(places, count, i - 1, i + k, -1, -1)
            count += 1
    return count


@kernel
def _find_words(
    framed: Codes,
    classes: NDArray[np.int64],
    bits: int,
    reach: int,
    numbers: Numbers,
    places: Places,
    count: int,
) -> int:
    """Write words and pairs behind the `count` n-grams that are there."""
    size = len(framed)
    starts, ends = np.empty(size, np.int64), np.empty(size, np.int64)
    states = np.empty(size, np.uint64)
    words = 0
    i = 1
    while i < size - 1:
        first = i
        state = ((_BASIS ^ _WORD) * _PRIME ^ np.uint64(framed[first])) * _PRIME
        i += 1
        if classes[first] == _SPACE:
            continue
        if classes[first] == _LETTER:
            while i < size - 1 and classes[i] == _LETTER:
                state = (state ^ np.uint64(framed[i])) * _PRIME
                i += 1
            numbers[count] = _number(state, bits)
            _place(places, count, first - 1, i - 1, -1, -1)
            count += 1
        starts[words], ends[words], states[words] = first - 1, i - 1, state
        words += 1
    for i in range(words):
        for j in range(i + 1, min(i + reach + 1, words)):
            state = (((_BASIS ^ _PAIR) * _PRIME ^ states[i]) * _PRIME ^ states[j]) * _PRIME
            numbers[count] = _number(state, bits)
            _place(places, count, starts[i], ends[i], starts[j], ends[j])
            count += 1
    return count


@kernel
def _rows(
    codes: Codes, offsets: NDArray[np.int64], bits: int, longest: int, reach: int
) -> tuple[Numbers, NDArray[np.int64]]:
    texts = len(offsets) - 1
    room, widest = 0, 0
    for row in range(texts):
        most = _most(offsets[row + 1] - offsets[row], longest, reach)
        room += most
        widest = max(widest, most)
    numbers = np.empty(room, np.int32)
    nowhere = np.empty((0, 4), np.int32)
    starts = np.zeros(texts + 1, np.int64)
    # A table of what a text has already, open to the next slot; marked by row, so that it is never emptied.
    slots = 64
    while slots < 2 * widest:
        slots *= 2
    held, holder = np.empty(slots, np.int32), np.full(slots, -1, np.int32)
    count = 0
    for row in range(texts):
        found = _find(codes[offsets[row] : offsets[row + 1]], bits, longest, reach, numbers[count:], nowhere)
        kept = count
        for at in range(count, count + found):
            number = numbers[at]
            slot = (number * 0x9E3779B1 >> 7) & (slots - 1)
            while holder[slot] == row and held[slot] != number:
                slot = (slot + 1) & (slots - 1)
            if holder[slot] != row:
                holder[slot], held[slot] = row, number
                numbers[kept] = number
                kept += 1
        count = kept
        starts[row + 1] = count
    return numbers[:count].copy(), starts
