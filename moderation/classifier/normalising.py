"""A text as the classifier reads it: the same whether or not somebody tried to write it past a filter."""

from __future__ import annotations

import unicodedata
from functools import cache

import regex
from confusable_homoglyphs import confusables

MOST_SIGNS = 20_000
"""What of a text is read; the rest of a longer one is not."""

_INVISIBLE = regex.compile(r"[\p{DI}\p{Cc}--\s]+", regex.VERSION1)
_SPACE = regex.compile(r"\s+")
_NAMED = regex.compile(r"@[\p{L}\p{Nd}_]+")
_REPEATED = regex.compile(r"(.)\1{3,}")
_BORROWING = regex.compile(r"[\p{Greek}\p{Cyrillic}\p{Armenian}\p{Cherokee}]")
_WORD = regex.compile(r"\p{L}+")
_LATIN = regex.compile(r"\p{Latin}")


def normalised(text: str) -> str:
    """Return a text in one spelling.

    Forms that mean the same are one (NFKC), and so is case; what prints nothing is left out; letters of other scripts
    within a Latin word are the Latin ones that they look like (UTS 39); a sign more than three times in a row is there
    three times; who is named by `@` does not matter. Traditional and simplified signs stay apart, as no dependency knows
    them.
    """
    text = unicodedata.normalize("NFKC", text[:MOST_SIGNS])
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    if text.isascii():
        text = text.lower()
    else:
        if _BORROWING.search(text):
            text = _WORD.sub(lambda match: _undisguised(match[0]), text)
        # Case folding can take a normal form apart.
        text = unicodedata.normalize("NFKC", text.casefold())
    text = _NAMED.sub("@", text)
    text = _REPEATED.sub(r"\1\1\1", text)
    # Some signs, such as ﷺ, are many in their normal form.
    return _SPACE.sub(" ", text).strip()[:MOST_SIGNS]


def _undisguised(word: str) -> str:
    if not _LATIN.search(word):
        return word
    return "".join(_latin_likenesses().get(letter, letter) for letter in word)


@cache
def _latin_likenesses() -> dict[str, str]:
    """Return which Latin letter a letter looks like."""
    found = {}
    for letter, others in confusables.confusables_data.items():
        if len(letter) == 1 and _BORROWING.match(letter):
            latin = sorted(other["c"] for other in others if len(other["c"]) == 1 and other["c"].isascii())
            letters = [each for each in latin if each.isalpha()]
            if letters:
                found[letter] = letters[-1]
    return found
