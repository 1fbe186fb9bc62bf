"""Which script a sign is of, and which scripts part their words by spaces."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

import regex


class Script(StrEnum):
    """The scripts that are told apart, by the Script property of Unicode (UAX 24)."""

    LATIN = "LATIN"
    HAN = "HAN"
    KANA = "KANA"
    """Hiragana and katakana."""
    HANGUL = "HANGUL"
    CYRILLIC = "CYRILLIC"
    GREEK = "GREEK"
    ARABIC = "ARABIC"
    HEBREW = "HEBREW"
    DEVANAGARI = "DEVANAGARI"
    THAI = "THAI"
    OTHER = "OTHER"
    """Any other that has letters."""


_PROPERTIES = {
    Script.LATIN: r"\p{Script=Latin}",
    Script.HAN: r"\p{Script=Han}",
    Script.KANA: r"\p{Script=Hiragana}\p{Script=Katakana}",
    Script.HANGUL: r"\p{Script=Hangul}",
    Script.CYRILLIC: r"\p{Script=Cyrillic}",
    Script.GREEK: r"\p{Script=Greek}",
    Script.ARABIC: r"\p{Script=Arabic}",
    Script.HEBREW: r"\p{Script=Hebrew}",
    Script.DEVANAGARI: r"\p{Script=Devanagari}",
    Script.THAI: r"\p{Script=Thai}",
}
_PATTERNS = {script: regex.compile(rf"[[{signs}]&&\p{{L}}]", regex.VERSION1) for script, signs in _PROPERTIES.items()}
_LETTER = regex.compile(r"\p{L}")
# Of Korean, particles are written to the word; of the others no space parts words.
_UNSPACED = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]"
)


class _Scripts(dict[str, Script | None]):
    """What was asked once is kept: a text has few different signs, and asking costs some microseconds each."""

    def __missing__(self, sign: str) -> Script | None:
        found = next((script for script, pattern in _PATTERNS.items() if pattern.match(sign)), None)
        if found is None and _LETTER.match(sign):
            found = Script.OTHER
        self[sign] = found
        return found


class _Spaced(dict[str, bool]):
    """Kept for the same reason."""

    def __missing__(self, sign: str) -> bool:
        found = (sign.isalnum() or sign == "_") and _UNSPACED.match(sign) is None
        self[sign] = found
        return found


_SCRIPTS = _Scripts()
_SPACED = _Spaced()


def script_of(sign: str) -> Script | None:
    """Return the script of a letter, or None for whatever is no letter."""
    return _SCRIPTS[sign]


def in_spaced_word(sign: str) -> bool:
    """Tell whether a sign is part of a word that spaces set off from the next, as in English and unlike in Chinese."""
    return _SPACED[sign]


def shares_of_scripts(text: str) -> dict[Script, float]:
    """Return which share of a text's letters each script has; nothing for a text without letters. O(n)."""
    counted: Counter[Script] = Counter()
    for sign, times in Counter(text).items():
        script = _SCRIPTS[sign]
        if script is not None:
            counted[script] += times
    letters = counted.total()
    return {script: times / letters for script, times in counted.items()}
