"""Free text without personal data: what moderators wrote, with what could name somebody taken out.

Names that are known to the case are taken out wherever they stand, and so is whatever has the form of a mention, an address of
mail or of a page, or a number long enough to be a telephone's or a document's. What names somebody in words of its own ("her
sister in Lyon") has no such form: so this text is given out only where the operator asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import regex

REMOVED: Final = "[…]"
_FORMS: Final = re.compile(
    r"[^\s@<>,;，。；（）()]+@[^\s@<>,;，。；（）()]+"  # mail, and handles as other networks write them
    r"|(?:https?://|www\.)\S+"
    r"|[@＠][\w.]+"
    r"|\+?\d[\d\s().\-/]{5,}\d"
)
_SHORTEST: Final = 2
_LONGEST_RUN: Final = 12
_WORDS: Final = re.compile(r"[\w.]+")
_HAN: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]{2,}")


def could_be_handles(text: str) -> set[str]:
    """Return what of a text could be somebody's handle: its words, and of a script without spaces every few signs in a row."""
    found = {word.strip(".") for word in _WORDS.findall(text)}
    for run in _HAN.findall(text):
        for start in range(len(run)):
            found.update(run[start:end] for end in range(start + _SHORTEST, min(len(run), start + _LONGEST_RUN) + 1))
    return {word for word in found if len(word) >= _SHORTEST}


def without_personal_data(text: str, names: Iterable[str]) -> str:
    """Return a text in which `…` in brackets stands for each name, in whatever case, and for all that has such a form."""
    text = _FORMS.sub(REMOVED, text)
    wanted = sorted({name.strip() for name in names if len(name.strip()) >= _SHORTEST}, key=len, reverse=True)
    if not wanted:
        return text
    return re.sub("|".join(_pattern(name) for name in wanted), REMOVED, text, flags=re.IGNORECASE)


def _pattern(name: str) -> str:
    """Return what matches a name: as a whole word where its script parts words by spaces."""
    before = r"(?<![A-Za-z0-9_])" if re.match(r"[A-Za-z0-9_]", name[0]) else ""
    after = r"(?![A-Za-z0-9_])" if re.match(r"[A-Za-z0-9_]", name[-1]) else ""
    return before + re.escape(name) + after
