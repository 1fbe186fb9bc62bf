"""Tricks by which a word is written so that a list of words does not find it, undone.

What was honest may read as something else once tricks are undone (`10` as `lo`), so what comes of it is compared beside
the plain text, never in its stead.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import regex
from confusable_homoglyphs import confusables

from moderation.rules.folding import Folded
from moderation.rules.scripts import Script, script_of

LEAST_STRETCH = 3
"""So many of one letter in a row are more than spelling asks for."""

_SPACED_WORD = regex.compile(
    r"[\p{L}--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]]+", regex.VERSION1
)
_FOREIGN = re.compile(r"[^\x00-\x7f]")
# Digits and signs that are drawn for letters, within words that have a letter beside them.
_DIGITS_FOR_LETTERS = str.maketrans("034578@$€", "oeastbase")
_EITHER = "1!|"
"""Drawn for `i` as well as for `l`."""
_MAYBE_DRAWN = re.compile(r"[a-z0-9@$€|!]+")
_DRAWN = re.compile(r"[a-z][013-578@$€|]|[013-578@$€|][a-z]|[a-z]![a-z]")
_CAPITAL_I = re.compile(r"(?<=[a-z])I|I(?=[a-z])")
# Letters or digits that stand alone, three at least, with the same one or two signs between any two.
_APART = re.compile(r"(?<![^\W_])[^\W_]([^\w\n]{1,2}|_)[^\W_](?:\1[^\W_])+(?![^\W_])")
# Between Chinese signs neither spaces nor ornaments belong; punctuation that parts sentences stays.
_BETWEEN_HAN = regex.compile(
    r"(?<=\p{Script=Han})[^\w\n,.;:!?\"'()<>，。、；：！？…「」『』“”‘’《》〈〉（）【】—]{1,3}(?=\p{Script=Han})"
)
_STRETCH = re.compile(r"([^\W\d_])\1{2,}")


def unmasked(original: str, plain: Folded) -> tuple[Folded, ...]:
    """Return what a folded text reads as without disguise: nothing if it wears none, else one text or two.

    Look-alikes of other scripts (`fгее`), digits and signs drawn for letters (`fr3e`), letters set apart (`f.r.e.e`,
    `加 微 信`) and stretched (`freeee`) are undone, in this order. Two texts, where a sign stands for `i` or for `l`.

    Words that are wholly of another script stay, if the text has letters of that script that look like no Latin one: a
    Russian text has a right to `сор`. O(n).
    """
    found: list[Folded] = []
    for reading in looks(original, plain):
        bare = _without_stretches(_joined(original, reading))
        if bare.text != plain.text:
            found.append(bare)
    return tuple(found)


def looks(original: str, plain: Folded) -> list[Folded]:
    """Return what a folded text may be taken for at a glance, one text or two: signs that look like letters are those."""
    drawn = _without_look_alikes(original, plain)
    if _DRAWN.search(drawn.text) is None and ("I" not in original or _CAPITAL_I.search(original) is None):
        return [drawn]
    readings = [_read(original, drawn, either) for either in "il"]
    return readings if readings[0].text != readings[1].text else readings[:1]


def _without_look_alikes(original: str, plain: Folded) -> Folded:
    text = plain.text
    if _FOREIGN.search(text) is None:
        return plain
    letters = _look_alikes()
    written = [
        original[plain.starts[place]] if plain.starts is not None else original[place] for place in range(len(text))
    ]
    # Of capitals other ones look alike than of small letters: В is taken for B, в for nothing.
    alike = [letters.get(capital) or letters.get(sign) for capital, sign in zip(written, text, strict=True)]
    if not any(alike):
        return plain
    own = {
        script_of(sign)
        for sign, look in zip(text, alike, strict=True)
        if look is None and not sign.isascii() and script_of(sign) is not Script.LATIN
    }
    signs = list(text)
    for word in _SPACED_WORD.finditer(text):
        start, end = word.span()
        disguised = any(script_of(sign) is Script.LATIN for sign in text[start:end]) or all(
            alike[place] and script_of(text[place]) not in own for place in range(start, end)
        )
        if disguised:
            for place in range(start, end):
                signs[place] = alike[place] or text[place]
    for place, sign in enumerate(text):
        # Letters in squares and circles, and flags that spell, are no letters to Unicode.
        if alike[place] and script_of(sign) is None and not sign.isascii():
            signs[place] = alike[place] or sign
    return plain.redrawn("".join(signs))


@cache
def _look_alikes() -> dict[str, str]:
    """Return the small Latin letter that each sign is taken for, of signs that are no such letter."""
    table: dict[str, str] = {}
    for sign, targets in confusables.confusables_data.items():
        if len(sign) == 1 and not sign.isascii():
            for target in targets:
                # A stroke through a letter is a mark upon it.
                bare = [
                    part for part in unicodedata.normalize("NFD", target["c"]) if unicodedata.category(part) != "Mn"
                ]
                letter = "".join(bare).casefold()
                if len(letter) == 1 and "a" <= letter <= "z":
                    table.setdefault(sign, letter)
    for code in (*range(0x0250, 0x02B0), *range(0x1D00, 0x1D80), *range(0xA720, 0xA800)):
        name = unicodedata.name(chr(code), "")
        if name.startswith("LATIN LETTER SMALL CAPITAL ") and len(name.rsplit(" ", 1)[-1]) == 1:
            table.setdefault(chr(code), name[-1].lower())
    for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6):  # squared, circled and squared in black, regional indicators
        for place in range(26):
            table[chr(first + place)] = chr(ord("a") + place)
    return table


def _read(original: str, drawn: Folded, either: str) -> Folded:
    text = drawn.text

    def letters(word: re.Match[str]) -> str:
        if _DRAWN.search(word.group()) is None:
            return word.group()
        written = word.group().translate(_DIGITS_FOR_LETTERS)
        # An exclamation mark that ends a word is one.
        body = written.rstrip("!")
        for sign in _EITHER:
            body = body.replace(sign, either)
        return body + written[len(body) :]

    read = _MAYBE_DRAWN.sub(letters, text)
    if either == "l":
        capitals = {match.start() for match in _CAPITAL_I.finditer(original)}
        starts = range(len(text)) if drawn.starts is None else drawn.starts
        read = "".join(
            ["l" if start in capitals and sign == "i" else sign for sign, start in zip(read, starts, strict=True)]
        )
    return drawn if read == text else drawn.redrawn(read)


def _joined(original: str, read: Folded) -> Folded:
    text = read.text
    if read.starts is not None and read.ends is not None:
        # A wide gap parts words where narrow ones part letters: "f r e e   t e a".
        wide = [
            place
            for place, sign in enumerate(text)
            if sign == " " and (read.ends[place] - read.starts[place] > 1 or original[read.starts[place]] == "\n")
        ]
        if wide:
            signs = list(text)
            for place in wide:
                signs[place] = "\n"
            text = "".join(signs)
    dropped: set[int] = set()
    for run in _APART.finditer(text):
        step = 1 + len(run.group(1))
        dropped.update(place for place in range(*run.span()) if (place - run.start()) % step)
    if not text.isascii():
        for gap in _BETWEEN_HAN.finditer(text):
            dropped.update(range(*gap.span()))
    return read.kept([place for place in range(len(text)) if place not in dropped]) if dropped else read


def _without_stretches(joined: Folded) -> Folded:
    kept: list[int] = []
    ends: dict[int, int] = {}
    place = 0
    for run in _STRETCH.finditer(joined.text):
        kept += range(place, run.start() + 1)
        ends[len(kept) - 1] = joined.origin(*run.span())[1]
        place = run.end()
    if not ends:
        return joined
    kept += range(place, len(joined.text))
    short = joined.kept(kept, stretched=frozenset(ends))
    assert short.ends is not None  # as something was left out
    return short._replace(ends=[ends.get(place, end) for place, end in enumerate(short.ends)])
